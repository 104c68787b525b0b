"""What can be asked of the outbox page."""

from django import forms

from notifications.enums import Status


class OutboxFilter(forms.Form):
    """Words, kind and state; each may stay empty."""

    q = forms.CharField(
        label="Tìm theo tiêu đề, người nhận, địa chỉ",
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    kind = forms.ChoiceField(label="Loại thư", required=False)
    status = forms.ChoiceField(label="Trạng thái", required=False, choices=[("", "Tất cả trạng thái"), *Status.choices])

    def __init__(self, *args, kinds: list[tuple[str, str]], **kwargs) -> None:
        """Offer ``kinds`` as ``(code, name)``."""
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", "Tất cả loại thư"), *kinds]

    def wanted(self) -> dict[str, str]:
        """Return text, kind and status to keep; what was not understood asks nothing."""
        valid = self.cleaned_data if self.is_valid() else getattr(self, "cleaned_data", {})
        return {"text": valid.get("q", ""), "kind": valid.get("kind", ""), "status": valid.get("status", "")}
