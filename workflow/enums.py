"""Words of the process with their Vietnamese labels; no rule lives here."""

from django.db import models


class Timing(models.TextChoices):
    """On which side of the deadline a rung of the reminders lies."""

    BEFORE = "before", "Trước hạn"
    ON = "on", "Đúng ngày hạn"
    AFTER = "after", "Sau hạn"


class Counting(models.TextChoices):
    """How the days of a rung are counted."""

    WORKING = "working", "ngày làm việc"
    CALENDAR = "calendar", "ngày theo lịch"


class Audience(models.TextChoices):
    """Whom a rung speaks to."""

    ASSIGNEES = "assignees", "Người được giao việc"
    HEAD = "head", "Lãnh đạo của đơn vị được giao"
    ORGANISER = "organiser", "Đơn vị tổ chức kỳ"


class ReminderState(models.TextChoices):
    """Where one planned reminder stands."""

    PLANNED = "planned", "Chờ đến ngày"
    SENT = "sent", "Đã vào thư nhắc"
    SUPERSEDED = "superseded", "Có mốc mới hơn"
    WITHDRAWN = "withdrawn", "Không cần nhắc nữa"
    DECLINED = "declined", "Người nhận đã tắt"


class Assumption(models.TextChoices):
    """What people do in a rehearsal."""

    NOBODY = "nobody", "Không ai làm gì: mọi bước quá hạn"
    IN_TIME = "in_time", "Mọi việc xong vào ngày làm việc cuối cùng trước hạn"
