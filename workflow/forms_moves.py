"""The form that moves a deadline, and what it asks for as a request; the operation decides."""

from typing import Any

from django import forms

from assessments.enums import MoveScope, Stage, UnitKind, WindowKind
from assessments.models import AppraisalBranch, Assessment, AssessmentPeriod
from assessments.operations.deadlines import MoveRequest
from assessments.rules.moves import MOST_WORKING_DAYS, NewEnd
from evidence.rules import accepted_extensions, rules_in_words
from workflow.forms_periods import DAYS, MomentField

_WRONG_DAYS = f"Nhập số ngày làm việc từ 1 đến {MOST_WORKING_DAYS}, hoặc để trống."
_EXAMPLES = "Ví dụ 17:00 15/01/2024, “chậm nhất ngày 15/01/2024” (tính cả ngày 15) hoặc “trước ngày 15/01/2024”."


class MoveForm(forms.Form):
    """For whom, which step, to when, by which decision."""

    scope = forms.ChoiceField(label="Dời cho", error_messages={"required": "Chọn phạm vi: tất cả, loại hay đơn vị."})
    body = forms.ChoiceField(
        label="Chỉ phần của cơ quan thẩm định",
        required=False,
        help_text="Dùng khi chỉ một cơ quan cần thêm thời gian thẩm định hồ sơ của một đơn vị.",
    )
    window = forms.ChoiceField(label="Bước", error_messages={"required": "Chọn bước cần dời hạn."})
    closes_at = MomentField(label="Hạn mới (lúc đóng)", is_end=True, required=False, help_text=_EXAMPLES)
    working_days = forms.IntegerField(
        label="Hoặc thêm số ngày làm việc",
        required=False,
        min_value=1,
        max_value=MOST_WORKING_DAYS,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        help_text="Cộng vào hạn đang áp dụng của từng hồ sơ, theo lịch làm việc.",
        error_messages={"invalid": _WRONG_DAYS, "min_value": _WRONG_DAYS, "max_value": _WRONG_DAYS},
    )
    due_at = MomentField(
        label="Hạn nhắc việc nếu sớm hơn lúc đóng",
        is_end=True,
        required=False,
        help_text="Để trống: nhắc việc theo đúng lúc đóng.",
    )
    decision_number = forms.CharField(
        label="Số văn bản",
        max_length=60,
        help_text="Ví dụ 125/SNV-CCHC.",
        error_messages={"required": "Nhập số văn bản cho dời hạn."},
    )
    decision_date = forms.DateField(
        label="Ngày văn bản",
        input_formats=DAYS,
        widget=forms.DateInput(format="%d/%m/%Y", attrs={"inputmode": "numeric"}),
        help_text="Ngày/tháng/năm, ví dụ 05/01/2024.",
        error_messages={"required": "Nhập ngày văn bản.", "invalid": "Ngày phải viết như 05/01/2024."},
    )
    reason = forms.CharField(
        label="Lý do",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Ghi lý do dời hạn."},
    )
    document = forms.FileField(
        label="Tệp văn bản",
        required=False,
        error_messages={"empty": "Tệp văn bản trống; chọn tệp khác hoặc bỏ trống."},
    )

    def __init__(self, *args: Any, period: AssessmentPeriod, cases: list[Assessment], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.period = period
        self.cases = {f"unit:{case.pk}": case for case in cases}
        open_cases = {
            key: case for key, case in self.cases.items() if case.stage not in (Stage.PUBLISHED, Stage.CORRECTION)
        }
        kinds = [kind for kind in UnitKind.assessed() if any(case.unit_kind == kind for case in cases)]
        self.fields["scope"].choices = [
            ("", "Chọn phạm vi"),
            ("all", MoveScope.ALL.label),
            ("Một loại đơn vị", [(f"kind:{kind.value}", kind.label) for kind in kinds]),
            ("Một đơn vị", [(key, case.unit.name) for key, case in open_cases.items()]),
        ]
        bodies = sorted({body.name for body in period.bodies.all()})
        self.fields["body"].choices = [("", "Không, cả hồ sơ"), *[(name, name) for name in bodies]]
        planned = {window.kind for window in period.windows.all()}
        self.fields["window"].choices = [
            ("", "Chọn bước"),
            *[(kind.value, kind.label) for kind in WindowKind if kind in planned],
        ]
        self.fields["document"].help_text = " ".join(rules_in_words()[:2])
        self.fields["document"].widget.attrs["accept"] = accepted_extensions()

    def clean(self) -> dict[str, Any]:
        """Ask for a new end, and for one unit where a body is named."""
        values = super().clean() or {}
        if not self.errors.keys() & {"closes_at", "working_days"}:
            if values.get("closes_at") is None and values.get("working_days") is None:
                self.add_error("closes_at", "Nhập hạn mới, ví dụ 17:00 15/01/2024, hoặc số ngày làm việc cần thêm.")
            if values.get("closes_at") is not None and values.get("working_days") is not None:
                self.add_error("working_days", "Chỉ nhập một trong hai: hạn mới hoặc số ngày làm việc cần thêm.")
        if values.get("body") and values.get("scope") and values["scope"] not in self.cases:
            self.add_error("scope", "Phần của một cơ quan thẩm định thuộc hồ sơ của một đơn vị: hãy chọn đơn vị đó.")
        if values.get("body") and values.get("window") not in (None, "", WindowKind.APPRAISAL):
            self.add_error("window", f"Chỉ bước “{WindowKind.APPRAISAL.label}” có hạn riêng cho từng cơ quan.")
        return values

    def request(self) -> MoveRequest:
        """Return what was asked for; call it on a valid form."""
        values = self.cleaned_data
        case = self.cases.get(values["scope"])
        return MoveRequest(
            period=self.period,
            window=WindowKind(values["window"]),
            scope=self._scope(case),
            unit_kind=values["scope"].removeprefix("kind:") if values["scope"].startswith("kind:") else "",
            assessment=case,
            branch=AppraisalBranch.objects.filter(assessment=case, body_name=values["body"]).first()
            if case and values["body"]
            else None,
            new_end=NewEnd(closes_at=values["closes_at"], due_at=values["due_at"], working_days=values["working_days"]),
            reason=values["reason"],
            decision_number=values["decision_number"],
            decision_date=values["decision_date"],
        )

    def _scope(self, case: Assessment | None) -> MoveScope:
        if case is not None:
            return MoveScope.BODY if self.cleaned_data["body"] else MoveScope.UNIT
        return MoveScope.ALL if self.cleaned_data["scope"] == "all" else MoveScope.KIND

    def typed(self) -> list[tuple[str, str]]:
        """Return the names and values as typed, for the hidden fields of the preview; the file is kept already."""
        return [(name, self.data.get(name, "")) for name in self.fields if name != "document"]
