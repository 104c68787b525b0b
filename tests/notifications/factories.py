"""People and messages for the tests of the outbox."""

from datetime import UTC, datetime
from itertools import count

from django.contrib.auth import get_user_model

from notifications import operations

NOON = datetime(2024, 1, 8, 5, 0, tzinfo=UTC)  # 12:00 in Hải Dương

_numbers = count(1)


def official(*, display_name: str = "Nguyễn Thị Hòa", email: str | None = None):
    """Return a saved official with an address of their own unless ``email`` is given."""
    number = next(_numbers)
    address = f"can-bo-{number}@haiduong.example" if email is None else email
    return get_user_model().objects.create_user(username=f"can-bo-{number}", display_name=display_name, email=address)


def message(*, recipient=None, at: datetime = NOON, **fields):
    """Return a message put into the outbox at ``at``."""
    number = next(_numbers)
    wanted = {
        "channel": "email",
        "kind": "step_opened",
        "dedupe_key": f"step_opened:{number}",
        "subject": "Mở bước tự chấm điểm",
        "body_text": "Ông/bà có việc mới.\n",
        "body_html": "<p>Ông/bà có việc mới.</p>",
        **fields,
    }
    return operations.enqueue(recipient=recipient or official(), at=at, **wanted)
