"""The story of one case: what its unit, its appraisers and the secretary do, and when."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from assessments import clock
from assessments.enums import LatePolicy, MoveScope, Scoring, Stage, WindowKind
from assessments.models import Assessment, ItemScore, Official
from assessments.operations import scores
from assessments.operations.deadlines import MoveRequest
from assessments.queries.deadlines import window_of
from assessments.rules import NotAllowed
from assessments.rules.calendar import local_day
from assessments.rules.deadlines import Window
from assessments.rules.inputs import raw_of
from assessments.rules.moves import NewEnd
from evidence.operations import attach
from evidence.queries import missing_for
from workflow.operations import deadlines, steps
from workflow.season import papers
from workflow.season.faults import SeasonFault
from workflow.season.files import Entered, ItemRow
from workflow.season.plan import Extension, Fate, dice_for
from workflow.season.player import Acts, Cue, Player
from workflow.season.preparation import Cast

A_ROW = timedelta(seconds=40)  # what an officer needs for one row
LONGEST_WAIT = 400  # half hours of an office: a case that has not moved on then is stuck
EVIDENCE_SHARE = 0.35  # of the items that require evidence: a file; the others an explanation


class CaseStory:
    """Acts of one case up to its submission; ``judgement_story`` carries it on."""

    def __init__(
        self,
        player: Player,
        *,
        cast: Cast,
        case: Assessment,
        rows: Sequence[ItemRow],
        fate: Fate,
        samples: Sequence[Path] = (),
        evidence_share: float = EVIDENCE_SHARE,
    ) -> None:
        self.player, self.cast, self.case, self.fate = player, cast, case, fate
        self.rows = [row for row in rows if row.scoring != Scoring.SURVEY]
        self.own_rows = [row for row in self.rows if row.scoring == Scoring.SELF]
        self.samples, self.evidence_share = samples, evidence_share
        self.dice = dice_for(player.seed, case.period.code, case.unit.code)
        self.officers = cast.people.officers(case.unit)
        self.head = cast.people.head(case.unit)
        self.since = player.now  # where this case is on its own time
        self.scores: dict[str, ItemScore] = {}

    # Time

    def window(self, kind: WindowKind) -> Window:
        """Return a window of this case as it stands now."""
        return window_of(self.case, kind)

    def pace(self, opens: datetime, closes: datetime) -> Callable[..., Cue]:
        """Return a function of (fraction, stage left) that gives a cue in the office hours between two moments."""
        opens = max(opens, self.player.now)

        def cue(fraction: float, leaves: Stage | None = None) -> Cue:
            return Cue(max(self.player.hours.within(opens, closes, fraction), self.since), leaves)

        return cue

    def row_by_row(self, rows: Sequence[Any], closes: datetime, act: Callable[[Any], object]) -> None:
        """Do ``act`` for each row at moments of its own, all before ``closes``."""
        moment = self.player.now
        for row in rows:
            with clock.simulated(moment):
                act(row)
            moment = min(moment + A_ROW, max(moment, closes - timedelta(seconds=1)))
        self.since = max(self.since, moment)

    def stage(self) -> Stage:
        """Return the stage in which the case is now."""
        self.case.refresh_from_db(fields=["stage", "dispute_closes_at", "round", "announced_at"])
        return Stage(self.case.stage)

    def until(self, *stages: Stage, leaves: Stage, not_before: datetime) -> Acts:
        """Wait until ``not_before``, then in half hours of the office until the case has come to one of ``stages``."""
        if self.stage() not in stages:
            yield Cue(not_before, leaves)
        for _ in range(LONGEST_WAIT):
            if self.stage() in stages:
                return
            far = self.player.now + timedelta(days=30)
            wait = self.player.hours.within(self.player.now + timedelta(minutes=30), far, 0)
            yield Cue(wait, leaves)
        raise SeasonFault(f"Hồ sơ của {self.case.unit.name} dừng ở bước “{self.stage().label}”, không đi tiếp.")

    def read_scores(self) -> None:
        """Read the rows of the case again."""
        rows = ItemScore.objects.filter(assessment=self.case).select_related("item", "assessment")
        self.scores = {row.item.code: row for row in rows}
        unknown = [row.code for row in self.rows if row.code not in self.scores]
        if unknown:
            raise SeasonFault(f"Bộ tiêu chí của {self.case.unit.name} không có nội dung {', '.join(unknown[:5])}.")

    def named(self, code: str, act: Callable[[], Any]) -> Any:
        """Do ``act``; a refusal of the item is passed on with unit and item."""
        try:
            return act()
        except NotAllowed as refusal:
            raise SeasonFault(f"{self.case.unit.name} ({self.case.unit.code}), nội dung {code}: {refusal}") from refusal

    # What the unit does

    def acts(self) -> Acts:
        """Take part in the training, score, provide evidence, sign, and whatever the fate adds."""
        yield from self._training()
        yield from self._until_submitted()

    def _training(self) -> Acts:
        for number, extension in enumerate(self.fate.extensions, 1):
            self.player.add(self._extended(extension, number), what=f"Gia hạn {self.case.unit.name}")
        window = self.window(WindowKind.TRAINING)
        if self.fate.trains:
            yield self.pace(window.opens_at, window.closes_at)(self.dice.uniform(0.05, 0.85), Stage.TRAINING)
            names = [officer.display_name for officer in self.officers]
            steps.confirm_training(assessment=self.case, participants=names, by=self.officers[0])
            self.since = self.player.now
        else:
            yield from self.until(Stage.SELF_SCORING, leaves=Stage.TRAINING, not_before=window.closes_at)

    def _extended(self, extension: Extension, number: int) -> Acts:
        """The organiser moves a deadline shortly before it is reached."""
        closes_at = self.window(extension.window).closes_at
        yield Cue(self.player.hours.within(closes_at - timedelta(days=4), closes_at, 0.5))
        self._extend(extension.window, extension.closes_at, extension.reason, number)

    def _until_submitted(self) -> Acts:
        window = self.window(WindowKind.SELF_SCORING)
        self.read_scores()
        late = self.fate.late
        pace = self.pace(window.opens_at, window.opens_at + (window.closes_at - window.opens_at) * self.fate.takes)
        half = len(self.own_rows) // 2 if late == "unfinished" else len(self.own_rows)
        yield from self._fill(self.own_rows[:half], pace, window.closes_at)
        if late != "unfinished":
            yield from self._to_sign_off(window, pace)
        if not late:
            yield from self._sign()
            return
        yield Cue(self.window(WindowKind.EVIDENCE).closes_at)  # its timer has fired by then
        if self.cast.policy != LatePolicy.HOLD:
            return
        yield from self._after_extension(half)

    def _after_extension(self, half: int) -> Acts:
        """A held case: the organiser extends with a decision, the unit finishes."""
        appraisal = self.window(WindowKind.APPRAISAL)
        wait = self.pace(self.player.now, self.player.now + timedelta(days=7))
        yield wait(self.dice.uniform(0.05, 0.15), Stage.HELD)
        usual = self.player.hours.day_end(self.player.now, 3)
        room = self.player.now + (max(appraisal.due_at, self.player.now + timedelta(hours=1)) - self.player.now) * 0.4
        until = self.fate.extended_until or min(usual, max(room, self.player.now + timedelta(minutes=30)))
        self._extend(WindowKind.SELF_SCORING, until, "Đơn vị thiếu cán bộ do sắp xếp lại bộ máy", 1)
        if until >= appraisal.due_at:
            self._extend(
                WindowKind.APPRAISAL,
                self.player.hours.day_end(until, 10),
                "Thẩm định sau khi đơn vị nộp theo gia hạn",
                2,
            )
        window = self.window(WindowKind.SELF_SCORING)
        pace = self.pace(self.player.now, window.closes_at)
        self.since = self.player.now
        if self.fate.rests_in == Stage.SELF_SCORING:
            yield pace(0.9, Stage.SELF_SCORING)
        yield from self._fill(self.own_rows[half:], pace, window.closes_at)
        yield from self._to_sign_off(window, pace)
        yield from self._sign()

    def _extend(self, window: WindowKind, closes_at: datetime, reason: str, number: int) -> None:
        deadlines.move_deadline(
            request=MoveRequest(
                period=self.case.period,
                window=window,
                scope=MoveScope.UNIT,
                assessment=self.case,
                new_end=NewEnd(closes_at=closes_at),
                reason=reason,
                decision_number=f"{self.case.unit_id % 90 + number}/QĐ-GH",
                decision_date=local_day(self.player.now),
            ),
            by=self.cast.organiser,
        )

    def _fill(self, rows: Sequence[ItemRow], pace: Callable[..., Cue], closes: datetime) -> Acts:
        """Enter rows in a few sittings, by turns of the officers."""
        sittings = min(len(rows), 4) or 1
        size = -(-len(rows) // sittings)
        for sitting in range(sittings):
            yield pace(0.05 + 0.55 * (sitting + self.dice.random() * 0.8) / sittings)
            by = self.officers[sitting % len(self.officers)]
            part = rows[sitting * size : (sitting + 1) * size]
            self.row_by_row(part, closes, partial(self._enter, by=by))
            self.player.progress.step(len(part))

    def _enter(self, row: ItemRow, by: Official) -> None:
        score = self.scores[row.code]
        self.scores[row.code] = self.named(
            row.code,
            lambda: scores.record_self_score(
                score=score, version=score.version, raw=raw_fields(row.own), na=row.own.na, by=by
            ),
        )

    def _to_sign_off(self, window: Window, pace: Callable[..., Cue]) -> Acts:
        """Hand in, provide evidence in two sittings, present to the head."""
        evidence = self.window(WindowKind.EVIDENCE)
        yield pace(0.64, Stage.SELF_SCORING)
        steps.hand_in_scores(assessment=self.case, by=self.officers[0])
        self.read_scores()
        missing = set(missing_for(self.case))
        wanted = [row for row in self.own_rows if row.code in missing]
        half = len(wanted) // 2
        for fraction, part in ((0.67, wanted[:half]), (0.73, wanted[half:])):
            yield pace(fraction)
            self.row_by_row(part, evidence.closes_at, self._prove)
        yield pace(0.78, Stage.EVIDENCE)
        steps.present_to_head(assessment=self.case, by=self.officers[-1])
        self.since = self.player.now

    def _prove(self, row: ItemRow) -> None:
        """Attach a paper, or explain where it can be seen."""
        score = self.scores[row.code]
        by = self.officers[len(row.code) % len(self.officers)]
        hint = score.item.evidence_hint or score.item.name
        if self.dice.random() < self.evidence_share:
            if self.samples and self.dice.random() < 0.1:
                upload = papers.sample(self.dice.choice(self.samples))
            else:
                upload = papers.paper(title=hint, unit=self.case.unit.name, lines=[f"Nội dung {row.code}"])
            attach(score=score, upload=upload, by=by)
        else:
            scores.record_explanation(
                score=score, text=f"{hint}: lưu bản giấy tại văn thư, xuất trình khi kiểm tra.", by=by
            )

    def _sign(self) -> Acts:
        """The head signs; before that sends the dossier back, or afterwards withdraws it, where the fate says so."""
        window = self.window(WindowKind.EVIDENCE)
        since = max(self.since, self.player.now)
        pace = self.pace(since, since + (window.closes_at - since) * min(self.fate.takes, 1))
        if self.fate.sent_back:
            yield pace(0.1, Stage.SIGN_OFF)
            steps.send_back_to_officers(
                assessment=self.case, reason="Rà soát lại số liệu và bổ sung giải trình trước khi ký", by=self.head
            )
            yield from self._mend(pace, 0.3)
        yield pace(0.35 if self.fate.withdrawn else self.dice.uniform(0.45, 0.85), Stage.SIGN_OFF)
        steps.submit(assessment=self.case, confirmed=True, by=self.head)
        if self.fate.withdrawn:
            yield pace(0.5)
            if self.stage() not in (Stage.SUBMITTED, Stage.APPRAISAL):
                return
            steps.withdraw(assessment=self.case, reason="Bổ sung giải trình còn thiếu trong hồ sơ", by=self.head)
            yield from self._mend(pace, 0.7)
            yield pace(0.85, Stage.SIGN_OFF)
            steps.submit(assessment=self.case, confirmed=True, by=self.head)

    def _mend(self, pace: Callable[..., Cue], fraction: float) -> Acts:
        """Officers explain one item more and present again."""
        yield pace(fraction, Stage.SELF_SCORING)
        self.read_scores()
        if self.own_rows:
            score = self.scores[self.dice.choice(self.own_rows).code]
            text = f"{score.explanation} Số liệu đã được rà soát lại.".strip()
            scores.record_explanation(score=score, text=text, by=self.officers[0])
        if self.stage() == Stage.SELF_SCORING:
            steps.hand_in_scores(assessment=self.case, by=self.officers[0])
        yield pace(fraction + 0.02, Stage.EVIDENCE)
        steps.present_to_head(assessment=self.case, by=self.officers[0])


def raw_fields(entered: Entered) -> dict[str, str]:
    """Return an input of the file as a person types it, with a decimal comma."""
    try:
        return raw_of(entered.value)
    except (ArithmeticError, AttributeError, TypeError, ValueError) as fault:
        raise SeasonFault(
            f"Kết quả {entered.value} trong tệp điểm không đúng dạng ({type(fault).__name__})."
        ) from fault
