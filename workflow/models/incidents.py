"""What failed in the background."""

from django.db import models
from viewflow.workflow.models import Task

from assessments.enums import Role
from assessments.models import Assessment, Official


class IncidentQuerySet(models.QuerySet):
    """Questions asked of incidents."""

    def visible_to(self, user: Official) -> "IncidentQuerySet":
        """Keep incidents of the periods that ``user`` organises."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(assessment__period__organiser__in=user.unit_ids_of(Role.ORGANISER))


class Incident(models.Model):
    """A step that failed in the background (sự cố): kept with its reason until it goes through."""

    task = models.OneToOneField(Task, on_delete=models.PROTECT, related_name="incident")
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="incidents")
    step = models.CharField("bước", max_length=200)
    reason = models.TextField("lý do")
    first_at = models.DateTimeField("lần đầu")
    last_at = models.DateTimeField("lần gần nhất")
    attempts = models.PositiveIntegerField("số lần thử", default=1)
    resolved_at = models.DateTimeField("đã qua lúc", null=True, blank=True)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        verbose_name = "sự cố"
        verbose_name_plural = "sự cố"
        ordering = ["-last_at"]

    def __str__(self) -> str:
        return f"{self.step} – {self.assessment}"
