"""Criteria sets (bộ tiêu chí): versioned, never changed once a period that uses them has opened."""

from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from assessments.enums import Level, Part, PeriodStatus, RuleType, Scoring, UnitKind

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from assessments.models.units import Official


class CriteriaSetQuerySet(models.QuerySet):
    """Questions asked of criteria sets."""

    def visible_to(self, user: "Official | AnonymousUser") -> "CriteriaSetQuerySet":
        """Keep the sets that ``user`` may read: every official all of them, others those of published periods."""
        if user.is_authenticated:
            return self.all()
        return self.filter(uses__period__status=PeriodStatus.PUBLISHED).distinct()


class CriteriaSet(models.Model):
    """One version of a criteria set for one kind of unit, with the decision that issued it."""

    series = models.SlugField("mã bộ", max_length=60)
    version = models.PositiveIntegerField("phiên bản")
    unit_kind = models.CharField("loại đơn vị", max_length=16, choices=UnitKind.choices)
    title = models.CharField("tên", max_length=200)
    year = models.PositiveIntegerField("năm")
    decision_number = models.CharField("số quyết định", max_length=60, blank=True)
    decision_date = models.DateField("ngày quyết định", null=True, blank=True)
    is_illustrative = models.BooleanField("minh họa", default=False)
    notice = models.CharField("lưu ý", max_length=300, blank=True)
    source_name = models.CharField("nguồn", max_length=200, blank=True)
    previous = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="next_versions")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)
    created_at = models.DateTimeField()

    objects = CriteriaSetQuerySet.as_manager()

    class Meta:
        verbose_name = "bộ tiêu chí"
        verbose_name_plural = "bộ tiêu chí"
        ordering = ["series", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["series", "version"], name="criteria_set_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.title} (phiên bản {self.version})"


class CriteriaItem(models.Model):
    """An area, a criterion or a component; an item without children is a leaf and is scored itself."""

    criteria_set = models.ForeignKey(CriteriaSet, on_delete=models.CASCADE, related_name="items")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="children")
    code = models.CharField("mã", max_length=20)
    position = models.PositiveIntegerField("thứ tự")
    level = models.CharField("cấp", max_length=12, choices=Level.choices)
    part = models.CharField("phần", max_length=8, choices=Part.choices, default=Part.BASE)
    name = models.CharField("nội dung", max_length=500)
    max_points = models.DecimalField("điểm tối đa", max_digits=8, decimal_places=4)
    scoring = models.CharField("người chấm", max_length=8, choices=Scoring.choices)
    rule_type = models.CharField("cách tính", max_length=20, choices=RuleType.choices)
    rule = models.JSONField("quy tắc")
    is_leaf = models.BooleanField("được chấm trực tiếp")
    applicable_na = models.BooleanField("được chọn Không áp dụng", default=False)
    evidence_required = models.BooleanField("phải có minh chứng", default=False)
    evidence_hint = models.TextField("tài liệu cần có", blank=True)
    appraising_body = models.CharField("cơ quan thẩm định", max_length=200, blank=True)
    survey_groups = models.JSONField("nhóm khảo sát", default=list)
    guidance = models.TextField("hướng dẫn", blank=True)

    class Meta:
        verbose_name = "tiêu chí"
        verbose_name_plural = "tiêu chí"
        ordering = ["criteria_set", "position"]
        constraints = [
            models.UniqueConstraint(fields=["criteria_set", "code"], name="criteria_item_code_once"),
            models.UniqueConstraint(fields=["criteria_set", "position"], name="criteria_item_position_once"),
            models.CheckConstraint(
                name="criteria_item_penalty_is_not_positive",
                condition=~Q(part=Part.PENALTY) | Q(max_points__lte=Decimal(0)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
