"""The story of one case after its submission: appraisal by each body, announcement, disputes, decisions."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from assessments import clock
from assessments.enums import BranchState, DisputeOutcome, RuleType, Scoring, Stage, WindowKind
from assessments.models import AppraisalBranch, Dispute, ItemScore, Official
from assessments.operations import disputes, scores
from assessments.rules import NotAllowed
from assessments.rules.deadlines import supplement_closes_at
from evidence.operations import attach
from workflow.operations import steps
from workflow.season import papers
from workflow.season.case_story import CaseStory, raw_fields
from workflow.season.files import ItemRow
from workflow.season.player import Acts, Cue

SHORTEST_REASON = 5  # letters


class JudgedCaseStory(CaseStory):
    """The whole story of a case, from training to the decision of its disputes."""

    def acts(self) -> Acts:
        """Play the unit's part, then the appraisal, the announcement and the disputes."""
        yield from super().acts()
        window = self.window(WindowKind.APPRAISAL)
        yield from self.until(Stage.APPRAISAL, leaves=Stage.SUBMITTED, not_before=window.opens_at)
        self._open_branches()
        yield from self.until(Stage.CONSOLIDATION, leaves=Stage.APPRAISAL, not_before=window.due_at)
        yield from self._announce()
        yield from self._dispute()

    # Appraisal

    def _open_branches(self) -> None:
        """Let each body begin; which of them ask for a supplement is chosen here."""
        branches = list(
            AppraisalBranch.objects.filter(assessment=self.case)
            .select_related("unit", "assessment__unit")
            .order_by("pk")
        )
        asking = {branch.pk for branch in self.dice.sample(branches, min(self.fate.supplements, len(branches)))}
        for branch in branches:
            waits = branch.body_name in self.fate.waits_for
            self.player.add(
                self._branch(branch, asks=branch.pk in asking, waits=waits),
                what=f"{self.case.unit.name}, {branch.body_name}",
                rests_in=Stage.APPRAISAL if waits else self.fate.rests_in,
            )

    def _branch(self, branch: AppraisalBranch, *, asks: bool, waits: bool) -> Acts:
        by = self.cast.appraisers[branch.unit_id]
        window = self.window(WindowKind.APPRAISAL)
        due_at = window.due_at if window.due_at > self.player.now else window.closes_at
        rows = [row for row in self.rows if self.scores[row.code].item.appraising_body == branch.body_name]
        first = self.pace(window.opens_at, due_at)
        fraction = self.dice.uniform(0.1, 0.6)
        start = max(window.opens_at, self.player.now)
        if asks:
            yield from self._supplement(branch, rows, by)
            start, due_at, fraction = self.player.now, window.closes_at, 0.25
            first = self.pace(start, due_at)
        if waits:
            if self.fate.asks_at is not None:
                yield Cue(self.fate.asks_at)
                self._ask(branch, rows, by)
                return
            yield first(fraction)
            self._judge(rows[: len(rows) // 2], by, window.closes_at)
            yield first(0.9, Stage.APPRAISAL)
            return
        yield first(fraction)
        self._judge(rows, by, window.closes_at)
        scores.agree_with_self_scores(branch=branch, by=by)
        self.player.progress.step(len(rows))
        yield first(min(fraction + 0.05, 0.95), Stage.APPRAISAL)
        steps.complete_appraisal(branch=branch, by=by)

    def _judge(self, rows: Sequence[ItemRow], by: Official, closes: datetime) -> None:
        """Enter what the body found otherwise than the unit, and what only the body enters."""
        self.read_scores()
        found = [row for row in rows if row.scoring == Scoring.ENTERED or row.appraised != row.own]
        moment = self.player.now
        for row in found:
            score = self.scores[row.code]
            if score.appraised_at is not None:
                continue
            with clock.simulated(moment):
                self.named(row.code, partial(self._record, row, score, by))
            moment = min(moment + timedelta(minutes=4), max(moment, closes - timedelta(seconds=1)))

    @staticmethod
    def _record(row: ItemRow, score: ItemScore, by: Official) -> None:
        judged = score.item.rule_type == RuleType.MANUAL
        note = (
            "Tài liệu kiểm chứng chưa đủ căn cứ." if row.scoring == Scoring.SELF else "Theo hồ sơ theo dõi của cơ quan."
        )
        scores.record_appraisal(
            score=score,
            version=score.appraisal_version,
            raw=raw_fields(row.appraised),
            na=row.appraised.na,
            note=reason(row.note, note) if judged or row.scoring == Scoring.SELF else row.note,
            by=by,
        )

    def _supplement(self, branch: AppraisalBranch, rows: Sequence[ItemRow], by: Official) -> Acts:
        """Return a few items to the unit; it answers, or lets the short window pass."""
        window = self.window(WindowKind.APPRAISAL)
        span = self.cast.round.windows.get(WindowKind.SUPPLEMENT)
        usual = self.pace(window.opens_at, window.closes_at)(self.dice.uniform(0.2, 0.4))
        if span is not None and self.player.now < span.opens_at < window.closes_at:
            usual = self.pace(span.opens_at, min(span.closes_at, window.closes_at))(self.dice.uniform(0.0, 0.25))
        yield usual
        days = self.case.period.supplement_working_days
        calendar = self.player.hours.calendar
        try:
            closes_at = supplement_closes_at(
                requested_at=self.player.now, appraisal=window, working_days=days, calendar=calendar
            )
        except NotAllowed:  # no working day is left: this body decides on what it has
            return
        asked = self._ask(branch, rows, by)
        if not asked:
            return
        answers = self.fate.answers_supplement or closes_at >= window.closes_at
        if answers:
            yield self.pace(self.player.now, closes_at)(self.dice.uniform(0.3, 0.8), Stage.APPRAISAL)
            lines = [f"Giải trình theo yêu cầu của {branch.body_name}"]
            upload = papers.paper(title=f"Giải trình bổ sung {asked[0].code}", unit=self.case.unit.name, lines=lines)
            self.read_scores()
            attach(score=self.scores[asked[0].code], upload=upload, by=self.officers[0])
            answer = "Đơn vị đã bổ sung tài liệu, đề nghị xem xét."
            steps.answer_supplement(branch=branch, answer=answer, by=self.officers[0])
            return
        state = BranchState.SUPPLEMENT
        yield self.pace(closes_at, closes_at + timedelta(days=1))(0, Stage.APPRAISAL)
        while AppraisalBranch.objects.filter(pk=branch.pk, state=state).exists():
            yield self.pace(self.player.now + timedelta(minutes=30), window.closes_at)(0, Stage.APPRAISAL)

    def _ask(self, branch: AppraisalBranch, rows: Sequence[ItemRow], by: Official) -> Sequence[ItemRow]:
        """Ask for a supplement to the items that the body doubts most; return them."""
        own = [row for row in rows if row.scoring == Scoring.SELF]
        asked = [row for row in own if row.appraised != row.own][:3] or own[:1]
        if asked:
            steps.request_supplement(
                branch=branch,
                reason="Tài liệu kiểm chứng chưa rõ, đề nghị giải trình, bổ sung",
                items={row.code: reason(row.note, "Chưa đủ căn cứ") for row in asked},
                by=by,
            )
        return asked

    # Announcement and disputes

    def _announce(self) -> Acts:
        """The secretary consolidates when the bodies' time for a second look is nearly over."""
        appraisal, dispute = self.window(WindowKind.APPRAISAL), self.window(WindowKind.DISPUTE)
        opens = min(max(appraisal.due_at, self.player.now), dispute.opens_at)
        if opens >= dispute.opens_at:  # late: at once
            yield self.pace(self.player.now, self.player.now + timedelta(days=3))(0.1, Stage.CONSOLIDATION)
        else:
            yield self.pace(opens, dispute.opens_at)(self.dice.uniform(0.4, 0.95), Stage.CONSOLIDATION)
        steps.announce_preliminary_result(assessment=self.case, by=self.cast.secretary)

    def _dispute(self) -> Acts:
        self.stage()
        opens_at = max(self.window(WindowKind.DISPUTE).opens_at, self.player.now)
        closes_at = self.case.dispute_closes_at or self.window(WindowKind.DISPUTE).closes_at
        pace = self.pace(opens_at, opens_at + (closes_at - opens_at) * self.fate.takes_dispute)
        contested = [row for row in self.rows if row.is_disputed]
        if contested:
            yield pace(self.dice.uniform(0.05, 0.35))
            self.read_scores()
            self.row_by_row(contested, closes_at, self._contest)
            upload = papers.paper(
                title=f"Tài liệu kiến nghị {contested[0].code}", unit=self.case.unit.name, lines=["Kiến nghị"]
            )
            with clock.simulated(min(self.since, closes_at - timedelta(seconds=1))):
                attach(score=self.scores[contested[0].code], upload=upload, by=self.officers[0])
        if self.fate.ends_dispute:
            yield pace(self.dice.uniform(0.4, 0.95), Stage.DISPUTE)
            steps.finish_disputes(assessment=self.case, by=self.head)
        else:
            yield from self.until(Stage.RESOLUTION, Stage.COUNCIL, leaves=Stage.DISPUTE, not_before=closes_at)
        if contested:
            yield from self._resolve(contested)

    def _contest(self, row: ItemRow) -> None:
        asked = row.final if row.outcome == DisputeOutcome.ACCEPTED else row.own
        self.named(
            row.code,
            lambda: disputes.file_dispute(
                score=self.scores[row.code],
                reason=reason(row.dispute_reason, "Đề nghị xem xét lại kết quả thẩm định."),
                raw=raw_fields(asked),
                na=asked.na,
                by=self.officers[0],
            ),
        )

    def _resolve(self, contested: Sequence[ItemRow]) -> Acts:
        """Each body answers, the secretary decides, before the council meets."""
        council = self.window(WindowKind.COUNCIL).opens_at
        closes = council if council > self.player.now else self.player.now + timedelta(days=2)
        pace = self.pace(self.player.now, self.player.now + (closes - self.player.now) * self.fate.takes_dispute)
        filed = Dispute.objects.filter(assessment=self.case, withdrawn_at__isnull=True).select_related("score__item")
        by_code = {dispute.score.item.code: dispute for dispute in filed}
        branches = AppraisalBranch.objects.filter(assessment=self.case).select_related("unit", "assessment__unit")
        for branch in branches.order_by("pk"):
            rows = [row for row in contested if self.scores[row.code].item.appraising_body == branch.body_name]
            if not rows:
                continue
            by = self.cast.appraisers[branch.unit_id]
            waits = branch.body_name in self.fate.unanswered
            yield pace(self.dice.uniform(0.1, 0.4), Stage.RESOLUTION if waits else None)
            for row in rows:
                self._answer(by_code[row.code], row, by)
            steps.finish_answers(branch=branch, by=by)
        yield pace(self.dice.uniform(0.5, 0.8), Stage.RESOLUTION)
        for row in contested:
            self._decide(by_code[row.code], row)
        steps.finish_decisions(assessment=self.case, by=self.cast.secretary)

    def _answer(self, dispute: Dispute, row: ItemRow, by: Official) -> None:
        partly = row.outcome == DisputeOutcome.PARTLY_ACCEPTED
        self.named(
            row.code,
            lambda: disputes.answer_dispute(
                dispute=dispute,
                opinion=DisputeOutcome(row.outcome),
                answer=f"Cơ quan thẩm định đề nghị: {DisputeOutcome(row.outcome).label.lower()}.",
                raw=raw_fields(row.final) if partly else None,
                na=row.final.na if partly else False,
                by=by,
            ),
        )

    def _decide(self, dispute: Dispute, row: ItemRow) -> None:
        partly = row.outcome == DisputeOutcome.PARTLY_ACCEPTED
        self.named(
            row.code,
            lambda: disputes.decide_dispute(
                dispute=dispute,
                outcome=DisputeOutcome(row.outcome),
                reason=f"Tổ thư ký thống nhất: {DisputeOutcome(row.outcome).label.lower()}.",
                raw=raw_fields(row.final) if partly else None,
                na=row.final.na if partly else False,
                by=self.cast.secretary,
            ),
        )


def reason(text: str, otherwise: str) -> str:
    """Return the reason of the file, or another where it is too short to be one."""
    return text if len(text.strip()) >= SHORTEST_REASON else otherwise
