"""The process of a case that was reopened after publication."""

from viewflow import this
from viewflow.workflow import flow
from viewflow.workflow.lock import SelectForUpdateLock

from assessments import clock
from assessments.enums import Stage
from assessments.models import Assessment
from assessments.operations.stages import enter_stage
from workflow.flows.assessment import secretary
from workflow.models import AssessmentProcess
from workflow.nodes import HumanStep, Wait


def no_deadline(assessment, windows, branch, created_at):
    """A correction has no deadline of the timetable."""
    return created_at, None, None


class CorrectionFlow(flow.Flow):
    """Quy trình đính chính kết quả sau công bố

    Mở lại → đính chính điểm → chờ công bố đính chính.
    """

    process_class = AssessmentProcess
    lock_impl = SelectForUpdateLock(nowait=False)

    start = flow.StartHandle(this.attach).Annotation(title="Mở lại hồ sơ").Next(this.correct)
    correct = (
        HumanStep(stage=Stage.CORRECTION, audience=secretary, window=no_deadline)
        .Annotation(title="Đính chính điểm")
        .Next(this.await_publication)
    )
    await_publication = (
        Wait(stage=Stage.CORRECTION).Annotation(title="Chờ công bố đính chính").Next(this.record_publication)
    )
    record_publication = flow.Function(this.mark_published).Annotation(title="Công bố đính chính").Next(this.end)
    end = flow.End().Annotation(title="Kết thúc")

    def attach(self, activation, assessment: Assessment) -> AssessmentProcess:
        """Tie the process to its case."""
        activation.process.assessment = assessment
        return activation.process

    def has_view_permission(self, user, obj=None) -> bool:
        """Pages of the flow are ours; viewflow's own are not mounted and open to nobody."""
        return False

    def mark_published(self, activation) -> None:
        assessment = activation.process.assessment
        assessment.refresh_from_db()
        enter_stage(assessment=assessment, stage=Stage.PUBLISHED, at=clock.read())
