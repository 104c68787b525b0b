"""The points of one leaf, from its input and its rule. Decimals of 50 digits; nothing is rounded before display."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Any, NamedTuple

from assessments.enums import RowState, RuleType, Scoring
from assessments.rules.items import Entry, ItemRule
from assessments.rules.numbers import exact, format_exact, format_points
from assessments.rules.words import percent_in_words, points_in_words

ZERO, ONE, HUNDRED = Decimal(0), Decimal(1), Decimal(100)


class Ratio(NamedTuple):
    """A ratio kept as its two numbers, so that comparing two of them is exact."""

    numerator: Decimal
    denominator: Decimal


class ProvisionalBest(Ratio):
    """One's own ratio in the place of the best of the group, for a reader who may not know the others' yet."""


@dataclass(frozen=True)
class Scored:
    """Points of a leaf in one stage: None where the item is not applicable or not yet scored, as ``state`` says."""

    points: Decimal | None
    state: RowState

    @property
    def counts(self) -> bool:
        """Say whether the item's maximum counts."""
        return self.state != RowState.NOT_APPLICABLE


NOT_APPLICABLE = Scored(None, RowState.NOT_APPLICABLE)
UNSCORED = Scored(None, RowState.EMPTY)
ZEROED = Scored(ZERO, RowState.ZEROED)


def is_not_applicable(item: ItemRule, entry: Entry) -> bool:
    """Say whether an item neither gives points nor counts: N/A chosen, or denominator 0 where the rule says so."""
    if entry.na:
        return True
    if entry.input is None or item.rule.get("zero_denominator") != "na":
        return False
    return Decimal(entry.input["denominator"]) == 0


def points_of(
    item: ItemRule, entry: Entry, best: Ratio | tuple[Decimal, Decimal] | None = None, share: Decimal | None = None
) -> Scored:
    """Return the points of a leaf.

    ``best`` is the highest ratio of the group (items relative to the best one), ``share`` the survey's result from 0
    to 1 (items scored by survey; None until it is known).
    """
    if item.scoring == Scoring.SURVEY:
        if share is None:
            return UNSCORED
        with exact():
            return Scored(item.max_points * share, RowState.SCORED)
    if is_not_applicable(item, entry):
        return NOT_APPLICABLE
    if entry.input is None:
        return ZEROED if entry.zeroed else UNSCORED
    with exact():
        return Scored(_POINTS[RuleType(item.rule_type)](item, entry.input, best), RowState.SCORED)


def best_ratio(item: ItemRule, entries: Iterable[Entry]) -> Ratio | None:
    """Return the highest ratio among the units to which the item applies and whose denominator is not 0, or None."""
    best: Ratio | None = None
    with exact():
        for entry in entries:
            if entry.input is None or is_not_applicable(item, entry):
                continue
            own = _ratio_of(entry.input)
            if own.denominator != 0 and (best is None or _is_above(own, best)):
                best = own
    return best


def explain(
    item: ItemRule,
    entry: Entry,
    best: Ratio | tuple[Decimal, Decimal] | None = None,
    share: Decimal | None = None,
) -> str:
    """Say in Vietnamese how the points came about ("24/28 × 1,50 = 1,285714"); percentages are cut, not rounded."""
    scored = points_of(item, entry, best, share)
    if scored.points is None or scored.state == RowState.ZEROED:
        return _explain_state(item, entry, scored.state)
    with exact():
        if item.scoring == Scoring.SURVEY:
            most = points_in_words(item.max_points)
            return f"tỷ lệ khảo sát {format_exact(share or ZERO)} × {most} = {_shown(scored.points)}"
        return _WORDS[RuleType(item.rule_type)](item, entry.input or {}, best, scored.points)


# ------------------------------------------------------------------------------------------------ points by rule type


def _ratio_of(entered: Mapping[str, Any]) -> Ratio:
    return Ratio(Decimal(entered["numerator"]), Decimal(entered["denominator"]))


def _is_above(one: Ratio, other: tuple[Decimal, Decimal]) -> bool:
    return one.numerator * other[1] > other[0] * one.denominator


def _lost(item: ItemRule, entered: Mapping[str, Any]) -> Decimal:
    counts = entered["counts"]
    return sum((Decimal(i["per_item"]) * Decimal(counts[i["key"]]) for i in item.rule["items"]), ZERO)


def _yes_no(item: ItemRule, entered: Mapping[str, Any], _best: Any) -> Decimal:
    return Decimal(item.rule[entered["answer"]])


def _choice(item: ItemRule, entered: Mapping[str, Any], _best: Any) -> Decimal:
    return next(Decimal(o["points"]) for o in item.rule["options"] if o["key"] == entered["option"])


def _count(item: ItemRule, entered: Mapping[str, Any], _best: Any) -> Decimal:
    return min(Decimal(entered["count"]) * Decimal(item.rule["per_item"]), Decimal(item.rule["cap"]))


def _deduct(item: ItemRule, entered: Mapping[str, Any], _best: Any) -> Decimal:
    return max(Decimal(item.rule["floor"]), Decimal(item.rule["start"]) - _lost(item, entered))


def _manual(_item: ItemRule, entered: Mapping[str, Any], _best: Any) -> Decimal:
    return Decimal(entered["points"])


def _capped_share(item: ItemRule, own: Ratio) -> Decimal:
    return item.max_points * min(own.numerator, own.denominator) / own.denominator


def _band(item: ItemRule, own: Ratio) -> int:
    """Return the place of the first band whose lower edge the ratio reaches."""
    return next(
        place
        for place, band in enumerate(item.rule["bands"])
        if own.numerator * HUNDRED >= Decimal(band["min_percent"]) * own.denominator
    )


def _ratio(item: ItemRule, entered: Mapping[str, Any], _best: Any) -> Decimal:
    own = _ratio_of(entered)
    if own.denominator == 0:
        return ZERO
    if item.rule["mode"] == "bands":
        return Decimal(item.rule["bands"][_band(item, own)]["points"])
    return _capped_share(item, own)


def _is_below_floor(item: ItemRule, own: Ratio) -> bool:
    return own.numerator * HUNDRED < Decimal(item.rule["floor_percent"]) * own.denominator


def _ratio_floor(item: ItemRule, entered: Mapping[str, Any], _best: Any) -> Decimal:
    own = _ratio_of(entered)
    if own.denominator == 0 or _is_below_floor(item, own):
        return ZERO
    return _capped_share(item, own)


def _relative_to_best(item: ItemRule, entered: Mapping[str, Any], best: tuple[Decimal, Decimal] | None) -> Decimal:
    own = _ratio_of(entered)
    if own.denominator == 0 or best is None or best[0] == 0:
        return ZERO
    if _is_above(own, best):  # a best read before this input was written
        return item.max_points
    return item.max_points * own.numerator * best[1] / (own.denominator * best[0])


_POINTS: dict[RuleType, Callable[[ItemRule, Mapping[str, Any], Any], Decimal]] = {
    RuleType.YES_NO: _yes_no,
    RuleType.CHOICE: _choice,
    RuleType.COUNT: _count,
    RuleType.RATIO: _ratio,
    RuleType.RATIO_FLOOR: _ratio_floor,
    RuleType.RELATIVE_TO_BEST: _relative_to_best,
    RuleType.DEDUCT: _deduct,
    RuleType.MANUAL: _manual,
}


# ------------------------------------------------------------------------------------------------- words by rule type


def _shown(points: Decimal) -> str:
    whole, _, places = format_points(points, 6).partition(",")
    return f"{whole},{places[:2]}{places[2:].rstrip('0')}"


def _gives(points: Decimal) -> str:
    return f"{_shown(points) if points else '0'} điểm"


def _percent(own: tuple[Decimal, Decimal]) -> str:
    # cut, not rounded: 79,999 % must not read "80 %" beside a threshold that it does not reach
    return percent_in_words((own[0] * HUNDRED / own[1]).quantize(Decimal("0.01"), ROUND_DOWN))


def _quotient(own: tuple[Decimal, Decimal]) -> str:
    return f"{format_exact(own[0])}/{format_exact(own[1])}"


def _explain_state(item: ItemRule, entry: Entry, state: RowState) -> str:
    match state:
        case RowState.NOT_APPLICABLE:
            why = "Không áp dụng" if entry.na else "mẫu số bằng 0, không áp dụng"
            return f"{why}: không tính điểm và không tính điểm tối đa"
        case RowState.ZEROED:
            return "chưa chấm khi hết hạn: hệ thống tính 0 điểm"
        case _:
            return "chưa có kết quả điều tra xã hội học" if item.scoring == Scoring.SURVEY else "chưa chấm"


def _explain_yes_no(_item: ItemRule, entered: Mapping[str, Any], _best: Any, points: Decimal) -> str:
    return f"{'Có' if entered['answer'] == 'yes' else 'Không'}: {_gives(points)}"


def _explain_choice(item: ItemRule, entered: Mapping[str, Any], _best: Any, points: Decimal) -> str:
    label = next(o["label"] for o in item.rule["options"] if o["key"] == entered["option"])
    return f"{label}: {_gives(points)}"


def _explain_count(item: ItemRule, entered: Mapping[str, Any], _best: Any, points: Decimal) -> str:
    count, each, cap = Decimal(entered["count"]), Decimal(item.rule["per_item"]), Decimal(item.rule["cap"])
    product = f"{format_exact(count)} × {points_in_words(each)} = {_shown(count * each)}"
    return f"{product}, vượt mức tối đa {points_in_words(cap)}: {_gives(points)}" if count * each > cap else product


def _explain_deduct(item: ItemRule, entered: Mapping[str, Any], _best: Any, points: Decimal) -> str:
    start, floor, lost = Decimal(item.rule["start"]), Decimal(item.rule["floor"]), _lost(item, entered)
    counts = [(Decimal(entered["counts"][i["key"]]), Decimal(i["per_item"])) for i in item.rule["items"]]
    steps = "".join(f" − {format_exact(count)} × {points_in_words(each)}" for count, each in counts if count)
    if not steps:
        return f"không có trường hợp bị trừ: {_gives(points)}"
    sentence = f"{points_in_words(start)}{steps} = {_shown(start - lost)}"
    return (
        f"{sentence}, không thấp hơn {points_in_words(floor)}: {_gives(points)}" if start - lost < floor else sentence
    )


def _explain_manual(item: ItemRule, _entered: Mapping[str, Any], _best: Any, points: Decimal) -> str:
    return f"điểm nhập: {_shown(points)} trên {points_in_words(item.max_points)}"


def _explain_ratio(item: ItemRule, entered: Mapping[str, Any], _best: Any, points: Decimal) -> str:
    own = _ratio_of(entered)
    if own.denominator == 0:
        return "mẫu số bằng 0: 0 điểm"
    if item.rule["mode"] != "bands":
        return _explain_share(item, own, points)
    bands, place = item.rule["bands"], _band(item, own)
    low = Decimal(bands[place]["min_percent"])
    if place == 0:
        span = "đạt 100 %" if low == HUNDRED else f"từ {percent_in_words(low)} trở lên"
    else:
        above = percent_in_words(bands[place - 1]["min_percent"])
        span = f"từ {percent_in_words(low)} đến dưới {above}" if low else f"dưới {above}"
    return f"{_quotient(own)} = {_percent(own)}, {span}: {_gives(points)}"


def _explain_ratio_floor(item: ItemRule, entered: Mapping[str, Any], _best: Any, points: Decimal) -> str:
    own = _ratio_of(entered)
    if own.denominator == 0:
        return "mẫu số bằng 0: 0 điểm"
    if _is_below_floor(item, own):
        return f"tỷ lệ {_percent(own)} dưới ngưỡng {percent_in_words(item.rule['floor_percent'])}: 0 điểm"
    return _explain_share(item, own, points)


def _explain_share(item: ItemRule, own: Ratio, points: Decimal) -> str:
    if own.numerator > own.denominator:
        return f"{_quotient(own)} vượt 100 %, tính bằng 100 %: {_gives(points)}"
    return f"{_quotient(own)} × {points_in_words(item.max_points)} = {_shown(points)}"


def _explain_relative(item: ItemRule, entered: Mapping[str, Any], best: Any, points: Decimal) -> str:
    own = _ratio_of(entered)
    if own.denominator == 0:
        return "mẫu số bằng 0: 0 điểm"
    if isinstance(best, ProvisionalBest):
        return f"tỷ lệ {_percent(own)}, tạm tính như đơn vị cao nhất: {_gives(points)}; so với cả nhóm khi công bố"
    if best is None or best[0] == 0:
        return "chưa đơn vị nào trong nhóm có tỷ lệ lớn hơn 0: 0 điểm"
    if not _is_above(Ratio(*best), own):
        return f"tỷ lệ {_percent(own)} là cao nhất trong nhóm: {_gives(points)}"
    return (
        f"tỷ lệ {_percent(own)} / tỷ lệ cao nhất trong nhóm {_percent(best)} × {points_in_words(item.max_points)} "
        f"= {_shown(points)}"
    )


_WORDS: dict[RuleType, Callable[[ItemRule, Mapping[str, Any], Any, Decimal], str]] = {
    RuleType.YES_NO: _explain_yes_no,
    RuleType.CHOICE: _explain_choice,
    RuleType.COUNT: _explain_count,
    RuleType.RATIO: _explain_ratio,
    RuleType.RATIO_FLOOR: _explain_ratio_floor,
    RuleType.RELATIVE_TO_BEST: _explain_relative,
    RuleType.DEDUCT: _explain_deduct,
    RuleType.MANUAL: _explain_manual,
}
