"""What was entered for each item: self, appraised and final inputs stand side by side; every change is kept."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from assessments.enums import ScoreStage
from assessments.models.assessments import Assessment
from assessments.models.criteria import CriteriaItem

PERSON = {"null": True, "blank": True, "on_delete": models.PROTECT, "related_name": "+"}


class ItemScore(models.Model):
    """One leaf item of one case. Points are never stored: rules work them out from the inputs."""

    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="scores")
    item = models.ForeignKey(CriteriaItem, on_delete=models.PROTECT, related_name="+")

    version = models.PositiveIntegerField("phiên bản dòng tự chấm", default=0)
    self_input = models.JSONField(null=True, blank=True)
    self_na = models.BooleanField(default=False)
    self_zeroed = models.BooleanField("hệ thống tính 0 do quá hạn", default=False)
    explanation = models.TextField("giải trình", blank=True)
    self_by = models.ForeignKey(settings.AUTH_USER_MODEL, **PERSON)
    self_at = models.DateTimeField(null=True, blank=True)

    appraisal_version = models.PositiveIntegerField("phiên bản dòng thẩm định", default=0)
    appraised_input = models.JSONField(null=True, blank=True)
    appraised_na = models.BooleanField(default=False)
    appraised_zeroed = models.BooleanField("đồng ý 0 điểm cho nội dung đơn vị không chấm", default=False)
    appraiser_note = models.TextField("lý do thẩm định", blank=True)
    appraised_by = models.ForeignKey(settings.AUTH_USER_MODEL, **PERSON)
    appraised_at = models.DateTimeField(null=True, blank=True)

    final_input = models.JSONField(null=True, blank=True)
    final_na = models.BooleanField(default=False)
    final_reason = models.TextField("lý do", blank=True)
    final_by = models.ForeignKey(settings.AUTH_USER_MODEL, **PERSON)
    final_at = models.DateTimeField(null=True, blank=True)

    survey_share = models.DecimalField(max_digits=12, decimal_places=10, null=True, blank=True)
    survey_answers = models.PositiveIntegerField("số phiếu", null=True, blank=True)

    class Meta:
        verbose_name = "điểm nội dung"
        verbose_name_plural = "điểm nội dung"
        ordering = ["assessment", "item__position"]
        constraints = [
            models.UniqueConstraint(fields=["assessment", "item"], name="item_score_once_per_item"),
            models.CheckConstraint(
                name="item_score_appraised_fields_together",
                condition=Q(appraised_at__isnull=True, appraised_by__isnull=True)
                | Q(appraised_at__isnull=False, appraised_by__isnull=False),
            ),
            models.CheckConstraint(
                name="item_score_share_between_0_and_1",
                condition=Q(survey_share__isnull=True) | Q(survey_share__gte=0, survey_share__lte=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assessment} – {self.item}"


class ScoreChange(models.Model):
    """One change of one score, append-only: what stood before, what stands after, who, when, why."""

    score = models.ForeignKey(ItemScore, on_delete=models.PROTECT, related_name="changes")
    stage = models.CharField(max_length=10, choices=ScoreStage.choices)
    round = models.PositiveSmallIntegerField("vòng", default=1)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    note = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, **PERSON)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "thay đổi điểm"
        verbose_name_plural = "thay đổi điểm"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.score} – {self.get_stage_display()}"
