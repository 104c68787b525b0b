"""Items of each rule type with literal values, for the tests of inputs, points and roll-up."""

from decimal import Decimal

from assessments.enums import Level, Part, RuleType, Scoring
from assessments.rules.items import ItemRule


def item(rule_type=RuleType.YES_NO, rule=None, most="1.00", **changes) -> ItemRule:
    """Make a leaf; ``changes`` are its other fields."""
    fields = {
        "code": "1.1",
        "parent_code": "1",
        "level": Level.CRITERION,
        "part": Part.BASE,
        "name": "Ban hành kế hoạch",
        "scoring": Scoring.SELF,
        "applicable_na": False,
        "evidence_required": False,
        "evidence_hint": "",
        "appraising_body": "Sở Nội vụ",
        "is_leaf": True,
        "position": 1,
    }
    return ItemRule(**(fields | changes), rule_type=rule_type, rule=rule or {}, max_points=Decimal(most))


def node(code, mode="sum", most="1.00", *, parent="", part=Part.BASE, position=1, **rule) -> ItemRule:
    """Make a row that is worked out from its children."""
    return item(
        RuleType.SUM_OF_CHILDREN,
        {"mode": mode, **rule},
        most,
        code=code,
        parent_code=parent,
        part=part,
        is_leaf=False,
        position=position,
        level=Level.CRITERION if parent else Level.AREA,
    )


YES_NO = item(RuleType.YES_NO, {"input": "Kết quả thực hiện", "yes": "0.25", "no": "0.00"}, "0.25")
CHOICE = item(
    RuleType.CHOICE,
    {
        "options": [
            {"key": "a", "label": "Ban hành trước ngày 31/12", "points": "0.50"},
            {"key": "b", "label": "Ban hành trong tháng 01", "points": "0.25"},
            {"key": "c", "label": "Không ban hành", "points": "0.00"},
        ]
    },
    "0.50",
)
COUNT = item(
    RuleType.COUNT, {"input": "Số báo cáo đã gửi", "unit": "báo cáo", "per_item": "0.15", "cap": "0.60"}, "0.60"
)
_TWO = {"numerator": "Số hồ sơ đúng hạn", "denominator": "Tổng số hồ sơ"}
BANDS = item(
    RuleType.RATIO,
    {
        **_TWO,
        "mode": "bands",
        "bands": [
            {"min_percent": "100", "points": "1.50"},
            {"min_percent": "80", "points": "1.00"},
            {"min_percent": "0", "points": "0.00"},
        ],
        "zero_denominator": "zero",
    },
    "1.50",
)
PROPORTIONAL = item(
    RuleType.RATIO, {**_TWO, "mode": "proportional", "cap_percent": "100", "zero_denominator": "zero"}, "1.50"
)
PROPORTIONAL_NA = item(
    RuleType.RATIO,
    {**_TWO, "mode": "proportional", "cap_percent": "100", "zero_denominator": "na"},
    "1.50",
    applicable_na=True,
)
FLOOR = item(
    RuleType.RATIO_FLOOR,
    {**_TWO, "floor_percent": "80", "cap_percent": "100", "zero_denominator": "zero"},
    "1.50",
)
RELATIVE = item(
    RuleType.RELATIVE_TO_BEST,
    {**_TWO, "scope": "group", "best": "max", "all_zero": "zero", "zero_denominator": "zero"},
    "1.00",
)
RELATIVE_NA = item(RuleType.RELATIVE_TO_BEST, {**RELATIVE.rule, "zero_denominator": "na"}, "1.00", applicable_na=True)
DEDUCT = item(
    RuleType.DEDUCT,
    {
        "start": "0.50",
        "floor": "0.00",
        "items": [
            {"key": "a", "label": "Số lĩnh vực không có nhiệm vụ", "per_item": "0.10"},
            {"key": "b", "label": "Số nhiệm vụ không rõ thời hạn", "per_item": "0.05"},
        ],
    },
    "0.50",
)
PENALTY = item(
    RuleType.DEDUCT,
    {"start": "0.00", "floor": "-1.00", "items": [{"key": "a", "label": "Số lần gửi chậm", "per_item": "0.25"}]},
    "-1.00",
    part=Part.PENALTY,
    scoring=Scoring.ENTERED,
)
MANUAL = item(
    RuleType.MANUAL, {"min": "0.00", "max": "2.00", "step": "0.10", "reason_required_below_max": True}, "2.00"
)
SURVEY = item(
    RuleType.RATIO,
    {"source": "survey", "input": "Tỷ lệ điểm trung bình", "mode": "proportional"},
    "1.50",
    scoring=Scoring.SURVEY,
)
EVERY_TYPE = [YES_NO, CHOICE, COUNT, BANDS, PROPORTIONAL, FLOOR, RELATIVE, DEDUCT, MANUAL]


def ratio(numerator, denominator) -> dict:
    """Make the input of a ratio."""
    return {"numerator": str(numerator), "denominator": str(denominator)}
