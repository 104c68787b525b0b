"""Forms of the organiser's pages; the operations decide, the forms only read."""

from datetime import datetime
from typing import Any

from django import forms

from assessments import clock
from assessments.enums import Role, UnitKind
from assessments.models import AssessmentPeriod, Official, Unit
from assessments.operations.periods import MOST_WORKING_DAYS
from assessments.rules import NotAllowed
from assessments.rules.calendar import local_day
from assessments.rules.moments import moment_text, read_moment
from assessments.rules.problems import MOST_BYTES

DAYS = ["%d/%m/%Y", "%Y-%m-%d"]
RESERVED_CODES = {"moi"}


class MomentField(forms.CharField):
    """A moment written as officials do; ``is_end`` asks for an exclusive end."""

    def __init__(self, *, is_end: bool = False, **kwargs: Any) -> None:
        self.is_end = is_end
        super().__init__(**{"max_length": 60, **kwargs})

    def prepare_value(self, value: Any) -> Any:
        """Show a stored moment as it would be typed; what was typed stays as it is."""
        return moment_text(value) if isinstance(value, datetime) else value

    def clean(self, value: Any) -> datetime | None:
        """Read the moment, None where nothing was typed and nothing is needed."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return read_moment(text, str(self.label), is_end=self.is_end)
        except NotAllowed as refusal:
            raise forms.ValidationError(refusal.sentence) from refusal


def working_days_field(label: str, help_text: str) -> forms.IntegerField:
    """Return the field of a number of working days."""
    wrong = f"Nhập số ngày làm việc từ 1 đến {MOST_WORKING_DAYS}."
    return forms.IntegerField(
        label=label,
        help_text=help_text,
        min_value=1,
        max_value=MOST_WORKING_DAYS,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={"required": wrong, "invalid": wrong, "min_value": wrong, "max_value": wrong},
    )


class UnitChoice(forms.ModelChoiceField):
    """A unit, shown with its code because names occur twice."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"empty_label": "Chọn đơn vị", **kwargs})

    def label_from_instance(self, unit: Unit) -> str:
        """Show name and code."""
        return f"{unit.name} ({unit.code})"


class CreatePeriodForm(forms.Form):
    """A new period; only units that the person organises, and councils of their trees, are offered."""

    name = forms.CharField(
        label="Tên kỳ",
        max_length=200,
        help_text="Ví dụ: Chỉ số CCHC các sở và huyện năm 2024.",
        error_messages={"required": "Nhập tên kỳ."},
    )
    code = forms.SlugField(
        label="Mã kỳ",
        max_length=60,
        help_text="Chữ không dấu, số và gạch nối; nằm trong địa chỉ của trang, ví dụ TINH-2024.",
        error_messages={
            "required": "Nhập mã kỳ.",
            "invalid": "Mã kỳ chỉ gồm chữ không dấu, số và gạch nối, ví dụ TINH-2024.",
        },
    )
    year = forms.IntegerField(
        label="Năm đánh giá",
        min_value=2000,
        max_value=2100,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), "Nhập năm từ 2000 đến 2100, ví dụ 2024."
        ),
    )
    organiser = UnitChoice(
        label="Đơn vị tổ chức", queryset=Unit.objects.none(), error_messages={"required": "Chọn đơn vị tổ chức."}
    )
    council = UnitChoice(
        label="Hội đồng đánh giá", queryset=Unit.objects.none(), error_messages={"required": "Chọn hội đồng."}
    )
    secretariat = UnitChoice(
        label="Tổ thư ký",
        queryset=Unit.objects.none(),
        help_text="Tổng hợp kết quả và giải quyết kiến nghị; có thể là chính hội đồng.",
        error_messages={"required": "Chọn tổ thư ký."},
    )
    is_illustrative = forms.BooleanField(
        label="Dữ liệu minh họa", required=False, help_text="Đánh dấu khi kỳ này dùng để tập huấn hoặc trình diễn."
    )

    def __init__(self, *args: Any, user: Official, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        organised = Unit.objects.filter(pk__in=user.unit_ids_of(Role.ORGANISER))
        councils = Unit.objects.none()
        for path in user.unit_paths_of(Role.ORGANISER):
            councils |= Unit.objects.filter(path__startswith=path, kind=UnitKind.COUNCIL)
        self.fields["organiser"].queryset = organised.in_vietnamese_order()
        self.fields["council"].queryset = councils.in_vietnamese_order()
        self.fields["secretariat"].queryset = councils.in_vietnamese_order()
        if organised.count() == 1 and not self.is_bound:
            self.initial.setdefault("organiser", organised.get().pk)

    def clean_code(self) -> str:
        """Refuse a code that is the address of another page."""
        code = self.cleaned_data["code"]
        if code.lower() in RESERVED_CODES:
            raise forms.ValidationError(f"Mã “{code}” dành cho trang khác; hãy chọn mã khác.")
        return code

    def clean(self) -> dict[str, Any]:
        """Refuse a council or secretariat of another organiser's tree."""
        super().clean()
        values = self.cleaned_data
        organiser = values.get("organiser")
        for name in ("council", "secretariat"):
            unit = values.get(name)
            if organiser and unit and not unit.is_under(organiser):
                self.add_error(name, f"{unit.name} không thuộc {organiser.name}; hãy chọn đơn vị khác.")
        return values


class DescribePeriodForm(forms.Form):
    """Name and lengths of a period in preparation."""

    name = CreatePeriodForm.base_fields["name"]
    dispute_window_working_days = working_days_field(
        "Thời hạn kiến nghị (ngày làm việc)",
        "Đơn vị có ít nhất ngần này ngày làm việc kể từ khi nhận kết quả sơ bộ để kiến nghị.",
    )
    supplement_working_days = working_days_field(
        "Thời hạn giải trình, bổ sung (ngày làm việc)", "Tính từ ngày cơ quan thẩm định yêu cầu."
    )
    stops_clock_for_supplement = forms.BooleanField(
        label="Tạm dừng thời hạn thẩm định khi chờ bổ sung",
        required=False,
        help_text="Khi đơn vị bổ sung xong, cơ quan thẩm định được cộng lại số ngày làm việc đã chờ.",
    )
    least_self_scoring_working_days = working_days_field(
        "Tự chấm điểm ít nhất (ngày làm việc)", "Kế hoạch thời gian cảnh báo khi bước tự chấm ngắn hơn."
    )
    least_step_working_days = working_days_field(
        "Các bước khác ít nhất (ngày làm việc)", "Kế hoạch thời gian cảnh báo khi một bước ngắn hơn."
    )


class BodiesForm(forms.Form):
    """A unit for each appraising body that the criteria name."""

    def __init__(self, *args: Any, bodies: dict[str, Unit | None], units: list[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.units = {str(unit.pk): unit for unit in units}
        self.bodies = list(bodies)
        choices = [("", "Chưa gán")] + [(key, f"{unit.name} ({unit.code})") for key, unit in self.units.items()]
        for number, (name, unit) in enumerate(bodies.items()):
            self.fields[f"body-{number}"] = forms.ChoiceField(
                label=name, choices=choices, required=False, initial=str(unit.pk) if unit else ""
            )

    def chosen(self) -> dict[str, Unit]:
        """Return the unit of each body that has one."""
        chosen = {name: self.cleaned_data[f"body-{number}"] for number, name in enumerate(self.bodies)}
        return {name: self.units[key] for name, key in chosen.items() if key}


class SurveyFileForm(forms.Form):
    """A file of survey shares; nothing is stored by the dry run."""

    file = forms.FileField(
        label="Tệp kết quả khảo sát (CSV)",
        help_text="Các cột unit_code, item_code, share và, nếu có, answers; nhiều nhất 10 MB.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv"}),
        error_messages={"required": "Chọn tệp CSV.", "empty": "Tệp trống; chọn tệp khác."},
    )

    def clean_file(self) -> Any:
        """Refuse a file that is too big before it is read."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(f"Tệp lớn quá {MOST_BYTES // 1024 // 1024} MB; kiểm tra lại tệp.")
        return file


class PublishForm(forms.Form):
    """The decision that publishes a period; a correction also needs its reason."""

    decision_number = forms.CharField(
        label="Số quyết định công bố",
        max_length=60,
        help_text="Ví dụ 812/QĐ-UBND.",
        error_messages={"required": "Nhập số quyết định công bố."},
    )
    decision_date = forms.DateField(
        label="Ngày quyết định",
        input_formats=DAYS,
        widget=forms.DateInput(format="%d/%m/%Y", attrs={"inputmode": "numeric"}),
        help_text="Ngày/tháng/năm, ví dụ 15/03/2024.",
        error_messages={"required": "Nhập ngày quyết định.", "invalid": "Ngày phải viết như 15/03/2024."},
    )
    reason = forms.CharField(
        label="Lý do đính chính",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Hiện công khai cạnh kết quả mới.",
        error_messages={"required": "Ghi lý do đính chính (ít nhất 5 ký tự)."},
    )

    def __init__(self, *args: Any, is_correction: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_correction:
            del self.fields["reason"]


class ReopenForm(forms.Form):
    """The reason to reopen a published case."""

    reason = forms.CharField(
        label="Lý do mở lại hồ sơ",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Ghi căn cứ, ví dụ kết luận kiểm tra; lý do được giữ trong nhật ký của hồ sơ.",
        error_messages={"required": "Ghi lý do mở lại hồ sơ (ít nhất 5 ký tự)."},
    )


def candidate_units(period: AssessmentPeriod) -> list[Unit]:
    """Return the units of today that may appraise in a period: offices, divisions and councils of its organiser."""
    kinds = [UnitKind.DEPARTMENT, UnitKind.DISTRICT, UnitKind.DIVISION, UnitKind.COUNCIL, UnitKind.PROVINCE]
    own = Unit.objects.below(period.organiser, itself=True).valid_on(local_day(clock.read()))
    units = own.filter(kind__in=kinds)
    return list(units.in_vietnamese_order())
