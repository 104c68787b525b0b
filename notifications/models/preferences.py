"""What people chose about messages."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from notifications.enums import Source
from notifications.rules import DIGEST_HOURS


class ChannelPreference(models.Model):
    """What a person chose for one group of kinds in one channel; without a row the message is wanted."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="người nhận", on_delete=models.CASCADE, related_name="+"
    )
    channel = models.CharField("kênh", max_length=20)
    group = models.CharField("nhóm thư", max_length=60)
    wanted = models.BooleanField("muốn nhận")
    changed_at = models.DateTimeField("đổi lúc")
    source = models.CharField("đổi ở đâu", max_length=8, choices=Source.choices)

    class Meta:
        verbose_name = "lựa chọn nhận thông báo"
        verbose_name_plural = "lựa chọn nhận thông báo"
        ordering = ["user", "group", "channel"]
        indexes = [models.Index(fields=["group", "user"], name="preference_against", condition=Q(wanted=False))]
        constraints = [
            models.UniqueConstraint(fields=["user", "channel", "group"], name="preference_once_per_channel_and_group"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.group}: {'có' if self.wanted else 'không'}"


class DigestHour(models.Model):
    """The hour of the day at which a person wants what is gathered into one message; without a row it is the first."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, verbose_name="người nhận", on_delete=models.CASCADE, related_name="+"
    )
    hour = models.PositiveSmallIntegerField("giờ nhận thư tổng hợp")
    changed_at = models.DateTimeField("đổi lúc")

    class Meta:
        verbose_name = "giờ nhận thư tổng hợp"
        verbose_name_plural = "giờ nhận thư tổng hợp"
        ordering = ["user"]
        constraints = [
            models.CheckConstraint(
                name="digest_hour_by_day",
                condition=Q(hour__gte=DIGEST_HOURS[0], hour__lte=DIGEST_HOURS[-1]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hour} giờ"
