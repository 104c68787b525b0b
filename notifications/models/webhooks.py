"""Other systems that are told of events (webhook đi): where to, what waits or was sent, and every attempt."""

import uuid
from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from notifications.enums import Outcome, Status, SwitchedOff
from notifications.rules import DEDUPE_KEY_LENGTH

URL_LENGTH = 500


class WebhookEndpointQuerySet(models.QuerySet):
    """Questions asked of endpoints."""

    def on(self) -> "WebhookEndpointQuerySet":
        """Keep those to which something is sent."""
        return self.filter(off_at__isnull=True)

    def of(self, scopes: Collection[int]) -> "WebhookEndpointQuerySet":
        """Keep those that are told the events of ``scopes``."""
        return self.filter(scope__in=scopes)


class WebhookEndpoint(models.Model):
    """An address of another system (nơi nhận), told the events of one ``scope``; never deleted, only switched off.

    ``failing_since`` is the first failure after which nothing succeeded. A replaced secret signs until
    ``previous_until``, so that the other side can change over at leisure.
    """

    scope = models.PositiveBigIntegerField("sự kiện của")  # a number that settings.WEBHOOK_SCOPES knows
    name = models.CharField("tên", max_length=100)
    url = models.CharField("địa chỉ", max_length=URL_LENGTH)
    kinds = models.JSONField("loại sự kiện", default=list)
    secret = models.CharField(max_length=100)
    previous_secret = models.CharField(max_length=100, blank=True)
    previous_until = models.DateTimeField("khóa cũ dùng đến", null=True, blank=True)
    created_at = models.DateTimeField("thêm lúc")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    rotated_at = models.DateTimeField("đổi khóa lúc", null=True, blank=True)
    succeeded_at = models.DateTimeField("gửi được gần nhất lúc", null=True, blank=True)
    failing_since = models.DateTimeField("không gửi được từ", null=True, blank=True)
    off_at = models.DateTimeField("tắt lúc", null=True, blank=True)
    off_because = models.CharField("vì", max_length=12, choices=SwitchedOff.choices, blank=True)
    off_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = WebhookEndpointQuerySet.as_manager()

    class Meta:
        verbose_name = "nơi nhận sự kiện"
        verbose_name_plural = "nơi nhận sự kiện"
        ordering = ["off_at", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "url"], condition=Q(off_at__isnull=True), name="webhook_once_per_address"
            ),
            models.CheckConstraint(
                name="webhook_off_fields_together",
                condition=Q(off_at__isnull=True, off_because="", off_by__isnull=True)
                | (Q(off_at__isnull=False, off_because=SwitchedOff.ASKED, off_by__isnull=False))
                | (
                    Q(off_at__isnull=False, off_by__isnull=True)
                    & Q(off_because__in=[SwitchedOff.FAILING, SwitchedOff.GONE])
                ),
            ),
            models.CheckConstraint(
                name="webhook_previous_secret_with_its_end",
                condition=Q(previous_secret="", previous_until__isnull=True)
                | (~Q(previous_secret="") & Q(previous_until__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_on(self) -> bool:
        """Say whether something is sent there."""
        return self.off_at is None

    def secrets_at(self, at: datetime) -> list[str]:
        """Return the secrets that sign at ``at``, the newest first."""
        overlaps = self.previous_until is not None and at < self.previous_until
        return [self.secret, self.previous_secret] if overlaps else [self.secret]


class WebhookDeliveryQuerySet(models.QuerySet):
    """Questions asked of deliveries."""

    def due(self, at: datetime) -> "WebhookDeliveryQuerySet":
        """Keep what is to be sent at ``at``, the longest waiting first; an endpoint that is off keeps its own."""
        waiting = self.filter(status=Status.WAITING, not_before__lte=at, endpoint__off_at__isnull=True)
        return waiting.order_by("not_before", "pk")

    def stopped(self) -> "WebhookDeliveryQuerySet":
        """Keep what nobody will try again unless asked."""
        return self.filter(status__in=Status.stopped())


class WebhookDelivery(models.Model):
    """One event for one endpoint, written in the transaction of what it tells; ``uid`` is the same at every attempt."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.PROTECT, related_name="deliveries")
    kind = models.CharField("loại sự kiện", max_length=60)
    dedupe_key = models.CharField(max_length=DEDUPE_KEY_LENGTH)
    body = models.TextField("nội dung")  # JSON, exactly as it is signed and sent
    created_at = models.DateTimeField("tạo lúc")
    not_before = models.DateTimeField("không gửi trước")
    status = models.CharField("trạng thái", max_length=12, choices=Status.choices, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField("số lần thử", default=0)
    claimed_at = models.DateTimeField(null=True, blank=True)
    claimed_by = models.CharField(max_length=64, blank=True)
    sent_at = models.DateTimeField("gửi lúc", null=True, blank=True)
    last_error = models.TextField("lỗi gần nhất", blank=True)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = "sự kiện gửi đi"
        verbose_name_plural = "sự kiện gửi đi"
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["not_before", "id"], name="webhook_due", condition=Q(status=Status.WAITING)),
            models.Index(fields=["claimed_at"], name="webhook_claimed", condition=Q(status=Status.SENDING)),
            models.Index(fields=["endpoint", "-created_at", "-id"], name="webhook_of_endpoint"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "dedupe_key"], name="webhook_event_once_per_endpoint"),
            models.CheckConstraint(
                name="webhook_sent_has_its_moment",
                condition=Q(status=Status.SENT, sent_at__isnull=False)
                | (~Q(status=Status.SENT) & Q(sent_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="webhook_claim_has_worker_and_moment",
                condition=(Q(status=Status.SENDING, claimed_at__isnull=False) & ~Q(claimed_by=""))
                | (~Q(status=Status.SENDING) & Q(claimed_at__isnull=True, claimed_by="")),
            ),
            models.CheckConstraint(
                name="webhook_not_before_its_creation", condition=Q(not_before__gte=F("created_at"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.uid}"

    @property
    def state(self) -> Status:
        """Return where it stands, with the label, tone and icon of that state."""
        return Status(self.status)


class WebhookAttempt(models.Model):
    """What happened to a delivery once (lần gửi): rows are only ever added."""

    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.PROTECT, related_name="attempt_log")
    at = models.DateTimeField("lúc")
    outcome = models.CharField("kết quả", max_length=12, choices=Outcome.choices)
    status_code = models.PositiveSmallIntegerField("mã trả lời", null=True, blank=True)
    answer = models.TextField("trả lời của nơi nhận", blank=True)
    milliseconds = models.PositiveIntegerField("mất (mili giây)", null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "lần gửi sự kiện"
        verbose_name_plural = "lần gửi sự kiện"
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="webhook_attempt_requeued_by_somebody",
                condition=Q(outcome=Outcome.REQUEUED, by__isnull=False)
                | (~Q(outcome=Outcome.REQUEUED) & Q(by__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} {self.status_code or ''}".strip()
