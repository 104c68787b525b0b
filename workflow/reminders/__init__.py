"""Which reminder of a piece of work is due, to whom, and the messages that say so.

``announcing`` tells at once what has happened, ``planning`` writes the rows of what is to be told, ``telling`` makes
messages of those that are due.
"""

from workflow.reminders.announcing import announce_step, ref_of
from workflow.reminders.moves import people_of, tell_moved
from workflow.reminders.planning import plan_for, plan_missing, planned_together, replan, withdraw_for
from workflow.reminders.telling import tell_due

__all__ = [
    "announce_step",
    "people_of",
    "plan_for",
    "plan_missing",
    "planned_together",
    "ref_of",
    "replan",
    "tell_due",
    "tell_moved",
    "withdraw_for",
]
