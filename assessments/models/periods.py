"""Assessment periods (kỳ đánh giá): who is assessed by whom, with which criteria, until when."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from assessments.enums import EndWording, LatePolicy, PeriodStatus, Role, UnitKind, WindowKind
from assessments.models.criteria import CriteriaSet
from assessments.models.units import Official, Unit
from assessments.rules.timetable import Lengths


class PeriodQuerySet(models.QuerySet):
    """Questions asked of periods."""

    def visible_to(self, user: Official) -> "PeriodQuerySet":
        """Keep periods that ``user`` organises, serves, appraises in, takes part in or follows, and published ones."""
        if not user.is_authenticated:
            return self.filter(status=PeriodStatus.PUBLISHED)
        mine = Q(status=PeriodStatus.PUBLISHED)
        mine |= Q(organiser__in=user.unit_ids_of(Role.ORGANISER))
        mine |= Q(secretariat__in=user.unit_ids_of(Role.SECRETARY), status__in=_OPENED)
        mine |= Q(council__in=user.unit_ids_of(Role.COUNCIL), status__in=_OPENED)
        mine |= Q(bodies__unit__in=user.unit_ids_of(Role.APPRAISER), status__in=_OPENED)
        taking_part = user.unit_ids_of(Role.OFFICER) + user.unit_ids_of(Role.HEAD)
        mine |= Q(units__in=taking_part, status__in=_OPENED)
        for path in user.unit_paths_of(Role.SUPERVISOR):
            mine |= Q(organiser__path__startswith=path, status__in=_OPENED)
        return self.filter(mine).distinct()

    def organised_by(self, user: Official) -> "PeriodQuerySet":
        """Keep periods that ``user`` may prepare and run."""
        return self.filter(organiser__in=user.unit_ids_of(Role.ORGANISER))


_OPENED = [PeriodStatus.OPEN, PeriodStatus.PUBLISHED]


class AssessmentPeriod(models.Model):
    """One assessment period, run by the province or by a district for its communes."""

    code = models.SlugField("mã kỳ", max_length=60, unique=True)
    name = models.CharField("tên kỳ", max_length=200)
    year = models.PositiveIntegerField("năm đánh giá")
    organiser = models.ForeignKey(Unit, verbose_name="đơn vị tổ chức", on_delete=models.PROTECT, related_name="+")
    secretariat = models.ForeignKey(Unit, verbose_name="tổ thư ký", on_delete=models.PROTECT, related_name="+")
    council = models.ForeignKey(Unit, verbose_name="hội đồng", on_delete=models.PROTECT, related_name="+")
    units = models.ManyToManyField(Unit, verbose_name="đơn vị tham gia", related_name="periods")
    status = models.CharField(max_length=12, choices=PeriodStatus.choices, default=PeriodStatus.DRAFT)
    dispute_window_working_days = models.PositiveSmallIntegerField("thời hạn kiến nghị (ngày làm việc)", default=3)
    supplement_working_days = models.PositiveSmallIntegerField("thời hạn bổ sung (ngày làm việc)", default=3)
    stops_clock_for_supplement = models.BooleanField("tạm dừng thẩm định khi chờ bổ sung", default=True)
    least_self_scoring_working_days = models.PositiveSmallIntegerField("tự chấm ít nhất (ngày làm việc)", default=5)
    least_step_working_days = models.PositiveSmallIntegerField("bước khác ít nhất (ngày làm việc)", default=3)
    is_illustrative = models.BooleanField("dữ liệu minh họa", default=False)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)

    objects = PeriodQuerySet.as_manager()

    class Meta:
        verbose_name = "kỳ đánh giá"
        verbose_name_plural = "kỳ đánh giá"
        ordering = ["-year", "code"]
        constraints = [
            models.CheckConstraint(
                name="period_opened_at_with_status",
                condition=Q(status=PeriodStatus.DRAFT, opened_at__isnull=True)
                | (~Q(status=PeriodStatus.DRAFT) & Q(opened_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def lengths(self) -> Lengths:
        """Return how many working days the steps of the timetable should last."""
        return Lengths(
            self_scoring=self.least_self_scoring_working_days,
            other=self.least_step_working_days,
            dispute=self.dispute_window_working_days,
        )


class PeriodCriteria(models.Model):
    """The criteria set that a period uses for one kind of unit."""

    period = models.ForeignKey(AssessmentPeriod, on_delete=models.CASCADE, related_name="criteria")
    unit_kind = models.CharField(max_length=16, choices=UnitKind.choices)
    criteria_set = models.ForeignKey(CriteriaSet, on_delete=models.PROTECT, related_name="uses")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["period", "unit_kind"], name="period_criteria_once_per_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.period} – {self.get_unit_kind_display()}"


class StageWindow(models.Model):
    """One row of the timetable: opens (from), due (shown, reminded), closes (exclusive end, enforced)."""

    period = models.ForeignKey(AssessmentPeriod, on_delete=models.CASCADE, related_name="windows")
    unit_kind = models.CharField(max_length=16, choices=UnitKind.choices)
    kind = models.CharField(max_length=16, choices=WindowKind.choices)
    opens_at = models.DateTimeField("mở lúc")
    due_at = models.DateTimeField("hạn")
    closes_at = models.DateTimeField("đóng lúc")
    due_wording = models.CharField(max_length=8, choices=EndWording.choices, default=EndWording.EXACT)
    closes_wording = models.CharField(max_length=8, choices=EndWording.choices, default=EndWording.EXACT)
    late_policy = models.CharField(max_length=16, choices=LatePolicy.choices, default=LatePolicy.HOLD)

    class Meta:
        ordering = ["period", "unit_kind", "opens_at"]
        constraints = [
            models.UniqueConstraint(fields=["period", "unit_kind", "kind"], name="stage_window_once_per_kind"),
            models.CheckConstraint(
                name="stage_window_in_order",
                condition=Q(opens_at__lt=F("due_at")) & Q(due_at__lte=F("closes_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.get_unit_kind_display()})"


class AppraisingBody(models.Model):
    """The unit that appraises, in one period, the items which name ``name`` as their appraising body."""

    period = models.ForeignKey(AssessmentPeriod, on_delete=models.CASCADE, related_name="bodies")
    name = models.CharField("tên trong bộ tiêu chí", max_length=200)
    unit = models.ForeignKey(Unit, verbose_name="đơn vị", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["period", "name"], name="appraising_body_once_per_name"),
        ]

    def __str__(self) -> str:
        return self.name


class DayOffQuerySet(models.QuerySet):
    """Questions asked of the working calendar."""

    def in_force(self) -> "DayOffQuerySet":
        """Keep rows that were not withdrawn."""
        return self.filter(withdrawn_at__isnull=True)


class DayOff(models.Model):
    """A row of the working calendar that overrides the holidays library: a day off, or a day worked.

    A row that is withdrawn stays, so that who changed the calendar and by which document can be read.
    """

    date = models.DateField("ngày", unique=True)
    name = models.CharField("lý do", max_length=120)
    is_working = models.BooleanField("ngày làm việc bù", default=False)
    document = models.CharField("văn bản", max_length=120, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = DayOffQuerySet.as_manager()

    class Meta:
        verbose_name = "ngày nghỉ, ngày làm bù"
        verbose_name_plural = "lịch nghỉ"
        ordering = ["date"]
        constraints = [
            models.CheckConstraint(
                name="day_off_withdrawn_by_with_at",
                condition=Q(withdrawn_by__isnull=True) | Q(withdrawn_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date:%d/%m/%Y} {self.name}"
