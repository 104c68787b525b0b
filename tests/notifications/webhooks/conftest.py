import pytest

from assessments.enums import Role
from notifications import tasks
from notifications.operations.webhooks import endpoints
from tests.factories import OfficialFactory, UnitFactory
from tests.notifications.webhooks.receiver import Receiver, listening

KINDS = ["step.opened", "step.done"]


@pytest.fixture
def receiver(settings):
    """Return another system on this machine, which the settings allow."""
    settings.WEBHOOK_HOSTS = ["127.0.0.1"]
    with listening() as found:
        yield found


@pytest.fixture
def organiser():
    """Return an official who organises the periods of one unit."""
    unit = UnitFactory()
    return OfficialFactory(may=[(Role.ORGANISER, unit)], unit=unit, email="to-chuc@haiduong.example")


@pytest.fixture
def wake_ups(monkeypatch):
    """Return the wake-up calls that the broker was given, instead of running them at once."""
    calls: list[dict] = []
    monkeypatch.setattr(tasks.deliver_webhooks, "apply_async", lambda *args, **options: calls.append(options))
    return calls


@pytest.fixture
def add(organiser):
    """Return a function that adds an endpoint for a receiver and returns it with its secret."""

    def added(receiver: Receiver, *, at, by=None, subscribed=KINDS, name="Hệ thống báo cáo của tỉnh"):
        by = by or organiser
        return endpoints.add(scope=by.unit_id, name=name, url=receiver.url, subscribed=subscribed, by=by, at=at)

    return added
