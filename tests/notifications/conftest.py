import pytest

from notifications import tasks
from tests.notifications.mail import ScriptedBackend


@pytest.fixture
def mail_server(settings):
    """Return the list of answers that the mail server will give, in order; empty means it accepts."""
    settings.EMAIL_BACKEND = "tests.notifications.mail.ScriptedBackend"
    ScriptedBackend.script = []
    yield ScriptedBackend.script
    ScriptedBackend.script = []


@pytest.fixture
def wake_ups(monkeypatch):
    """Return the wake-up calls that the broker was given, instead of running them at once."""
    calls = []
    monkeypatch.setattr(tasks.deliver_due, "apply_async", lambda *args, **options: calls.append(options))
    return calls
