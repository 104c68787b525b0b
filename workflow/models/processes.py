"""Processes of the flow engine."""

from django.db import models
from viewflow.workflow.models import Process

from assessments.models import Assessment


class AssessmentProcess(Process):
    """The process of one case; a case reopened after publication gets a second one."""

    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="processes")

    class Meta:
        verbose_name = "quy trình"
        verbose_name_plural = "quy trình"
