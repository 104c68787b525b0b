"""Disputes (kiến nghị): a unit contests single items; the body answers, the secretary decides."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from assessments.enums import DisputeOutcome
from assessments.models.assessments import Assessment
from assessments.models.scores import PERSON, ItemScore


class Dispute(models.Model):
    """One contested item: what was asked, what the body answered, what was decided; earlier inputs stay beside."""

    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="disputes")
    score = models.ForeignKey(ItemScore, on_delete=models.PROTECT, related_name="disputes")
    reason = models.TextField("lý do kiến nghị")
    requested_input = models.JSONField("đề nghị", null=True, blank=True)
    requested_na = models.BooleanField(default=False)
    filed_at = models.DateTimeField()
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, **PERSON)

    opinion = models.CharField("ý kiến", max_length=16, choices=DisputeOutcome.choices, blank=True)
    opinion_input = models.JSONField(null=True, blank=True)
    opinion_na = models.BooleanField(default=False)
    answer = models.TextField("trả lời của cơ quan thẩm định", blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, **PERSON)

    outcome = models.CharField("kết quả", max_length=16, choices=DisputeOutcome.choices, blank=True)
    before_input = models.JSONField(null=True, blank=True)
    before_na = models.BooleanField(default=False)
    after_input = models.JSONField(null=True, blank=True)
    after_na = models.BooleanField(default=False)
    decision_reason = models.TextField("lý do quyết định", blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, **PERSON)

    class Meta:
        verbose_name = "kiến nghị"
        verbose_name_plural = "kiến nghị"
        ordering = ["assessment", "score__item__position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["score"], condition=Q(withdrawn_at__isnull=True), name="dispute_once_per_item"
            ),
            models.CheckConstraint(
                name="dispute_decided_fields_together",
                condition=Q(outcome="", decided_at__isnull=True, decided_by__isnull=True)
                | (~Q(outcome="") & Q(decided_at__isnull=False, decided_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="dispute_answered_fields_together",
                condition=Q(answered_at__isnull=True, answered_by__isnull=True)
                | Q(answered_at__isnull=False, answered_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Kiến nghị {self.score.item.code} – {self.assessment}"
