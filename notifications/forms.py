"""What can be asked of the outbox page."""

from django import forms

from notifications.enums import Status


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
