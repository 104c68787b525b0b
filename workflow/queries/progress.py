"""Progress by stage (tiến độ): where each unit of a period stands, until when, and for whom it waits. No scores."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from assessments.enums import LatePolicy, PeriodStatus, Role, Stage, UnitKind, WindowKind
from assessments.models import Assessment, AssessmentPeriod, Official
from assessments.queries.calendar import working_calendar
from assessments.queries.deadlines import windows_of
from assessments.rules.calendar import last_valid_day, local_day
from assessments.rules.deadlines import Window
from assessments.vietnamese import asked_words
from workflow.models import WorkItem
from workflow.queries.deadlines import WINDOW_OF_STAGE

# The columns of the heat map: a heading and the stages it covers.
COLUMNS: list[tuple[str, list[Stage]]] = [
    ("Tập huấn", [Stage.OPENED, Stage.TRAINING]),
    ("Tự chấm", [Stage.SELF_SCORING]),
    ("Minh chứng", [Stage.EVIDENCE, Stage.HELD]),
    ("Ký gửi", [Stage.SIGN_OFF]),
    ("Đã nộp", [Stage.SUBMITTED]),
    ("Thẩm định", [Stage.APPRAISAL]),
    ("Tổng hợp", [Stage.CONSOLIDATION]),
    ("Kiến nghị", [Stage.DISPUTE, Stage.RESOLUTION]),
    ("Hội đồng", [Stage.COUNCIL]),
    ("Công bố", [Stage.PUBLISHED, Stage.CORRECTION]),
]
COLUMN_OF = {stage: number for number, (_, stages) in enumerate(COLUMNS) for stage in stages}


@dataclass(frozen=True)
class WatchedCase:
    """A case that somebody follows, and whether something in it is overdue."""

    case: Assessment
    is_overdue: bool


@dataclass(frozen=True)
class Wanted:
    """What a reader of the page asks for; empty means all."""

    text: str = ""
    stage: str = ""
    kind: str = ""
    overdue: bool = False
    training_missing: bool = False

    def matches(self, watched: WatchedCase) -> bool:
        """Say whether a case is asked for."""
        case = watched.case
        return (
            all(f" {word}" in case.unit.search_text for word in asked_words(self.text))
            and self.stage in ("", case.stage)
            and self.kind in ("", case.unit_kind)
            and (watched.is_overdue or not self.overdue)
            and (case.training_confirmed_at is None or not self.training_missing)
        )


@dataclass(frozen=True)
class ProgressRow:
    """Where one unit stands."""

    case: Assessment
    due_at: datetime | None
    working_days_left: int | None
    is_overdue: bool
    is_closed: bool
    waits_for: str

    @property
    def late_policy(self) -> str:
        """Return what the late policy has done to the case, if it has."""
        policy = self.case.late_policy_applied if self.case.is_late else ""
        return LatePolicy(policy).label if policy else ""

    @property
    def cells(self) -> list[dict[str, str]]:
        """Return the cells of the heat map, each with its word, tone and icon."""
        here = COLUMN_OF[Stage(self.case.stage)]
        cells = []
        for number, (heading, _) in enumerate(COLUMNS):
            if number == here:
                cells.append({"label": heading, **self._current()})
            elif number < here:
                cells.append({"label": heading, "text": "Xong", "tone": "ok", "icon": "check"})
            else:
                cells.append({"label": heading, "text": "–", "tone": "", "icon": ""})
        return cells

    def _current(self) -> dict[str, str]:
        stage = Stage(self.case.stage)
        if stage == Stage.PUBLISHED:
            return {"text": "Xong", "tone": "ok", "icon": "check"}
        if stage == Stage.HELD:
            return {"text": "Tạm khóa", "tone": "danger", "icon": "lock"}
        if self.is_overdue:
            return {"text": "Quá hạn", "tone": "danger", "icon": "alert"}
        if self.working_days_left is not None and self.working_days_left <= 3:
            return {"text": f"Còn {max(self.working_days_left, 0)} ngày", "tone": "warn", "icon": "clock"}
        return {"text": "Đính chính" if stage == Stage.CORRECTION else "Đang làm", "tone": "info", "icon": "half"}


@dataclass(frozen=True)
class Tally:
    """How many cases, and how many of them overdue."""

    count: int
    overdue: int

    @property
    def text(self) -> str:
        """Return the numbers in words, "–" for none."""
        if not self.count:
            return "–"
        return f"{self.count}, {self.overdue} quá hạn" if self.overdue else str(self.count)


def watched_periods(user: Official) -> list[AssessmentPeriod]:
    """Return the opened periods whose progress ``user`` may follow, open ones first; one query."""
    watched = Q(organiser__in=user.unit_ids_of(Role.ORGANISER))
    watched |= Q(secretariat__in=user.unit_ids_of(Role.SECRETARY))
    watched |= Q(council__in=user.unit_ids_of(Role.COUNCIL))
    for path in user.unit_paths_of(Role.SUPERVISOR):
        watched |= Q(organiser__path__startswith=path) | Q(units__path__startswith=path)
    opened = AssessmentPeriod.objects.filter(watched).exclude(status=PeriodStatus.DRAFT).distinct()
    order = {PeriodStatus.OPEN: 0, PeriodStatus.PUBLISHED: 1}
    return sorted(opened.order_by("-year", "code"), key=lambda period: order[PeriodStatus(period.status)])


def watched_cases(user: Official, period: AssessmentPeriod, *, moment: datetime) -> list[WatchedCase]:
    """Return the cases of a period that ``user`` follows, by unit; one query.

    Overdue is a case whose late policy holds it, or one of whose open steps should have been done before ``moment``.
    """
    watched = Q(period__organiser__in=user.unit_ids_of(Role.ORGANISER))
    watched |= Q(period__secretariat__in=user.unit_ids_of(Role.SECRETARY))
    watched |= Q(period__council__in=user.unit_ids_of(Role.COUNCIL))
    for path in user.unit_paths_of(Role.SUPERVISOR):
        watched |= Q(unit__path__startswith=path)
    late = WorkItem.objects.open().filter(assessment=OuterRef("pk"), due_at__lte=moment)
    cases = (
        Assessment.objects.visible_to(user)
        .filter(watched, period=period)
        .annotate(has_late_work=Exists(late))
        .select_related("unit")
        .order_by("unit__sort_key", "unit__code")
    )
    return [WatchedCase(case, case.has_late_work or case.stage == Stage.HELD) for case in cases]


def rows_of(cases: Sequence[WatchedCase], *, moment: datetime) -> list[ProgressRow]:
    """Return what the page shows of each case; four queries, whatever their number."""
    windows = windows_of(watched.case for watched in cases)
    calendar = working_calendar()
    waiting: dict[int, list[WorkItem]] = {watched.case.pk: [] for watched in cases}
    work = WorkItem.objects.open().filter(assessment__in=list(waiting)).select_related("role_unit")
    for item in work.order_by("due_at", "id"):
        waiting[item.assessment_id].append(item)
    rows = []
    for watched in cases:
        case = watched.case
        due_at, closes_at = _deadline(case, waiting[case.pk], windows[case.pk])
        left = calendar.working_days_after(local_day(moment), last_valid_day(due_at)) if due_at else None
        rows.append(
            ProgressRow(
                case=case,
                due_at=due_at,
                working_days_left=left,
                is_overdue=watched.is_overdue,
                is_closed=bool(closes_at and moment >= closes_at),
                waits_for=_waits_for(case, waiting[case.pk]),
            )
        )
    return rows


def tallies(cases: Sequence[WatchedCase]) -> dict[tuple[str, int], Tally]:
    """Return the counts by (kind of unit, column of the heat map); every kind that occurs has every column."""
    kinds = [kind for kind in UnitKind.values if any(watched.case.unit_kind == kind for watched in cases)]
    counted = {(kind, column): [0, 0] for kind in kinds for column in range(len(COLUMNS))}
    for watched in cases:
        cell = counted[watched.case.unit_kind, COLUMN_OF[Stage(watched.case.stage)]]
        cell[0] += 1
        cell[1] += watched.is_overdue
    return {key: Tally(*numbers) for key, numbers in counted.items()}


def by_stage(cases: Sequence[WatchedCase]) -> dict[Stage, Tally]:
    """Return the counts by stage, in the order of the process; stages without a case are left out."""
    found = {}
    for stage in Stage:
        here = [watched for watched in cases if watched.case.stage == stage]
        if here:
            found[stage] = Tally(len(here), sum(watched.is_overdue for watched in here))
    return found


def _deadline(
    case: Assessment, work: list[WorkItem], windows: dict[WindowKind, Window]
) -> tuple[datetime | None, datetime | None]:
    """Return (due_at, closes_at) of the most urgent open step, else of the window the case waits in."""
    dated = [item for item in work if item.due_at]
    if dated:
        return dated[0].due_at, dated[0].closes_at
    if work or case.stage in (Stage.SUBMITTED, Stage.COUNCIL, Stage.PUBLISHED, Stage.CORRECTION):
        return None, None
    kind = WINDOW_OF_STAGE.get(Stage(case.stage))
    window = windows.get(kind) if kind else None
    return (window.due_at, window.closes_at) if window else (None, None)


def _waits_for(case: Assessment, work: list[WorkItem]) -> str:
    if work:
        return "; ".join(dict.fromkeys(f"{item.get_role_display()}, {item.role_unit.name}" for item in work))
    if case.stage == Stage.HELD:
        return "Đơn vị tổ chức gia hạn"
    if case.stage == Stage.SUBMITTED:
        return "Thời điểm mở thẩm định"
    if case.stage in (Stage.COUNCIL, Stage.CORRECTION):
        return "Đơn vị tổ chức công bố"
    return ""
