"""A whole season: prepared from its files, opened, played to its publications."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from assessments import clock
from assessments.enums import LatePolicy, Scoring, Stage, WindowKind
from assessments.models import Assessment, Publication
from assessments.operations import scores as score_operations
from assessments.rules import NotAllowed
from assessments.rules.calendar import local_day
from workflow.operations import periods
from workflow.season import papers, preparation, timetable
from workflow.season.case_story import EVIDENCE_SHARE
from workflow.season.faults import SeasonFault
from workflow.season.files import ItemRow, read_scores
from workflow.season.judgement_story import JudgedCaseStory
from workflow.season.people import People
from workflow.season.plan import Fate, fates
from workflow.season.player import Acts, Cue, Player, Progress
from workflow.season.preparation import Cast


@dataclass(frozen=True)
class SeasonFiles:
    """Where the tables of a season lie."""

    units: Path
    criteria: Path
    schedule: Path
    scores: Path

    @property
    def holidays(self) -> list[Path]:
        """Return the calendar files beside the schedule, often none."""
        return sorted(self.schedule.parent.glob("holidays_*.csv"))


@dataclass
class PlayedSeason:
    """What a play left behind."""

    casts: list[Cast]
    ended_at: datetime
    messages: int = 0
    publications: list[Publication] = field(default_factory=list)


class SilentProgress:
    """Shows nothing."""

    def step(self, rows: int) -> None:
        """Count nothing."""

    def show(self, moment: datetime) -> None:
        """Show nothing."""


def play_season(
    files: SeasonFiles,
    *,
    seed: int,
    progress: Progress,
    stop_at: Stage | None = None,
    evidence_share: float = EVIDENCE_SHARE,
) -> PlayedSeason:
    """Play the season of ``files`` from the preparation to the publication. Raise SeasonFault."""
    rounds = timetable.read_schedule(files.schedule)
    scores = read_scores(files.scores)
    start = timetable.start_of(rounds)
    try:
        with clock.simulated(start):
            for path in files.holidays:
                preparation.write_holidays(path, at=start)
            preparation.write_units(files.units, at=start)
            criteria = preparation.write_criteria(files.criteria, year=rounds[0].year, at=start)
            held = preparation.rounds_held(rounds, scores)
            people = People(at=start)
            casts = [
                preparation.prepare(each, codes, policy=policy_of(number), criteria=criteria, people=people)
                for number, (each, codes) in enumerate(held)
            ]
    except NotAllowed as refusal:
        raise SeasonFault(str(refusal)) from refusal
    player = Player(start=start, seed=seed, progress=progress, stop_at=stop_at)
    samples = papers.samples_in(files.scores.parent / "evidence")
    for cast in casts:
        chosen = fates(cast.unit_codes, policy=cast.policy, seed=seed, round_code=cast.round.code)
        stage_round(player, cast, scores, chosen, samples=samples, evidence_share=evidence_share)
    return played(player, casts)


def policy_of(number: int) -> LatePolicy:
    """Return the late policy of a round by its place in the season."""
    return preparation.LATE_POLICIES[min(number, len(preparation.LATE_POLICIES) - 1)]


def stage_round(
    player: Player,
    cast: Cast,
    scores: Mapping[str, Sequence[ItemRow]],
    chosen: Mapping[str, Fate],
    *,
    samples: Sequence[Path] = (),
    evidence_share: float = EVIDENCE_SHARE,
) -> None:
    """Put a round on the timeline: opening, one story per unit, survey shares, publication."""

    def story_of(case: Assessment) -> JudgedCaseStory:
        fate = chosen[case.unit.code]
        rows = scores[case.unit.code]
        return JudgedCaseStory(
            player, cast=cast, case=case, rows=rows, fate=fate, samples=samples, evidence_share=evidence_share
        )

    player.add(_opening(player, cast, story_of), what=f"Mở {cast.period.name}")
    player.add(_survey(player, cast, scores), what=f"Khảo sát {cast.period.name}")
    player.add(_publication(player, cast), what=f"Công bố {cast.period.name}", is_closing=True)


def played(player: Player, casts: list[Cast]) -> PlayedSeason:
    """Play what is on the timeline and return what it left behind. Raise SeasonFault."""
    player.play()
    publications = Publication.objects.filter(period__in=[cast.period for cast in casts]).order_by("pk")
    return PlayedSeason(casts, player.now, player.delivered, list(publications))


def _opening(player: Player, cast: Cast, story_of: Callable[[Assessment], JudgedCaseStory]) -> Acts:
    yield Cue(cast.round.opens_at)
    for case in periods.open_period(period=cast.period, by=cast.organiser):
        story = story_of(case)
        player.add(story.acts(), what=f"{case.unit.name} ({case.unit.code})", rests_in=story.fate.rests_in)


def _survey(player: Player, cast: Cast, scores: Mapping[str, Sequence[ItemRow]]) -> Acts:
    """Record the survey shares after the survey, and before the council meets."""
    ended = cast.round.survey_ends_at
    yield Cue(player.hours.within(ended, ended + timedelta(days=14), 0.1))
    for case in Assessment.objects.filter(period=cast.period).select_related("unit"):
        rows = [row for row in scores[case.unit.code] if row.scoring == Scoring.SURVEY and row.share is not None]
        shares = {row.code: row.share for row in rows if row.share is not None}
        score_operations.record_survey_shares(assessment=case, shares=shares, by=cast.organiser)


def _publication(player: Player, cast: Cast) -> Acts:
    """Publish the whole round in one act when every case waits for it."""
    window = cast.round.windows[WindowKind.PUBLICATION]
    yield Cue(player.hours.within(window.opens_at, window.closes_at, 0.3), Stage.COUNCIL)
    while waiting := _not_ready(cast):
        if not player.others_wait:
            if player.stop_at is None and player.until is None:
                raise SeasonFault(f"Không công bố được {cast.period.name}: {', '.join(waiting[:5])} chưa xong.")
            return
        next_day = player.now + timedelta(days=1)
        yield Cue(player.hours.within(next_day, next_day + timedelta(days=14), 0), Stage.COUNCIL)
    periods.publish_period(
        period=cast.period,
        decision_number=f"{100 + cast.period.pk}/QĐ-UBND",
        decision_date=local_day(player.now),
        by=cast.organiser,
    )


def _not_ready(cast: Cast) -> list[str]:
    cases = cast.period.assessments.exclude(stage=Stage.COUNCIL).select_related("unit")
    return [f"{case.unit.name} ({case.get_stage_display().lower()})" for case in cases]
