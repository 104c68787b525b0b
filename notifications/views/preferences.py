"""What people choose about messages: on a page of their own account, or by the link in a letter."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from notifications import kinds, tokens
from notifications.channels import ZaloChannel
from notifications.enums import Channel, Source
from notifications.forms import PreferencesForm
from notifications.operations import preferences as operations
from notifications.queries import people
from notifications.rules import NotAllowed

TITLE = "Nhận thông báo"


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def preferences(request: HttpRequest) -> HttpResponse:
    """Show which messages a person gets by which channel, and take what they choose."""
    me: Any = request.user
    chosen = people.chosen_by(me)
    form = PreferencesForm(
        request.POST if request.method == "POST" else None,
        chosen=chosen,
        digest_hour=people.digest_hours_of([me])[me.pk],
    )
    if form.is_valid():
        operations.set_preferences(
            user=me, wanted=form.wanted(), digest_hour=form.cleaned_data.get("digest_hour"), at=timezone.now()
        )
        messages.success(request, "Đã lưu lựa chọn nhận thông báo của bạn.")
        return redirect("notification_preferences")
    page = {
        "form": form,
        "groups": form.groups(),
        "digest_hour": form["digest_hour"] if "digest_hour" in form.fields else None,
        "switched_off": [
            {"label": group.label, "channel": Channel(channel).label, "choice": choice}
            for (channel, code), choice in chosen.items()
            if not choice.wanted and (group := kinds.group_of(code)) is not None and channel in Channel.values
        ],
        "zalo_is_offered": ZaloChannel.is_offered(),
        "failing": list(people.failing_addresses_of(me)),
        "breadcrumbs": [{"label": "Tài khoản của tôi", "url": reverse("own_account")}, {"label": TITLE}],
    }
    return render(request, "notifications/preferences.html", page, status=422 if form.is_bound else 200)


@csrf_exempt  # a mail provider posts for the person who pressed its button (RFC 8058): the signed link is what counts
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether one kind of message is to be switched off (GET), switch it off (POST); nobody need be signed in."""
    choice = tokens.read_unsubscribe_token(token)
    group = kinds.group_of(choice.group) if choice else None
    person = get_user_model().objects.filter(pk=choice.user_id).first() if choice else None
    if choice is None or group is None or person is None:
        return render(request, "notifications/unsubscribe.html", {"is_unknown": True}, status=404)
    page = {"label": group.label, "is_done": False, "refusal": ""}
    if request.method == "POST":
        try:
            operations.set_preference(
                user=person,
                channel=choice.channel,
                group=choice.group,
                wanted=False,
                at=timezone.now(),
                source=Source.LINK,
            )
        except NotAllowed as refusal:
            return render(request, "notifications/unsubscribe.html", {**page, "refusal": str(refusal)}, status=422)
        page["is_done"] = True
    return render(request, "notifications/unsubscribe.html", page)
