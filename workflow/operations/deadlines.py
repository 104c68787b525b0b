"""Moving a deadline: ledger, timers, inbox, reminders and what opens again in one transaction; or all of it run dry."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from assessments.enums import MoveState, WindowKind
from assessments.models import DeadlineMove, MovedDeadline, Official, SupplementRequest
from assessments.operations import deadlines
from assessments.operations.deadlines import MoveRequest
from assessments.queries.calendar import working_calendar
from assessments.queries.deadlines import branch_windows_of, windows_of
from assessments.rules import NotAllowed
from assessments.rules.calendar import last_valid_day
from assessments.rules.deadlines import in_words
from evidence.operations_decisions import tie_document
from workflow.flows.timer_moments import TimerMoment
from workflow.models import AssessmentProcess, WorkItem
from workflow.operations.move_outcome import MoveOutcome, outcome_of, standing_of
from workflow.operations.reopening import reopen
from workflow.reminders import planned_together, replan, tell_moved
from workflow.webhook_events import tell_deadlines_moved

ROWS_AT_ONCE = 500


class EffectChanged(NotAllowed):
    """What a move would do is no longer what was previewed: nothing was done, ``outcome`` is what it would do now."""

    def __init__(self, outcome: MoveOutcome) -> None:
        super().__init__(
            "Tác động của việc dời hạn đã khác so với bản xem trước vì hồ sơ vừa thay đổi; chưa có gì được thực hiện. "
            "Hãy xem lại bản mới rồi xác nhận."
        )
        self.outcome = outcome


def move_deadline(
    *, request: MoveRequest, by: Official, expected: str = "", document_id: UUID | None = None
) -> MoveOutcome:
    """Move the end of a step (dời thời hạn) and return all that this did; closing at once is only proposed.

    ``expected`` is the fingerprint of a preview: should the effect differ, nothing is done. ``document_id`` is the
    document of the decision that ``by`` has kept. Raise EffectChanged, NotAllowed, NotPermitted.
    """

    def write() -> DeadlineMove:
        move = deadlines.record_move(request=request, by=by)
        if document_id is not None:
            tie_document(document_id=document_id, move=move, by=by)
        return move

    return _run(request, write, by=by, expected=expected)


def preview_move(*, request: MoveRequest, by: Official) -> MoveOutcome:
    """Return what ``move_deadline`` would do now: the same code, rolled back. Raise NotAllowed, NotPermitted."""
    with transaction.atomic():
        outcome = move_deadline(request=request, by=by)
        transaction.set_rollback(True)
    return outcome


def confirm_move(*, move: DeadlineMove, by: Official, expected: str = "") -> MoveOutcome:
    """Confirm and carry out another person's proposal. Raise EffectChanged, NotAllowed, NotPermitted."""
    return _run(move, lambda: deadlines.confirm_move(move=move, by=by), by=by, expected=expected)


def preview_confirmation(*, move: DeadlineMove, by: Official) -> MoveOutcome:
    """Return what confirming a proposal would do now: the same code, rolled back. Raise NotAllowed, NotPermitted."""
    with transaction.atomic():
        outcome = confirm_move(move=move, by=by)
        transaction.set_rollback(True)
    return outcome


def refuse_move(*, move: DeadlineMove, reason: str, by: Official) -> DeadlineMove:
    """Refuse a proposal with a reason; nothing moves. Raise NotAllowed, NotPermitted."""
    return deadlines.refuse_move(move=move, reason=reason, by=by)


@transaction.atomic
def _run(
    request: MoveRequest | DeadlineMove, write: Callable[[], DeadlineMove], *, by: Official, expected: str
) -> MoveOutcome:
    processes = _lock_processes(request)
    move = write()
    rows: dict[int, list[MovedDeadline]] = defaultdict(list)
    for row in move.moved.select_related("branch").order_by("pk"):
        rows[row.assessment_id].append(row)
    touched = _as_they_stand([process for process in processes if process.assessment_id in rows])
    before = standing_of(touched)
    reopened, warnings = {}, _warnings(move, touched, rows)
    if move.state == MoveState.APPLIED:
        moment = move.decided_at or move.at
        with planned_together(at=moment):
            for process in touched:
                again = reopen(process, rows[process.assessment_id], move=move, by=by, at=moment)
                if again.opened:
                    reopened[process.assessment_id] = again.opened
                warnings += [again.refused] if again.refused else []
        touched = _as_they_stand(touched)
        move_timers(touched)
        _move_work(touched, move=move, at=moment)
    after = standing_of(touched)
    outcome = outcome_of(move, before=before, after=after, reopened=reopened, warnings=warnings)
    if expected and expected != outcome.fingerprint:
        raise EffectChanged(outcome)  # and so roll everything back
    return outcome


def _lock_processes(request: MoveRequest | DeadlineMove) -> list[AssessmentProcess]:
    """Lock the processes of the cases in one order, before any case: the order in which every step takes them."""
    running = AssessmentProcess.objects.filter(assessment__in=deadlines.cases_of(request), finished__isnull=True)
    return list(running.select_for_update(of=("self",)).order_by("pk"))


def _as_they_stand(processes: Sequence[AssessmentProcess]) -> list[AssessmentProcess]:
    """Read the processes with their cases again."""
    rows = AssessmentProcess.objects.filter(pk__in=[process.pk for process in processes])
    return list(rows.select_related("assessment__unit", "assessment__period").order_by("pk"))


def move_timers(processes: Iterable[AssessmentProcess]) -> int:
    """Set the armed timers of processes (with their cases) to the moments their rows say now; return how many moved.

    A supplement keeps its own short deadline.
    """
    cases = {process.pk: process.assessment for process in processes}
    windows = windows_of(cases.values())
    moved = []
    for task in Task.objects.filter(process__in=cases, flow_task_type="TIMER", status=STATUS.SCHEDULED):
        timer = task.flow_task._delay  # what the timer was armed with
        if not isinstance(timer, TimerMoment):
            continue
        case = cases[task.process_id]
        moment = timer.of(case, windows[case.pk])
        if task.scheduled != moment:
            task.scheduled = moment
            moved.append(task)
    Task.objects.bulk_update(moved, ["scheduled"], batch_size=ROWS_AT_ONCE)
    return len(moved)


def _move_work(processes: Sequence[AssessmentProcess], *, move: DeadlineMove, at: datetime) -> None:
    """Give open work the dates its rows say now, plan its reminders anew and tell the people."""
    cases = {process.assessment_id: process.assessment for process in processes}
    windows = windows_of(cases.values())
    open_work = WorkItem.objects.open().filter(assessment__in=cases).exclude(node="supplement")
    works = list(open_work.select_related("task", "branch__assessment", "role_unit").order_by("pk"))
    of_branches = branch_windows_of({work.branch_id: work.branch for work in works if work.branch}.values())
    moved, was_due = [], {}
    for work in works:
        work.assessment = case = cases[work.assessment_id]
        own = windows[case.pk]
        if work.branch_id in of_branches:
            own = own | {WindowKind.APPRAISAL: of_branches[work.branch_id]}
        opens_at, due_at, closes_at = work.task.flow_task.moments(
            case, work.branch, created_at=work.created_at, windows=own
        )
        if (due_at, closes_at) == (work.due_at, work.closes_at):
            continue
        was_due[work.pk] = work.due_at
        work.opens_at, work.due_at, work.closes_at, work.moved_at = opens_at, due_at, closes_at, at
        moved.append(work)
    WorkItem.objects.bulk_update(moved, ["opens_at", "due_at", "closes_at", "moved_at"], batch_size=ROWS_AT_ONCE)
    if moved:
        tell_moved(moved, move=move, was_due=was_due, at=at)
        tell_deadlines_moved(moved, move=move, was_due=was_due, at=at)
        replan(moved, at=at)


def _warnings(
    move: DeadlineMove, processes: Sequence[AssessmentProcess], rows: dict[int, list[MovedDeadline]]
) -> list[str]:
    """Say what the new ends run into: steps that end before them, open supplements, days without work."""
    windows = windows_of([process.assessment for process in processes])
    order = list(WindowKind)
    overtaken: dict[tuple[WindowKind, datetime], int] = defaultdict(int)
    ends = set()
    for case_id, of_case in rows.items():
        for row in of_case:
            ends.add(row.closes_at)
            for kind, window in windows.get(case_id, {}).items():
                if kind == WindowKind.SUPPLEMENT:
                    continue  # each request has a short deadline of its own
                is_next = row.is_later and order.index(kind) > order.index(WindowKind(row.window))
                if is_next and window.closes_at < row.closes_at:
                    overtaken[kind, window.closes_at] += 1
    calendar = working_calendar()
    found = [
        f"Bước “{kind.label}” đóng lúc {in_words(closes_at)}, trước hạn mới của bước “{move.get_window_display()}” "
        f"({count} hồ sơ); hãy cân nhắc dời cả bước đó."
        for (kind, closes_at), count in sorted(overtaken.items(), key=lambda each: order.index(each[0][0]))
    ]
    for day in sorted({last_valid_day(end) for end in ends}):
        if not calendar.is_working_day(day):
            found.append(f"Ngày cuối {day:%d/%m/%Y} không phải ngày làm việc ({calendar.why_off(day)}).")
    if move.window == WindowKind.APPRAISAL:
        found += _supplements_that_outlast(rows)
    return found


def _supplements_that_outlast(rows: dict[int, list[MovedDeadline]]) -> list[str]:
    """Name the units whose open supplement ends after the appraisal that is shortened."""
    shortened = {case_id: row.closes_at for case_id, of_case in rows.items() for row in of_case if not row.is_later}
    waiting = SupplementRequest.objects.filter(branch__assessment__in=shortened, answered_at__isnull=True)
    return [
        f"{request.branch.assessment.unit.name}: hạn bổ sung cho {request.branch.body_name} "
        f"({in_words(request.closes_at)}) sẽ sau hạn thẩm định mới."
        for request in waiting.select_related("branch__assessment__unit").order_by("pk")
        if request.closes_at > shortened[request.branch.assessment_id]
    ]
