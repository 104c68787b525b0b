"""The rules: pure functions, no ORM, no clock, no request. A refusal is the sentence the official reads."""

from assessments.rules.refusals import Conflict, NoReason, NotAllowed, NotPermitted

__all__ = ["Conflict", "NoReason", "NotAllowed", "NotPermitted"]
