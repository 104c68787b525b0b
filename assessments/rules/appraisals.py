"""When the appraising body owes a reason (lý do thẩm định) for what it gives an item."""

from assessments.enums import RuleType, Scoring
from assessments.rules.items import Entry, ItemRule
from assessments.rules.points import points_of


def reason_needed(item: ItemRule, *, own: Entry, appraised: Entry) -> str:
    """Say what a reason is owed for, "" where none is.

    The body gives reasons for another result than the unit's own, and, where only the body enters points by judgement
    and the rule asks for it, for anything below the maximum.
    """
    if item.scoring == Scoring.SELF:
        changed = (own.input, own.na) != (appraised.input, appraised.na)
        return f"thay đổi kết quả của nội dung {item.code}" if changed else ""
    if asks_below_maximum(item):
        points = points_of(item, appraised).points
        if points is not None and points < item.max_points:
            return f"cho điểm nội dung {item.code} dưới mức tối đa"
    return ""


def asks_below_maximum(item: ItemRule) -> bool:
    """Say whether only the body gives this item points by judgement, with a reason for fewer than the maximum."""
    judged = item.rule_type == RuleType.MANUAL and item.scoring == Scoring.ENTERED
    return judged and bool(item.rule.get("reason_required_below_max"))
