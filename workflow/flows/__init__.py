"""The flows: the chart of the regulation; nodes, titles, roles and arrows."""

from workflow.flows.assessment import AssessmentFlow
from workflow.flows.correction import CorrectionFlow

__all__ = ["AssessmentFlow", "CorrectionFlow"]
