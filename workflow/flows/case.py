"""What every flow of a case has in common: its process, its lock, who may see viewflow's own pages (nobody)."""

from viewflow.workflow import flow
from viewflow.workflow.lock import SelectForUpdateLock

from assessments import clock
from assessments.enums import Role, Stage
from assessments.models import AppraisalBranch, Assessment, Unit
from assessments.operations.stages import enter_stage
from workflow.models import AssessmentProcess


def secretary(assessment: Assessment, branch: AppraisalBranch | None) -> tuple[Role, Unit]:
    """The secretary of the period's council."""
    return Role.SECRETARY, assessment.period.secretariat


def case_of(activation) -> Assessment:
    """Return the case of a process as it stands in the database now."""
    assessment = activation.process.assessment
    assessment.refresh_from_db()
    return assessment


class CaseFlow(flow.Flow):
    """Quy trình của một hồ sơ"""

    process_class = AssessmentProcess
    lock_impl = SelectForUpdateLock(nowait=False)  # the default is no lock: joins would get stuck for ever

    def attach(self, activation, assessment: Assessment) -> AssessmentProcess:
        """Tie the process to its case."""
        activation.process.assessment = assessment
        return activation.process

    def has_view_permission(self, user, obj=None) -> bool:
        """Pages of the flow are ours; viewflow's own are not mounted and open to nobody."""
        return False

    def mark_published(self, activation) -> None:
        """Enter the stage that ends every process of a case."""
        enter_stage(assessment=case_of(activation), stage=Stage.PUBLISHED, at=clock.read())
