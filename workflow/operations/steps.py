"""One operation per human step: hold the process, do the domain's operation, let the flow go on. All or nothing."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from viewflow.workflow.models import Task

from assessments import permissions
from assessments.enums import Stage
from assessments.models import AppraisalBranch, Assessment, Official, Submission, SupplementRequest
from assessments.operations import appraisals, disputes, guards, submissions
from assessments.rules import NotAllowed
from assessments.rules.deadlines import opening_in_words
from evidence.queries import manifest, missing_for
from workflow.models import WorkItem
from workflow.nodes import HumanStepActivation


@contextmanager
def open_step(
    assessment: Assessment, node: str, by: Official, branch: AppraisalBranch | None = None
) -> Iterator[HumanStepActivation]:
    """Lock the process of a case and hand out the open task of ``node``; the lock is taken before any other.

    Raise NotAllowed with who did it and when, if a colleague was faster, or who holds it, if it was claimed.
    """
    work = WorkItem.objects.filter(assessment=assessment, node=node, branch=branch).order_by("-id").first()
    if work is None:
        raise NotAllowed(f"Hồ sơ đang ở bước “{assessment.get_stage_display()}”, chưa đến việc này.")
    with work.task.flow_task.flow_class.lock(work.task.process_id):
        work = WorkItem.objects.select_related("closed_by", "claimed_by").get(pk=work.pk)
        if work.closed_at:
            who = work.closed_by.display_name if work.closed_by else "hệ thống (hết hạn)"
            raise NotAllowed(f"Việc “{work.title}” đã được {who} xử lý lúc {opening_in_words(work.closed_at)}.")
        if work.claimed_by_id and work.claimed_by_id != by.pk:
            raise NotAllowed(f"Việc “{work.title}” đang do {work.claimed_by.display_name} nhận xử lý.")
        guards.lock(assessment.pk)  # no file comes or goes while the step reads what is missing and what is submitted
        task = Task.objects.get(pk=work.task_id)
        yield task.flow_task.activation_class(task)


def confirm_training(*, assessment: Assessment, participants: Sequence[str], by: Official) -> Assessment:
    """Confirm who takes part in the training and go on to self-scoring. Raise NotAllowed, NotPermitted."""
    with open_step(assessment, "confirm_training", by) as step:
        case = submissions.confirm_training(assessment=assessment, participants=participants, by=by)
        step.finish(by)
    return case


def hand_in_scores(*, assessment: Assessment, by: Official) -> None:
    """Finish self-scoring and go on to the evidence check. Raise NotAllowed, NotPermitted."""
    with open_step(assessment, "self_score", by) as step:
        submissions.hand_in_scores(assessment=assessment, by=by)
        step.finish(by)


def present_to_head(*, assessment: Assessment, by: Official) -> None:
    """Present the dossier to the head (trình lãnh đạo). Raise NotAllowed, NotPermitted."""
    with open_step(assessment, "provide_evidence", by) as step:
        submissions.present_to_head(assessment=assessment, missing=missing_for(assessment), by=by)
        step.finish(by)


def submit(*, assessment: Assessment, confirmed: bool, by: Official, seen: str | None = None) -> Submission:
    """Sign and submit the dossier (ký, gửi); return the receipt. ``seen`` are the marks that the signing page showed.

    Raise ChangedSince, NotAllowed, NotPermitted.
    """
    with open_step(assessment, "sign", by) as step:
        receipt = submissions.submit(
            assessment=assessment,
            missing=missing_for(assessment),
            manifest=manifest(assessment),
            confirmed=confirmed,
            by=by,
            seen=seen,
        )
        step.finish(by)
    return receipt


def send_back_to_officers(*, assessment: Assessment, reason: str, by: Official) -> None:
    """Send the dossier back to the officers instead of signing (trả lại). Raise NotAllowed, NotPermitted."""
    with open_step(assessment, "sign", by) as step:
        submissions.send_back_to_officers(assessment=assessment, reason=reason, by=by)
        step.finish(by)


def withdraw(*, assessment: Assessment, reason: str, by: Official) -> Submission:
    """Withdraw a submitted dossier (thu hồi): from the wait, or from the appraisers who have decided nothing yet."""
    process = assessment.processes.order_by("-pk").first()
    if process is None:
        raise NotAllowed("Hồ sơ chưa được mở.")
    with process.flow_class.lock(process.pk):
        receipt = submissions.withdraw(assessment=assessment, reason=reason, by=by)
        assessment.refresh_from_db()
        if assessment.stage == Stage.SUBMITTED:
            wait = Task.objects.get(process=process, flow_task=process.flow_class.await_appraisal, finished=None)
            process.flow_class.await_appraisal.activation_class(wait).finish()
        else:
            appraisals.recall_branches(assessment=assessment)
            for work in WorkItem.objects.open().filter(assessment=assessment, node="appraise").order_by("id"):
                task = Task.objects.get(pk=work.task_id)
                task.flow_task.activation_class(task).finish(by)
    return receipt


def complete_appraisal(*, branch: AppraisalBranch, by: Official) -> AppraisalBranch:
    """Finish one body's appraisal; the last one opens the consolidation. Raise NotAllowed, NotPermitted."""
    with open_step(branch.assessment, "appraise", by, branch) as step:
        branch = appraisals.complete_branch(branch=branch, by=by)
        step.finish(by)
    return branch


def request_supplement(
    *,
    branch: AppraisalBranch,
    reason: str,
    items: Mapping[str, str],
    by: Official,
    whole_branch: bool = False,
    working_days: int | None = None,
) -> SupplementRequest:
    """Return items or the whole branch to the unit for supplement (yêu cầu bổ sung). Raise NotAllowed, NotPermitted."""
    with open_step(branch.assessment, "appraise", by, branch) as step:
        request = appraisals.request_supplement(
            branch=branch, reason=reason, items=items, by=by, whole_branch=whole_branch, working_days=working_days
        )
        step.finish(by)
    return request


def answer_supplement(*, branch: AppraisalBranch, answer: str, by: Official) -> SupplementRequest:
    """Send the explanation and supplement back to the body. Raise NotAllowed, NotPermitted."""
    with open_step(branch.assessment, "supplement", by, branch) as step:
        request = appraisals.answer_supplement(branch=branch, answer=answer, by=by)
        step.finish(by)
    return request


def announce_preliminary_result(*, assessment: Assessment, by: Official) -> Assessment:
    """Announce the preliminary result; the dispute window opens with it. Raise NotAllowed, NotPermitted."""
    with open_step(assessment, "consolidate", by) as step:
        case = appraisals.announce_preliminary_result(assessment=assessment, by=by)
        step.finish(by)
    return case


def finish_disputes(*, assessment: Assessment, by: Official) -> int:
    """Accept the result, or send the disputes filed so far; return their number. Raise NotAllowed, NotPermitted."""
    with open_step(assessment, "dispute", by) as step:
        count = disputes.finish_disputes(assessment=assessment, by=by)
        step.finish(by)
    return count


def finish_answers(*, branch: AppraisalBranch, by: Official) -> None:
    """Send a body's answers to the secretary. Raise NotAllowed, NotPermitted."""
    with open_step(branch.assessment, "answer_disputes", by, branch) as step:
        disputes.finish_answers(branch=branch, by=by)
        step.finish(by)


def finish_decisions(*, assessment: Assessment, by: Official) -> None:
    """Finish the decisions on a case's disputes. Raise NotAllowed, NotPermitted."""
    with open_step(assessment, "decide_disputes", by) as step:
        disputes.finish_decisions(assessment=assessment, by=by)
        step.finish(by)


def finish_correction(*, assessment: Assessment, by: Official) -> None:
    """Finish the correction of a reopened case; it then waits for the corrected publication."""
    with open_step(assessment, "correct", by) as step:
        permissions.check_can_consolidate(by, assessment)
        step.finish(by)
