"""Reminders are rows, planned in the transaction of the step: which, for whom, and what becomes of them."""

from datetime import date

import pytest
from django.db import transaction

from assessments import clock
from assessments.enums import Role, WindowKind
from assessments.models import AssessmentPeriod, AuditEvent
from assessments.operations import officials
from assessments.operations import periods as period_operations
from assessments.rules import NotAllowed, NotPermitted
from tests.province import OPENING, Province, at, make_province, move, person, sweep
from tests.workflow.test_flow import to_dispute, to_submitted
from workflow.enums import Audience, Counting, ReminderState, Timing
from workflow.models import Escalation, PlannedReminder, ReminderRule, Snooze, WorkItem
from workflow.operations import reminder_rules, steps
from workflow.operations.periods import open_period
from workflow.reminders import plan_for, planned_together, replan
from workflow.rules import COMMON_LADDER, RuleDraft

pytestmark = pytest.mark.django_db


@pytest.fixture
def province() -> Province:
    return make_province()


def planned(province: Province, node: str, code: str = "SXD", **asked) -> list[tuple[date, int, str]]:
    """Return (day, offset of the rung, username) of what is planned about a step."""
    rows = PlannedReminder.objects.filter(
        work__node=node, work__assessment__unit__code=code, **{"state": ReminderState.PLANNED} | asked
    ).select_related("rule", "person")
    return sorted((row.day, row.rule.draft.offset, row.person.username) for row in rows)


def test_opening_a_period_writes_the_common_ladder_and_plans_every_case(province):
    rules = ReminderRule.objects.filter(period=province.period)
    assert [rule.draft for rule in rules] == list(COMMON_LADDER)
    # training ends with Sunday 31/12/2023; 1 January is a holiday
    assert planned(province, "confirm_training") == [
        (date(2023, 12, 20), -7, "can-bo-sxd"),
        (date(2023, 12, 26), -3, "can-bo-sxd"),
        (date(2023, 12, 28), -1, "can-bo-sxd"),
        (date(2023, 12, 29), 0, "can-bo-sxd"),
        (date(2024, 1, 2), 1, "can-bo-sxd"),
        (date(2024, 1, 3), 2, "lanh-dao-sxd"),
        (date(2024, 1, 4), 3, "can-bo-sxd"),
        (date(2024, 1, 8), 5, "to-chuc"),
    ]
    assert sorted(Escalation.objects.filter(work__assessment__unit__code="SXD").values_list("day", "role")) == [
        (date(2024, 1, 3), Role.HEAD),
        (date(2024, 1, 8), Role.ORGANISER),
    ]


def test_opening_many_cases_plans_them_with_the_statements_of_one(django_assert_num_queries):
    province = make_province()
    works = list(WorkItem.objects.open().order_by("pk"))
    for size in (1, 3):
        PlannedReminder.objects.all().delete()
        Escalation.objects.all().delete()
        with django_assert_num_queries(6):  # cases, rules, people, calendar, and the two writes
            assert plan_for(works[:size], at=OPENING) == 8 * size
    assert len(planned(province, "confirm_training", "SYT")) == 8


def test_planning_twice_writes_nothing_twice(province):
    before = set(PlannedReminder.objects.values_list("pk", flat=True))
    plan_for(WorkItem.objects.all(), at=OPENING)
    assert set(PlannedReminder.objects.values_list("pk", flat=True)) == before


def test_everybody_who_holds_the_role_is_planned_and_nobody_else():
    province = make_province(opened=False)
    second = person("can-bo-2", province.units["SXD"], (Role.OFFICER, province.units["SXD"]))
    gone = person("can-bo-3", province.units["SXD"], (Role.OFFICER, province.units["SXD"]))
    officials.deactivate(official=gone, by=province.people["administrator"], at=OPENING)

    with clock.simulated(OPENING):
        open_period(period=province.period, by=province.people["organiser"])

    people = {username for _, offset, username in planned(province, "confirm_training") if offset == -3}
    assert people == {"can-bo-sxd", second.username}


def test_rungs_up_to_the_opening_are_left_to_the_message_about_it(province):
    to_submitted(province, "SXD")
    sweep(at("2024-01-10 08:00"))
    with clock.simulated(at("2024-01-15 10:00")):
        branch = province.case("SXD").branches.get(body_name="Sở Tư pháp")
        steps.request_supplement(
            branch=branch, reason="Thiếu", items={"2.1": ""}, by=province.people["appraiser-STP"]
        )  # due on the 18th, three working days later

    assert [row[:2] for row in planned(province, "supplement")] == [
        (date(2024, 1, 17), -1),
        (date(2024, 1, 18), 0),
        (date(2024, 1, 19), 1),
        (date(2024, 1, 22), 2),
        (date(2024, 1, 23), 3),
        (date(2024, 1, 25), 5),
    ]


def test_work_that_is_done_has_nothing_planned(province):
    with clock.simulated(at("2023-12-12 09:00")):
        steps.confirm_training(
            assessment=province.case("SXD"), participants=["Nguyễn Văn A"], by=province.people["officer-SXD"]
        )

    assert planned(province, "confirm_training") == []
    rows = PlannedReminder.objects.filter(work__node="confirm_training", work__assessment__unit__code="SXD")
    assert {(row.state, row.settled_at, row.reason) for row in rows} == {
        (ReminderState.WITHDRAWN, at("2023-12-12 09:00"), "Đã xử lý.")
    }
    assert len(planned(province, "confirm_training", "SYT")) == 8


def test_a_step_that_is_undone_takes_its_reminders_with_it(province):
    class Stopped(Exception):
        pass

    before = PlannedReminder.objects.count()

    @transaction.atomic
    def begin() -> None:
        with clock.simulated(at("2023-12-12 09:00")):
            steps.confirm_training(
                assessment=province.case("SXD"), participants=["Nguyễn Văn A"], by=province.people["officer-SXD"]
            )
        assert PlannedReminder.objects.count() > before
        raise Stopped

    with pytest.raises(Stopped):
        begin()
    assert PlannedReminder.objects.count() == before
    assert len(planned(province, "confirm_training")) == 8


def test_a_step_that_closes_by_its_timer_has_nothing_planned(province):
    sweep(at("2024-01-01 00:00"))

    assert planned(province, "confirm_training") == []
    assert {row[0] for row in planned(province, "self_score")} >= {date(2024, 1, 4), date(2024, 1, 9)}


def test_moving_a_deadline_gives_the_work_a_new_version_and_new_days(province):
    with clock.simulated(at("2023-12-27 10:00")):
        move(province, WindowKind.TRAINING, "2024-01-06 00:00", unit="SXD")

    work = WorkItem.objects.get(node="confirm_training", assessment__unit__code="SXD")
    assert work.version == 2
    assert [row[:2] for row in planned(province, "confirm_training")] == [
        (date(2024, 1, 2), -3),
        (date(2024, 1, 4), -1),
        (date(2024, 1, 5), 0),
        (date(2024, 1, 8), 1),
        (date(2024, 1, 9), 2),
        (date(2024, 1, 10), 3),
        (date(2024, 1, 12), 5),
    ]
    old = PlannedReminder.objects.filter(work=work, version=1)
    assert {(row.state, row.reason) for row in old} == {(ReminderState.WITHDRAWN, "Hạn của việc đã chuyển")}
    assert WorkItem.objects.get(node="confirm_training", assessment__unit__code="SYT").version == 1
    assert len(planned(province, "confirm_training", "SYT")) == 8


def test_a_follow_up_date_past_the_new_deadline_ends(province):
    work = WorkItem.objects.get(node="confirm_training", assessment__unit__code="SXD")
    officer, head = province.people["officer-SXD"], province.people["head-SXD"]
    for who, until in ((officer, "2023-12-28 00:00"), (head, "2023-12-18 00:00")):
        Snooze.objects.create(person=who, work=work, until_at=at(until), created_at=OPENING)
    work.due_at = at("2023-12-20 17:00")
    work.save(update_fields=["due_at"])

    replan([work], at=at("2023-12-12 09:00"))

    assert list(Snooze.objects.order_by("until_at").values_list("person", "woken_at")) == [
        (head.pk, None),
        (officer.pk, at("2023-12-12 09:00")),
    ]


def test_work_gathered_together_is_planned_at_the_end_and_not_when_it_fails(province):
    works = list(WorkItem.objects.open())
    PlannedReminder.objects.all().delete()
    with planned_together(at=OPENING):
        plan_for(works[:1], at=OPENING)
        plan_for(works[1:], at=OPENING)
        assert PlannedReminder.objects.count() == 0
    assert PlannedReminder.objects.count() == 24
    PlannedReminder.objects.all().delete()

    def fail() -> None:
        with planned_together(at=OPENING):
            plan_for(works, at=OPENING)
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fail()
    assert PlannedReminder.objects.count() == 0


# The ladder of a period


def test_a_rung_that_is_added_is_planned_for_open_work(province):
    draft = RuleDraft(
        timing=Timing.BEFORE, days=10, counting=Counting.CALENDAR, audience=Audience.HEAD, window=WindowKind.TRAINING
    )
    with clock.simulated(at("2023-12-12 09:00")):
        rule = reminder_rules.add_rule(period=province.period, draft=draft, by=province.people["organiser"])

    assert (rule.draft, rule.created_by) == (draft, province.people["organiser"])
    assert planned(province, "confirm_training", rule=rule) == [(date(2023, 12, 21), -10, "lanh-dao-sxd")]
    assert WorkItem.objects.get(assessment__unit__code="SXD").version == 2
    assert len(planned(province, "confirm_training")) == 9
    event = AuditEvent.objects.get(kind="reminder_rule_added")
    assert event.sentence == (
        "Thêm mốc nhắc: 10 ngày theo lịch trước hạn, bước “Tập huấn, xác nhận người tham gia”, "
        "gửi lãnh đạo của đơn vị được giao"
    )


def test_a_rung_of_one_step_is_not_planned_for_another(province):
    draft = RuleDraft(timing=Timing.AFTER, days=2, window=WindowKind.DISPUTE)
    with clock.simulated(at("2023-12-12 09:00")):
        rule = reminder_rules.add_rule(period=province.period, draft=draft, by=province.people["organiser"])
    to_dispute(province, "SXD")

    rows = PlannedReminder.objects.filter(rule=rule)
    assert [(row.work.node, row.day) for row in rows] == [("dispute", date(2024, 2, 21))]


def test_a_rung_that_is_withdrawn_is_told_no_more_and_stays_readable(province):
    rule = ReminderRule.objects.get(period=province.period, timing=Timing.BEFORE, days=7)
    with clock.simulated(at("2023-12-12 09:00")):
        reminder_rules.withdraw_rule(period=province.period, code=rule.draft.code, by=province.people["organiser"])
        with pytest.raises(NotAllowed, match="Mốc nhắc này không còn"):
            reminder_rules.withdraw_rule(period=province.period, code=rule.draft.code, by=province.people["organiser"])

    assert {offset for _, offset, _ in planned(province, "confirm_training")} == {-3, -1, 0, 1, 2, 3, 5}
    rule.refresh_from_db()
    assert (rule.withdrawn_at, rule.withdrawn_by) == (at("2023-12-12 09:00"), province.people["organiser"])


def test_the_first_change_of_a_period_in_preparation_starts_from_the_common_ladder():
    province = make_province(opened=False)
    with clock.simulated(OPENING):
        reminder_rules.add_rule(
            period=province.period, draft=RuleDraft(timing=Timing.BEFORE, days=2), by=province.people["organiser"]
        )
    offsets = [rule.draft.offset for rule in ReminderRule.objects.filter(period=province.period)]
    assert offsets == [-7, -3, -1, 0, 1, 2, 3, 5, -2]


def test_a_ladder_is_copied_in_the_place_of_the_old_one():
    province = make_province(opened=False)
    organiser = province.people["organiser"]
    with clock.simulated(OPENING):
        other = period_operations.create_period(
            code="TINH-2024",
            name="Kỳ đánh giá năm 2024",
            year=2024,
            organiser=province.root,
            secretariat=province.units["TTK"],
            council=province.units["HDDG"],
            by=organiser,
        )
        with pytest.raises(NotAllowed, match="không có mốc nhắc nào để sao chép"):
            reminder_rules.copy_rules(period=other, source=province.period, by=organiser)
        rule = reminder_rules.add_rule(
            period=province.period, draft=RuleDraft(timing=Timing.BEFORE, days=2), by=organiser
        )
        for each in ReminderRule.objects.filter(period=province.period).exclude(pk=rule.pk):
            reminder_rules.withdraw_rule(period=province.period, code=each.draft.code, by=organiser)
        reminder_rules.copy_rules(period=other, source=province.period, by=organiser)
    assert [rule.draft for rule in ReminderRule.objects.in_force().filter(period=other)] == [rule.draft]


def test_who_does_not_organise_the_period_changes_nothing(province):
    rule = ReminderRule.objects.first()
    for who in ("secretary", "head-SXD", "administrator"):
        with pytest.raises(NotPermitted):
            reminder_rules.withdraw_rule(period=province.period, code=rule.draft.code, by=province.people[who])
        with pytest.raises(NotPermitted):
            reminder_rules.add_rule(
                period=province.period, draft=RuleDraft(timing=Timing.BEFORE, days=2), by=province.people[who]
            )
        with pytest.raises(NotPermitted):
            reminder_rules.copy_rules(
                period=AssessmentPeriod.objects.create(
                    code=f"k-{who}",
                    name="Kỳ khác",
                    year=2024,
                    organiser=province.root,
                    secretariat=province.units["TTK"],
                    council=province.units["HDDG"],
                    created_at=OPENING,
                ),
                source=province.period,
                by=province.people[who],
            )
    assert ReminderRule.objects.in_force().count() == len(COMMON_LADDER)
