"""The outbox (hộp thư đi): messages that wait for delivery or were delivered, and every attempt."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from notifications import kinds, permissions
from notifications.enums import Channel, Outcome, Status, ZaloWay
from notifications.models.addresses import AddressState
from notifications.rules import DEDUPE_KEY_LENGTH, REF_LENGTH, fold


class MessageQuerySet(models.QuerySet):
    """Questions asked of messages."""

    def visible_to(self, user) -> "MessageQuerySet":
        """Keep the messages addressed to ``user``."""
        readable = permissions.readable_by(user)
        return self.none() if readable is None else self.filter(readable)

    def due(self, at: datetime) -> "MessageQuerySet":
        """Keep the messages to be sent at ``at``, the longest waiting first."""
        return self.filter(status=Status.WAITING, not_before__lte=at).order_by("not_before", "pk")

    def stopped(self) -> "MessageQuerySet":
        """Keep the messages that nobody will try again unless asked."""
        return self.filter(status__in=Status.stopped())

    def with_address_state(self) -> "MessageQuerySet":
        """Add ``address_is_failing``: whether the address of each message is marked as not working."""
        marks = AddressState.objects.failing().filter(
            user=OuterRef("recipient"), channel=OuterRef("channel"), address=OuterRef("address")
        )
        return self.annotate(address_is_failing=Exists(marks))

    def search(self, text: str) -> "MessageQuerySet":
        """Keep messages whose subject, recipient or address holds every word of ``text``, diacritics ignored."""
        messages = self
        for word in fold(text).split():
            messages = messages.filter(search_text__contains=word)
        return messages


class Message(models.Model):
    """One message (thư) to one person by one channel, written in the transaction of what it tells."""

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="người nhận",
        on_delete=models.PROTECT,
        related_name="notification_messages",
    )
    channel = models.CharField("kênh", max_length=20)
    kind = models.CharField("loại thư", max_length=60)
    dedupe_key = models.CharField("khóa chống gửi trùng", max_length=DEDUPE_KEY_LENGTH, unique=True)
    subject = models.TextField("tiêu đề")
    body_text = models.TextField("nội dung")
    body_html = models.TextField("nội dung HTML", blank=True)
    short_text = models.TextField("nội dung tin nhắn", blank=True)
    fields = models.JSONField("tham số của mẫu tin", default=dict, blank=True)
    address = models.CharField("địa chỉ", max_length=254, blank=True)
    ref = models.CharField("về việc", max_length=REF_LENGTH, blank=True)
    search_text = models.TextField(editable=False)
    created_at = models.DateTimeField("tạo lúc", db_index=True)
    not_before = models.DateTimeField("không gửi trước")
    status = models.CharField("trạng thái", max_length=12, choices=Status.choices, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField("số lần thử", default=0)
    claimed_at = models.DateTimeField(null=True, blank=True)
    claimed_by = models.CharField(max_length=64, blank=True)
    sent_at = models.DateTimeField("gửi lúc", null=True, blank=True)
    last_error = models.TextField("lỗi gần nhất", blank=True)
    unneeded_since = models.DateTimeField("không cần gửi từ", null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = "thư"
        verbose_name_plural = "thư"
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["not_before", "id"], name="message_due", condition=Q(status=Status.WAITING)),
            models.Index(fields=["claimed_at"], name="message_claimed", condition=Q(status=Status.SENDING)),
            models.Index(fields=["recipient", "-created_at"], name="message_of_recipient"),
            models.Index(fields=["recipient"], name="message_stopped", condition=Q(status__in=Status.stopped())),
            models.Index(
                fields=["ref"],
                name="message_under_way_about",
                condition=Q(status__in=[Status.WAITING, Status.SENDING]) & ~Q(ref=""),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="message_sent_has_its_moment",
                condition=Q(status=Status.SENT, sent_at__isnull=False)
                | (~Q(status=Status.SENT) & Q(sent_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="message_claim_has_worker_and_moment",
                condition=(Q(status=Status.SENDING, claimed_at__isnull=False) & ~Q(claimed_by=""))
                | (~Q(status=Status.SENDING) & Q(claimed_at__isnull=True, claimed_by="")),
            ),
            models.CheckConstraint(
                name="message_not_before_its_creation", condition=Q(not_before__gte=F("created_at"))
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def kind_label(self) -> str:
        """Return the Vietnamese name of the kind."""
        return kinds.label_of(self.kind)

    @property
    def channel_label(self) -> str:
        """Return the Vietnamese name of the channel."""
        return Channel(self.channel).label if self.channel in Channel.values else self.channel

    @property
    def state(self) -> Status:
        """Return where it stands, with the label, tone and icon of that state."""
        return Status(self.status)

    @property
    def is_sent(self) -> bool:
        """Say whether the provider accepted it."""
        return self.status == Status.SENT

    @property
    def is_waiting(self) -> bool:
        """Say whether it is still to be sent."""
        return self.status == Status.WAITING

    @property
    def is_stopped(self) -> bool:
        """Say whether it was not delivered and will not be tried again by itself."""
        return self.status in Status.stopped()


class Attempt(models.Model):
    """What happened to a message once (lần gửi): rows are only ever added."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="attempt_log")
    at = models.DateTimeField("lúc")
    outcome = models.CharField("kết quả", max_length=12, choices=Outcome.choices)
    answer = models.TextField("trả lời của nơi gửi", blank=True)
    way = models.CharField("cách gửi", max_length=20, blank=True)
    provider_id = models.CharField("mã tin của nơi gửi", max_length=80, blank=True)
    price = models.PositiveIntegerField("giá (đồng)", null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "lần gửi"
        verbose_name_plural = "lần gửi"
        ordering = ["at", "pk"]
        indexes = [
            models.Index(fields=["message", "at"], name="attempt_of_message"),
            models.Index(fields=["provider_id"], name="attempt_by_provider_id", condition=~Q(provider_id="")),
        ]
        constraints = [
            models.CheckConstraint(
                name="attempt_requeued_by_somebody",
                condition=Q(outcome=Outcome.REQUEUED, by__isnull=False)
                | (~Q(outcome=Outcome.REQUEUED) & Q(by__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} {self.answer}".strip()

    @property
    def way_label(self) -> str:
        """Return by which of several ways of its channel it went, in words; "" where there is one way."""
        return ZaloWay(self.way).label if self.way in ZaloWay.values else ""
