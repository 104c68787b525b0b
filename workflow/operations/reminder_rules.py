"""The ladder of reminders of a period: written when it opens, changed by its organiser; open work is planned anew."""

from collections.abc import Sequence

from django.db import transaction

from assessments import clock, permissions
from assessments.enums import PeriodStatus, Role
from assessments.models import AssessmentPeriod, Official
from assessments.operations import events
from assessments.rules import NotAllowed
from workflow.models import ReminderRule, WorkItem
from workflow.reminders import replan
from workflow.rules import COMMON_LADDER, RuleDraft, check_rule

RULES_CHANGED = "Mốc nhắc của kỳ đã đổi"


def write_ladder(*, period: AssessmentPeriod, by: Official | None) -> None:
    """Give a period the common ladder unless it has a ladder of its own; within the caller's transaction."""
    if not ReminderRule.objects.filter(period=period).exists():
        _write(period, COMMON_LADDER, by)


@transaction.atomic
def add_rule(*, period: AssessmentPeriod, draft: RuleDraft, by: Official) -> ReminderRule:
    """Add a rung to the ladder of a period; what is open is planned anew. Raise NotAllowed, NotPermitted."""
    period = _lock(period, by)
    check_rule(draft, others=[rule.draft for rule in ReminderRule.objects.in_force().filter(period=period)])
    (rule,) = _write(period, [draft], by)
    _record(period, "reminder_rule_added", f"Thêm mốc nhắc: {draft.words}", by)
    _replan(period)
    return rule


@transaction.atomic
def withdraw_rule(*, period: AssessmentPeriod, code: str, by: Official) -> ReminderRule:
    """Take the rung ``code`` out of the ladder of a period; it stays readable. Raise NotAllowed, NotPermitted."""
    period = _lock(period, by)
    rules = ReminderRule.objects.in_force().filter(period=period)
    rule: ReminderRule | None = next((rule for rule in rules if rule.draft.code == code), None)
    if rule is None:
        raise NotAllowed("Mốc nhắc này không còn: có thể người khác vừa bỏ; danh sách dưới đây là mới nhất.")
    _withdraw([rule], by)
    _record(period, "reminder_rule_withdrawn", f"Bỏ mốc nhắc: {rule.draft.words}", by)
    _replan(period)
    return rule


@transaction.atomic
def copy_rules(*, period: AssessmentPeriod, source: AssessmentPeriod, by: Official) -> list[ReminderRule]:
    """Put the ladder of ``source`` in the place of that of ``period``. Raise NotAllowed, NotPermitted."""
    drafts = [rule.draft for rule in ReminderRule.objects.in_force().filter(period=source)]
    if not drafts or source.pk == period.pk:
        raise NotAllowed(f"{source.name} không có mốc nhắc nào để sao chép; hãy chọn kỳ khác.")
    period = _lock(period, by)
    _withdraw(list(ReminderRule.objects.in_force().filter(period=period)), by)
    written = _write(period, drafts, by)
    _record(period, "reminder_rules_copied", f"Sao chép {len(written)} mốc nhắc từ {source.name}", by)
    _replan(period)
    return written


def _lock(period: AssessmentPeriod, by: Official) -> AssessmentPeriod:
    """Lock a period that is not over and see that it has a ladder of its own. Raise NotAllowed, NotPermitted."""
    period = AssessmentPeriod.objects.select_for_update(of=("self",)).select_related("organiser").get(pk=period.pk)
    permissions.check_can_organise(by, period)
    if period.status == PeriodStatus.PUBLISHED:
        raise NotAllowed("Kết quả của kỳ đã công bố nên không đổi mốc nhắc nữa.")
    write_ladder(period=period, by=by)
    return period


def _write(period: AssessmentPeriod, drafts: Sequence[RuleDraft], by: Official | None) -> list[ReminderRule]:
    moment = clock.read()
    return ReminderRule.objects.bulk_create(
        ReminderRule(
            period=period,
            window=draft.window or "",
            timing=draft.timing,
            days=draft.days,
            counting=draft.counting,
            audience=draft.audience,
            channels=list(draft.channels),
            created_at=moment,
            created_by=by,
        )
        for draft in drafts
    )


def _withdraw(rules: Sequence[ReminderRule], by: Official) -> None:
    moment = clock.read()
    for rule in rules:
        rule.withdrawn_at, rule.withdrawn_by = moment, by
    ReminderRule.objects.bulk_update(rules, ["withdrawn_at", "withdrawn_by"])


def _replan(period: AssessmentPeriod) -> None:
    works = WorkItem.objects.open().filter(assessment__period=period, due_at__isnull=False).order_by("pk")
    replan(works, at=clock.read(), reason=RULES_CHANGED)


def _record(period: AssessmentPeriod, kind: str, sentence: str, by: Official) -> None:
    events.record(kind=kind, sentence=sentence, by=by, at=clock.read(), period=period, role=Role.ORGANISER)
