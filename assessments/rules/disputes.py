"""What may be decided on a contested item: a part of what the unit asks for lies between the two results."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from assessments.enums import RuleType
from assessments.rules.inputs import input_text
from assessments.rules.items import Entry, ItemRule
from assessments.rules.points import is_not_applicable
from assessments.rules.refusals import NotAllowed

ZERO = Fraction(0)


def check_partly(item: ItemRule, *, before: Entry, claimed: Entry | None, decided: Entry) -> None:
    """Refuse a partly accepted result that does not lie strictly between the appraised and the claimed one.

    Results are compared as what was entered, not as points: two ratios of one band give the same points, and points
    relative to the best of a group move with the others. A side that is not applicable, or that the unit never named,
    sets no limit, but the result must still be another than the appraised one. Raise NotAllowed.
    """
    if decided.na:
        raise NotAllowed(
            "Chấp nhận một phần: hãy nhập kết quả; “Không áp dụng” không phải là một phần của kết quả nào."
        )
    own, appraised = _size(item, decided), _size(item, before)
    wanted = _size(item, claimed) if claimed else None
    if own is None:
        return
    if appraised is None or wanted is None:
        if own != appraised:
            return
    elif min(appraised, wanted) < own < max(appraised, wanted):
        return
    asked = f" và kết quả đơn vị đề nghị ({_words(item, claimed)})" if claimed else ""
    must = (
        f"nằm giữa kết quả thẩm định ({_words(item, before)}){asked}"
        if asked
        else (f"khác kết quả thẩm định ({_words(item, before)})")
    )
    raise NotAllowed(
        f"Chấp nhận một phần: kết quả “{_words(item, decided)}” phải {must}; nếu không có kết quả nào ở giữa, hãy chọn "
        "“Chấp nhận” hoặc “Không chấp nhận”."
    )


def _words(item: ItemRule, entry: Entry | None) -> str:
    if entry is None or entry.na:
        return "Không áp dụng"
    return input_text(item, entry.input) or "không chấm, 0 điểm"


def _size(item: ItemRule, entry: Entry) -> Fraction | None:
    """Return how much an input is worth before any cap, floor or band; None where the item does not apply."""
    if is_not_applicable(item, entry):
        return None
    return ZERO if entry.input is None else _SIZES[RuleType(item.rule_type)](item, entry.input)


def _choice(item: ItemRule, entered: Mapping[str, Any]) -> Fraction:
    return next(Fraction(Decimal(o["points"])) for o in item.rule["options"] if o["key"] == entered["option"])


def _deduct(item: ItemRule, entered: Mapping[str, Any]) -> Fraction:
    lost = (Decimal(each["per_item"]) * Decimal(entered["counts"][each["key"]]) for each in item.rule["items"])
    return Fraction(Decimal(item.rule["start"])) - sum(map(Fraction, lost), ZERO)


def _ratio(_item: ItemRule, entered: Mapping[str, Any]) -> Fraction:
    denominator = Fraction(Decimal(entered["denominator"]))
    return Fraction(Decimal(entered["numerator"])) / denominator if denominator else ZERO


_SIZES = {
    RuleType.YES_NO: lambda item, entered: Fraction(Decimal(item.rule[entered["answer"]])),
    RuleType.CHOICE: _choice,
    RuleType.COUNT: lambda _item, entered: Fraction(Decimal(entered["count"])),
    RuleType.RATIO: _ratio,
    RuleType.RATIO_FLOOR: _ratio,
    RuleType.RELATIVE_TO_BEST: _ratio,
    RuleType.DEDUCT: _deduct,
    RuleType.MANUAL: lambda _item, entered: Fraction(Decimal(entered["points"])),
}
