"""Processes of the flow engine, the work that waits for people, and what failed in the background."""

from workflow.models.incidents import Incident, IncidentQuerySet
from workflow.models.processes import AssessmentProcess
from workflow.models.work import WorkItem, WorkQuerySet

__all__ = ["AssessmentProcess", "Incident", "IncidentQuerySet", "WorkItem", "WorkQuerySet"]
