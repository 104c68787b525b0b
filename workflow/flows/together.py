"""Carrying many cases over the same arrows at once: what one deadline does to thousands of units in one minute.

A timer that viewflow fires costs some dozens of statements. Where the same timer is due for many cases, they go on
together instead, node by node, with a handful of statements per node, until every case waits for people or for a
moment. The rows are those that viewflow writes for one case: every node is asked the same questions and does the same
work, for a list of cases instead of one (a test compares the rows for each timer of the flow). A timer behind which
lies a node that only viewflow can pass is not taken: its cases go one by one.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.utils import timezone
from viewflow.workflow.base import Node
from viewflow.workflow.models import Task
from viewflow.workflow.nodes import TimerBoundary
from viewflow.workflow.status import STATUS
from viewflow.workflow.token import Token

from assessments.models import AppraisalBranch, Assessment
from assessments.operations.stages import enter_stage_together
from assessments.queries.deadlines import windows_of
from workflow.flows.timer_moments import TimerMoment
from workflow.models import AssessmentProcess, Incident
from workflow.nodes import CaseFunction, CaseIf, HumanStep, SplitByBranch, Wait, close_work

ENDED = [STATUS.DONE, STATUS.CANCELED, STATUS.REVIVED]


@dataclass(frozen=True)
class Mover:
    """A case on its way: the task that it comes from, and the branch in which it moves."""

    task: Task
    case: Assessment
    branch: AppraisalBranch | None = None


@cache
def can_go_together(timer: Node) -> bool:
    """Say whether everything behind a timer, up to where people or moments are waited for, takes many at once."""
    if not isinstance(timer, TimerBoundary) or not isinstance(timer._attached_to, HumanStep | Wait):
        return False
    seen: set[Node] = set()
    ahead = [timer._next]
    while ahead:
        node = ahead.pop()
        if node in seen:
            continue
        seen.add(node)
        match node:
            case CaseFunction():
                ahead.append(node._next)
            case CaseIf():
                ahead += [node._on_true, node._on_false]
            case SplitByBranch():
                ahead.append(node._branches[0][0])
            case HumanStep() | Wait():
                pass
            case _:
                return False
        if any(not _is_armed_by_rows(boundary) for boundary in node._boundary_events):
            return False
    return True


def _is_armed_by_rows(boundary: Node) -> bool:
    return isinstance(boundary, TimerBoundary) and isinstance(boundary._delay, TimerMoment)


@transaction.atomic
def fire_together(*, timer: Node, task_ids: Iterable[int], at: datetime) -> int:
    """Fire one timer of the flow for many cases, if still due at ``at`` and nobody else holds them; return how many.

    Processes are locked before cases, in the order in which every step takes them.
    """
    wanted = Task.objects.filter(pk__in=list(task_ids))
    locked = AssessmentProcess.objects.filter(pk__in=wanted.values("process_id")).order_by("pk")
    skips = connection.features.has_select_for_update_skip_locked
    case_of = dict(locked.select_for_update(of=("self",), skip_locked=skips).values_list("pk", "assessment_id"))
    due = wanted.filter(process__in=case_of, status=STATUS.SCHEDULED, scheduled__lte=at)
    tasks = list(due.select_related("process").order_by("scheduled", "pk"))
    if not tasks:
        return 0
    cases = {
        case.pk: case
        for case in Assessment.objects.select_for_update(of=("self",))
        .select_related("period", "unit", "criteria_set")
        .filter(pk__in=[case_of[task.process_id] for task in tasks])
        .order_by("pk")
    }
    now = timezone.now()
    Task.objects.filter(pk__in=[task.pk for task in tasks]).update(status=STATUS.DONE, started=now, finished=now)
    _cancel_hosts(tasks, at=at)
    _arrive(timer._next, [Mover(task, cases[case_of[task.process_id]]) for task in tasks], at)
    Incident.objects.filter(task__in=tasks, resolved_at__isnull=True).update(resolved_at=at)
    return len(tasks)


def _cancel_hosts(timers: Sequence[Task], *, at: datetime) -> None:
    hosts = list(Task.objects.filter(leading__in=timers).exclude(status__in=ENDED).values_list("pk", flat=True))
    Task.objects.filter(pk__in=hosts).update(status=STATUS.CANCELED, finished=timezone.now())
    close_work(hosts, by=None, at=at)


def _arrive(node: Node, movers: Sequence[Mover], at: datetime) -> None:
    """Let cases come to ``node`` and go on from there as far as they can."""
    if not movers:
        return
    cases = [mover.case for mover in movers]
    match node:
        case CaseFunction():
            node.act(cases, at)
            _arrive(node._next, _pass(node, movers), at)
        case CaseIf():
            holding = node.ask(cases)
            passed = _pass(node, movers)
            _arrive(node._on_true, [mover for mover in passed if mover.case.pk in holding], at)
            _arrive(node._on_false, [mover for mover in passed if mover.case.pk not in holding], at)
        case SplitByBranch():
            branches = node.branches(cases, at)
            paths = [
                (replace(mover, branch=branch), token)
                for mover in _pass(node, movers)
                for branch, token in zip(
                    branches[mover.case.pk], Token.split_token_source(mover.task.token, mover.task.pk), strict=False
                )
            ]
            _wait(node._branches[0][0], [mover for mover, _ in paths], at, [token for _, token in paths])
        case _:
            _wait(node, movers, at, [mover.task.token for mover in movers])


def _pass(node: Node, movers: Sequence[Mover]) -> list[Mover]:
    """Write the tasks of a node that is passed at once; return the cases behind it."""
    now = timezone.now()
    started = now if isinstance(node, CaseFunction) else None
    tokens = [mover.task.token for mover in movers]
    tasks = _write(node, movers, tokens, status=STATUS.DONE, started=started, finished=now)
    return [replace(mover, task=task) for mover, task in zip(movers, tasks, strict=True)]


def _wait(node: HumanStep | Wait, movers: Sequence[Mover], at: datetime, tokens: Sequence[Token]) -> None:
    """Write the tasks of a node that waits, enter its stage, open its work and arm its timers."""
    tasks = _write(node, movers, tokens, status=STATUS.NEW)
    movers = [replace(mover, task=task) for mover, task in zip(movers, tasks, strict=True)]
    if isinstance(node, HumanStep):
        node.open_work([(mover.task, mover.case, mover.branch) for mover in movers], at)
    else:
        enter_stage_together(cases=[mover.case for mover in movers], stage=node.stage, at=at)
    windows = windows_of({mover.case.pk: mover.case for mover in movers}.values()) if node._boundary_events else {}
    for boundary in node._boundary_events:
        moments = [boundary._delay.of(mover.case, windows[mover.case.pk]) for mover in movers]
        _write(boundary, movers, [mover.task.token for mover in movers], status=STATUS.SCHEDULED, scheduled=moments)


def _write(
    node: Node,
    movers: Sequence[Mover],
    tokens: Sequence[Token],
    *,
    status: str,
    started: datetime | None = None,
    finished: datetime | None = None,
    scheduled: Sequence[datetime] = (),
) -> list[Task]:
    """Write one task per case at ``node``, each after the task that its case comes from."""
    seeded = isinstance(node, HumanStep) and node.per_branch
    kind = ContentType.objects.get_for_model(AppraisalBranch) if seeded else None
    tasks = Task.objects.bulk_create(
        Task(
            process_id=mover.task.process_id,
            flow_task=node,
            flow_task_type=node.task_type,
            token=token,
            status=status,
            started=started,
            finished=finished,
            scheduled=scheduled[position] if scheduled else None,
            seed_content_type=kind,
            seed_object_id=mover.branch.pk if seeded and mover.branch else None,
        )
        for position, (mover, token) in enumerate(zip(movers, tokens, strict=True))
    )
    arrows = Task.previous.through
    arrows.objects.bulk_create(
        arrows(from_task_id=task.pk, to_task_id=mover.task.pk) for task, mover in zip(tasks, movers, strict=True)
    )
    return tasks


def alike(tasks: Iterable[Task]) -> dict[Node, list[int]]:
    """Return the ids of due timers by the timer of the flow that they are; each can be fired together."""
    groups: dict[Node, list[int]] = defaultdict(list)
    for task in tasks:
        if can_go_together(task.flow_task):
            groups[task.flow_task].append(task.pk)
    return groups
