"""Moved deadlines (dời thời hạn): the ledger of moves, and what each did to each case it touched."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from assessments.enums import MoveCause, MoveScope, MoveState, PeriodStatus, Role, UnitKind, WindowKind
from assessments.models.assessments import AppraisalBranch, Assessment
from assessments.models.periods import AssessmentPeriod
from assessments.models.units import Official

_PERSON: dict[str, Any] = {"on_delete": models.PROTECT, "related_name": "+"}


class DeadlineMoveQuerySet(models.QuerySet):
    """Questions asked of the ledger."""

    def visible_to(self, user: Official) -> "DeadlineMoveQuerySet":
        """Keep the moves of the rounds that ``user`` runs, and the applied ones of the cases ``user`` may open.

        A body's own move is for the unit, who follows the case, and that body; not for the other bodies.
        """
        if not user.is_authenticated:
            return self.none()
        runs = Q(period__organiser__in=user.unit_ids_of(Role.ORGANISER))
        runs |= Q(period__secretariat__in=user.unit_ids_of(Role.SECRETARY), period__status__in=_OPENED)
        runs |= Q(period__council__in=user.unit_ids_of(Role.COUNCIL), period__status__in=_OPENED)
        told = Q(branch__isnull=True) | Q(branch__unit__in=user.unit_ids_of(Role.APPRAISER))
        told |= Q(assessment__unit__in=user.unit_ids_of(Role.OFFICER) + user.unit_ids_of(Role.HEAD))
        for path in user.unit_paths_of(Role.SUPERVISOR):
            told |= Q(assessment__unit__path__startswith=path)
        rows = MovedDeadline.objects.filter(told, assessment__in=Assessment.objects.visible_to(user))
        return self.filter(runs | Q(pk__in=rows.values("move")))

    def proposed(self) -> "DeadlineMoveQuerySet":
        """Keep what waits for a second person."""
        return self.filter(state=MoveState.PROPOSED)


_OPENED = [PeriodStatus.OPEN, PeriodStatus.PUBLISHED]


class DeadlineMove(models.Model):
    """One row of the ledger (sổ dời thời hạn): by which decision the end of a step was moved, for whom, to when.

    Either ``closes_at`` (with ``due_at`` where that is earlier) or ``working_days`` says to when. Rows are only added;
    a proposal gets its confirmation or refusal once.
    """

    period = models.ForeignKey(AssessmentPeriod, on_delete=models.PROTECT, related_name="moves")
    scope = models.CharField("phạm vi", max_length=8, choices=MoveScope.choices)
    unit_kind = models.CharField("loại đơn vị", max_length=16, choices=UnitKind.choices, blank=True)
    assessment = models.ForeignKey(
        Assessment, null=True, blank=True, on_delete=models.PROTECT, related_name="deadline_moves"
    )
    branch = models.ForeignKey(
        AppraisalBranch, null=True, blank=True, on_delete=models.PROTECT, related_name="deadline_moves"
    )
    window = models.CharField("bước", max_length=16, choices=WindowKind.choices)
    cause = models.CharField("căn cứ", max_length=12, choices=MoveCause.choices, default=MoveCause.DECISION)
    due_at = models.DateTimeField("hạn mới", null=True, blank=True)
    closes_at = models.DateTimeField("đóng mới", null=True, blank=True)
    working_days = models.PositiveSmallIntegerField("thêm (ngày làm việc)", null=True, blank=True)
    reason = models.TextField("lý do")
    decision_number = models.CharField("số văn bản", max_length=60, blank=True)
    decision_date = models.DateField("ngày văn bản", null=True, blank=True)
    state = models.CharField("trạng thái", max_length=12, choices=MoveState.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, **_PERSON)
    at = models.DateTimeField("lúc")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, **_PERSON)
    decided_at = models.DateTimeField("xác nhận lúc", null=True, blank=True)
    refusal_reason = models.TextField("lý do không xác nhận", blank=True)

    objects = DeadlineMoveQuerySet.as_manager()

    class Meta:
        verbose_name = "dời thời hạn"
        verbose_name_plural = "sổ dời thời hạn"
        ordering = ["id"]
        indexes = [models.Index(fields=["period", "state"])]
        constraints = [
            models.CheckConstraint(
                name="move_names_its_scope",
                condition=Q(scope=MoveScope.ALL, unit_kind="", assessment__isnull=True, branch__isnull=True)
                | (Q(scope=MoveScope.KIND, assessment__isnull=True, branch__isnull=True) & ~Q(unit_kind=""))
                | Q(scope=MoveScope.UNIT, unit_kind="", assessment__isnull=False, branch__isnull=True)
                | Q(scope=MoveScope.BODY, unit_kind="", assessment__isnull=False, branch__isnull=False),
            ),
            models.CheckConstraint(
                name="move_to_a_moment_or_by_days",
                condition=Q(closes_at__isnull=False, working_days__isnull=True)
                | Q(closes_at__isnull=True, due_at__isnull=True, working_days__gte=1),
            ),
            models.CheckConstraint(
                name="move_due_by_its_close", condition=Q(due_at__isnull=True) | Q(due_at__lte=F("closes_at"))
            ),
            models.CheckConstraint(
                name="move_decided_by_a_person_or_the_clock",
                condition=(Q(cause=MoveCause.DECISION, by__isnull=False) & ~Q(decision_number="") & ~Q(reason=""))
                | Q(cause=MoveCause.CLOCK, by__isnull=True, state=MoveState.APPLIED, decision_number=""),
            ),
            models.CheckConstraint(
                name="move_decided_fields_together",
                condition=Q(decided_by__isnull=True, decided_at__isnull=True)
                | Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="move_state_as_decided",
                condition=Q(state=MoveState.APPLIED, refusal_reason="")
                | Q(state=MoveState.PROPOSED, decided_by__isnull=True, refusal_reason="")
                | (Q(state=MoveState.REFUSED, decided_by__isnull=False) & ~Q(refusal_reason="")),
            ),
            models.CheckConstraint(
                name="move_confirmed_by_another_person",
                condition=Q(decided_by__isnull=True) | Q(state=MoveState.REFUSED) | ~Q(decided_by=F("by")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_window_display()}: {self.decision_number or self.get_cause_display()}"


class MovedDeadline(models.Model):
    """What one applied move did to one case, or to one body's part of it; the newest row of a step is in force."""

    move = models.ForeignKey(DeadlineMove, on_delete=models.PROTECT, related_name="moved")
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="moved_deadlines")
    branch = models.ForeignKey(
        AppraisalBranch, null=True, blank=True, on_delete=models.PROTECT, related_name="moved_deadlines"
    )
    window = models.CharField("bước", max_length=16, choices=WindowKind.choices)
    previous_due_at = models.DateTimeField("hạn trước")
    previous_closes_at = models.DateTimeField("đóng trước")
    due_at = models.DateTimeField("hạn")
    closes_at = models.DateTimeField("đóng")

    class Meta:
        verbose_name = "hạn đã dời"
        verbose_name_plural = "hạn đã dời"
        ordering = ["id"]
        indexes = [models.Index(fields=["assessment", "window"])]
        constraints = [
            models.UniqueConstraint(
                fields=["move", "assessment", "window"],
                condition=Q(branch__isnull=True),
                name="moved_deadline_once_per_case",
            ),
            models.UniqueConstraint(
                fields=["move", "branch", "window"],
                condition=Q(branch__isnull=False),
                name="moved_deadline_once_per_body",
            ),
            models.CheckConstraint(name="moved_deadline_in_order", condition=Q(due_at__lte=F("closes_at"))),
        ]

    def __str__(self) -> str:
        return f"{self.get_window_display()}: {self.closes_at:%d/%m/%Y %H:%M}"

    @property
    def is_later(self) -> bool:
        """Say whether the step closes later than before (gia hạn), not earlier (rút ngắn)."""
        return self.closes_at > self.previous_closes_at
