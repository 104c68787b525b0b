"""The outbox (hộp thư đi): messages that wait for delivery or were delivered, and every attempt."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from notifications import kinds, permissions
from notifications.enums import AddressTrouble, Channel, Cleared, Outcome, Source, Status
from notifications.rules import CLAIM_LASTS, DEDUPE_KEY_LENGTH, DIGEST_HOURS, REF_LENGTH, fold


class MessageQuerySet(models.QuerySet):
    """Questions asked of messages."""

    def visible_to(self, user) -> "MessageQuerySet":
        """Keep the messages addressed to ``user``."""
        readable = permissions.readable_by(user)
        return self.none() if readable is None else self.filter(readable)

    def due(self, at: datetime) -> "MessageQuerySet":
        """Keep the messages to be sent at ``at``, the longest waiting first."""
        return self.filter(status=Status.WAITING, not_before__lte=at).order_by("not_before", "pk")

    def abandoned(self, at: datetime) -> "MessageQuerySet":
        """Keep the messages whose worker claimed them so long before ``at`` that it must have stopped."""
        return self.filter(status=Status.SENDING, claimed_at__lte=at - CLAIM_LASTS).order_by("claimed_at", "pk")

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


class AddressStateQuerySet(models.QuerySet):
    """Questions asked of marked addresses."""

    def failing(self) -> "AddressStateQuerySet":
        """Keep the addresses that count as not working now."""
        return self.filter(cleared_at__isnull=True)


class AddressState(models.Model):
    """An address that refused a message (địa chỉ hỏng): nothing is sent there until it is cleared; kept afterwards.

    It is about one address: a person with a new one is reached again without anybody clearing anything.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="người nhận", on_delete=models.PROTECT, related_name="address_states"
    )
    channel = models.CharField("kênh", max_length=20)
    address = models.CharField("địa chỉ", max_length=254)
    trouble = models.CharField("lý do", max_length=12, choices=AddressTrouble.choices)
    answer = models.TextField("trả lời của nơi gửi", blank=True)
    since = models.DateTimeField("từ lúc")
    cleared_at = models.DateTimeField("gửi lại được từ", null=True, blank=True)
    cleared_because = models.CharField("vì", max_length=12, choices=Cleared.choices, blank=True)
    cleared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = AddressStateQuerySet.as_manager()

    class Meta:
        verbose_name = "địa chỉ hỏng"
        verbose_name_plural = "địa chỉ hỏng"
        ordering = ["-since", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "channel", "address"],
                condition=Q(cleared_at__isnull=True),
                name="address_fails_once_at_a_time",
            ),
            models.CheckConstraint(
                name="address_cleared_fields_together",
                condition=Q(cleared_at__isnull=True, cleared_because="", cleared_by__isnull=True)
                | Q(cleared_at__isnull=False, cleared_because=Cleared.DELIVERED, cleared_by__isnull=True)
                | Q(cleared_at__isnull=False, cleared_because=Cleared.ASKED, cleared_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.address}: {self.get_trouble_display()}"

    @property
    def channel_label(self) -> str:
        """Return the Vietnamese name of the channel."""
        return Channel(self.channel).label if self.channel in Channel.values else self.channel


class Attempt(models.Model):
    """What happened to a message once (lần gửi): rows are only ever added."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="attempt_log")
    at = models.DateTimeField("lúc")
    outcome = models.CharField("kết quả", max_length=12, choices=Outcome.choices)
    answer = models.TextField("trả lời của nơi gửi", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "lần gửi"
        verbose_name_plural = "lần gửi"
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["message", "at"], name="attempt_of_message")]
        constraints = [
            models.CheckConstraint(
                name="attempt_requeued_by_somebody",
                condition=Q(outcome=Outcome.REQUEUED, by__isnull=False)
                | (~Q(outcome=Outcome.REQUEUED) & Q(by__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} {self.answer}".strip()


class DeliveryReport(models.Model):
    """A report that came to the mailbox of bounces (thư báo): read once, known by its digest, matched or not."""

    digest = models.CharField(max_length=64, unique=True)
    read_at = models.DateTimeField("đọc lúc")
    message = models.ForeignKey(
        Message, null=True, blank=True, on_delete=models.PROTECT, related_name="delivery_reports"
    )
    action = models.CharField("kết quả", max_length=20, blank=True)
    status = models.CharField("mã", max_length=12, blank=True)
    answer = models.TextField("trả lời của máy chủ", blank=True)

    class Meta:
        verbose_name = "thư báo"
        verbose_name_plural = "thư báo"
        ordering = ["-read_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.action} {self.status}".strip()


class ChannelPreference(models.Model):
    """What a person chose for one group of kinds in one channel; without a row the message is wanted."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="người nhận", on_delete=models.CASCADE, related_name="+"
    )
    channel = models.CharField("kênh", max_length=20)
    group = models.CharField("nhóm thư", max_length=60)
    wanted = models.BooleanField("muốn nhận")
    changed_at = models.DateTimeField("đổi lúc")
    source = models.CharField("đổi ở đâu", max_length=8, choices=Source.choices)

    class Meta:
        verbose_name = "lựa chọn nhận thông báo"
        verbose_name_plural = "lựa chọn nhận thông báo"
        ordering = ["user", "group", "channel"]
        indexes = [models.Index(fields=["group", "user"], name="preference_against", condition=Q(wanted=False))]
        constraints = [
            models.UniqueConstraint(fields=["user", "channel", "group"], name="preference_once_per_channel_and_group"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.group}: {'có' if self.wanted else 'không'}"


class DigestHour(models.Model):
    """The hour of the day at which a person wants what is gathered into one message; without a row it is the first."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, verbose_name="người nhận", on_delete=models.CASCADE, related_name="+"
    )
    hour = models.PositiveSmallIntegerField("giờ nhận thư tổng hợp")
    changed_at = models.DateTimeField("đổi lúc")

    class Meta:
        verbose_name = "giờ nhận thư tổng hợp"
        verbose_name_plural = "giờ nhận thư tổng hợp"
        ordering = ["user"]
        constraints = [
            models.CheckConstraint(
                name="digest_hour_by_day",
                condition=Q(hour__gte=DIGEST_HOURS[0], hour__lte=DIGEST_HOURS[-1]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hour} giờ"
