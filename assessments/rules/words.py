"""A scoring rule told in Vietnamese words, the same everywhere it is shown."""

from decimal import Decimal
from typing import Any, Protocol

from assessments.enums import RuleType


class HasRule(Protocol):
    """What has a rule: a stored item or a draft."""

    @property
    def rule_type(self) -> str: ...
    @property
    def rule(self) -> Any: ...
    @property
    def max_points(self) -> Any: ...


def points_in_words(number: Decimal | str) -> str:
    """Write points with a decimal comma and at least two places ("0,50"); zero is "0"."""
    number = Decimal(number)
    if number == 0:
        return "0"
    places = max(2, -int(number.normalize().as_tuple().exponent))
    return f"{number:.{places}f}".replace(".", ",")


def percent_in_words(number: Decimal | str) -> str:
    """Write a percentage without superfluous zeros ("80 %", "99,5 %")."""
    return f"{Decimal(number).normalize():f} %".replace(".", ",")


def rule_in_words(item: HasRule) -> str:
    """Tell how the points of ``item`` are worked out (cách tính điểm), as one Vietnamese sentence."""
    return f"{_WORDS[RuleType(item.rule_type)](item.rule, Decimal(item.max_points))}."


def _yes_no(rule: dict, _most: Decimal) -> str:
    return f"Có: {points_in_words(rule['yes'])} điểm; không: {points_in_words(rule['no'])} điểm"


def _choice(rule: dict, _most: Decimal) -> str:
    levels = "; ".join(f"{o['label']}: {points_in_words(o['points'])}" for o in rule["options"])
    return f"Chọn một mức. {levels}"


def _count(rule: dict, _most: Decimal) -> str:
    each, cap = points_in_words(rule["per_item"]), points_in_words(rule["cap"])
    return f"Mỗi {rule['unit']} được {each} điểm, tối đa {cap} điểm"


def _ratio(rule: dict, most: Decimal) -> str:
    if rule.get("source") == "survey":
        return f"Tỷ lệ điểm của phiếu khảo sát × {points_in_words(most)}"
    if rule["mode"] == "proportional":
        return f"Tỷ lệ × {points_in_words(most)}; vượt 100 % tính bằng 100 %; {_zero_denominator(rule)}"
    steps, above = [], None
    for band in rule["bands"]:
        low = Decimal(band["min_percent"])
        if above is None:
            edge = "đạt 100 %" if low == 100 else f"từ {percent_in_words(low)} trở lên"
        elif low == 0:
            edge = f"dưới {percent_in_words(above)}"
        else:
            edge = f"từ {percent_in_words(low)} đến dưới {percent_in_words(above)}"
        steps.append(f"{edge}: {points_in_words(band['points'])}")
        above = low
    return f"Theo tỷ lệ {'; '.join(steps)}; {_zero_denominator(rule)}"


def _ratio_floor(rule: dict, most: Decimal) -> str:
    floor = percent_in_words(rule["floor_percent"])
    return f"Tỷ lệ × {points_in_words(most)}; dưới {floor} được 0 điểm; {_zero_denominator(rule)}"


def _relative_to_best(rule: dict, most: Decimal) -> str:
    scale = points_in_words(most)
    return f"Tỷ lệ của đơn vị / tỷ lệ cao nhất trong nhóm × {scale}; {_zero_denominator(rule)}"


def _deduct(rule: dict, _most: Decimal) -> str:
    steps = "; ".join(f"{i['label']}: trừ {points_in_words(i['per_item'])} mỗi trường hợp" for i in rule["items"])
    start, floor = points_in_words(rule["start"]), points_in_words(rule["floor"])
    return f"Bắt đầu từ {start} điểm; {steps}; không thấp hơn {floor} điểm"


def _manual(rule: dict, _most: Decimal) -> str:
    low, high, step = (points_in_words(rule[k]) for k in ("min", "max", "step"))
    reason = "; dưới điểm tối đa phải ghi lý do" if rule["reason_required_below_max"] else ""
    return f"Cho điểm từ {low} đến {high}, mỗi bước {step}{reason}"


def _sum_of_children(rule: dict, _most: Decimal) -> str:
    if rule["mode"] == "capped_sum":
        return f"Tổng điểm các nội dung bên dưới, tối đa {points_in_words(rule['cap'])} điểm"
    if rule["mode"] == "best_of":
        return "Điểm cao nhất trong các nội dung bên dưới"
    return "Tổng điểm các nội dung bên dưới"


def _zero_denominator(rule: dict) -> str:
    counts = "không áp dụng" if rule["zero_denominator"] == "na" else "0 điểm"
    return f"mẫu số bằng 0 thì {counts}"


_WORDS = {
    RuleType.YES_NO: _yes_no,
    RuleType.CHOICE: _choice,
    RuleType.COUNT: _count,
    RuleType.RATIO: _ratio,
    RuleType.RATIO_FLOOR: _ratio_floor,
    RuleType.RELATIVE_TO_BEST: _relative_to_best,
    RuleType.DEDUCT: _deduct,
    RuleType.MANUAL: _manual,
    RuleType.SUM_OF_CHILDREN: _sum_of_children,
}
