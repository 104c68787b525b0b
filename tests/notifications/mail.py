"""A mail server of the tests: answers as told, then accepts everything."""

from collections.abc import Callable

from django.core.mail.backends.locmem import EmailBackend


class ScriptedBackend(EmailBackend):
    """Before each letter takes the next step of ``script``: an error to raise, or something to do first."""

    script: list[Exception | Callable[[], None]] = []

    def send_messages(self, messages) -> int:
        """Do the next step, then keep the letters as Django's own test backend does."""
        if self.script:
            step = self.script.pop(0)
            if isinstance(step, Exception):
                raise step
            step()
        return super().send_messages(messages)
