"""Processes of the flow engine, the work that waits for people, its reminders and calendars, and what failed."""

from workflow.models.calendar_feeds import CalendarFeed
from workflow.models.incidents import Incident, IncidentQuerySet
from workflow.models.processes import AssessmentProcess
from workflow.models.reminders import Escalation, PlannedReminder, ReminderLine, ReminderRule, Snooze
from workflow.models.work import WorkItem, WorkQuerySet

__all__ = [
    "AssessmentProcess",
    "CalendarFeed",
    "Escalation",
    "Incident",
    "IncidentQuerySet",
    "PlannedReminder",
    "ReminderLine",
    "ReminderRule",
    "Snooze",
    "WorkItem",
    "WorkQuerySet",
]
