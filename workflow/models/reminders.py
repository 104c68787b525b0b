"""Reminders as rules and rows: the ladder of a period, what is planned for whom, what went out, what was put off."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from assessments.enums import Role, WindowKind
from assessments.models import AssessmentPeriod, Official, Unit
from notifications.models import Message
from workflow.enums import Audience, Counting, ReminderState, Timing
from workflow.models.work import WorkItem
from workflow.rules import RuleDraft


class ReminderRuleQuerySet(models.QuerySet):
    """Questions asked of the ladder."""

    def visible_to(self, user: Official) -> "ReminderRuleQuerySet":
        """Keep the rules of the periods that ``user`` organises."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(period__organiser__in=user.unit_ids_of(Role.ORGANISER))

    def in_force(self) -> "ReminderRuleQuerySet":
        """Keep rules that were not withdrawn."""
        return self.filter(withdrawn_at__isnull=True)


class ReminderRule(models.Model):
    """One rung of a period's ladder (mốc nhắc); it is withdrawn, never changed, so that what was told stays clear."""

    period = models.ForeignKey(AssessmentPeriod, on_delete=models.PROTECT, related_name="reminder_rules")
    window = models.CharField("bước", max_length=16, choices=WindowKind.choices, blank=True)
    timing = models.CharField("lúc", max_length=8, choices=Timing.choices)
    days = models.PositiveSmallIntegerField("số ngày", default=0)
    counting = models.CharField("cách đếm", max_length=8, choices=Counting.choices, default=Counting.WORKING)
    audience = models.CharField("gửi cho", max_length=12, choices=Audience.choices, default=Audience.ASSIGNEES)
    channels = models.JSONField("kênh", default=list, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = ReminderRuleQuerySet.as_manager()

    class Meta:
        verbose_name = "mốc nhắc"
        verbose_name_plural = "mốc nhắc"
        ordering = ["period", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["period", "window", "timing", "days", "counting", "audience"],
                condition=Q(withdrawn_at__isnull=True),
                name="reminder_rule_once_in_force",
            ),
            models.CheckConstraint(
                name="reminder_rule_days_with_timing",
                condition=Q(timing=Timing.ON, days=0) | (~Q(timing=Timing.ON) & Q(days__gte=1)),
            ),
            models.CheckConstraint(
                name="reminder_rule_withdrawn_by_with_at",
                condition=Q(withdrawn_by__isnull=True) | Q(withdrawn_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.draft.when

    @property
    def draft(self) -> RuleDraft:
        """Return the rung as the rules know it."""
        return RuleDraft(
            timing=Timing(self.timing),
            days=self.days,
            counting=Counting(self.counting),
            audience=Audience(self.audience),
            window=WindowKind(self.window) if self.window else None,
            channels=tuple(self.channels),
        )


class PlannedReminder(models.Model):
    """One rung for one person about one piece of work under one version of its dates (lời nhắc).

    ``day`` is a day of the province; it is told at the hour that the person chose for what is gathered.
    """

    work = models.ForeignKey(WorkItem, on_delete=models.PROTECT, related_name="reminders")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reminders")
    rule = models.ForeignKey(ReminderRule, on_delete=models.PROTECT, related_name="reminders")
    version = models.PositiveIntegerField("phiên bản hạn")
    day = models.DateField("ngày nhắc")
    state = models.CharField(max_length=12, choices=ReminderState.choices, default=ReminderState.PLANNED)
    settled_at = models.DateTimeField("xong lúc", null=True, blank=True)
    reason = models.CharField("vì", max_length=120, blank=True)

    class Meta:
        verbose_name = "lời nhắc"
        verbose_name_plural = "lời nhắc"
        ordering = ["day", "id"]
        indexes = [
            models.Index(fields=["day", "person"], name="reminder_due", condition=Q(state=ReminderState.PLANNED)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["work", "person", "rule", "version"], name="reminder_once_per_rung"),
            models.CheckConstraint(
                name="reminder_settled_at_with_state",
                condition=Q(state=ReminderState.PLANNED, settled_at__isnull=True)
                | (~Q(state=ReminderState.PLANNED) & Q(settled_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day:%d/%m/%Y}: {self.work} – {self.person}"


class ReminderLine(models.Model):
    """What went into which digest: one reminder told in one message of one channel."""

    reminder = models.ForeignKey(PlannedReminder, on_delete=models.PROTECT, related_name="lines")
    channel = models.CharField("kênh", max_length=20)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="+")
    called_off_at = models.DateTimeField("rút lúc", null=True, blank=True)

    class Meta:
        verbose_name = "dòng thư nhắc"
        verbose_name_plural = "dòng thư nhắc"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["reminder", "channel"],
                condition=Q(called_off_at__isnull=True),
                name="reminder_told_once_per_channel",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reminder} ({self.channel})"


class Escalation(models.Model):
    """From ``day`` on, work that is overdue stands before those who hold ``role`` on ``unit`` (báo cáo quá hạn).

    Nothing has to run for it: the inbox compares the day, and work that is done or moved no longer counts.
    """

    work = models.ForeignKey(WorkItem, on_delete=models.PROTECT, related_name="escalations")
    rule = models.ForeignKey(ReminderRule, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField("phiên bản hạn")
    day = models.DateField("từ ngày")
    role = models.CharField("vai trò", max_length=30, choices=Role.choices)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "báo cáo quá hạn"
        verbose_name_plural = "báo cáo quá hạn"
        ordering = ["day", "id"]
        indexes = [models.Index(fields=["role", "unit", "day"], name="escalation_before_whom")]
        constraints = [
            models.UniqueConstraint(fields=["work", "rule", "version"], name="escalation_once_per_step"),
        ]

    def __str__(self) -> str:
        return f"{self.day:%d/%m/%Y}: {self.work} – {self.get_role_display()}"


class SnoozeQuerySet(models.QuerySet):
    """Questions asked of follow-up dates."""

    def asleep(self, moment: datetime) -> "SnoozeQuerySet":
        """Keep what still hides its work at ``moment``: it wakes by itself."""
        return self.filter(woken_at__isnull=True, until_at__gt=moment)


class Snooze(models.Model):
    """A person's own follow-up date (ngày hẹn): until then one piece of work is hidden from their inbox alone.

    ``until_at`` is the midnight with which the day begins.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    work = models.ForeignKey(WorkItem, on_delete=models.PROTECT, related_name="snoozes")
    until_at = models.DateTimeField("hẹn đến")
    reason = models.CharField("lý do", max_length=200, blank=True)
    created_at = models.DateTimeField("hẹn lúc")
    woken_at = models.DateTimeField("hiện lại lúc", null=True, blank=True)

    objects = SnoozeQuerySet.as_manager()

    class Meta:
        verbose_name = "ngày hẹn"
        verbose_name_plural = "ngày hẹn"
        ordering = ["until_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "work"], condition=Q(woken_at__isnull=True), name="snooze_once_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.work} – {self.person}, {self.until_at:%d/%m/%Y}"
