"""The process of a case that was reopened after publication."""

from viewflow import this
from viewflow.workflow import flow

from assessments.enums import Stage
from workflow.flows.case import CaseFlow, secretary
from workflow.nodes import HumanStep, Wait


def no_deadline(assessment, windows, branch, created_at):
    """A correction has no deadline of the timetable."""
    return created_at, None, None


class CorrectionFlow(CaseFlow):
    """Quy trình đính chính kết quả sau công bố

    Mở lại → đính chính điểm → chờ công bố đính chính.
    """

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
