"""The shape of each scoring rule (cách tính điểm): which keys it has and how it fits the maximum of its row."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from assessments.enums import RuleType, Scoring
from assessments.rules.words import points_in_words

_NUMBER = re.compile(r"-?\d{1,9}(?:\.\d{1,9})?", re.ASCII)


class BadRuleError(Exception):
    """A rule that cannot be used; the text is the sentence for whoever mends the file."""


def check_rule(*, rule_type: str, rule: Any, most: Decimal, scoring: str, applicable_na: bool) -> None:
    """Refuse a rule whose keys, numbers or maximum do not fit its row (``most``: its maximum, in points).

    Raises BadRuleError with a Vietnamese sentence. The shapes are those of the reference season's README.
    """
    if not isinstance(rule, dict):
        raise BadRuleError('Quy tắc phải là một đối tượng JSON, ví dụ {"mode":"sum"}.')
    if scoring == Scoring.SURVEY and (rule_type != RuleType.RATIO or rule.get("source") != "survey"):
        raise BadRuleError(
            'Dòng điều tra xã hội học phải có rule_type là ratio và quy tắc có "source":"survey"; '
            "sửa cột scoring hoặc cột rule."
        )
    _CHECKS[RuleType(rule_type)](rule, most)
    if rule.get("source") == "survey" and scoring != Scoring.SURVEY:
        raise BadRuleError('Quy tắc có "source":"survey" chỉ dùng cho dòng có scoring là survey; sửa một trong hai.')
    if "zero_denominator" in rule:
        wanted = "na" if applicable_na else "zero"
        if rule["zero_denominator"] != wanted:
            raise BadRuleError(
                f"Khoá zero_denominator phải là «{wanted}» vì applicable_na của dòng là "
                f"{'true' if applicable_na else 'false'}; sửa một trong hai."
            )


def _need(rule: dict, *keys: str) -> None:
    missing = [k for k in keys if k not in rule]
    if missing:
        raise BadRuleError(f"Quy tắc thiếu khoá {', '.join(missing)}; thêm vào cho đủ {', '.join(keys)}.")
    extra = [str(k) for k in rule if k not in keys]
    if extra:
        raise BadRuleError(f"Quy tắc có khoá lạ {', '.join(extra)}; chỉ dùng {', '.join(keys)}.")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _number(value: Any, key: str) -> Decimal:
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        raise BadRuleError(
            f'Khoá {key} phải là số viết trong ngoặc kép với dấu chấm, ví dụ "0.50"; đang là {_shown(value)}.'
        )
    return Decimal(value)


def _text(value: Any, key: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise BadRuleError(f"Khoá {key} phải là chữ và không được để trống.")
    return value


def _rows(rule: dict, key: str, *keys: str) -> list[dict]:
    rows = rule[key]
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise BadRuleError(f"Khoá {key} phải là một danh sách không rỗng các đối tượng.")
    for row in rows:
        _need(row, *keys)
    names = [_text(row["key"], "key") for row in rows if "key" in keys]
    if len(set(names)) != len(names):
        raise BadRuleError(f"Các mục của {key} phải có key khác nhau.")
    return rows


def _equals_maximum(value: Decimal, key: str, most: Decimal) -> None:
    if value != most:
        raise BadRuleError(
            f"Khoá {key} cho {points_in_words(value)} điểm nhưng điểm tối đa của dòng là {points_in_words(most)}; "
            "sửa quy tắc hoặc điểm tối đa cho khớp."
        )


def _falls_from_maximum(points: list[Decimal], key: str, most: Decimal) -> None:
    _equals_maximum(points[0], f"{key} (mức đầu)", most)
    if points != sorted(points, reverse=True) or points[-1] < 0:
        raise BadRuleError(f"Điểm các mức của {key} phải giảm dần và không âm.")


def _yes_no(rule: dict, most: Decimal) -> None:
    _need(rule, "input", "yes", "no")
    _text(rule["input"], "input")
    _equals_maximum(_number(rule["yes"], "yes"), "yes", most)
    if _number(rule["no"], "no") != 0:
        raise BadRuleError('Khoá no phải là "0.00".')


def _choice(rule: dict, most: Decimal) -> None:
    _need(rule, "options")
    options = _rows(rule, "options", "key", "label", "points")
    for option in options:
        _text(option["label"], "label")
    if len(options) < 2:
        raise BadRuleError("Quy tắc choice cần ít nhất hai mức.")
    _falls_from_maximum([_number(o["points"], "points") for o in options], "options", most)


def _count(rule: dict, most: Decimal) -> None:
    _need(rule, "input", "unit", "per_item", "cap")
    _text(rule["input"], "input")
    _text(rule["unit"], "unit")
    _equals_maximum(_number(rule["cap"], "cap"), "cap", most)
    if _number(rule["per_item"], "per_item") <= 0:
        raise BadRuleError("Khoá per_item phải lớn hơn 0.")


def _ratio(rule: dict, most: Decimal) -> None:
    if rule.get("source") == "survey":
        _need(rule, "source", "input", "mode")
        if rule["mode"] != "proportional":
            raise BadRuleError("Quy tắc khảo sát phải có mode là proportional.")
        return
    mode = rule.get("mode")
    if mode == "bands":
        _need(rule, "numerator", "denominator", "mode", "bands", "zero_denominator")
        bands = _rows(rule, "bands", "min_percent", "points")
        edges = [_number(b["min_percent"], "min_percent") for b in bands]
        if edges != sorted(set(edges), reverse=True) or edges[-1] != 0:
            raise BadRuleError("Các ngưỡng min_percent phải giảm dần, không trùng và kết thúc ở 0.")
        _falls_from_maximum([_number(b["points"], "points") for b in bands], "bands", most)
    elif mode == "proportional":
        _need(rule, "numerator", "denominator", "mode", "cap_percent", "zero_denominator")
        if _number(rule["cap_percent"], "cap_percent") != 100:
            raise BadRuleError('Khoá cap_percent phải là "100".')
    else:
        raise BadRuleError(f"Khoá mode của ratio phải là bands hoặc proportional; đang là {_shown(mode)}.")
    _text(rule["numerator"], "numerator")
    _text(rule["denominator"], "denominator")


def _ratio_floor(rule: dict, _most: Decimal) -> None:
    _need(rule, "numerator", "denominator", "floor_percent", "cap_percent", "zero_denominator")
    _text(rule["numerator"], "numerator")
    _text(rule["denominator"], "denominator")
    floor, cap = _number(rule["floor_percent"], "floor_percent"), _number(rule["cap_percent"], "cap_percent")
    if not 0 < floor < cap:
        raise BadRuleError("Khoá floor_percent phải lớn hơn 0 và nhỏ hơn cap_percent.")


def _relative_to_best(rule: dict, _most: Decimal) -> None:
    _need(rule, "numerator", "denominator", "scope", "best", "zero_denominator", "all_zero")
    _text(rule["numerator"], "numerator")
    _text(rule["denominator"], "denominator")
    if (rule["scope"], rule["best"], rule["all_zero"]) != ("group", "max", "zero"):
        raise BadRuleError("Quy tắc relative_to_best cần scope là group, best là max và all_zero là zero.")


def _deduct(rule: dict, most: Decimal) -> None:
    _need(rule, "start", "floor", "items")
    start, floor = _number(rule["start"], "start"), _number(rule["floor"], "floor")
    wanted = (most, Decimal(0)) if most > 0 else (Decimal(0), most)
    if (start, floor) != wanted:
        raise BadRuleError(
            f"Khoá start và floor phải là {points_in_words(wanted[0])} và {points_in_words(wanted[1])} "
            f"vì điểm tối đa của dòng là {points_in_words(most)}; sửa quy tắc hoặc điểm tối đa cho khớp."
        )
    for item in _rows(rule, "items", "key", "label", "per_item"):
        _text(item["label"], "label")
        if _number(item["per_item"], "per_item") <= 0:
            raise BadRuleError("Khoá per_item phải lớn hơn 0.")


def _manual(rule: dict, most: Decimal) -> None:
    _need(rule, "min", "max", "step", "reason_required_below_max")
    low, high, step = (_number(rule[k], k) for k in ("min", "max", "step"))
    _equals_maximum(high, "max", most)
    if low != 0 or step <= 0 or high % step != 0:
        raise BadRuleError("Quy tắc manual cần min bằng 0 và step lớn hơn 0, chia hết max.")
    if not isinstance(rule["reason_required_below_max"], bool):
        raise BadRuleError("Khoá reason_required_below_max phải là true hoặc false.")


def _sum_of_children(rule: dict, most: Decimal) -> None:
    mode = rule.get("mode")
    if mode not in ("sum", "capped_sum", "best_of"):
        raise BadRuleError(f"Khoá mode phải là sum, capped_sum hoặc best_of; đang là {_shown(mode)}.")
    if mode == "capped_sum":
        _need(rule, "mode", "cap")
        _equals_maximum(_number(rule["cap"], "cap"), "cap", most)
    else:
        _need(rule, "mode")


_CHECKS: dict[RuleType, Callable[[dict, Decimal], None]] = {
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
