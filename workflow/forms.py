"""Forms of the steps; the operations decide, the forms only read."""

from datetime import date
from typing import Any

from django import forms


class ExplanationForm(forms.Form):
    """The explanation (giải trình) of an item without evidence."""

    explanation = forms.CharField(
        label="Giải trình",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Khi không có tài liệu, ghi vì sao và cách tính điểm.",
    )


class TrainingForm(forms.Form):
    """Who takes part in the training."""

    participants = forms.CharField(
        label="Người tham gia tập huấn",
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Mỗi người một dòng: họ tên, chức vụ.",
        error_messages={"required": "Hãy ghi ít nhất một người tham gia tập huấn, mỗi người một dòng."},
    )


class ReasonForm(forms.Form):
    """A decision that needs a reason."""

    reason = forms.CharField(
        label="Lý do",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Hãy ghi lý do (ít nhất 5 ký tự)."},
    )


class SignForm(forms.Form):
    """The head's confirmation."""

    confirmed = forms.BooleanField(
        label="Tôi đã đọc bảng điểm, tài liệu kiểm chứng và chịu trách nhiệm về nội dung hồ sơ.",
        error_messages={
            "required": "Hãy đánh dấu xác nhận đã đọc và chịu trách nhiệm về hồ sơ trước khi gửi.",
        },
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)  # without it nothing counts as read


class SnoozeForm(forms.Form):
    """Until which day work is hidden from one's own inbox; a date field of the browser, or typed as officials do."""

    until = forms.DateField(
        label="Hiện lại vào ngày",
        input_formats=["%Y-%m-%d", "%d/%m/%Y"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={
            "required": "Chọn ngày việc hiện lại.",
            "invalid": "Ngày không đúng; hãy chọn trên lịch hoặc viết như 05/01/2024.",
        },
    )
    reason = forms.CharField(
        label="Ghi chú cho mình",
        required=False,
        max_length=200,
        help_text="Ví dụ: chờ số liệu của phòng Kế hoạch. Chỉ bạn đọc được.",
    )

    def __init__(self, *args: Any, first: date, last: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["until"].widget.attrs |= {"min": first.isoformat(), "max": last.isoformat()}
        self.fields["until"].help_text = f"Từ {first:%d/%m/%Y} đến {last:%d/%m/%Y}."
