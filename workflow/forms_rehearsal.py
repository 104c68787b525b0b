"""The form of a rehearsal: when the period is opened, and what people then do."""

from datetime import date

from django import forms

from workflow.enums import Assumption
from workflow.forms_periods import DAYS

FIRST_YEAR, LAST_YEAR = 2000, 2100
_WRONG_DAY = "Ngày phải viết như 11/12/2023, hoặc để trống."


class RehearsalForm(forms.Form):
    """An opening day (none: when the first step opens) and an assumption."""

    opening_date = forms.DateField(
        label="Mở kỳ vào ngày",
        required=False,
        input_formats=DAYS,
        widget=forms.DateInput(format="%d/%m/%Y", attrs={"inputmode": "numeric"}),
        help_text="Để trống: mở khi bước đầu tiên của kế hoạch mở, hoặc ngay bây giờ nếu lúc đó đã qua.",
        error_messages={"invalid": _WRONG_DAY},
    )
    assumption = forms.ChoiceField(
        label="Giả định",
        choices=Assumption.choices,
        initial=Assumption.NOBODY.value,
        widget=forms.RadioSelect,
        error_messages={"required": "Chọn một giả định.", "invalid_choice": "Chọn một giả định trong danh sách."},
    )

    def clean_opening_date(self) -> date | None:
        """Refuse a day outside the years of any period."""
        day: date | None = self.cleaned_data["opening_date"]
        if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise forms.ValidationError(f"Năm phải từ {FIRST_YEAR} đến {LAST_YEAR}.")
        return day

    def chosen(self) -> Assumption:
        """Return the assumption; call it on a valid form."""
        return Assumption(self.cleaned_data["assumption"])

    def typed(self) -> list[tuple[str, str]]:
        """Return the names and values as typed, for the form that downloads the result."""
        return [(name, self.data.get(name, "")) for name in self.fields]
