"""Addresses that refused a message."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from notifications.enums import AddressTrouble, Channel, Cleared


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
