"""Writing down what a person who looks after Zalo should see: troubles, templates, the quota, refused webhooks."""

from datetime import datetime, timedelta

from django.db.models import Q

from notifications.models import ONLY_ROW, ZaloMonitor, ZaloTemplate
from notifications.zalo.client import Quota, TemplateInfo

# Anybody can send us unsigned requests: they cost at most one write in this time.
REFUSALS_APART = timedelta(minutes=1)


def note_trouble(*, text: str, at: datetime) -> None:
    """Write down what a person must do about; the newest is shown, since when it first came."""
    ZaloMonitor.objects.get_or_create(pk=ONLY_ROW)
    ZaloMonitor.objects.filter(pk=ONLY_ROW).exclude(trouble=text).update(trouble=text, trouble_at=at)


def settle_trouble() -> None:
    """Forget the trouble that was shown: somebody says it is dealt with."""
    ZaloMonitor.objects.filter(pk=ONLY_ROW).update(trouble="", trouble_at=None)


def note_refusal(*, text: str, at: datetime) -> None:
    """Write down why a webhook was refused."""
    ZaloMonitor.objects.get_or_create(pk=ONLY_ROW)
    long_ago = Q(webhook_refused_at__isnull=True) | Q(webhook_refused_at__lte=at - REFUSALS_APART)
    ZaloMonitor.objects.filter(long_ago, pk=ONLY_ROW).update(webhook_refused_at=at, webhook_refusal=text)


def write_quota(*, quota: Quota, at: datetime) -> None:
    """Write down today's quota."""
    fields = {"quota_daily": quota.daily, "quota_remaining": quota.remaining, "quota_read_at": at}
    ZaloMonitor.objects.update_or_create(pk=ONLY_ROW, defaults=fields)


def write_template(*, template_id: str, info: TemplateInfo, at: datetime) -> ZaloTemplate:
    """Write down what Zalo says about a template."""
    template, _ = ZaloTemplate.objects.update_or_create(
        template_id=template_id,
        defaults={
            "name": info.name,
            "status": info.status,
            "parameters": info.listed,
            "price_phone": info.price_phone,
            "price_user": info.price_user,
            "read_at": at,
        },
    )
    return template
