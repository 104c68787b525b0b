"""Moving deadlines (dời thời hạn) for all, a kind, one unit or one body's part; the flow moves its timers with them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet

from assessments import clock, permissions
from assessments.enums import BranchState, MoveCause, MoveScope, MoveState, PeriodStatus, Role, Stage, WindowKind
from assessments.models import (
    AppraisalBranch,
    Assessment,
    AssessmentPeriod,
    AuditEvent,
    DeadlineMove,
    MovedDeadline,
    Official,
)
from assessments.operations import events
from assessments.queries.calendar import working_calendar
from assessments.queries.deadlines import appraisal_window_of, branch_windows_of, windows_of
from assessments.rules import NotAllowed, moves, stages
from assessments.rules.deadlines import Window, in_words, opening_in_words
from assessments.rules.moves import Ends, NewEnd

# A later end of one step pushes the steps that build on it.
_FOLLOWING = {WindowKind.SELF_SCORING: [WindowKind.EVIDENCE]}
_HOLDING = [WindowKind.SELF_SCORING, WindowKind.EVIDENCE]  # the steps whose close may hold a case


@dataclass(frozen=True, kw_only=True)
class MoveRequest:
    """What an organiser asks for: which step, for whom, to when, by which decision."""

    period: AssessmentPeriod
    window: WindowKind
    scope: MoveScope
    new_end: NewEnd
    reason: str
    decision_number: str
    decision_date: date | None
    unit_kind: str = ""
    assessment: Assessment | None = None
    branch: AppraisalBranch | None = None


@dataclass(frozen=True)
class _Target:
    """One window that a move may touch: of a case, or of a body's part where that has an end of its own."""

    assessment: Assessment
    branch: AppraisalBranch | None
    window: Window


def cases_of(request: MoveRequest | DeadlineMove) -> QuerySet[Assessment]:
    """Return the cases in the scope of a move, in the order in which they are locked; published ones are over."""
    cases = Assessment.objects.filter(period=request.period).exclude(stage__in=[Stage.PUBLISHED, Stage.CORRECTION])
    if request.scope == MoveScope.KIND:
        cases = cases.filter(unit_kind=request.unit_kind)
    elif request.scope in (MoveScope.UNIT, MoveScope.BODY):
        cases = cases.filter(pk=request.assessment.pk) if request.assessment else cases.none()
    return cases.order_by("pk")


@transaction.atomic
def record_move(*, request: MoveRequest, by: Official) -> DeadlineMove:
    """Write a move into the ledger and apply it; closing an open step at once only becomes a proposal.

    Return the row: its ``state`` says whether it was applied. Raise NotAllowed, NotPermitted.
    """
    cases, moment = _lock(request)
    permissions.check_can_organise(by, request.period)
    if AssessmentPeriod.objects.get(pk=request.period.pk).status != PeriodStatus.OPEN:  # as it stands now
        raise NotAllowed("Chỉ dời được thời hạn của kỳ đang thực hiện; kỳ đang chuẩn bị thì sửa kế hoạch thời gian.")
    moves.check_new_end(request.new_end)
    moves.check_decision(
        reason=request.reason,
        decision_number=request.decision_number,
        decision_date=request.decision_date,
        moment=moment,
    )
    targets = _targets(request, cases)
    ends = _checked_ends(targets, request.new_end, moment)
    waits = moves.needs_second_person([target.window for target in targets], ends, moment=moment)
    move = DeadlineMove.objects.create(
        period=request.period,
        scope=request.scope,
        unit_kind=request.unit_kind if request.scope == MoveScope.KIND else "",
        assessment=request.assessment if request.scope in (MoveScope.UNIT, MoveScope.BODY) else None,
        branch=request.branch if request.scope == MoveScope.BODY else None,
        window=request.window,
        due_at=request.new_end.due_at,
        closes_at=request.new_end.closes_at,
        working_days=request.new_end.working_days,
        reason=request.reason.strip(),
        decision_number=request.decision_number.strip(),
        decision_date=request.decision_date,
        state=MoveState.PROPOSED if waits else MoveState.APPLIED,
        by=by,
        at=moment,
    )
    if waits:
        _record_event(move, "deadline_move_proposed", "Đề nghị đóng ngay", by=by, at=moment)
    else:
        _apply(move, cases, targets, ends, by=by, at=moment)
    return move


@transaction.atomic
def confirm_move(*, move: DeadlineMove, by: Official) -> DeadlineMove:
    """Confirm another person's proposal and apply it as things stand now. Raise NotAllowed, NotPermitted."""
    move = _locked_proposal(move, by)
    if move.by_id == by.pk:
        raise NotAllowed("Đóng sớm một bước đang mở cần người thứ hai xác nhận; người đề nghị không tự xác nhận được.")
    cases, moment = _lock(move)
    new_end = NewEnd(closes_at=move.closes_at, due_at=move.due_at, working_days=move.working_days)
    targets = _targets(move, cases)
    ends = _checked_ends(targets, new_end, moment)
    move.state, move.decided_by, move.decided_at = MoveState.APPLIED, by, moment
    move.save(update_fields=["state", "decided_by", "decided_at"])
    _apply(move, cases, targets, ends, by=by, at=moment)
    return move


@transaction.atomic
def refuse_move(*, move: DeadlineMove, reason: str, by: Official) -> DeadlineMove:
    """Refuse a proposal, or take the own one back, with a reason; nothing moves. Raise NotAllowed, NotPermitted."""
    move = _locked_proposal(move, by)
    stages.check_reason(reason, of="không xác nhận")
    moment = clock.read()
    move.state, move.decided_by, move.decided_at = MoveState.REFUSED, by, moment
    move.refusal_reason = reason.strip()
    move.save(update_fields=["state", "decided_by", "decided_at", "refusal_reason"])
    _record_event(move, "deadline_move_refused", "Không xác nhận đề nghị đóng ngay", by=by, at=moment, reason=reason)
    return move


def resume_clock(*, branch: AppraisalBranch, stopped_at: datetime, round_: int, at: datetime) -> MovedDeadline | None:
    """Add the working days that a body waited for a supplement to its appraisal; None where it waited less than one.

    Called within the transaction that ends the wait, under the lock of the case.
    """
    calendar = working_calendar()
    window = appraisal_window_of(branch)
    waited = moves.days_waited(stopped_at=stopped_at, resumed_at=at, closes_at=window.closes_at, calendar=calendar)
    if waited < 1:
        return None
    move = DeadlineMove.objects.create(
        period=branch.assessment.period,
        scope=MoveScope.BODY,
        assessment=branch.assessment,
        branch=branch,
        window=WindowKind.APPRAISAL,
        cause=MoveCause.CLOCK,
        working_days=waited,
        reason=f"Tạm dừng từ {opening_in_words(stopped_at)} đến {opening_in_words(at)} chờ đơn vị bổ sung (vòng "
        f"{round_}).",
        state=MoveState.APPLIED,
        at=at,
    )
    target = _Target(branch.assessment, branch, window)
    (ends,) = moves.moved_ends([target.window], NewEnd(working_days=waited), moment=at, calendar=calendar)
    return _apply(move, [branch.assessment], [target], [ends], by=None, at=at)[0]


def _lock(request: MoveRequest | DeadlineMove) -> tuple[list[Assessment], datetime]:
    """Lock the cases of a move in one order and read the clock once they are held."""
    locked = cases_of(request).select_for_update(of=("self",)).select_related("period", "unit")
    return list(locked), clock.read()


def _locked_proposal(move: DeadlineMove, by: Official) -> DeadlineMove:
    """Lock a proposal that nobody has decided yet. Raise NotAllowed, NotPermitted."""
    rows = DeadlineMove.objects.select_for_update(of=("self",)).select_related(
        "period__organiser", "assessment__unit", "branch", "decided_by"
    )
    move = rows.get(pk=move.pk)
    permissions.check_can_organise(by, move.period)
    if move.state != MoveState.PROPOSED:
        who = f" (bởi {move.decided_by.display_name})" if move.decided_by else ""
        raise NotAllowed(f"Đề nghị này không còn chờ xác nhận: {move.get_state_display().lower()}{who}.")
    return move


def _targets(request: MoveRequest | DeadlineMove, cases: Sequence[Assessment]) -> list[_Target]:
    """Return the windows of a move as they stand; bodies with an end of their own count for themselves."""
    kind = WindowKind(request.window)
    if request.scope == MoveScope.BODY:
        return _target_of_body(request, kind, cases)
    windows = windows_of(cases, kinds=[kind])
    if cases and not any(windows.values()):
        raise NotAllowed(f"Kế hoạch thời gian của kỳ này không có bước “{kind.label}”.")
    if request.scope == MoveScope.UNIT:
        _check_releases(cases, kind)
    targets = [
        _Target(case, None, _own_dispute_window(case, windows[case.pk][kind])) for case in cases if windows[case.pk]
    ]
    if kind == WindowKind.APPRAISAL:
        branches = list(
            AppraisalBranch.objects.filter(assessment__in=cases, moved_deadlines__isnull=False)
            .select_related("assessment")
            .distinct()
            .order_by("pk")
        )
        own = branch_windows_of(branches)
        targets += [_Target(branch.assessment, branch, own[branch.pk]) for branch in branches if branch.pk in own]
    return targets


def _target_of_body(
    request: MoveRequest | DeadlineMove, kind: WindowKind, cases: Sequence[Assessment]
) -> list[_Target]:
    if kind != WindowKind.APPRAISAL:
        raise NotAllowed(f"Chỉ bước “{WindowKind.APPRAISAL.label}” có hạn riêng cho từng cơ quan; hãy chọn bước đó.")
    branch = request.branch
    if branch is None or not cases or branch.assessment_id != cases[0].pk:
        raise NotAllowed("Hãy chọn một cơ quan đang thẩm định hồ sơ này.")
    branch = AppraisalBranch.objects.select_related("assessment__period", "assessment__unit").get(pk=branch.pk)
    if branch.state == BranchState.DONE:
        raise NotAllowed(f"{branch.body_name} đã thẩm định xong hồ sơ này nên không dời hạn được.")
    own = branch_windows_of([branch]).get(branch.pk)
    if own is None:
        raise NotAllowed(f"Kế hoạch thời gian của kỳ này không có bước “{kind.label}”.")
    return [_Target(cases[0], branch, own)]


def _check_releases(cases: Sequence[Assessment], kind: WindowKind) -> None:
    if any(case.stage == Stage.HELD for case in cases) and kind not in _HOLDING:
        raise NotAllowed(
            "Hồ sơ đang tạm khóa do quá hạn tự chấm hoặc gửi hồ sơ; hãy dời hạn bước “Tự chấm điểm” hoặc bước "
            "“Cung cấp tài liệu kiểm chứng, ký gửi”."
        )


def _own_dispute_window(case: Assessment, window: Window) -> Window:
    """Return the dispute window of this very case, which may end later than the timetable's."""
    if window.kind != WindowKind.DISPUTE or not case.dispute_closes_at:
        return window
    return replace(window, due_at=case.dispute_closes_at, closes_at=case.dispute_closes_at)


def _checked_ends(targets: Sequence[_Target], new: NewEnd, moment: datetime) -> list[Ends | None]:
    windows = [target.window for target in targets]
    ends = moves.moved_ends(windows, new, moment=moment, calendar=working_calendar())
    moves.check_something_moves(windows, ends)
    for window, each in zip(windows, ends, strict=True):
        if each:
            moves.check_ends(window, each, moment=moment)
    return ends


def _apply(
    move: DeadlineMove,
    cases: Sequence[Assessment],
    targets: Sequence[_Target],
    ends: Sequence[Ends | None],
    *,
    by: Official | None,
    at: datetime,
) -> list[MovedDeadline]:
    """Write what a move does to each case it touches, with the steps that follow, and the audit trail."""
    rows = [_row(move, target, new) for target, new in zip(targets, ends, strict=True) if new]
    following = _rows_that_follow(move, rows)
    # In the order of writing the newest row of a step counts; no step is in both lists.
    MovedDeadline.objects.bulk_create(rows + following)
    of_disputes = []
    for row in rows:
        if row.window == WindowKind.DISPUTE and row.assessment.dispute_closes_at:
            row.assessment.dispute_closes_at = row.closes_at
            of_disputes.append(row.assessment)
    Assessment.objects.bulk_update(of_disputes, ["dispute_closes_at"], batch_size=500)
    AuditEvent.objects.bulk_create(_case_event(move, row, by=by, at=at) for row in rows)
    if move.cause == MoveCause.DECISION and move.scope in (MoveScope.ALL, MoveScope.KIND):
        _record_event(move, "deadline_moved", "Dời thời hạn", by=by, at=at, details={"cases": len(rows)})
    return rows + following


def _row(move: DeadlineMove, target: _Target, new: Ends) -> MovedDeadline:
    return MovedDeadline(
        move=move,
        assessment=target.assessment,
        branch=target.branch,
        window=target.window.kind,
        previous_due_at=target.window.due_at,
        previous_closes_at=target.window.closes_at,
        due_at=new.due_at,
        closes_at=new.closes_at,
    )


def _rows_that_follow(move: DeadlineMove, rows: Sequence[MovedDeadline]) -> list[MovedDeadline]:
    """Push the steps that build on a later one; a case that was late may have to mend its scores as well."""
    later = [row for row in rows if row.branch_id is None and row.is_later]
    windows = windows_of([row.assessment for row in later], kinds=_HOLDING)
    following = []
    for row in later:
        kind = WindowKind(row.window)
        pushed = _FOLLOWING.get(kind, [])
        if row.assessment.is_late and kind in _HOLDING:
            pushed = [each for each in _HOLDING if each != kind]
        for each in pushed:
            window = windows[row.assessment_id].get(each)
            if window and window.closes_at < row.closes_at:
                ends = Ends(max(window.due_at, row.due_at), row.closes_at)
                following.append(_row(move, _Target(row.assessment, None, window), ends))
    return following


def _case_event(move: DeadlineMove, row: MovedDeadline, *, by: Official | None, at: datetime) -> AuditEvent:
    """Return the event of one case; that of a body names the body, so that other bodies do not read it."""
    what = "Gia hạn" if row.is_later else "Rút ngắn"
    source = f" ({move.decision_number})" if move.decision_number else ""
    whose = f" của {row.branch.body_name}" if row.branch else ""
    kind = "branch_deadline_moved" if row.branch else "deadline_extended" if row.is_later else "deadline_shortened"
    return AuditEvent(
        kind=kind,
        sentence=f"{what} “{row.get_window_display()}”{whose} đến {in_words(row.closes_at)}{source}",
        by=by,
        at=at,
        role=Role.ORGANISER.label if by else "",
        reason=move.reason,
        details={"move": move.pk} | ({"body": row.branch.body_name} if row.branch else {}),
        assessment=row.assessment,
        period=move.period,
    )


def _record_event(
    move: DeadlineMove,
    kind: str,
    what: str,
    *,
    by: Official | None,
    at: datetime,
    reason: str = "",
    details: dict[str, int] | None = None,
) -> None:
    """Record what happened to a move in the trail of the period, or of the one case it is for."""
    to = in_words(move.closes_at) if move.closes_at else f"thêm {move.working_days} ngày làm việc"
    events.record(
        kind=kind,
        sentence=f"{what} “{move.get_window_display()}” ({move.get_scope_display().lower()}): {to} "
        f"({move.decision_number})",
        by=by,
        at=at,
        period=move.period,
        assessment=move.assessment,
        role=Role.ORGANISER,
        reason=(reason or move.reason).strip(),
        details={"move": move.pk} | (details or {}) | ({"body": move.branch.body_name} if move.branch else {}),
    )
