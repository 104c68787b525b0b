"""Forms of the working calendar."""

from typing import Any

from django import forms

from assessments.rules.problems import MOST_BYTES

DAYS = ["%d/%m/%Y", "%Y-%m-%d"]
OFF, WORKING = "off", "working"


class DayForm(forms.Form):
    """One day that the calendar treats otherwise than weekends and the library do."""

    date = forms.DateField(
        label="Ngày",
        input_formats=DAYS,
        widget=forms.DateInput(format="%d/%m/%Y", attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text="Ngày/tháng/năm, ví dụ 02/01/2026.",
        error_messages={"required": "Nhập ngày.", "invalid": "Ngày phải viết như 02/01/2026."},
    )
    kind = forms.ChoiceField(
        label="Là ngày",
        choices=[(OFF, "Nghỉ"), (WORKING, "Làm việc (làm bù, hoặc không nghỉ dù thư viện ghi là ngày lễ)")],
        widget=forms.RadioSelect,
        error_messages={"required": "Chọn nghỉ hoặc làm việc.", "invalid_choice": "Chọn nghỉ hoặc làm việc."},
    )
    name = forms.CharField(
        label="Lý do",
        max_length=120,
        help_text="Ví dụ: Nghỉ hoán đổi, làm bù ngày 10/01/2026.",
        error_messages={"required": "Ghi lý do."},
    )
    document = forms.CharField(
        label="Số văn bản",
        max_length=120,
        help_text="Văn bản quyết định ngày nghỉ hoặc hoán đổi, ví dụ 8662/VPCP-KGVX.",
        error_messages={"required": "Ghi số văn bản."},
    )

    def values(self) -> dict[str, Any]:
        """Return what the operations take."""
        cleaned = self.cleaned_data
        return {
            "day": cleaned["date"],
            "name": cleaned["name"],
            "is_working": cleaned["kind"] == WORKING,
            "document": cleaned["document"],
        }


class WithdrawDayForm(forms.Form):
    """Why a row is taken out of the calendar."""

    reason = forms.CharField(
        label="Lý do bỏ",
        max_length=500,
        help_text="Ví dụ số văn bản thay thế; lý do được giữ trong nhật ký.",
        error_messages={"required": "Ghi lý do bỏ dòng này khỏi lịch."},
    )


class CalendarFileForm(forms.Form):
    """A file of days and the document behind it; nothing is stored by the dry run."""

    file = forms.FileField(
        label="Tệp ngày nghỉ (CSV)",
        help_text="Các cột date, name, kind (off hoặc working) và, nếu có, document; nhiều nhất 400 dòng.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv"}),
        error_messages={"required": "Chọn tệp CSV.", "empty": "Tệp trống; chọn tệp khác."},
    )
    document = forms.CharField(
        label="Số văn bản",
        max_length=120,
        help_text="Dùng cho những dòng không có cột document, ví dụ 5015/TB-LĐTBXH.",
        error_messages={"required": "Ghi số văn bản."},
    )

    def clean_file(self) -> Any:
        """Refuse a file that is too big before it is read."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(f"Tệp lớn quá {MOST_BYTES // 1024 // 1024} MB; kiểm tra lại tệp.")
        return file
