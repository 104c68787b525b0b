"""What a person enters for one item: which fields, what is accepted, and how it reads afterwards.

An input is stored as the JSON object of its rule type, with every number as text: ``{"answer"}``, ``{"option"}``,
``{"count"}``, ``{"numerator", "denominator"}``, ``{"counts": {…}}`` or ``{"points"}``. Form fields carry the same
names; a deduction has one field ``counts.<key>`` for each of its items.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from assessments.enums import RuleType, Scoring
from assessments.rules.items import ItemRule
from assessments.rules.numbers import exact, format_exact, format_points, read_number, shortened, stored
from assessments.rules.refusals import NotAllowed
from assessments.vietnamese import fold, normalise

_ANSWERS = {"yes": "Có", "no": "Không"}


@dataclass(frozen=True)
class Option:
    """One choice of a field, with the points it gives."""

    value: str
    label: str
    points: Decimal


@dataclass(frozen=True)
class InputField:
    """One native input of an item: ``kind`` is "number", "radio" or "select"; numbers are text with a decimal comma."""

    name: str
    label: str
    kind: str
    value: str = ""
    options: tuple[Option, ...] = ()
    unit: str = ""
    whole: bool = False
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    step: Decimal | None = None


def check_na(item: ItemRule) -> None:
    """Refuse "Không áp dụng" where the criteria set does not offer it. Raise NotAllowed."""
    if not item.applicable_na:
        raise NotAllowed(
            f"Nội dung {item.code} không được chọn “Không áp dụng”; hãy nhập kết quả, ghi 0 nếu không phát sinh."
        )


def check_can_enter(item: ItemRule) -> None:
    """Refuse an input for a row that takes none: worked out from its children or from the survey. Raise NotAllowed."""
    if not item.is_leaf:
        raise NotAllowed(f"Nội dung {item.code} tính từ các nội dung bên dưới; hãy nhập ở từng nội dung đó.")
    if item.scoring == Scoring.SURVEY:
        raise NotAllowed(f"Nội dung {item.code} lấy từ điều tra xã hội học nên không nhập điểm ở đây.")


def clean_input(item: ItemRule, raw: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the input to store for what a person typed, or None when every field is empty (the item is cleared).

    Raise NotAllowed with a sentence that names the field, the value and how to mend it.
    """
    check_can_enter(item)
    typed = {field.name: (raw.get(field.name) or "").strip() for field in input_fields(item)}
    if not any(typed.values()):
        return None
    cleaned: dict[str, Any]
    match item.rule_type:
        case RuleType.YES_NO:
            cleaned = {"answer": _answer(item, typed["answer"])}
        case RuleType.CHOICE:
            cleaned = {"option": _option(item, typed["option"])}
        case RuleType.COUNT:
            cleaned = {"count": _whole(typed["count"], item.rule["input"])}
        case RuleType.DEDUCT:
            counts = {i["key"]: _whole(typed[f"counts.{i['key']}"], i["label"]) for i in item.rule["items"]}
            cleaned = {"counts": counts}
        case RuleType.MANUAL:
            cleaned = {"points": _points(item, typed["points"])}
        case _:
            cleaned = _ratio(item, typed["numerator"], typed["denominator"])
    return cleaned


def read_entry(item: ItemRule, raw: Mapping[str, str], *, na: bool) -> dict[str, Any] | None:
    """Return the input to store for what a person typed or for "Không áp dụng" (None, as for an empty form).

    Raise NotAllowed as ``check_na`` and ``clean_input`` do.
    """
    if na:
        check_na(item)
        return None
    return clean_input(item, raw)


def raw_of(stored_input: Mapping[str, Any] | None) -> dict[str, str]:
    """Return the form fields that give ``stored_input`` again, numbers with a decimal comma; empty for None."""
    fields: dict[str, str] = {}
    for name, value in (stored_input or {}).items():
        if name == "counts":
            fields |= {f"counts.{key}": _typed(count) for key, count in value.items()}
        else:
            fields[name] = value if name in ("answer", "option") else _typed(value)
    return fields


def input_fields(item: ItemRule, stored_input: Mapping[str, Any] | None = None) -> list[InputField]:
    """Return the native inputs of an item with what stands in them; none for a row that takes no input."""
    if not item.is_leaf or item.scoring == Scoring.SURVEY:
        return []
    rule, value = item.rule, raw_of(stored_input)
    match item.rule_type:
        case RuleType.YES_NO:
            options = tuple(Option(key, label, Decimal(rule[key])) for key, label in _ANSWERS.items())
            fields = [InputField("answer", rule["input"], "radio", value.get("answer", ""), options)]
        case RuleType.CHOICE:
            options = tuple(Option(o["key"], o["label"], Decimal(o["points"])) for o in rule["options"])
            fields = [InputField("option", "Mức đạt được", "select", value.get("option", ""), options)]
        case RuleType.COUNT:
            fields = [_number("count", rule["input"], value, unit=rule["unit"], whole=True)]
        case RuleType.DEDUCT:
            fields = [_number(f"counts.{i['key']}", i["label"], value, whole=True) for i in rule["items"]]
        case RuleType.MANUAL:
            low, high, step = (Decimal(rule[key]) for key in ("min", "max", "step"))
            fields = [_number("points", "Điểm", value, unit="điểm", minimum=low, maximum=high, step=step)]
        case _:
            fields = [_number(name, rule[name], value) for name in ("numerator", "denominator")]
    return fields


def input_text(item: ItemRule, stored_input: Mapping[str, Any] | None) -> str:
    """Say an input in a few words ("24/28", "Có", "3 báo cáo"); empty where nothing was entered."""
    if not stored_input:
        return ""
    rule = item.rule
    match item.rule_type:
        case RuleType.YES_NO:
            text = _ANSWERS[stored_input["answer"]]
        case RuleType.CHOICE:
            text = next(o["label"] for o in rule["options"] if o["key"] == stored_input["option"])
        case RuleType.COUNT:
            text = f"{_typed(stored_input['count'])} {rule['unit']}"
        case RuleType.DEDUCT:
            text = "; ".join(f"{i['label']}: {_typed(stored_input['counts'][i['key']])}" for i in rule["items"])
        case RuleType.MANUAL:
            text = f"{format_points(Decimal(stored_input['points']))} điểm"
        case _:
            text = f"{_typed(stored_input['numerator'])}/{_typed(stored_input['denominator'])}"
    return text


def _number(name: str, label: str, value: Mapping[str, str], **more: Any) -> InputField:
    return InputField(name, label, "number", value.get(name, ""), **{"minimum": Decimal(0)} | more)


def _typed(number: str) -> str:
    return format_exact(Decimal(number))


def _answer(item: ItemRule, text: str) -> str:
    for answer, word in _ANSWERS.items():
        if fold(text) in (answer, fold(word)):
            return answer
    raise NotAllowed(f"{item.rule['input']}: “{shortened(text)}” không phải là câu trả lời; hãy chọn Có hoặc Không.")


def _option(item: ItemRule, text: str) -> str:
    wanted = normalise(text).casefold()
    for option in item.rule["options"]:
        if wanted in (option["key"].casefold(), normalise(option["label"]).casefold()):
            return str(option["key"])
    labels = "; ".join(f"“{o['label']}”" for o in item.rule["options"])
    raise NotAllowed(f"{item.name}: không có mức “{shortened(text)}”; hãy chọn một trong các mức: {labels}.")


def _whole(text: str, label: str) -> str:
    number = read_number(text, label)
    if number != number.to_integral_value():
        raise NotAllowed(f"{label}: “{shortened(text)}” không phải là số nguyên; hãy nhập số đếm, ví dụ 3.")
    return stored(number)


def _ratio(item: ItemRule, numerator_text: str, denominator_text: str) -> dict[str, str]:
    top, bottom = item.rule["numerator"], item.rule["denominator"]
    for text, missing, present in ((numerator_text, top, bottom), (denominator_text, bottom, top)):
        if not text:
            raise NotAllowed(
                f"{missing}: chưa có số trong khi đã nhập “{present}”; hãy nhập cả hai, ghi 0 nếu không có."
            )
    numerator, denominator = read_number(numerator_text, top), read_number(denominator_text, bottom)
    if numerator > 0 and denominator == 0:
        raise NotAllowed(
            f"{bottom}: không thể bằng 0 khi “{top}” là {format_exact(numerator)}; "
            "hãy sửa một trong hai số, hoặc ghi cả hai bằng 0 nếu không phát sinh."
        )
    return {"numerator": stored(numerator), "denominator": stored(denominator)}


def _points(item: ItemRule, text: str) -> str:
    number = read_number(text, "Điểm")
    low, high, step = (Decimal(item.rule[key]) for key in ("min", "max", "step"))
    span = f"từ {format_points(low)} đến {format_points(high)}"
    if not low <= number <= high:
        side = "cao hơn mức tối đa" if number > high else "thấp hơn mức tối thiểu"
        bound = high if number > high else low
        raise NotAllowed(
            f"Điểm: {format_exact(number)} {side} {format_points(bound)} của nội dung {item.code}; hãy nhập {span}."
        )
    with exact():
        beside = (number - low) % step
        below, above = number - beside, min(high, number - beside + step)
    if beside:
        raise NotAllowed(
            f"Điểm: {format_exact(number)} không đúng bước {format_points(step)} của nội dung {item.code}; "
            f"hãy nhập {format_points(below)} hoặc {format_points(above)}."
        )
    return stored(number)
