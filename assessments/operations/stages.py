"""The only place that writes ``Assessment.stage``; called by the steps and timers of the flow."""

from collections.abc import Sequence
from datetime import datetime

from assessments.enums import Stage
from assessments.models import Assessment
from assessments.rules.stages import check_transition


def enter_stage(*, assessment: Assessment, stage: Stage, at: datetime) -> Assessment:
    """Move a case to the next stage; moving to the stage it is in changes nothing. Raise NotAllowed."""
    enter_stage_together(cases=[assessment], stage=stage, at=at)
    return assessment


def enter_stage_together(*, cases: Sequence[Assessment], stage: Stage, at: datetime) -> None:
    """Move many cases to the next stage in one statement; those that are in it stay. Raise NotAllowed."""
    moving = [case for case in cases if case.stage != stage]
    for case in moving:
        check_transition(Stage(case.stage), stage)
        case.stage, case.stage_since = stage, at
    if moving:
        Assessment.objects.filter(pk__in=[case.pk for case in moving]).update(stage=stage, stage_since=at)
