"""Forms of the timetable: all steps of one kind of unit on one page, and what to copy from."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from assessments.enums import EndWording, LatePolicy, WindowKind
from assessments.models import AssessmentPeriod
from assessments.rules.moments import end_text, moment_text, wording_of
from assessments.rules.timetable import REQUIRED_WINDOWS, TimetableRow
from workflow.forms_periods import MomentField


class TimetableForm(forms.Form):
    """The timetable of one kind of unit: three moments and a late policy for each step.

    A row left empty is not set yet; the period opens only when all required ones are.
    """

    def __init__(self, *args: Any, windows: Mapping[WindowKind, TimetableRow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for window in WindowKind:
            row = windows.get(window)
            for part, label, is_end in _MOMENTS:
                self.fields[f"{window.value}-{part}"] = MomentField(
                    label=f"{label}, bước {window.label}",
                    is_end=is_end,
                    required=False,
                    initial=_as_typed(row, part) if row else None,
                    widget=forms.TextInput(attrs={"autocomplete": "off", "class": "input-moment"}),
                )
            self.fields[f"{window.value}-late_policy"] = forms.ChoiceField(
                label=f"Khi quá hạn, bước {window.label}",
                choices=LatePolicy.choices,
                required=False,
                initial=row.late_policy if row else LatePolicy.HOLD,
            )

    @property
    def lines(self) -> Iterable[dict[str, Any]]:
        """Yield each step with its bound fields."""
        for window in WindowKind:
            cells = [self[f"{window.value}-{part}"] for part, _, _ in _MOMENTS]
            yield {
                "window": window,
                "is_required": window in REQUIRED_WINDOWS,
                "cells": list(zip(cells, ("Mở", "Hạn", "Đóng"), strict=True)),
                "policy": self[f"{window.value}-late_policy"] if window in _WITH_POLICY else None,
            }

    def clean(self) -> dict[str, Any]:
        """Refuse a row that is filled in part."""
        super().clean()
        values = self.cleaned_data
        for window in WindowKind:
            names = {part: self.add_prefix(f"{window.value}-{part}") for part, _, _ in _MOMENTS}
            typed = {part: self.data.get(name, "").strip() for part, name in names.items()}
            if any(typed.values()) and not all(typed.values()):
                for part, label, _ in _MOMENTS:
                    if not typed[part]:
                        self.add_error(
                            f"{window.value}-{part}",
                            f"Bước “{window.label}” còn thiếu thời điểm {label.lower()}; "
                            "điền đủ ba hoặc bỏ trống cả ba.",
                        )
        return values

    def rows(self) -> dict[WindowKind, TimetableRow]:
        """Return the rows that were filled."""
        values = self.cleaned_data
        return {
            window: TimetableRow(
                opens_at=values[f"{window.value}-opens_at"],
                due_at=values[f"{window.value}-due_at"],
                closes_at=values[f"{window.value}-closes_at"],
                late_policy=LatePolicy(values[f"{window.value}-late_policy"] or LatePolicy.HOLD),
                due_wording=self._wording(f"{window.value}-due_at"),
                closes_wording=self._wording(f"{window.value}-closes_at"),
            )
            for window in WindowKind
            if values.get(f"{window.value}-opens_at")
        }

    def _wording(self, name: str) -> EndWording:
        return wording_of(self.data.get(self.add_prefix(name), ""))


def _as_typed(row: TimetableRow, part: str) -> str:
    """Return a moment of a row as its author would type it, an end in the wording that it has."""
    if part == "opens_at":
        return moment_text(row.opens_at)
    if part == "due_at":
        return end_text(row.due_at, row.due_wording)
    return end_text(row.closes_at, row.closes_wording)


_MOMENTS = (("opens_at", "Mở", False), ("due_at", "Hạn", True), ("closes_at", "Đóng", True))
_WITH_POLICY = {WindowKind.SELF_SCORING, WindowKind.EVIDENCE}


class CopyTimetableForm(forms.Form):
    """From which period, and for which year, a timetable is copied; sent by GET because nothing is saved."""

    ky = forms.ModelChoiceField(
        label="Kỳ nguồn",
        queryset=AssessmentPeriod.objects.none(),
        to_field_name="code",
        empty_label="Chọn kỳ",
        error_messages={"required": "Chọn kỳ nguồn.", "invalid_choice": "Kỳ này không có trong danh sách."},
    )
    nam = forms.IntegerField(
        label="Năm đánh giá của kỳ mới",
        min_value=2000,
        max_value=2100,
        help_text="Mỗi mốc được chuyển sang cùng ngày, cách bấy nhiêu năm so với kỳ nguồn.",
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), "Nhập năm từ 2000 đến 2100, ví dụ 2024."
        ),
    )

    def __init__(self, *args: Any, periods: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ky"].queryset = periods
