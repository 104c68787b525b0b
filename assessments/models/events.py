"""The audit trail (nhật ký): who did what, when and why; rows are only ever added."""

from django.conf import settings
from django.db import models


class AuditEvent(models.Model):
    """One thing that happened, as a sentence and as data."""

    at = models.DateTimeField(db_index=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    role = models.CharField("với vai trò", max_length=40, blank=True)
    kind = models.CharField(max_length=60)
    sentence = models.CharField(max_length=600)
    reason = models.TextField(blank=True)
    details = models.JSONField(default=dict)
    period = models.ForeignKey(
        "assessments.AssessmentPeriod", null=True, blank=True, on_delete=models.PROTECT, related_name="events"
    )
    assessment = models.ForeignKey(
        "assessments.Assessment", null=True, blank=True, on_delete=models.PROTECT, related_name="events"
    )
    item_code = models.CharField(max_length=20, blank=True)

    class Meta:
        verbose_name = "sự kiện"
        verbose_name_plural = "nhật ký"
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["assessment", "at"]), models.Index(fields=["period", "at"])]

    def __str__(self) -> str:
        return self.sentence
