"""The season of the demonstration: one published period, and the present one stopped in the middle.

Codes and names here are those of the season that comes with the site; the player itself knows none.
"""

import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from django.conf import settings

from assessments import clock
from assessments.enums import LatePolicy, Stage, WindowKind
from assessments.models import CriteriaItem, CriteriaSet
from assessments.operations.criteria import copy_criteria_set
from assessments.queries.calendar import working_calendar
from assessments.rules.calendar import PROVINCE_TIME, WorkingCalendar, end_on_day, last_valid_day, local_day
from workflow.season import timetable
from workflow.season.files import ItemRow, read_scores
from workflow.season.office_hours import OfficeHours
from workflow.season.people import People
from workflow.season.plan import Extension, Fate, dice_for
from workflow.season.player import Player, Progress
from workflow.season.preparation import prepare, rounds_held
from workflow.season.season import PlayedSeason, SeasonFiles, play_season, played, stage_round
from workflow.season.timetable import Round, Span

FOLDER = Path(settings.BASE_DIR) / "season" / "hai_duong_2023"
FILES = SeasonFiles(
    units=FOLDER / "units_hai_duong_2023.csv",
    criteria=FOLDER,
    schedule=FOLDER / "schedule_2023.json",
    scores=FOLDER / "sample_scores_2023.csv",
)
HALF_FILLED = "294"  # huyện Thanh Hà
BUSY_BODY = "Sở Tư pháp"
EVIDENCE_SHARE = 0.12  # fewer papers than in a full play: the demonstration should be ready soon
AT_ONCE = 0.08  # of the time for disputes


def play_demo(*, now: datetime, seed: int, progress: Progress) -> list[PlayedSeason]:
    """Play the published period and the present one up to ``now``. Raise SeasonFault."""
    past = play_season(FILES, seed=seed, progress=progress, evidence_share=EVIDENCE_SHARE)
    with tempfile.TemporaryDirectory() as folder:
        present = _play_present(_other_scores(Path(folder), seed), now=now, seed=seed, progress=progress)
    return [past, present]


def rows_in_demo() -> int:
    """Return roughly how many rows are played: those of the file once and the better part again."""
    rows = [row for unit in read_scores(FILES.scores).values() for row in unit]
    return sum(2 if row.scoring == "self" else row.scoring == "entered" for row in rows) * 17 // 10


def _other_scores(folder: Path, seed: int) -> dict[str, list[ItemRow]]:
    """Return invented scores that are not those of the published period."""
    command = [sys.executable, str(FOLDER / "make_samples.py"), "--seed", str(seed), "--out-dir", str(folder)]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own generator
    return read_scores(folder / "sample_scores_2023.csv")


def _play_present(scores: dict[str, list[ItemRow]], *, now: datetime, seed: int, progress: Progress) -> PlayedSeason:
    calendar = working_calendar()
    year = local_day(now).year - 1
    held = [
        (_present(each, year=year, now=now, calendar=calendar), codes)
        for each, codes in rounds_held(timetable.read_schedule(FILES.schedule), scores)
    ]
    start = timetable.start_of([each for each, _codes in held])
    with clock.simulated(start):
        people = People(at=start)
        criteria = _criteria_of(year, at=start)
        casts = [prepare(each, codes, policy=LatePolicy.HOLD, criteria=criteria, people=people) for each, codes in held]
    player = Player(start=start, seed=seed, progress=progress, until=now)
    for cast in casts:
        of_districts = cast.period.organiser.parent is None
        chosen = _province_fates if of_districts else _commune_fates
        fates = chosen(cast.unit_codes, scores, seed=seed, hours=player.hours, now=now)
        stage_round(player, cast, scores, fates, evidence_share=EVIDENCE_SHARE)
    return played(player, casts)


def _criteria_of(year: int, *, at: datetime) -> dict[str, CriteriaSet]:
    """Copy the newest set of each kind for another year."""
    newest = {each.unit_kind: each for each in CriteriaSet.objects.order_by("version")}
    return {
        kind: copy_criteria_set(
            criteria_set=each, by=None, at=at, title=each.title.replace(str(each.year), str(year)), year=year
        )
        for kind, each in newest.items()
    }


# The timetable around now


def _present(each: Round, *, year: int, now: datetime, calendar: WorkingCalendar) -> Round:
    """Move a round by working days: the province's disputes opened two days ago, the communes have three days left.

    What comes after the province's opening of disputes gets four working days more, so that the demonstration lasts.
    """
    today = local_day(now)
    dispute, scoring = each.windows[WindowKind.DISPUTE], each.windows[WindowKind.SELF_SCORING]
    in_dispute = each.assessor not in each.districts
    old = local_day(dispute.opens_at) if in_dispute else last_valid_day(scoring.closes_at)
    new = add_working_days(calendar, today, -2 if in_dispute else 3)
    more = 4 if in_dispute else 0

    def day(moved: date) -> date:
        distance = calendar.working_days_after(old, moved)
        return add_working_days(calendar, new, distance + (more if distance > 0 else 0))

    def opening(moment: datetime) -> datetime:
        return datetime.combine(day(local_day(moment)), moment.astimezone(PROVINCE_TIME).time(), PROVINCE_TIME)

    def end(moment: datetime) -> datetime:
        return end_on_day(day(last_valid_day(moment)), moment)

    windows = {
        kind: Span(opening(span.opens_at), end(span.due_at), max(end(span.closes_at), end(span.due_at)), span.wording)
        for kind, span in each.windows.items()
    }
    appraisal, opened = windows[WindowKind.APPRAISAL], windows[WindowKind.DISPUTE].opens_at
    windows[WindowKind.APPRAISAL] = replace(appraisal, closes_at=max(appraisal.due_at, opened))
    return replace(
        each,
        code=each.code.replace(str(each.year), str(year)),
        name=each.name.replace(str(each.year), str(year)),
        year=year,
        windows=windows,
        survey_ends_at=end(each.survey_ends_at),
    )


def add_working_days(calendar: WorkingCalendar, day: date, count: int) -> date:
    """Return the day so many working days after (before, where negative) ``day``."""
    if count > 0:
        return calendar.add_working_days(day, count)
    while count < 0 or not calendar.is_working_day(day):
        day -= timedelta(days=1)
        if calendar.is_working_day(day):
            count = min(count + 1, 0)
    return day


# Where each unit stands


def _province_fates(
    codes: Sequence[str], scores: Mapping[str, Sequence[ItemRow]], *, seed: int, hours: OfficeHours, now: datetime
) -> dict[str, Fate]:
    """Most units are in the dispute window; the others show every other stage."""
    coming = hours.day_end(now, 4)
    straggler = Fate(late="unfinished", extended_until=coming)
    judged = Fate(trains=True, takes_dispute=AT_ONCE, ends_dispute=True)
    order = [code for code in sorted(codes) if code != HALF_FILLED]
    dice_for(seed, "province").shuffle(order)
    districts = [code for code in order if scores[code][0].group == "huyen"]
    contested = [code for code in order if code not in districts and _is_contested(scores[code], BUSY_BODY)]
    quiet = [code for code in order if code not in districts and code not in contested]
    departments = contested[:1] + quiet + contested[1:]
    fates = {code: Fate(rests_in=Stage.DISPUTE, takes_dispute=AT_ONCE * (1 + n % 12)) for n, code in enumerate(order)}
    fates[HALF_FILLED] = replace(straggler, rests_in=Stage.SELF_SCORING)
    fates[districts[0]] = replace(straggler, rests_in=Stage.SIGN_OFF)
    yesterday = end_on_day(add_working_days(hours.calendar, local_day(now), -1), coming)
    fates[districts[1]] = Fate(late="unfinished", extended_until=yesterday, rests_in=Stage.SELF_SCORING)
    waiting = Fate(extensions=(_longer_appraisal(hours, now),), waits_for=frozenset([BUSY_BODY]))
    for code in districts[2:4]:
        fates[code] = waiting
    fates[districts[4]] = Fate(rests_in=Stage.CONSOLIDATION)
    fates[districts[5]] = judged
    fates[departments[0]] = replace(judged, rests_in=Stage.RESOLUTION, unanswered=frozenset([BUSY_BODY]))
    fates[departments[1]] = replace(judged, rests_in=Stage.RESOLUTION)
    fates[departments[2]] = replace(straggler, rests_in=Stage.EVIDENCE)
    for code in departments[3:5]:
        fates[code] = waiting
    asked = hours.within(now - timedelta(days=5), now, 0.8)
    fates[departments[5]] = replace(waiting, waits_for=frozenset(["Sở Nội vụ"]), asks_at=asked)
    for code in departments[6:8]:
        fates[code] = Fate(rests_in=Stage.CONSOLIDATION)
    for code in departments[8:10]:
        fates[code] = judged
    return fates


def _commune_fates(
    codes: Sequence[str], scores: Mapping[str, Sequence[ItemRow]], *, seed: int, hours: OfficeHours, now: datetime
) -> dict[str, Fate]:
    """The communes are in the last days of self-scoring: some have submitted, one still has to name its people."""
    order = sorted(codes)
    dice_for(seed, "communes").shuffle(order)
    until = hours.day_end(now, 2)
    training = Extension(WindowKind.TRAINING, until, "Xã thay đổi cán bộ đầu mối")
    fates = {code: Fate(takes=1.1 + place * 0.25) for place, code in enumerate(order)}
    fates[order[0]] = Fate(extensions=(training,), rests_in=Stage.TRAINING)
    for code in order[8:10]:
        fates[code] = Fate(takes=0.8, rests_in=Stage.EVIDENCE)
    for code in order[10:13]:
        fates[code] = Fate(takes=0.8, rests_in=Stage.SIGN_OFF)
    for place, code in enumerate(order[13:]):
        fates[code] = Fate(takes=0.55 + 0.03 * place, sent_back=place == 0, withdrawn=place == 1)
    return fates


def _longer_appraisal(hours: OfficeHours, now: datetime) -> Extension:
    return Extension(WindowKind.APPRAISAL, hours.day_end(now, 12), "Cơ quan thẩm định đề nghị thêm thời gian đối chiếu")


def _is_contested(rows: Sequence[ItemRow], body: str) -> bool:
    """Say whether a dispute of a unit concerns an item of ``body``."""
    mine = set(
        CriteriaItem.objects.filter(
            appraising_body=body, is_leaf=True, criteria_set__unit_kind=rows[0].group
        ).values_list("code", flat=True)
    )
    return any(row.is_disputed and row.code in mine for row in rows)
