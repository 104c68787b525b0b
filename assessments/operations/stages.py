"""The only place that writes ``Assessment.stage``; called by the steps and timers of the flow."""

from datetime import datetime

from assessments.enums import Stage
from assessments.models import Assessment
from assessments.rules.stages import check_transition


def enter_stage(*, assessment: Assessment, stage: Stage, at: datetime) -> Assessment:
    """Move a case to the next stage; moving to the stage it is in changes nothing. Raise NotAllowed."""
    check_transition(Stage(assessment.stage), stage)
    if assessment.stage != stage:
        assessment.stage = stage
        assessment.stage_since = at
        assessment.save(update_fields=["stage", "stage_since"])
    return assessment
