"""One body's part of a case as its pages show it: a fixed number of queries, whatever the number of items."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch

from assessments.enums import BranchState, ScoreStage, Scoring, Stage
from assessments.models import AppraisalBranch, Assessment, ItemScore, ScoreChange, SupplementItem, SupplementRequest
from assessments.queries.appraisals import branch_scores
from assessments.queries.calendar import working_calendar
from assessments.queries.deadlines import appraisal_window_of
from assessments.queries.scores import Bests, bests_seen, rule_of
from assessments.rules import NotAllowed, deadlines, stages
from assessments.rules.deadlines import in_words, opening_in_words
from assessments.rules.inputs import input_text
from assessments.rules.items import ItemRule
from assessments.rules.words import rule_in_words
from evidence.models import EvidenceFile
from evidence.queries import FileRow, counts_by_score
from workflow.queries.comparison import appraised_cell, cell_of
from workflow.queries.deadlines import Deadline
from workflow.queries.sheet import StageCell

MOST_DAYS = 20


@dataclass(frozen=True)
class Look:
    """How the state of an item stands in the list."""

    text: str
    tone: str
    icon: str


WAITING = Look("Chưa thẩm định", "neutral", "circle")
AGREED = Look("Đã thẩm định", "ok", "check")
CHANGED = Look("Có thay đổi", "info", "pen")
WANTED = Look("Cần bổ sung", "warn", "return")


@dataclass(frozen=True)
class AppraisalRow:
    """One item of a body: what the unit entered, what the body gave, and where it stands."""

    item: ItemRule
    rule: str
    score: ItemScore
    own: StageCell | None
    appraised: StageCell | None
    look: Look
    files: int

    @property
    def is_unscored_by_unit(self) -> bool:
        """Say whether the unit should have scored this item and did not."""
        return self.item.scoring == Scoring.SELF and self.score.self_input is None and not self.score.self_na

    @property
    def is_entered_by_body(self) -> bool:
        """Say whether the body alone gives the input."""
        return self.item.scoring == Scoring.ENTERED

    @property
    def is_left(self) -> bool:
        """Say whether the body has not decided it yet."""
        return self.score.appraised_at is None


@dataclass(frozen=True)
class BranchSheet:
    """All items of one body in one case."""

    rows: tuple[AppraisalRow, ...]

    @property
    def left(self) -> tuple[AppraisalRow, ...]:
        """Return the items not decided yet."""
        return tuple(row for row in self.rows if row.is_left)

    @property
    def done(self) -> int:
        """Return how many items are decided."""
        return len(self.rows) - len(self.left)

    @property
    def to_agree(self) -> int:
        """Return how many open items have an input of the unit to agree with."""
        return sum(not row.is_unscored_by_unit and not row.is_entered_by_body for row in self.left)

    @property
    def unscored(self) -> int:
        """Return how many open items the unit left unscored."""
        return sum(row.is_unscored_by_unit for row in self.left)

    @property
    def to_enter(self) -> int:
        """Return how many open items the body itself must enter."""
        return sum(row.is_entered_by_body for row in self.left)

    def row_of(self, score_id: int | None) -> AppraisalRow | None:
        """Return the row of a score, the first open one without, the first of all when none is open."""
        if score_id is not None:
            return next((row for row in self.rows if row.score.pk == score_id), None)
        return next(iter(self.left or self.rows), None)

    def beside(self, row: AppraisalRow) -> tuple[AppraisalRow | None, AppraisalRow | None]:
        """Return the rows before and after one, None at the ends."""
        place = self.rows.index(row)
        before = self.rows[place - 1] if place else None
        return before, self.rows[place + 1] if place + 1 < len(self.rows) else None


def branch_sheet(branch: AppraisalBranch) -> BranchSheet:
    """Return the items of a branch; four queries."""
    case = branch.assessment
    bests = bests_seen(case, by_unit=False)
    files = counts_by_score(case)
    wanted = _wanted(branch)
    return BranchSheet(tuple(_row(score, bests, files, wanted) for score in branch_scores(branch)))


def appraised_in_words(score: ItemScore, case: Assessment) -> str:
    """Say what was just saved: the points and how they were worked out."""
    item = rule_of(score.item)
    cell = appraised_cell(score, item, bests_seen(case, by_unit=False))
    if cell is None or cell.points is None:
        return "không áp dụng, không tính vào điểm tối đa"
    return cell.explanation


def rounds_of(branch: AppraisalBranch) -> list[SupplementRequest]:
    """Return the requests of a branch, oldest first, with their items and people; two queries."""
    requests = branch.supplements.select_related("requested_by", "answered_by").order_by("round")
    items = SupplementItem.objects.select_related("score__item").order_by("score__item__position")
    return list(requests.prefetch_related(Prefetch("items", items)))


def changes_of(score: ItemScore, stage: ScoreStage) -> list[dict[str, Any]]:
    """Return the history of one row in one stage, ready for ``_components/timeline.html``; one query."""
    item = rule_of(score.item)
    changes = ScoreChange.objects.filter(score=score, stage=stage).select_related("by").order_by("id")
    return [
        {
            "at": change.at,
            "by": change.by,
            "role": f"vòng {change.round}" if stage == ScoreStage.APPRAISED else "",
            "sentence": _change_in_words(item, change),
            "reason": change.note,
        }
        for change in changes
    ]


def shown_first(rows: Iterable[FileRow]) -> EvidenceFile | None:
    """Return the file that the viewer opens with: the first live one that a browser can show."""
    files = (row.file for row in rows)
    return next((file for file in files if file.is_shown_in_browser and not file.is_withdrawn), None)


def why_closed(branch: AppraisalBranch, moment: datetime) -> str:
    """Return the sentence why nothing can be appraised in a branch now, or "" when it can."""
    case = branch.assessment
    if branch.state == BranchState.DONE and branch.completed_at:
        who = branch.completed_by or "hệ thống"
        return (
            f"Phần thẩm định này đã được {who} hoàn thành lúc {opening_in_words(branch.completed_at)}. Kết quả sau đó "
            "chỉ thay đổi qua kiến nghị của đơn vị và quyết định của Tổ thư ký."
        )
    if branch.state == BranchState.SUPPLEMENT:
        request = branch.supplements.order_by("round").last()
        until = f" Hạn bổ sung: {in_words(request.closes_at)}." if request else ""
        stopped = ""
        if request and case.period.stops_clock_for_supplement:
            stopped = f" Thời hạn thẩm định tạm dừng từ {opening_in_words(request.requested_at)}."
        waits = f"{case.unit.name} đang giải trình, bổ sung; thẩm định tiếp khi đơn vị gửi hoặc khi hết hạn."
        return waits + until + stopped
    if branch.state == BranchState.RECALLED:
        return f"{case.unit.name} đã thu hồi hồ sơ; phần thẩm định mở lại khi đơn vị nộp lại."
    try:
        stages.check_stage(Stage(case.stage), {Stage.APPRAISAL}, doing="thẩm định")
        deadlines.check_open(appraisal_window_of(branch), moment)
    except NotAllowed as refusal:
        return refusal.sentence
    return ""


def supplement_days(branch: AppraisalBranch, moment: datetime) -> list[tuple[int, str]]:
    """Return the working days a body may give, each with the deadline it leads to; none when no day is left."""
    window, calendar = appraisal_window_of(branch), working_calendar()
    stops_clock = branch.assessment.period.stops_clock_for_supplement
    choices: list[tuple[int, str]] = []
    for days in range(1, MOST_DAYS + 1):
        try:
            closes_at = deadlines.supplement_closes_at(
                requested_at=moment,
                appraisal=window,
                working_days=days,
                calendar=calendar,
                stops_clock=stops_clock,
            )
        except NotAllowed:
            return choices
        ends_with_appraisal = not stops_clock and closes_at == window.closes_at
        note = ", theo hạn thẩm định" if ends_with_appraisal else ""
        choices.append((days, f"{days} ngày làm việc – đến {in_words(closes_at)}{note}"))
        if ends_with_appraisal:
            return choices
    return choices


def supplement_deadline(request: SupplementRequest, moment: datetime, organiser: str) -> Deadline:
    """Return the deadline of an open request for the banner of the page."""
    level, left = deadlines.urgency(
        due_at=request.closes_at, closes_at=request.closes_at, moment=moment, calendar=working_calendar()
    )
    return Deadline(
        stage=f"Giải trình, bổ sung vòng {request.round}",
        at=request.closes_at,
        working_days_left=left,
        is_overdue=level == "overdue",
        is_closed=level == "closed",
        extended_by=organiser,
        document_number="",
        note="",
    )


def _row(score: ItemScore, bests: Bests, files: dict[int, int], wanted: set[int]) -> AppraisalRow:
    item = rule_of(score.item)
    return AppraisalRow(
        item=item,
        rule=rule_in_words(item),
        score=score,
        own=cell_of(score, item, ScoreStage.SELF, bests) if item.scoring == Scoring.SELF else None,
        appraised=appraised_cell(score, item, bests),
        look=_look(score, item, wanted),
        files=files.get(score.pk, 0),
    )


def _look(score: ItemScore, item: ItemRule, wanted: set[int]) -> Look:
    if score.pk in wanted:
        return WANTED
    if score.appraised_at is None:
        return WAITING
    own, appraised = (score.self_input, score.self_na), (score.appraised_input, score.appraised_na)
    return CHANGED if item.scoring == Scoring.SELF and own != appraised else AGREED


def _wanted(branch: AppraisalBranch) -> set[int]:
    """Return the rows that the open request of a branch names; none (and no query) while nothing is asked."""
    if branch.state != BranchState.SUPPLEMENT:
        return set()
    items = SupplementItem.objects.filter(request__branch=branch, request__answered_at__isnull=True)
    return set(items.values_list("score", flat=True))


def _change_in_words(item: ItemRule, change: ScoreChange) -> str:
    after = change.after or {}
    if after.get("zeroed"):
        return "0 điểm cho nội dung đơn vị không chấm"
    if after.get("na"):
        return "Không áp dụng"
    return f"Kết quả: {input_text(item, after.get('input'))}" if after.get("input") else "Xóa kết quả"
