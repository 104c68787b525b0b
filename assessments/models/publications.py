"""Publications (công bố): what the public read on a day stays as it was; a correction stands beside it."""

from django.conf import settings
from django.db import models

from assessments.enums import UnitKind
from assessments.models.periods import AssessmentPeriod
from assessments.models.units import Unit


class Publication(models.Model):
    """One published list of results of a period; number 1 is the first, later ones are corrections."""

    period = models.ForeignKey(AssessmentPeriod, on_delete=models.PROTECT, related_name="publications")
    number = models.PositiveSmallIntegerField("lần công bố")
    decision_number = models.CharField("số quyết định", max_length=60)
    decision_date = models.DateField("ngày quyết định")
    reason = models.TextField("lý do đính chính", blank=True)
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField("mã băm SHA-256", max_length=64)

    class Meta:
        verbose_name = "lần công bố"
        verbose_name_plural = "lần công bố"
        ordering = ["period", "-number"]
        constraints = [models.UniqueConstraint(fields=["period", "number"], name="publication_number_once")]

    def __str__(self) -> str:
        return f"{self.period} – công bố lần {self.number}"


class PublishedResult(models.Model):
    """The result of one unit as it was published. Exact numbers are text: SQLite would keep them as floats."""

    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="results")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    unit_name = models.CharField(max_length=200)
    unit_kind = models.CharField(max_length=16, choices=UnitKind.choices)
    rank = models.PositiveSmallIntegerField("hạng")
    achieved = models.CharField("điểm đạt", max_length=64)
    maximum = models.CharField("điểm tối đa", max_length=64)
    index = models.CharField("chỉ số (%)", max_length=64)
    content = models.JSONField("theo lĩnh vực và nội dung")

    class Meta:
        verbose_name = "kết quả công bố"
        verbose_name_plural = "kết quả công bố"
        ordering = ["publication", "unit_kind", "rank", "unit_name"]
        constraints = [models.UniqueConstraint(fields=["publication", "unit"], name="published_result_once_per_unit")]

    def __str__(self) -> str:
        return f"{self.unit_name}: hạng {self.rank}"
