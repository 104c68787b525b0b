"""Which reminder of a piece of work is due, to whom, and the messages that say so.

``planning`` writes the rows in the transaction of the step, ``telling`` makes messages of those that are due.
"""

from workflow.reminders.planning import plan_for, planned_together, replan, withdraw_for
from workflow.reminders.telling import announce_step, ref_of, rung_due, send_rung, tell_extension

__all__ = [
    "announce_step",
    "plan_for",
    "planned_together",
    "ref_of",
    "replan",
    "rung_due",
    "send_rung",
    "tell_extension",
    "withdraw_for",
]
