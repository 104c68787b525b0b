"""Our kinds of flow nodes: a step for people that fills the inbox, a wait, and one branch per appraising body.

What viewflow leaves out is added here and nowhere else; viewflow itself is neither patched nor copied.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from viewflow import this
from viewflow.workflow import flow
from viewflow.workflow.activation import Activation
from viewflow.workflow.models import Task
from viewflow.workflow.nodes.handle import HandleActivation
from viewflow.workflow.nodes.split import SplitActivation
from viewflow.workflow.nodes.view import ViewActivation
from viewflow.workflow.status import STATUS
from viewflow.workflow.token import Token

from assessments import clock
from assessments.enums import Role, Stage, WindowKind
from assessments.models import AppraisalBranch, Assessment, Official, Unit
from assessments.operations import guards
from assessments.operations.stages import enter_stage_together
from assessments.queries.deadlines import branch_windows_of, windows_of
from assessments.rules.deadlines import Window
from assessments.vietnamese import fold
from notifications.operations import cancel
from workflow.models import WorkItem
from workflow.reminders import announce_step, plan_for, ref_of, withdraw_for
from workflow.webhook_events import tell_ended, tell_opened

REOPENED = "reopened"  # key in Task.data


def branch_of(task: Task) -> AppraisalBranch | None:
    """Return the appraising body's branch in which a task lies: its own seed, or that of the step before it.

    A timer that fires and a gateway carry no seed, so the steps before them are asked (at most three back).
    """
    for _ in range(4):
        if task is None:
            return None
        if isinstance(task.seed, AppraisalBranch):
            return task.seed
        task = task.previous.order_by("-id").first()
    return None


def was_reopened(task: Task) -> bool:
    """Say whether a task ended because a moved deadline gives the case back to an earlier step."""
    return bool((task.data or {}).get(REOPENED))


def mark_reopened(task: Task) -> Task:
    """Mark a task about to be ended as one that a moved deadline ends; the gateway after it asks."""
    task.data = (task.data or {}) | {REOPENED: True}
    task.save(update_fields=["data"])
    return task


class HumanStepActivation(ViewActivation):
    """Opens a row of the inbox when the task is created and closes it when the task ends."""

    @classmethod
    def create(cls, flow_task, prev_activation, token, data=None, seed=None):
        if flow_task.per_branch and seed is None:
            seed = branch_of(prev_activation.task)
        activation = super().create(flow_task, prev_activation, token, data=data, seed=seed)
        flow_task.open_work([(activation.task, _case_of(activation), seed)], clock.read())
        return activation

    @Activation.status.transition(source=STATUS.STARTED, target=STATUS.DONE)
    def complete(self):
        super().complete.original()
        self._close(WorkItem.Outcome.DONE, by=self.task.owner)

    @Activation.status.transition(source=[STATUS.NEW, STATUS.ASSIGNED], target=STATUS.CANCELED)
    def cancel(self):
        super().cancel.original()
        self._close(WorkItem.Outcome.TIMED_OUT, by=None)

    def finish(self, by: Official) -> None:
        """Take the task for ``by`` and complete it; the operation has checked who may and when."""
        if self.task.owner_id is None:
            self.assign(by)
        elif self.task.owner_id != by.pk:
            self.reassign(by)
        self.start(None)
        self.execute()

    def _close(self, outcome: WorkItem.Outcome, by: Official | None) -> None:
        close_work([self.task.pk], outcome=outcome, by=by, at=clock.read())


def close_work(
    task_ids: Sequence[int],
    *,
    by: Official | None,
    at: datetime,
    outcome: WorkItem.Outcome = WorkItem.Outcome.TIMED_OUT,
) -> None:
    """Close the rows of the inbox of tasks that end, and call off what is still to be told about them."""
    mine = WorkItem.objects.filter(task__in=task_ids)
    mine.filter(closed_at__isnull=True).update(closed_at=at, closed_by=by, outcome=outcome)
    tell_ended(task_ids, at=at)
    withdraw_for(mine, at=at, reason=f"{outcome.label}.")
    cancel(refs=[ref_of(task_id) for task_id in task_ids], at=at, reason=f"{outcome.label}.")


def _case_of(activation: Activation) -> Assessment:
    """Return the case of an activation as it stands in the database now."""
    assessment = activation.process.assessment
    assessment.refresh_from_db()
    return assessment


class HumanStep(flow.View):
    """A step that people do on our own pages; its permission is a role on one unit, never a global one.

    ``audience`` returns (role, unit) from the case and its branch; ``window`` is the row of the timetable whose due
    and closing moments the inbox shows (a function of the case, its windows and its branch otherwise).
    """

    activation_class = HumanStepActivation

    def __init__(
        self,
        *,
        stage: Stage,
        audience: Callable[[Assessment, AppraisalBranch | None], tuple[Role, Unit]],
        window: WindowKind | Callable[..., tuple[datetime, datetime | None, datetime | None]],
        per_branch: bool = False,
    ) -> None:
        super().__init__(None)
        self.stage = stage
        self.audience = audience
        self.window = window
        self.per_branch = per_branch

    def open_work(self, opening: Sequence[tuple[Task, Assessment, AppraisalBranch | None]], at: datetime) -> None:
        """Enter the stage, write the rows of the inbox and tell the people they are for, for any number of cases.

        ``opening`` are the tasks of this node with their cases and, where each body has its own, their branches.
        """
        cases = {case.pk: case for _, case, _ in opening}
        branches = {branch.pk: branch for _, _, branch in opening if self.per_branch and branch is not None}
        enter_stage_together(cases=list(cases.values()), stage=self.stage, at=at)
        windows = windows_of(cases.values())
        of_branches = branch_windows_of(branches.values()) if self.window == WindowKind.APPRAISAL and branches else {}
        works = []
        for task, case, seed in opening:
            branch = seed if self.per_branch else None
            own = windows[case.pk]
            if branch is not None and branch.pk in of_branches:
                own = own | {WindowKind.APPRAISAL: of_branches[branch.pk]}
            role, unit = self.audience(case, branch)
            opens_at, due_at, closes_at = self.moments(case, branch, created_at=at, windows=own)
            works.append(
                WorkItem(
                    task=task,
                    assessment=case,
                    branch=branch,
                    node=self.name,
                    title=self.task_title,
                    role=role,
                    role_unit=unit,
                    window=self.window if isinstance(self.window, WindowKind) else "",
                    opens_at=opens_at,
                    due_at=due_at,
                    closes_at=closes_at,
                    created_at=at,
                    search_text=fold(f"{case.unit.name} {case.unit.code} {self.task_title} {case.period.name}"),
                )
            )
        WorkItem.objects.bulk_create(works)
        tell_opened([work for work in works if announce_step(work=work, at=at)], at=at)
        plan_for(works, at=at)

    def moments(
        self,
        assessment: Assessment,
        branch: AppraisalBranch | None,
        *,
        created_at: datetime,
        windows: dict[WindowKind, Window] | None = None,
    ) -> tuple[datetime, datetime | None, datetime | None]:
        """Return (opens_at, due_at, closes_at) as they stand now, moves included.

        ``windows`` are those of the case, with the branch's own appraisal window; read here unless given.
        """
        if windows is None:
            windows = windows_of([assessment])[assessment.pk]
            if branch is not None and self.window == WindowKind.APPRAISAL:
                windows |= {WindowKind.APPRAISAL: branch_windows_of([branch])[branch.pk]}
        if callable(self.window) and not isinstance(self.window, WindowKind):
            return self.window(assessment, windows, branch, created_at)
        window = windows[self.window]
        return max(window.opens_at, created_at), window.due_at, window.closes_at


class WaitActivation(HandleActivation):
    """Enters the stage when the wait begins."""

    @classmethod
    def create(cls, flow_task, prev_activation, token, data=None, seed=None):
        activation = super().create(flow_task, prev_activation, token, data=data, seed=seed)
        enter_stage_together(cases=[_case_of(activation)], stage=flow_task.stage, at=clock.read())
        return activation

    def finish(self) -> None:
        """End the wait; the operation has checked who may and when."""
        self.run(None)
        self.execute()


class Wait(flow.Handle):
    """A case waits: for the appraisal to open, for an extension, for the publication of the whole period."""

    activation_class = WaitActivation

    def __init__(self, *, stage: Stage) -> None:
        super().__init__()
        self.stage = stage


class SplitByBranchActivation(SplitActivation):
    """One parallel path per branch, each with a token of its own under the split's."""

    @Activation.status.super()
    def activate(self):
        node = self.flow_task._branches[0][0]
        case = _case_of(self)
        self.next_tasks = [(node, branch) for branch in self.flow_task.branches([case], clock.read())[case.pk]]

    @Activation.status.super()
    def create_next(self):
        tokens = Token.split_token_source(self.task.token, self.task.pk)
        for node, branch in self.next_tasks:
            yield node._create(prev_activation=self, token=next(tokens), seed=branch)


class SplitByBranch(flow.Split):
    """A parallel gateway whose number of paths is data: the appraising bodies of a case.

    ``branches`` answers (cases, moment) with ``{case id: [branch, …]}``.
    """

    activation_class = SplitByBranchActivation

    def __init__(self, branches: Any) -> None:
        super().__init__()
        self.branches = branches

    def _resolve(self, instance):
        super()._resolve(instance)
        self.branches = this.resolve(instance, self.branches)


class CaseFunction(flow.Function):
    """What happens between two steps: ``act`` is told (cases, moment), the cases locked; for one or for many."""

    def __init__(self, act: Any) -> None:
        super().__init__(self._act_for_one)
        self.act = act

    def _resolve(self, instance):
        super()._resolve(instance)
        self.act = this.resolve(instance, self.act)
        self._func = self._act_for_one

    def _act_for_one(self, activation) -> None:
        assessment, moment = guards.lock(activation.process.assessment_id)
        self.act([assessment], moment)


class CaseIf(flow.If):
    """A gateway that asks the rows of cases: ``ask`` is told cases and answers the ids of those for which it holds."""

    def __init__(self, ask: Any) -> None:
        super().__init__(self._ask_for_one)
        self.ask = ask

    def _resolve(self, instance):
        super()._resolve(instance)
        self.ask = this.resolve(instance, self.ask)
        self._condition = self._ask_for_one

    def _ask_for_one(self, activation) -> bool:
        assessment = _case_of(activation)
        return assessment.pk in self.ask([assessment])
