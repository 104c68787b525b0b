"""Refusals: what a rule says when something may not be done."""


class NotAllowed(Exception):
    """The step, the deadline or the input does not allow it; the text is a Vietnamese sentence for the person."""

    @property
    def sentence(self) -> str:
        """Return the sentence for the person."""
        return str(self)


class NoReason(NotAllowed):
    """The reason is missing or too short; the sentence belongs beside its field."""


class NotPermitted(NotAllowed):
    """The person does not hold the role that this needs."""


class Conflict(NotAllowed):
    """Somebody else changed the row in between; ``current`` is what stands there now."""

    def __init__(self, sentence: str, *, current: object = None) -> None:
        super().__init__(sentence)
        self.current = current
