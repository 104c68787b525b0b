"""Forms of the evidence pages; what they hold is checked by the rules, not here."""

from django import forms


class WithdrawForm(forms.Form):
    """Why a file is withdrawn."""

    reason = forms.CharField(
        label="Lý do rút tài liệu",
        help_text="Tệp và lý do vẫn được lưu; người thẩm định đọc được.",
        required=False,  # the rule refuses an empty reason with its own sentence
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
