"""What a person may see of one case: its timeline, receipts, windows, bodies and numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, F, Prefetch, Q, QuerySet, When

from assessments import permissions
from assessments.enums import BranchState, Role, ScoreStage, Stage, WindowKind
from assessments.models import (
    AppraisalBranch,
    Assessment,
    AuditEvent,
    CriteriaItem,
    Dispute,
    MovedDeadline,
    Official,
    SupplementRequest,
)
from assessments.queries.scores import totals_of
from assessments.rules.deadlines import Window
from assessments.rules.ordering import Column, Ordering
from assessments.rules.rollup import Totals
from assessments.vietnamese import asked_words

# Events of the whole case that an appraiser may read beside those of the own body.
EVENTS_FOR_APPRAISERS = [
    "training_confirmed",
    "scores_handed_in",
    "submitted",
    "withdrawn",
    "late_policy_applied",
    "deadline_extended",
    "deadline_shortened",
    "appraisal_opened",
    "preliminary_announced",
]
# Events whose reason says nothing of scores: also a supervisor reads it.
REASONS_FOR_SUPERVISORS = ["sent_back", "withdrawn", "deadline_extended", "deadline_shortened", "reopened"]


@dataclass(frozen=True)
class Sight:
    """What one person may see of one case."""

    is_unit: bool
    is_secretary: bool
    is_council: bool
    is_organiser: bool
    is_supervisor: bool
    may_judge: bool  # not for the unit one works for
    bodies: tuple[AppraisalBranch, ...]  # the parts that the person appraises
    stage: Stage

    @property
    def follows(self) -> bool:
        """Say whether the person follows the whole case, not only a body's part of it."""
        return self.is_unit or self.is_secretary or self.is_council or self.is_organiser or self.is_supervisor

    @property
    def runs_the_period(self) -> bool:
        """Say whether the person is of the council, its secretariat or the organiser."""
        return self.is_secretary or self.is_council or self.is_organiser

    @property
    def sees_sheet(self) -> bool:
        """Say whether self-scores are open: to the unit always, to council and organiser once submitted."""
        return self.is_unit or (self.runs_the_period and self.stage not in Stage.before_submission())

    @property
    def sees_results(self) -> bool:
        """Say whether appraised points are open: from the announcement on, to a judging secretary one step earlier."""
        if self.is_secretary and self.may_judge and self.stage == Stage.CONSOLIDATION:
            return True
        return self.sees_sheet and self.stage in Stage.with_results()

    @property
    def reads_opinions(self) -> bool:
        """Say whether a body's opinion on a dispute is open before the decision; the unit reads both together."""
        return not self.is_unit or self.is_council or self.is_organiser

    def sees_branch(self, branch: AppraisalBranch) -> bool:
        """Say whether a body's state and rounds are open: an appraiser sees the own body alone."""
        return self.follows or branch in self.bodies

    def reads_rounds_of(self, branch: AppraisalBranch) -> bool:
        """Say whether the texts of supplement rounds are open."""
        return self.is_unit or self.runs_the_period or branch in self.bodies


@dataclass(frozen=True)
class Happening:
    """One event of the timeline as the reader may see it."""

    at: datetime
    by: Official | None
    role: str
    sentence: str
    reason: str


@dataclass(frozen=True)
class WindowRow:
    """One row of the timetable with the moves that touched this case."""

    window: Window
    due_at: datetime
    closes_at: datetime
    is_now: bool
    moved: list[MovedDeadline]


@dataclass(frozen=True)
class BranchRow:
    """One body's part of the case with its supplement rounds."""

    branch: AppraisalBranch
    rounds: list[SupplementRequest]
    reads_rounds: bool
    moved: list[MovedDeadline]  # what this body alone was given

    @property
    def stopped_since(self) -> datetime | None:
        """Return since when the clock of this body stands still because its unit supplements, None while it runs."""
        waits = self.branch.state == BranchState.SUPPLEMENT and bool(self.rounds)
        stops = self.branch.assessment.period.stops_clock_for_supplement
        return self.rounds[-1].requested_at if waits and stops else None


@dataclass(frozen=True)
class Numbers:
    """The points that the reader may see now; None is what is not open (yet)."""

    self_scored: Totals | None = None
    result: Totals | None = None
    result_label: str = ""
    closed_reason: str = ""


def sight_of(user: Official, case: Assessment, branches: list[AppraisalBranch]) -> Sight:
    """Return what ``user`` may see of a case whose unit, period and branches are loaded; no query."""
    period = case.period
    works_here = permissions.works_for(user, case.unit)
    appraises = set(user.unit_ids_of(Role.APPRAISER))
    return Sight(
        is_unit=user.holds(Role.OFFICER, case.unit) or user.holds(Role.HEAD, case.unit),
        is_secretary=user.holds(Role.SECRETARY, period.secretariat_id),
        is_council=user.holds(Role.COUNCIL, period.council_id),
        is_organiser=user.holds(Role.ORGANISER, period.organiser_id),
        is_supervisor=any(case.unit.path.startswith(path) for path in user.unit_paths_of(Role.SUPERVISOR)),
        may_judge=not works_here,
        bodies=() if works_here else tuple(branch for branch in branches if branch.unit_id in appraises),
        stage=Stage(case.stage),
    )


CASE_COLUMNS = (
    Column("don-vi", "Đơn vị"),
    Column("ky", "Kỳ đánh giá", largest_first=True),
    Column("buoc", "Bước"),
    Column("tu-luc", "Từ lúc", largest_first=True),
)
_BY_STAGE = Case(*(When(stage=stage, then=number) for number, stage in enumerate(Stage.values)))
_BY_UNIT = ("unit__sort_key", "unit__code")
_CASE_ORDER: dict[str, tuple[F | Case, *tuple[str, ...]]] = {
    "don-vi": (F("unit__sort_key"), "unit__code", "-period__year", "period__code"),
    "ky": (F("period__year"), "period__code", *_BY_UNIT),
    "buoc": (_BY_STAGE, *_BY_UNIT),
    "tu-luc": (F("stage_since"), *_BY_UNIT),
}


def visible_cases(user: Official, *, order: Ordering, text: str = "", stage: str = "") -> QuerySet[Assessment]:
    """Return the cases that ``user`` may open, in ``order`` (of CASE_COLUMNS), equal ones by unit."""
    cases = Assessment.objects.visible_to(user).select_related("unit", "period")
    for word in asked_words(text):
        cases = cases.filter(unit__search_text__contains=f" {word}")
    if stage:
        cases = cases.filter(stage=stage)
    first, *rest = _CASE_ORDER[order.name]
    return cases.order_by(first.desc() if order.descending else first.asc(), *rest)


def timeline_of(case: Assessment, sight: Sight) -> QuerySet[AuditEvent]:
    """Return the events that the reader may know of, newest first.

    Events of single items are for those who may read the sheet, except that the unit reads a body's opinion on a
    dispute together with the decision; an appraiser reads the own body's items and rounds
    and the turns of the whole case; nothing of other bodies.
    """
    events = AuditEvent.objects.filter(assessment=case).select_related("by").order_by("-at", "-id")
    if not sight.reads_opinions:
        undecided = Dispute.objects.filter(assessment=case, withdrawn_at__isnull=True, outcome="")
        events = events.exclude(kind="dispute_answered", item_code__in=undecided.values("score__item__code"))
    if sight.sees_sheet:
        return events
    shown = Q(pk__in=[])
    if sight.follows:
        shown |= Q(item_code="")
    if sight.bodies:
        names = [branch.body_name for branch in sight.bodies]
        shown |= Q(kind__in=EVENTS_FOR_APPRAISERS)
        shown |= Q(details__body__in=names)
        codes = CriteriaItem.objects.filter(criteria_set=case.criteria_set_id, appraising_body__in=names)
        shown |= Q(item_code__in=codes.values("code"))
    return events.filter(shown)


def happenings(events: list[AuditEvent], sight: Sight) -> list[Happening]:
    """Return events with the reasons that the reader may see; no query."""
    names = {branch.body_name for branch in sight.bodies}
    return [
        Happening(
            event.at,
            event.by,
            event.role,
            event.sentence,
            event.reason if _reads_reason(event, sight, names) else "",
        )
        for event in events
    ]


def window_rows(
    case: Assessment, windows: Mapping[WindowKind, Window], moved: list[MovedDeadline], *, moment: datetime
) -> list[WindowRow]:
    """Return the timetable of a case in the order of the process; no query."""
    rows = []
    for kind in WindowKind:
        if kind not in windows:
            continue
        window = windows[kind]
        due_at, closes_at = window.due_at, window.closes_at
        if kind == WindowKind.DISPUTE and case.dispute_closes_at:
            due_at = closes_at = case.dispute_closes_at
        rows.append(
            WindowRow(
                window=window,
                due_at=due_at,
                closes_at=closes_at,
                is_now=window.opens_at <= moment < closes_at,
                moved=[row for row in moved if row.window == kind and row.branch_id is None],
            )
        )
    return rows


def branches_of(case: Assessment) -> list[AppraisalBranch]:
    """Return the bodies' parts of a case with their supplement rounds, by name; two queries."""
    rounds = SupplementRequest.objects.select_related("requested_by", "answered_by").order_by("round")
    return list(
        AppraisalBranch.objects.filter(assessment=case)
        .select_related("unit", "assessment__period")
        .prefetch_related(Prefetch("supplements", queryset=rounds))
        .order_by("body_name")
    )


def branch_rows(branches: list[AppraisalBranch], moved: list[MovedDeadline], sight: Sight) -> list[BranchRow]:
    """Return the bodies that the reader may know of, with what each alone was given; no query."""
    return [
        BranchRow(
            branch,
            list(branch.supplements.all()),
            sight.reads_rounds_of(branch),
            [row for row in moved if row.branch_id == branch.pk],
        )
        for branch in branches
        if sight.sees_branch(branch)
    ]


def numbers_of(case: Assessment, sight: Sight) -> Numbers:
    """Return the points that the reader may see: never an appraisal before it was announced; three queries."""
    if sight.sees_results:
        stage = ScoreStage.FINAL if case.stage in Stage.with_results() else ScoreStage.APPRAISED
        whole = f"{case.final_label} (gồm khảo sát, điểm cộng, điểm trừ)"
        label = whole if stage == ScoreStage.FINAL else stage.label
        return Numbers(result=totals_of(case, stage, by_unit=sight.is_unit), result_label=label)
    if sight.sees_sheet:
        reason = (
            ""
            if case.stage in Stage.before_submission()
            else (
                "Điểm thẩm định mở cho đơn vị khi tổ thư ký công bố kết quả sơ bộ; trước lúc đó chỉ người thẩm định "
                "xem được phần của cơ quan mình."
            )
        )
        return Numbers(self_scored=totals_of(case, ScoreStage.SELF, by_unit=sight.is_unit), closed_reason=reason)
    if sight.runs_the_period:
        return Numbers(
            closed_reason="Đơn vị chưa nộp hồ sơ; điểm tự chấm mở cho Hội đồng và đơn vị tổ chức sau khi nộp."
        )
    if sight.is_supervisor:
        return Numbers(closed_reason="Người theo dõi xem được bước, thời hạn và diễn biến, không xem điểm của đơn vị.")
    return Numbers(closed_reason="Người thẩm định xem điểm ở trang thẩm định của cơ quan mình.")


def _reads_reason(event: AuditEvent, sight: Sight, names: set[str]) -> bool:
    if sight.is_unit or sight.runs_the_period or event.kind in REASONS_FOR_SUPERVISORS:
        return True
    # What is left to an appraiser without being a turn of the whole case is the own body's.
    return bool(sight.bodies) and (event.details.get("body") in names or bool(event.item_code))
