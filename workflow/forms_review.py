"""Forms of the appraisal, of supplements, disputes and corrections; the operations decide, the forms only read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from django import forms

from assessments.enums import DisputeOutcome
from assessments.rules.inputs import InputField, input_fields
from assessments.rules.items import ItemRule

LONGEST = 4000


@dataclass(frozen=True)
class EntryField:
    """One native input of an item on a page: where it stands, and what is wrong with it."""

    field: InputField
    name: str
    id: str
    error: str = ""

    @property
    def error_id(self) -> str:
        """Return where the error stands, for ``aria-describedby``."""
        return f"{self.id}_error"


@dataclass(frozen=True)
class EntryInputs:
    """The native inputs of one item, with what stands in them or with what was typed and refused."""

    item: ItemRule
    fields: tuple[EntryField, ...]
    na: bool
    prefix: str = ""

    @classmethod
    def of(
        cls, item: ItemRule, stored: Mapping[str, Any] | None = None, *, na: bool = False, prefix: str = ""
    ) -> "EntryInputs":
        """Return the inputs with a stored input in them."""
        return cls(item, tuple(_placed(field, prefix) for field in input_fields(item, stored)), na, prefix)

    @classmethod
    def typed(cls, item: ItemRule, post: Mapping[str, str], *, prefix: str = "") -> "EntryInputs":
        """Return the inputs with what was typed in them."""
        fields = [replace(field, value=post.get(prefix + field.name, "")) for field in input_fields(item)]
        return cls(item, tuple(_placed(field, prefix) for field in fields), post.get(f"{prefix}na") == "on", prefix)

    @property
    def raw(self) -> dict[str, str]:
        """Return what the operations read: field name to text."""
        return {entry.field.name: entry.field.value for entry in self.fields}

    @property
    def na_name(self) -> str:
        """Return the name of the box "Không áp dụng"."""
        return f"{self.prefix}na"

    @property
    def first_id(self) -> str:
        """Return where a link of the error summary leads."""
        return self.fields[0].id if self.fields else ""

    def refused(self, sentence: str) -> "EntryInputs":
        """Return the inputs with a refusal beside the field that its sentence names, or beside the first."""
        named = [entry for entry in self.fields if sentence.startswith(f"{entry.field.label}:")] or self.fields[:1]
        fields = (replace(entry, error=sentence) if entry in named[:1] else entry for entry in self.fields)
        return replace(self, fields=tuple(fields))

    def id_of(self, sentence: str) -> str:
        """Return the id of the field that a refusal names, the first one otherwise."""
        return next((e.id for e in self.fields if sentence.startswith(f"{e.field.label}:")), self.first_id)


def _placed(field: InputField, prefix: str) -> EntryField:
    name = f"{prefix}{field.name}"
    return EntryField(field, name, f"id_{name}".replace(".", "-"))


class SentenceForm(forms.Form):
    """A form whose refusals are our own sentences, never the browser's."""

    use_required_attribute = False


def _words(label: str, missing: str, *, rows: int = 3, hint: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=LONGEST,
        help_text=hint,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"required": missing, "max_length": f"{label}: không quá {LONGEST} ký tự, hãy rút gọn."},
    )


class SupplementRequestForm(SentenceForm):
    """What a body asks of the unit: which items, why, and until when."""

    reason = _words("Nội dung yêu cầu chung", "Hãy ghi lý do yêu cầu bổ sung (ít nhất 5 ký tự).")
    whole_branch = forms.BooleanField(label="Trả lại toàn bộ phần thẩm định", required=False)
    working_days = forms.TypedChoiceField(
        label="Thời hạn bổ sung", coerce=int, error_messages={"invalid_choice": "Hãy chọn thời hạn trong danh sách."}
    )

    def __init__(self, *args: Any, days: Iterable[tuple[int, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ChoiceField", self.fields["working_days"]).choices = list(days)


class SupplementAnswerForm(SentenceForm):
    """The unit's answer to a request."""

    answer = _words(
        "Nội dung giải trình, bổ sung",
        "Hãy ghi nội dung giải trình (ít nhất 5 ký tự).",
        rows=5,
        hint="Nói rõ đã bổ sung tài liệu nào, ở trang nào; nếu không bổ sung được thì ghi vì sao.",
    )


class DisputeForm(SentenceForm):
    """Why the unit contests an item."""

    reason = _words(
        "Lý do kiến nghị",
        "Hãy ghi lý do kiến nghị (ít nhất 5 ký tự).",
        rows=5,
        hint="Căn cứ nào cho thấy kết quả thẩm định chưa đúng; tài liệu nào, trang nào.",
    )


class AnswerForm(SentenceForm):
    """The body's opinion on a dispute."""

    opinion = forms.ChoiceField(
        label="Ý kiến của cơ quan thẩm định",
        choices=DisputeOutcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Hãy chọn ý kiến: chấp nhận, chấp nhận một phần hoặc không chấp nhận."},
    )
    answer = _words("Nội dung trả lời", "Hãy ghi lý do của ý kiến trả lời (ít nhất 5 ký tự).")


class DecisionForm(SentenceForm):
    """The secretary's decision on a dispute."""

    outcome = forms.ChoiceField(
        label="Quyết định",
        choices=DisputeOutcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Hãy chọn quyết định: chấp nhận, chấp nhận một phần hoặc không chấp nhận."},
    )
    reason = _words("Lý do quyết định", "Hãy ghi lý do của quyết định (ít nhất 5 ký tự).")
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_seen(self) -> datetime | None:
        """Return the moment of the decision that stood on the page, None where there was none."""
        try:
            return datetime.fromisoformat(self.cleaned_data["seen"])
        except ValueError:
            return None


class CorrectionForm(SentenceForm):
    """Why a published result is corrected."""

    reason = _words(
        "Lý do đính chính",
        "Hãy ghi lý do đính chính (ít nhất 5 ký tự).",
        hint="Lý do được công bố cùng kết quả đính chính.",
    )
