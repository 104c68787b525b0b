"""The case of one unit in one period (hồ sơ đánh giá) and the receipts of what was submitted."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from assessments.enums import BranchState, LatePolicy, Role, ScoreStage, Stage, UnitKind
from assessments.models.criteria import CriteriaSet
from assessments.models.periods import AssessmentPeriod
from assessments.models.units import Official, Unit


class AssessmentQuerySet(models.QuerySet):
    """Questions asked of cases."""

    def visible_to(self, user: Official) -> "AssessmentQuerySet":
        """Keep the cases that ``user`` may open: own unit, own appraising body, own council, organised or followed."""
        if not user.is_authenticated:
            return self.none()
        mine = Q(unit__in=user.unit_ids_of(Role.OFFICER) + user.unit_ids_of(Role.HEAD))
        mine |= Q(period__organiser__in=user.unit_ids_of(Role.ORGANISER))
        mine |= Q(period__secretariat__in=user.unit_ids_of(Role.SECRETARY))
        mine |= Q(period__council__in=user.unit_ids_of(Role.COUNCIL))
        appraised_by = user.unit_ids_of(Role.APPRAISER)
        if appraised_by:
            branches = AppraisalBranch.objects.filter(unit__in=appraised_by)
            mine |= Q(pk__in=branches.values("assessment"))
        for path in user.unit_paths_of(Role.SUPERVISOR):
            mine |= Q(unit__path__startswith=path)
        return self.filter(mine)


class Assessment(models.Model):  # type: ignore[django-manager-missing]  # processes: viewflow has no types
    """The case of one unit in one period. ``stage`` is written by ``assessments.operations.stages`` alone."""

    period = models.ForeignKey(AssessmentPeriod, on_delete=models.PROTECT, related_name="assessments")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="assessments")
    unit_kind = models.CharField(max_length=16, choices=UnitKind.choices)
    criteria_set = models.ForeignKey(CriteriaSet, on_delete=models.PROTECT, related_name="assessments")
    stage = models.CharField("giai đoạn", max_length=16, choices=Stage.choices, default=Stage.OPENED)
    stage_since = models.DateTimeField()
    round = models.PositiveSmallIntegerField("lần nộp", default=1)
    training_confirmed_at = models.DateTimeField(null=True, blank=True)
    training_participants = models.JSONField(default=list)
    late_policy_applied = models.CharField(max_length=16, choices=LatePolicy.choices, blank=True)
    late_since = models.DateTimeField("quá hạn từ", null=True, blank=True)
    announced_at = models.DateTimeField("công bố sơ bộ lúc", null=True, blank=True)
    dispute_closes_at = models.DateTimeField("hết hạn kiến nghị lúc", null=True, blank=True)
    opened_at = models.DateTimeField()

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        verbose_name = "hồ sơ đánh giá"
        verbose_name_plural = "hồ sơ đánh giá"
        ordering = ["period", "unit__sort_key"]
        constraints = [models.UniqueConstraint(fields=["period", "unit"], name="assessment_once_per_unit_and_period")]
        indexes = [models.Index(fields=["period", "stage"])]

    def __str__(self) -> str:
        return f"{self.unit} – {self.period}"

    @property
    def final_label(self) -> str:
        """Say what the final inputs are worth now: preliminary until published, whatever was decided meanwhile."""
        if self.stage in (Stage.PUBLISHED, Stage.CORRECTION):
            return ScoreStage.FINAL.label
        return "Sau kiến nghị" if self.stage == Stage.COUNCIL else "Sơ bộ"

    @property
    def is_late(self) -> bool:
        """Say whether lateness still shows: locked now, or submitted by the system; an extension puts it right."""
        return self.stage == Stage.HELD or self.late_policy_applied in (LatePolicy.SUBMIT_AS_IS, LatePolicy.ZERO)


class Submission(models.Model):
    """The receipt (biên nhận) of one submitted dossier: the moment, who, and a hash of all that was submitted."""

    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="submissions")
    number = models.PositiveSmallIntegerField("lần nộp")
    submitted_at = models.DateTimeField("nộp lúc")
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    is_automatic = models.BooleanField("hệ thống tự nộp khi hết hạn", default=False)
    digest = models.CharField("mã băm SHA-256", max_length=64)
    content = models.JSONField("nội dung đã nộp")
    withdrawn_at = models.DateTimeField("thu hồi lúc", null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawal_reason = models.TextField("lý do thu hồi", blank=True)

    class Meta:
        verbose_name = "biên nhận nộp hồ sơ"
        verbose_name_plural = "biên nhận nộp hồ sơ"
        ordering = ["assessment", "number"]
        constraints = [
            models.UniqueConstraint(fields=["assessment", "number"], name="submission_number_once"),
            models.CheckConstraint(
                name="submission_is_signed_or_automatic",
                condition=Q(is_automatic=True, submitted_by__isnull=True)
                | Q(is_automatic=False, submitted_by__isnull=False),
            ),
            models.CheckConstraint(
                name="submission_withdrawn_fields_together",
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assessment} – lần {self.number}"


class AppraisalBranch(models.Model):
    """One appraising body's part of a case; ``unit`` is who does it (the secretariat, if the body is judged)."""

    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="branches")
    body_name = models.CharField("cơ quan thẩm định", max_length=200)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    is_substitute = models.BooleanField("thẩm định thay", default=False)
    state = models.CharField(max_length=12, choices=BranchState.choices, default=BranchState.WAITING)
    round = models.PositiveSmallIntegerField("vòng", default=1)
    completed_at = models.DateTimeField(null=True, blank=True)
    completed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = "phần thẩm định"
        verbose_name_plural = "phần thẩm định"
        ordering = ["assessment", "body_name"]
        constraints = [
            models.UniqueConstraint(fields=["assessment", "body_name"], name="appraisal_branch_once_per_body"),
        ]
        indexes = [models.Index(fields=["unit", "state"])]

    def __str__(self) -> str:
        return f"{self.assessment} – {self.body_name}"


class SupplementRequest(models.Model):
    """A body asks the unit to explain or add (yêu cầu giải trình, bổ sung); rounds are kept."""

    branch = models.ForeignKey(AppraisalBranch, on_delete=models.PROTECT, related_name="supplements")
    round = models.PositiveSmallIntegerField("vòng")
    reason = models.TextField("nội dung yêu cầu")
    covers_whole_branch = models.BooleanField("trả lại toàn bộ phần thẩm định", default=False)
    closes_at = models.DateTimeField("hạn bổ sung")
    requested_at = models.DateTimeField()
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answer = models.TextField("nội dung giải trình", blank=True)

    class Meta:
        verbose_name = "yêu cầu bổ sung"
        verbose_name_plural = "yêu cầu bổ sung"
        ordering = ["branch", "round"]
        constraints = [models.UniqueConstraint(fields=["branch", "round"], name="supplement_request_once_per_round")]

    def __str__(self) -> str:
        return f"{self.branch} – vòng {self.round}"


class SupplementItem(models.Model):
    """One item named in a supplement request."""

    request = models.ForeignKey(SupplementRequest, on_delete=models.PROTECT, related_name="items")
    score = models.ForeignKey("assessments.ItemScore", on_delete=models.PROTECT, related_name="supplement_items")
    reason = models.TextField("lý do", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request", "score"], name="supplement_item_once")]

    def __str__(self) -> str:
        return f"{self.request} – {self.score}"
