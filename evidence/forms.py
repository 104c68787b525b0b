"""Forms of the evidence pages; what they hold is checked by the rules, not here."""

from django import forms


class WithdrawForm(forms.Form):
    """Why a file is withdrawn."""

    reason = forms.CharField(
        label="Lý do rút tài liệu",
        help_text="Tệp và lý do vẫn được lưu; người thẩm định đọc được.",
        error_messages={"required": "Hãy ghi lý do rút tài liệu (ít nhất 5 ký tự)."},  # the sentence of the rule
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
