"""What is kept about Zalo: the connection, the templates, who is linked, and what its webhook told."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q

from notifications.enums import ZaloEventState, ZaloSide, ZaloTemplateStatus
from notifications.rules import CODE_LASTS, CONSULTATION_WINDOW

ONLY_ROW = 1
ZALO_ID_LENGTH = 64


class ZaloConnection(models.Model):
    """The connection to the Official Account (kết nối Zalo): one row, locked by whoever spends its refresh token.

    A refresh token can be used once. ``refresh_began_at`` is committed before it is spent, so a process that dies
    between Zalo's answer and the saving of it leaves a trace. ``broken_since``: a person must connect again.
    """

    access_token = models.TextField(blank=True)
    refresh_token = models.TextField(blank=True)
    obtained_at = models.DateTimeField("nhận mã lúc", null=True, blank=True)
    expires_at = models.DateTimeField("mã hết hạn lúc", null=True, blank=True)
    refresh_began_at = models.DateTimeField(null=True, blank=True)
    refresh_failed_at = models.DateTimeField("làm mới hỏng lúc", null=True, blank=True)
    last_error = models.TextField("lỗi gần nhất", blank=True)
    broken_since = models.DateTimeField("mất kết nối từ", null=True, blank=True)
    connected_at = models.DateTimeField("kết nối lúc", null=True, blank=True)
    connected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = "kết nối Zalo"
        verbose_name_plural = "kết nối Zalo"
        constraints = [
            models.CheckConstraint(name="zalo_connection_is_one", condition=Q(id=ONLY_ROW)),
            models.CheckConstraint(
                name="zalo_tokens_together",
                condition=Q(access_token="", refresh_token="", obtained_at__isnull=True, expires_at__isnull=True)
                | (~Q(access_token="") & ~Q(refresh_token="") & Q(obtained_at__isnull=False, expires_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return "Kết nối Zalo"

    @property
    def is_connected(self) -> bool:
        """Say whether there is a pair of tokens and Zalo has not refused it."""
        return bool(self.access_token) and self.broken_since is None


class ZaloMonitor(models.Model):
    """What a person who looks after Zalo should see: one row apart from the tokens, so that nobody waits for those."""

    webhook_refused_at = models.DateTimeField("webhook bị từ chối lúc", null=True, blank=True)
    webhook_refusal = models.TextField("vì", blank=True)
    trouble_at = models.DateTimeField("cần người xử lý từ", null=True, blank=True)
    trouble = models.TextField("việc cần xử lý", blank=True)
    quota_daily = models.PositiveIntegerField("hạn mức ngày", null=True, blank=True)
    quota_remaining = models.PositiveIntegerField("hạn mức còn", null=True, blank=True)
    quota_read_at = models.DateTimeField("đọc hạn mức lúc", null=True, blank=True)

    class Meta:
        verbose_name = "tình trạng Zalo"
        verbose_name_plural = "tình trạng Zalo"
        constraints = [models.CheckConstraint(name="zalo_monitor_is_one", condition=Q(id=ONLY_ROW))]

    def __str__(self) -> str:
        return "Tình trạng Zalo"


class ZaloTemplate(models.Model):
    """A template (mẫu tin) as Zalo describes it: what it costs and which parameters it takes."""

    template_id = models.CharField("mã mẫu", max_length=40, unique=True)
    name = models.CharField("tên mẫu", max_length=200, blank=True)
    status = models.CharField("trạng thái", max_length=40)
    parameters = models.JSONField("tham số", default=list)
    price_phone = models.PositiveIntegerField("giá gửi theo số điện thoại", null=True, blank=True)
    price_user = models.PositiveIntegerField("giá gửi theo tài khoản Zalo", null=True, blank=True)
    read_at = models.DateTimeField("đọc lúc")

    class Meta:
        verbose_name = "mẫu tin Zalo"
        verbose_name_plural = "mẫu tin Zalo"
        ordering = ["template_id"]

    def __str__(self) -> str:
        return self.name or self.template_id

    @property
    def is_usable(self) -> bool:
        """Say whether Zalo takes messages with it."""
        return self.status == ZaloTemplateStatus.ENABLE

    @property
    def status_label(self) -> str:
        """Return what Zalo says of it, in words."""
        known = self.status in ZaloTemplateStatus.values
        return ZaloTemplateStatus(self.status).label if known else self.status


class ZaloLinkQuerySet(models.QuerySet):
    """Questions asked of links."""

    def standing(self) -> "ZaloLinkQuerySet":
        """Keep the links that hold now."""
        return self.filter(unlinked_at__isnull=True)


class ZaloLink(models.Model):
    """An official's Zalo account (liên kết Zalo), proved by a one-time code sent from it; kept when it ends."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="cán bộ", on_delete=models.PROTECT, related_name="zalo_links"
    )
    side = models.CharField("qua", max_length=4, choices=ZaloSide.choices)
    zalo_id = models.CharField("mã người dùng Zalo", max_length=ZALO_ID_LENGTH)
    linked_at = models.DateTimeField("liên kết lúc")
    last_interaction_at = models.DateTimeField("nhắn gần nhất lúc", null=True, blank=True)
    unfollowed_at = models.DateTimeField("bỏ quan tâm lúc", null=True, blank=True)
    unlinked_at = models.DateTimeField("hủy liên kết lúc", null=True, blank=True)

    objects = ZaloLinkQuerySet.as_manager()

    class Meta:
        verbose_name = "liên kết Zalo"
        verbose_name_plural = "liên kết Zalo"
        ordering = ["-linked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "side"], condition=Q(unlinked_at__isnull=True), name="zalo_link_once_per_person"
            ),
            models.UniqueConstraint(
                fields=["side", "zalo_id"], condition=Q(unlinked_at__isnull=True), name="zalo_link_once_per_account"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_side_display()} {self.zalo_id}"

    def may_be_consulted(self, at: datetime) -> bool:
        """Say whether the person wrote recently enough for a consultation message."""
        return self.last_interaction_at is not None and at < self.last_interaction_at + CONSULTATION_WINDOW


class ZaloLinkCode(models.Model):
    """A one-time code (mã liên kết) that a person sends from their Zalo to prove that it is theirs."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="cán bộ", on_delete=models.CASCADE, related_name="+"
    )
    code = models.CharField("mã", max_length=16, unique=True)
    created_at = models.DateTimeField("tạo lúc")
    used_at = models.DateTimeField("dùng lúc", null=True, blank=True)

    class Meta:
        verbose_name = "mã liên kết Zalo"
        verbose_name_plural = "mã liên kết Zalo"
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.code

    @property
    def ends_at(self) -> datetime:
        """Return the moment from which the code no longer works."""
        lasts: timedelta = CODE_LASTS
        return self.created_at + lasts


class ZaloEvent(models.Model):
    """One event of a webhook: stored at once, worked on later, once; what it came to is written beside it."""

    side = models.CharField("từ", max_length=4, choices=ZaloSide.choices)
    name = models.CharField("sự kiện", max_length=80)
    key = models.CharField(max_length=200, unique=True)
    payload = models.JSONField("nội dung")
    happened_at = models.DateTimeField("xảy ra lúc")
    received_at = models.DateTimeField("nhận lúc")
    state = models.CharField("trạng thái", max_length=10, choices=ZaloEventState.choices, default=ZaloEventState.NEW)
    handled_at = models.DateTimeField("xử lý lúc", null=True, blank=True)
    came_to = models.TextField("kết quả", blank=True)

    class Meta:
        verbose_name = "sự kiện Zalo"
        verbose_name_plural = "sự kiện Zalo"
        ordering = ["-received_at", "-pk"]
        indexes = [models.Index(fields=["id"], name="zalo_event_new", condition=Q(state=ZaloEventState.NEW))]
        constraints = [
            models.CheckConstraint(
                name="zalo_event_handled_with_moment",
                condition=Q(state=ZaloEventState.NEW, handled_at__isnull=True)
                | (~Q(state=ZaloEventState.NEW) & Q(handled_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.key}"
