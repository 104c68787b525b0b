"""Which reminder of a piece of work is due, to whom, and the messages that say so."""

from workflow.reminders.telling import announce_step, ref_of, rung_due, send_rung, tell_extension

__all__ = ["announce_step", "ref_of", "rung_due", "send_rung", "tell_extension"]
