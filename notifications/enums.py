"""Codes stored by the outbox, with the words that are shown for them."""

from django.db import models


class Channel(models.TextChoices):
    """A way to reach a person; more will come, so it is not a choice of the database field."""

    EMAIL = "email", "Thư điện tử"


class Status(models.TextChoices):
    """Where a message stands."""

    WAITING = "waiting", "Chờ gửi"
    SENDING = "sending", "Đang gửi"
    SENT = "sent", "Đã gửi"
    FAILED = "failed", "Không gửi được"
    DEAD = "dead", "Đã ngừng thử gửi"

    @property
    def tone(self) -> str:
        """Return the tone of its badge."""
        return {"sent": "ok", "failed": "danger", "dead": "danger"}.get(self.value, "info")

    @property
    def icon(self) -> str:
        """Return the icon of its badge."""
        return {"sent": "check-circle", "failed": "x-circle", "dead": "x-circle", "sending": "send"}.get(
            self.value, "clock"
        )

    @classmethod
    def stopped(cls) -> list[str]:
        """Return the codes of messages that nobody will try again unless asked."""
        return [cls.FAILED, cls.DEAD]


class Outcome(models.TextChoices):
    """How one attempt ended."""

    SENT = "sent", "Đã gửi"
    TEMPORARY = "temporary", "Lỗi tạm thời"
    PERMANENT = "permanent", "Bị từ chối"
    ABANDONED = "abandoned", "Bỏ dở"
    REQUEUED = "requeued", "Yêu cầu gửi lại"
