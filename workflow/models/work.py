"""The work that waits for people."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from viewflow.workflow.models import Task

from assessments.enums import Role, WindowKind
from assessments.models import AppraisalBranch, Assessment, Official, Unit


class WorkQuerySet(models.QuerySet):
    """Questions asked of the inbox."""

    def visible_to(self, user: Official) -> "WorkQuerySet":
        """Keep the work of the roles that ``user`` holds; nobody sees an appraisal of the unit they work for."""
        if not user.is_authenticated:
            return self.none()
        mine = Q(pk__in=[])
        for codename, units in user.role_grants.items():
            mine |= Q(role=codename, role_unit__in=list(units))
        own = set(user.unit_ids_of(Role.OFFICER) + user.unit_ids_of(Role.HEAD))
        if user.unit_id:
            own.add(user.unit_id)
        judging = Q(role__in=[Role.APPRAISER, Role.SECRETARY], assessment__unit__in=own)
        return self.filter(mine).exclude(judging)

    def open(self) -> "WorkQuerySet":
        """Keep what is still to be done."""
        return self.filter(closed_at__isnull=True)


class WorkItem(models.Model):
    """One thing that somebody has to do (việc): a row of the inbox, written by the flow's nodes alone."""

    class Outcome(models.TextChoices):
        DONE = "done", "Đã xử lý"
        TIMED_OUT = "timed_out", "Hết hạn, hệ thống chuyển bước"

    task = models.OneToOneField(Task, on_delete=models.PROTECT, related_name="work")
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="work")
    branch = models.ForeignKey(AppraisalBranch, null=True, blank=True, on_delete=models.PROTECT, related_name="work")
    node = models.CharField(max_length=60)
    title = models.CharField("việc", max_length=200)
    role = models.CharField("vai trò", max_length=30, choices=Role.choices)
    role_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    window = models.CharField(max_length=16, choices=WindowKind.choices, blank=True)
    opens_at = models.DateTimeField("mở lúc")
    due_at = models.DateTimeField("hạn", null=True, blank=True)
    closes_at = models.DateTimeField("đóng lúc", null=True, blank=True)
    created_at = models.DateTimeField("giao lúc")
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="claimed_work"
    )
    claimed_at = models.DateTimeField("nhận lúc", null=True, blank=True)
    closed_at = models.DateTimeField("xong lúc", null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="closed_work"
    )
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True)
    version = models.PositiveIntegerField("phiên bản hạn", default=1)  # grows each time its dates move
    moved_at = models.DateTimeField("dời hạn lúc", null=True, blank=True)
    announced_at = models.DateTimeField("báo mở lúc", null=True, blank=True)
    search_text = models.CharField(max_length=500)

    objects = WorkQuerySet.as_manager()

    class Meta:
        verbose_name = "việc"
        verbose_name_plural = "việc"
        ordering = ["due_at", "id"]
        indexes = [
            models.Index(fields=["role", "role_unit", "closed_at", "due_at"]),
            models.Index(fields=["assessment", "closed_at"]),
            models.Index(fields=["closed_by", "closed_at"]),
            models.Index(
                fields=["opens_at"],
                name="work_to_announce",
                condition=Q(closed_at__isnull=True, announced_at__isnull=True),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="work_closed_fields_together",
                condition=Q(closed_at__isnull=True, outcome="") | (Q(closed_at__isnull=False) & ~Q(outcome="")),
            ),
            models.CheckConstraint(
                name="work_claimed_fields_together",
                condition=Q(claimed_at__isnull=True, claimed_by__isnull=True)
                | Q(claimed_at__isnull=False, claimed_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} – {self.assessment}"

    @property
    def role_as_enum(self) -> Role:
        """Return the role this work is for."""
        return Role(self.role)
