"""Secret addresses at which a calendar program reads a person's deadlines."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class CalendarFeed(models.Model):
    """One secret address of a person's calendar (địa chỉ lịch); only the digest of its secret is kept.

    Whoever has the address reads the deadlines, so it can be revoked; a person has one that works at a time.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="calendar_feeds")
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of the secret, hexadecimal
    created_at = models.DateTimeField("tạo lúc")
    revoked_at = models.DateTimeField("thu hồi lúc", null=True, blank=True)
    read_at = models.DateTimeField("được đọc lúc", null=True, blank=True)

    class Meta:
        verbose_name = "địa chỉ lịch"
        verbose_name_plural = "địa chỉ lịch"
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(revoked_at__isnull=True), name="calendar_feed_one_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.created_at:%d/%m/%Y}"
