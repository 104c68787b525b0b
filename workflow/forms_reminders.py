"""Forms of the ladder of reminders."""

from typing import Any

from django import forms

from assessments.enums import WindowKind
from assessments.models import AssessmentPeriod
from notifications.channels import offered
from notifications.enums import Channel
from workflow.enums import Audience, Counting, Timing
from workflow.queries.reminder_rules import REMINDED
from workflow.rules import MOST_DAYS, RuleDraft


class RuleForm(forms.Form):
    """One rung that is to be added."""

    timing = forms.ChoiceField(
        label="Lúc nào",
        choices=Timing.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Chọn trước hạn, đúng ngày hạn hoặc sau hạn."},
    )
    days = forms.IntegerField(
        label="Số ngày",
        required=False,
        min_value=0,
        max_value=MOST_DAYS,
        help_text=f"Từ 1 đến {MOST_DAYS}; để trống khi chọn “Đúng ngày hạn”.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "input-short"}),
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value"), f"Nhập số ngày từ 1 đến {MOST_DAYS}, ví dụ 3."
        ),
    )
    counting = forms.ChoiceField(
        label="Đếm theo",
        choices=[(Counting.WORKING, "Ngày làm việc"), (Counting.CALENDAR, "Ngày theo lịch")],
        widget=forms.RadioSelect,
        error_messages={"required": "Chọn ngày làm việc hoặc ngày theo lịch."},
    )
    audience = forms.ChoiceField(
        label="Gửi cho",
        choices=Audience.choices,
        help_text="Sau hạn, gửi lãnh đạo hoặc đơn vị tổ chức là báo cáo quá hạn: việc hiện ở mục “Báo cáo quá hạn”.",
        widget=forms.RadioSelect,
        error_messages={"required": "Chọn gửi cho ai."},
    )
    window = forms.ChoiceField(
        label="Bước", choices=[("", "Mọi bước"), *[(each.value, each.label) for each in REMINDED]], required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(offered()) > 1:
            self.fields["channels"] = forms.MultipleChoiceField(
                label="Kênh",
                choices=[(code, Channel(code).label) for code in offered()],
                required=False,
                help_text="Không chọn kênh nào thì gửi theo mọi kênh mà người nhận muốn.",
                widget=forms.CheckboxSelectMultiple,
            )

    def draft(self) -> RuleDraft:
        """Return the rung."""
        values = self.cleaned_data
        return RuleDraft(
            timing=Timing(values["timing"]),
            days=values["days"] or 0,
            counting=Counting(values["counting"]),
            audience=Audience(values["audience"]),
            window=WindowKind(values["window"]) if values["window"] else None,
            channels=tuple(values.get("channels", ())),
        )


class CopyLadderForm(forms.Form):
    """From which period the ladder is copied."""

    ky = forms.ModelChoiceField(
        label="Kỳ nguồn",
        queryset=AssessmentPeriod.objects.none(),
        to_field_name="code",
        empty_label="Chọn kỳ",
        error_messages={"required": "Chọn kỳ nguồn.", "invalid_choice": "Kỳ này không có trong danh sách."},
    )

    def __init__(self, *args: Any, periods: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ky"].queryset = periods
