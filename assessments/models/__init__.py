"""The subject itself, one file by noun."""

from assessments.models.assessments import (
    AppraisalBranch,
    Assessment,
    Submission,
    SupplementItem,
    SupplementRequest,
)
from assessments.models.criteria import CriteriaItem, CriteriaSet
from assessments.models.deadlines import DeadlineMove, MovedDeadline
from assessments.models.disputes import Dispute
from assessments.models.events import AuditEvent
from assessments.models.periods import AppraisingBody, AssessmentPeriod, DayOff, PeriodCriteria, StageWindow
from assessments.models.publications import Publication, PublishedResult
from assessments.models.scores import ItemScore, ScoreChange
from assessments.models.sign_ins import SignInAttempts
from assessments.models.units import Official, Unit, UnitGroupObjectPermission, UnitUserObjectPermission

__all__ = [
    "AppraisalBranch",
    "AppraisingBody",
    "Assessment",
    "AssessmentPeriod",
    "AuditEvent",
    "CriteriaItem",
    "CriteriaSet",
    "DayOff",
    "DeadlineMove",
    "Dispute",
    "ItemScore",
    "MovedDeadline",
    "Official",
    "PeriodCriteria",
    "Publication",
    "PublishedResult",
    "ScoreChange",
    "SignInAttempts",
    "StageWindow",
    "Submission",
    "SupplementItem",
    "SupplementRequest",
    "Unit",
    "UnitGroupObjectPermission",
    "UnitUserObjectPermission",
]
