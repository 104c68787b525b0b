"""Forms of the criteria pages."""

from typing import Any

from django import forms

from assessments.enums import UnitKind
from assessments.rules.problems import MOST_BYTES

DAYS = ["%d/%m/%Y", "%Y-%m-%d"]


class CriteriaHeading(forms.Form):
    """What a decision says about a set as a whole."""

    year = forms.IntegerField(
        label="Năm đánh giá",
        min_value=2000,
        max_value=2100,
        error_messages={
            "required": "Nhập năm đánh giá.",
            "invalid": "Năm phải là số, ví dụ 2023.",
            "min_value": "Năm phải từ 2000 đến 2100.",
            "max_value": "Năm phải từ 2000 đến 2100.",
        },
    )
    decision_number = forms.CharField(
        label="Số quyết định", required=False, max_length=60, help_text="Ví dụ 3396/QĐ-UBND."
    )
    decision_date = forms.DateField(
        label="Ngày quyết định",
        required=False,
        input_formats=DAYS,
        widget=forms.DateInput(format="%d/%m/%Y", attrs={"inputmode": "numeric"}),
        help_text="Ngày/tháng/năm, ví dụ 15/12/2022.",
        error_messages={"invalid": "Ngày phải viết như 15/12/2022."},
    )


class ImportCriteriaForm(CriteriaHeading):
    """The file and its heading; nothing is stored by the dry run."""

    file = forms.FileField(
        label="Tệp bộ tiêu chí",
        help_text="Sổ tính .xlsx theo mẫu, hoặc một tệp CSV; nhiều nhất 10 MB.",
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
        error_messages={"required": "Chọn tệp bộ tiêu chí.", "empty": "Tệp trống; chọn tệp khác."},
    )
    unit_kind = forms.ChoiceField(
        label="Loại đơn vị",
        required=False,
        choices=[("", "Theo tệp (mọi trang có trong sổ tính)"), *((k.value, k.label) for k in UnitKind.assessed())],
    )
    is_illustrative = forms.BooleanField(
        label="Bộ tiêu chí mẫu, minh họa", required=False, help_text="Tự đánh dấu khi chính tệp ghi là minh họa."
    )
    field_order = ["file", "unit_kind", "year", "decision_number", "decision_date", "is_illustrative"]

    def clean_file(self) -> Any:
        """Refuse a file that is too big before it is read."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(f"Tệp lớn quá {MOST_BYTES // 1024 // 1024} MB; bớt hình ảnh rồi chọn lại.")
        return file


class ConfirmImportForm(CriteriaHeading):
    """The confirmation of a dry run: the kept file and the same heading."""

    token = forms.CharField(widget=forms.HiddenInput)
    unit_kind = forms.CharField(required=False, widget=forms.HiddenInput)
    is_illustrative = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget = forms.HiddenInput()


class CopyCriteriaForm(forms.Form):
    """Title and year of a copy."""

    title = forms.CharField(label="Tên bộ tiêu chí", max_length=200, error_messages={"required": "Nhập tên."})
    year = CriteriaHeading.base_fields["year"]


class DescribeCriteriaForm(CriteriaHeading):
    """Title and decision of a set that no opened period uses."""

    title = forms.CharField(label="Tên bộ tiêu chí", max_length=200, error_messages={"required": "Nhập tên."})
    field_order = ["title", "year", "decision_number", "decision_date"]
