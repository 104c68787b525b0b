"""What can be asked of the outbox pages, and what people choose about messages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms

from notifications import kinds, rules
from notifications.channels import offered
from notifications.enums import Channel, Status
from notifications.models.webhooks import URL_LENGTH
from notifications.queries.people import Chosen
from notifications.webhooks import kinds as event_kinds


class OutboxFilter(forms.Form):
    """Words, kind and state; each may stay empty."""

    q = forms.CharField(required=False, max_length=200)
    kind = forms.ChoiceField(label="Loại thư", required=False)
    status = forms.ChoiceField(label="Trạng thái", required=False, choices=[("", "Tất cả trạng thái"), *Status.choices])

    def __init__(self, *args, kinds: list[tuple[str, str]], **kwargs) -> None:
        """Offer ``kinds`` as ``(code, name)``."""
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", "Tất cả loại thư"), *kinds]

    def wanted(self) -> dict[str, str]:
        """Return text, kind and status to keep; what was not understood asks nothing."""
        self.is_valid()
        return {
            "text": self.cleaned_data.get("q", ""),
            "kind": self.cleaned_data.get("kind", ""),
            "status": self.cleaned_data.get("status", ""),
        }


class UndeliveredFilter(OutboxFilter):
    """The same for messages that stopped."""

    status = forms.ChoiceField(
        label="Trạng thái",
        required=False,
        choices=[("", "Tất cả trạng thái"), *((code, Status(code).label) for code in Status.stopped())],
    )


class ConnectZaloForm(forms.Form):
    """An authorization code, or the refresh token of a pair: one of the two."""

    code = forms.CharField(
        label="Mã ủy quyền",
        required=False,
        max_length=2000,
        help_text="Chuỗi sau “code=” trong địa chỉ mà trang cấp quyền của Zalo dẫn về; dùng được trong 10 phút.",
    )
    refresh_token = forms.CharField(
        label="Refresh token",
        required=False,
        max_length=4000,
        help_text="Lấy tại API Explorer của Zalo nếu không dùng được trang cấp quyền; hệ thống đổi ngay lấy mã mới.",
    )

    def clean(self) -> dict[str, Any]:
        """Ask for exactly one of the two."""
        sent: dict[str, Any] = super().clean() or {}
        if bool(sent.get("code")) == bool(sent.get("refresh_token")):
            raise forms.ValidationError("Điền một trong hai ô: mã ủy quyền hoặc refresh token.")
        return sent


@dataclass(frozen=True)
class PreferenceGroup:
    """One group of kinds on the page: its boxes, and why one of them is fixed."""

    label: str
    why_fixed: str
    boxes: list[Any]


class PreferencesForm(forms.Form):
    """A box for each group of kinds and each channel; the hour of the digest where there is one."""

    def __init__(self, *args, chosen: Mapping[tuple[str, str], Chosen], digest_hour: int, **kwargs) -> None:
        """Tick what the person wants; fix what the regulation requires."""
        super().__init__(*args, **kwargs)
        self._names: dict[tuple[str, str], str] = {}
        for group in kinds.groups():
            for channel in offered():
                choice = chosen.get((channel, group.code), Chosen())
                is_fixed = group.required and channel == rules.ALWAYS_ON
                name = self._names[channel, group.code] = f"{channel}:{group.code}"
                self.fields[name] = forms.BooleanField(
                    label=Channel(channel).label if channel in Channel.values else channel,
                    required=False,
                    disabled=is_fixed,
                    initial=is_fixed or choice.wanted,
                )
        if kinds.has_digest():
            self.fields["digest_hour"] = forms.TypedChoiceField(
                label="Giờ nhận thư tổng hợp",
                choices=[(hour, f"{hour} giờ") for hour in rules.DIGEST_HOURS],
                coerce=int,
                initial=digest_hour,
                error_messages={"invalid_choice": "Chọn một giờ trong danh sách."},
            )

    def groups(self) -> list[PreferenceGroup]:
        """Return what the page shows, group by group."""
        return [
            PreferenceGroup(
                label=group.label,
                why_fixed=rules.why_required(group) if group.required else "",
                boxes=[self[self._names[channel, group.code]] for channel in offered()],
            )
            for group in kinds.groups()
        ]

    def wanted(self) -> dict[tuple[str, str], bool]:
        """Return what is ticked: ``{(channel, group): wanted}``."""
        return {choice: self.cleaned_data[name] for choice, name in self._names.items()}


class WebhookForm(forms.Form):
    """Another system to be told of events."""

    name = forms.CharField(
        label="Tên hệ thống",
        max_length=100,
        help_text="Ví dụ: Hệ thống báo cáo của tỉnh.",
        error_messages={"required": "Nhập tên hệ thống để phân biệt trong danh sách."},
    )
    scope = forms.TypedChoiceField(
        label="Sự kiện của các kỳ do đơn vị này tổ chức",
        coerce=int,
        error_messages={"invalid_choice": "Chọn một đơn vị trong danh sách."},
    )
    url = forms.CharField(
        label="Địa chỉ nhận",
        max_length=URL_LENGTH,
        help_text="Bắt đầu bằng https://; hệ thống gửi POST tới đây, không theo chuyển hướng.",
        error_messages={"required": "Nhập địa chỉ nhận, ví dụ https://he-thong.example.vn/su-kien."},
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )
    subscribed = forms.MultipleChoiceField(
        label="Loại sự kiện",
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Chọn ít nhất một loại sự kiện.",
            "invalid_choice": "Một loại sự kiện không có trong danh sách; hãy chọn lại.",
        },
    )

    def __init__(self, *args, scopes: Mapping[int, str], **kwargs) -> None:
        """Offer ``scopes`` (number and name) and every kind of event, all ticked."""
        super().__init__(*args, **kwargs)
        self.fields["scope"].choices = list(scopes.items())
        self.fields["scope"].initial = next(iter(scopes), None)
        self.fields["subscribed"].choices = event_kinds.offered()
        self.fields["subscribed"].initial = [code for code, _ in event_kinds.offered()]

    def clean_name(self) -> str:
        """Return the name on one line."""
        return rules.one_line(self.cleaned_data["name"])
