"""Codes stored by the outbox, with the words that are shown for them."""

from django.db import models


class Channel(models.TextChoices):
    """A way to reach a person; more will come, so it is not a choice of the database field."""

    EMAIL = "email", "Thư điện tử"
    ZALO = "zalo", "Zalo"


class Status(models.TextChoices):
    """Where a message stands."""

    WAITING = "waiting", "Chờ gửi"
    SENDING = "sending", "Đang gửi"
    SENT = "sent", "Đã gửi"
    FAILED = "failed", "Không gửi được"
    DEAD = "dead", "Đã ngừng thử gửi"
    CANCELLED = "cancelled", "Không cần gửi nữa"
    REPLACED = "replaced", "Đã chuyển sang thư điện tử"

    @property
    def tone(self) -> str:
        """Return the tone of its badge."""
        return {"sent": "ok", "failed": "danger", "dead": "danger", "cancelled": "neutral", "replaced": "neutral"}.get(
            self.value, "info"
        )

    @property
    def icon(self) -> str:
        """Return the icon of its badge."""
        icons = {
            "sent": "check-circle",
            "failed": "x-circle",
            "dead": "x-circle",
            "sending": "send",
            "cancelled": "minus-circle",
            "replaced": "same",
        }
        return icons.get(self.value, "clock")

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
    HELD_BACK = "held_back", "Không gửi, địa chỉ hỏng"
    BOUNCED = "bounced", "Bị trả lại"
    NOTED = "noted", "Máy chủ báo, chưa rõ kết quả"
    DELIVERED = "delivered", "Đã tới người nhận"
    SEEN = "seen", "Đã xem"
    REPLACED = "replaced", "Chuyển sang thư điện tử"
    CANCELLED = "cancelled", "Không cần gửi nữa"


class Source(models.TextChoices):
    """Where a choice about messages was made."""

    PAGE = "page", "trên trang Nhận thông báo"
    LINK = "link", "bằng liên kết trong thư"


class AddressTrouble(models.TextChoices):
    """How it was found out that an address does not work."""

    REFUSED = "refused", "Nơi gửi từ chối người nhận"
    BOUNCED = "bounced", "Thư bị trả lại"


class Cleared(models.TextChoices):
    """Why an address counts as working again."""

    DELIVERED = "delivered", "có thư đã vào hộp thư"
    ASKED = "asked", "quản trị yêu cầu thử lại"


class ZaloSide(models.TextChoices):
    """With whom an official talks on Zalo: the Official Account, or the bot."""

    ACCOUNT = "oa", "Zalo OA"
    BOT = "bot", "Zalo Bot"


class ZaloWay(models.TextChoices):
    """How a message can be sent by Zalo."""

    CONSULTATION = "consultation", "Tin tư vấn"
    TEMPLATE_USER = "template_user", "Tin theo mẫu tới tài khoản Zalo"
    TEMPLATE_PHONE = "template_phone", "Tin theo mẫu tới số điện thoại (ZNS)"
    BOT = "bot", "Tin của Zalo Bot"


class ZaloTemplateStatus(models.TextChoices):
    """What Zalo says of a template; it may invent more, so it is not a choice of the database field."""

    ENABLE = "ENABLE", "Dùng được"
    PENDING_REVIEW = "PENDING_REVIEW", "Chờ Zalo duyệt"
    REJECT = "REJECT", "Zalo không duyệt"
    DISABLE = "DISABLE", "Zalo đã khóa"
    DELETE = "DELETE", "Đã xóa"


class ZaloEventState(models.TextChoices):
    """Where the work on an event stands."""

    NEW = "new", "Chưa xử lý"
    DONE = "done", "Đã xử lý"
    IGNORED = "ignored", "Không cần xử lý"
    FAILED = "failed", "Không xử lý được"


class SwitchedOff(models.TextChoices):
    """Why nothing is sent to another system any more."""

    ASKED = "asked", "Đã tắt"
    FAILING = "failing", "Hệ thống tự tắt sau nhiều ngày không gửi được"
    GONE = "gone", "Nơi nhận trả lời không nhận nữa (410)"
