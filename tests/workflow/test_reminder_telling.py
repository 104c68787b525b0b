"""What is due becomes one message per person, day and channel; what is no longer true is not told."""

import re
from collections import Counter
from datetime import timedelta

import pytest
from django.core import mail

from assessments import clock
from assessments.enums import Role, WindowKind
from assessments.models import Official
from assessments.operations import officials, scores
from notifications.enums import Status
from notifications.models import ChannelPreference, Message
from notifications.operations import deliver_due, enqueue, unattended
from notifications.operations.preferences import set_preference, set_preferences
from notifications.rendering import MissingField, render
from tests.province import OPENING, Province, at, make_province, move, person, sweep
from tests.workflow.test_flow import to_submitted
from workflow.enums import ReminderState
from workflow.models import PlannedReminder, ReminderLine, ReminderRule, WorkItem
from workflow.operations import inbox, steps
from workflow.operations.reminders import send_due_reminders
from workflow.reminders import plan_missing

pytestmark = pytest.mark.django_db

SOON = "2023-12-26 07:00"  # three working days before the training ends on Sunday 31/12/2023
OFFICERS = {"can-bo-stp", "can-bo-sxd", "can-bo-syt"}


@pytest.fixture
def province() -> Province:
    return make_province()


@pytest.fixture
def appraising(province) -> Province:
    """The appraisers have three cases each to appraise until 15/02/2024 08:00."""
    for code in ("SXD", "SYT"):
        to_submitted(province, code)
    sweep(at("2024-01-10 08:00"))
    tell("2024-01-10 08:00")
    return province


def tell(moment: str) -> list[Message]:
    """Let the sweep run and return the messages that it wrote."""
    before = set(Message.objects.values_list("pk", flat=True))
    with clock.simulated(at(moment)):
        send_due_reminders(at=at(moment))
    return list(Message.objects.exclude(pk__in=before).select_related("recipient").order_by("recipient__username"))


def to(messages: list[Message]) -> dict[str, str]:
    assert len({message.recipient_id for message in messages}) == len(messages)
    return {message.recipient.username: message.subject for message in messages}


def states(**asked) -> Counter:
    return Counter(PlannedReminder.objects.filter(**asked).values_list("state", flat=True))


def confirm(province: Province, code: str, moment: str) -> None:
    with clock.simulated(at(moment)):
        steps.confirm_training(
            assessment=province.case(code), participants=["Nguyễn Văn A"], by=province.people[f"officer-{code}"]
        )


def test_each_officer_gets_the_rung_of_the_day_once(province):
    assert to(tell(SOON)) == {
        "can-bo-stp": "Còn 3 ngày làm việc: Xác nhận người tham gia tập huấn – Sở Tư pháp",
        "can-bo-sxd": "Còn 3 ngày làm việc: Xác nhận người tham gia tập huấn – Sở Xây dựng",
        "can-bo-syt": "Còn 3 ngày làm việc: Xác nhận người tham gia tập huấn – Sở Y tế",
    }
    assert [tell(moment) for moment in ("2023-12-26 07:01", "2023-12-26 12:00", "2023-12-26 19:59")] == [[]] * 3
    line = ReminderLine.objects.select_related("reminder__rule").first()
    assert (line.channel, line.message.ref[:7]) == ("email", "digest:")


def test_the_day_itself_and_the_day_before_are_told_in_their_words():
    province = make_province()
    with clock.simulated(at("2023-12-21 09:00")):
        move(province, WindowKind.TRAINING, "2024-01-06 00:00", unit="SXD")  # Friday the 5th is the last day
    subjects = [to(tell(f"{day} 07:30")).get("can-bo-sxd", "") for day in ("2024-01-04", "2024-01-05")]
    assert subjects == [
        "Còn 1 ngày làm việc: Xác nhận người tham gia tập huấn – Sở Xây dựng",
        "Hôm nay đến hạn: Xác nhận người tham gia tập huấn – Sở Xây dựng",
    ]


def test_a_friday_before_a_deadline_on_sunday_is_not_called_its_last_day(province):
    assert to(tell("2023-12-29 07:30"))["can-bo-sxd"] == (
        "Còn dưới 1 ngày làm việc: Xác nhận người tham gia tập huấn – Sở Xây dựng"
    )


def test_several_works_of_a_person_are_one_message_with_a_line_and_a_link_each(appraising):
    told = tell("2024-02-07 07:30")

    assert to(told) == {"tham-dinh-snv": "Nhắc 2 việc", "tham-dinh-stp": "Nhắc 2 việc"}
    message = told[0]
    assert message.kind == "step_digest"
    works = WorkItem.objects.open().filter(node="appraise", branch__body_name="Sở Nội vụ").order_by("pk")
    assert [f"/viec/{work.pk}/" in message.body_text for work in works] == [True, True]
    assert message.body_text.count("còn 1 ngày làm việc") == 2
    assert re.findall(r"Thẩm định \((.*?)\)", message.body_text) == ["Sở Xây dựng", "Sở Y tế"]
    assert ReminderLine.objects.filter(message=message).count() == 2


def test_no_message_carries_a_score(appraising):
    tell("2024-02-07 07:30")
    tell("2024-02-16 07:30")

    for message in Message.objects.all():
        assert not re.search(r"\d+[,.]\d+ điểm|điểm số|khảo sát", message.body_text + message.subject)


def test_after_three_days_without_a_worker_only_the_newest_rung_goes_out(appraising):
    told = tell("2024-02-20 07:30")  # due on the 15th; the rungs before, on the day and after it were all missed

    late = "Nhắc 2 việc, 2 việc quá hạn"
    assert to(told) == {"lanh-dao-stp": late, "tham-dinh-snv": late, "tham-dinh-stp": late}
    assert {message.kind for message in told} == {"step_digest_late"}
    assert [message.body_text.count("quá hạn 3 ngày làm việc") for message in told] == [2, 2, 2]
    mine = {"person__username": "tham-dinh-snv", "work__node": "appraise"}
    assert states(**mine) == {ReminderState.SENT: 2, ReminderState.SUPERSEDED: 10}
    newest = PlannedReminder.objects.filter(**mine, state=ReminderState.SENT)
    assert {row.rule.draft.offset for row in newest} == {3}
    assert tell("2024-02-20 07:31") == []


def test_overdue_work_is_reported_to_the_head_and_then_to_the_organiser(province):
    for code in ("STP", "SYT"):
        confirm(province, code, "2023-12-20 09:00")
    tell("2024-01-02 07:30")
    assert to(tell("2024-01-03 07:30")) == {
        "lanh-dao-sxd": "Báo cáo quá hạn: Xác nhận người tham gia tập huấn – Sở Xây dựng"
    }
    (told,) = [message for message in tell("2024-01-08 07:30") if message.recipient.username == "to-chuc"]
    assert told.kind == "step_escalated"
    assert "do Sở Xây dựng thực hiện đã quá hạn 5 ngày làm việc" in told.body_text
    assert "/viec/?muc=bao-cao-qua-han" in told.body_text


def test_a_message_about_work_that_is_done_is_not_written(province):
    confirm(province, "SXD", "2023-12-25 09:00")

    assert set(to(tell(SOON))) == OFFICERS - {"can-bo-sxd"}


def test_a_message_that_waits_is_called_off_when_its_work_is_done(province):
    tell(SOON)
    confirm(province, "SXD", "2023-12-26 07:10")

    with clock.simulated(at("2023-12-26 07:11")):
        deliver_due(at=at("2023-12-26 07:11"))
    assert states_of_messages("step_due") == {"can-bo-stp": "sent", "can-bo-sxd": "cancelled", "can-bo-syt": "sent"}
    assert [letter for letter in mail.outbox if "Sở Xây dựng" in letter.subject and "Còn" in letter.subject] == []
    assert [message.kind for message in tell("2023-12-26 07:12")] == []


def states_of_messages(kind: str) -> dict[str, str]:
    return dict(Message.objects.filter(kind=kind).values_list("recipient__username", "status"))


def test_what_else_stood_in_a_message_that_is_called_off_is_told_by_the_next_sweep(appraising):
    tell("2024-02-07 07:30")
    work = WorkItem.objects.get(node="appraise", branch__body_name="Sở Nội vụ", assessment__unit__code="SXD")
    with clock.simulated(at("2024-02-07 07:31")):
        scores.agree_with_self_scores(branch=work.branch, by=appraising.people["appraiser-SNV"])
        steps.complete_appraisal(branch=work.branch, by=appraising.people["appraiser-SNV"])

    told = tell("2024-02-07 07:32")

    assert to(told) == {"tham-dinh-snv": "Còn 1 ngày làm việc: Thẩm định – Sở Y tế"}
    mine = Message.objects.filter(recipient__username="tham-dinh-snv", kind__in=["step_due", "step_digest"])
    assert sorted(mine.values_list("kind", "status")) == [
        ("step_digest", Status.CANCELLED),
        ("step_due", Status.WAITING),
    ]
    assert tell("2024-02-07 07:33") == []


def test_both_channels_carry_the_same_message_under_one_reference_and_are_called_off_together(province, monkeypatch):
    def reached_by_both(people, kinds):
        return {each.pk: {kind: ["email", "zalo"] for kind in kinds} for each in people}

    monkeypatch.setattr("workflow.reminders.telling.channels_for", reached_by_both)
    told = [message for message in tell(SOON) if message.recipient.username == "can-bo-sxd"]

    assert {message.channel for message in told} == {"email", "zalo"}
    assert len({(message.ref, message.subject, message.kind, message.created_at) for message in told}) == 1
    lines = ReminderLine.objects.filter(message__in=told)
    assert len({line.reminder_id for line in lines}) == 1

    zalo = next(message for message in told if message.channel == "zalo")
    Message.objects.filter(pk=zalo.pk).update(status=Status.FAILED)
    with unattended():  # as the channel that takes over does
        enqueue(
            recipient=zalo.recipient,
            channel="email",
            kind=zalo.kind,
            dedupe_key=f"{zalo.dedupe_key}|email",
            subject="Nhắc",
            body_text="Nhắc",
            ref=zalo.ref,
            at=at(SOON),
        )
    confirm(province, "SXD", "2023-12-26 07:10")
    left = Message.objects.filter(ref=zalo.ref).exclude(status__in=[Status.CANCELLED, Status.FAILED])
    assert left.count() == 0


def test_a_deadline_that_moved_is_told_under_its_new_version_alone(province):
    with clock.simulated(at("2023-12-26 06:30")):  # before the sweep of the day, on which two rungs would fall
        move(province, WindowKind.TRAINING, "2024-01-06 00:00", unit="SXD")  # Friday the 5th is the last day
    days = ("2023-12-26", "2023-12-27", "2023-12-28", "2023-12-29", "2024-01-02", "2024-01-03", "2024-01-04")
    subjects = [to(tell(f"{day} 07:30")).get("can-bo-sxd", "")[:20] for day in days]
    assert subjects == ["", "", "", "", "Còn 3 ngày làm việc:", "", "Còn 1 ngày làm việc:"]
    told = ReminderLine.objects.filter(reminder__person__username="can-bo-sxd")
    assert list(told.values_list("reminder__version", flat=True)) == [2, 2]


def test_a_row_left_over_from_an_older_version_is_withdrawn_and_not_told(province):
    WorkItem.objects.filter(assessment__unit__code="SXD").update(version=5)

    assert set(to(tell(SOON))) == OFFICERS - {"can-bo-sxd"}
    rows = PlannedReminder.objects.filter(person__username="can-bo-sxd", settled_at=at(SOON))
    assert {(row.state, row.reason) for row in rows} == {(ReminderState.WITHDRAWN, "Hạn của việc đã chuyển")}


def test_only_the_colleague_who_took_the_work_is_reminded(province):
    colleague = person("can-bo-2", province.units["SXD"], (Role.OFFICER, province.units["SXD"]))
    with clock.simulated(at("2023-12-12 09:00")):
        assert plan_missing(at=at("2023-12-12 09:00")) == 6  # the six rungs that speak to the officers
        inbox.claim(work=WorkItem.objects.get(assessment__unit__code="SXD"), by=colleague)

    assert set(to(tell(SOON))) == (OFFICERS - {"can-bo-sxd"}) | {"can-bo-2"}
    assert states(person__username="can-bo-sxd", reason="Đồng nghiệp đã nhận việc") == {ReminderState.WITHDRAWN: 2}


def test_who_lost_the_role_or_the_account_is_not_reminded(province):
    administrator = province.people["administrator"]
    officials.withdraw_role(
        official=province.people["officer-SXD"],
        role=Role.OFFICER,
        unit=province.units["SXD"],
        by=administrator,
        at=OPENING,
    )
    officials.deactivate(official=province.people["officer-SYT"], by=administrator, at=OPENING)

    assert set(to(tell(SOON))) == {"can-bo-stp"}


def test_nobody_is_reminded_of_an_appraisal_of_the_own_unit(appraising):
    both = appraising.people["appraiser-SNV"]
    officials.grant_role(official=both, role=Role.OFFICER, unit=appraising.units["SXD"], by=None, at=OPENING)

    assert to(tell("2024-02-07 07:30"))["tham-dinh-snv"] == "Còn 1 ngày làm việc: Thẩm định – Sở Y tế"


@pytest.mark.parametrize(
    ("moment", "told"),
    [("2023-12-26 06:59", 0), ("2023-12-26 07:00", 3), ("2023-12-26 19:59", 3), ("2023-12-26 20:00", 0)],
)
def test_nothing_is_told_in_the_quiet_hours(province, moment, told):
    assert len([message for message in tell(moment) if message.kind == "step_due"]) == told


def test_each_person_is_told_at_the_hour_that_they_chose(province):
    officer = province.people["officer-SXD"]
    set_preferences(user=officer, wanted={}, digest_hour=15, at=OPENING)

    assert set(to(tell("2023-12-26 14:59"))) == OFFICERS - {"can-bo-sxd"}
    assert set(to(tell("2023-12-26 15:00"))) == {"can-bo-sxd"}


def test_who_switched_reminders_off_gets_none_before_the_deadline_and_all_after_it(appraising):
    appraiser = appraising.people["appraiser-SNV"]
    set_preference(user=appraiser, channel="email", group="step_due", wanted=False, at=OPENING)
    assert ChannelPreference.objects.count() == 1

    assert set(to(tell("2024-02-07 07:30"))) == {"tham-dinh-stp"}
    assert states(person=appraiser, settled_at=at("2024-02-07 07:30"))[ReminderState.DECLINED] == 2
    assert set(to(tell("2024-02-16 07:30"))) >= {"tham-dinh-snv"}


def test_the_reminders_of_a_rule_that_names_no_channel_of_the_person_still_go_out_where_required(province):
    ReminderRule.objects.update(channels=["chim-bo-cau"])

    assert tell(SOON) == []
    assert set(to(tell("2024-01-02 07:30"))) == OFFICERS


def test_a_role_given_later_is_planned_by_the_hourly_look(province):
    second = person("can-bo-2", province.units["SXD"], (Role.OFFICER, province.units["SXD"]))

    assert plan_missing(at=at("2023-12-25 09:00")) == 5  # the first rung has passed
    assert plan_missing(at=at("2023-12-25 10:00")) == 0
    assert second.username in to(tell(SOON))


def test_work_that_opens_later_is_announced_when_it_opens_and_once(province):
    confirm(province, "SXD", "2023-12-12 09:00")  # the self-scoring opens on 18/12/2023 at 08:00

    assert tell("2023-12-18 07:59") == []
    assert to(tell("2023-12-18 08:00")) == {"can-bo-sxd": "Tự chấm điểm: Sở Xây dựng"}
    assert tell("2023-12-18 08:01") == []


def test_one_reminder_that_cannot_be_told_keeps_nobody_elses_back(province, monkeypatch, caplog):
    def broken_for_one(kind, letter):
        if letter.recipient_name == "Can Bo Sxd":
            raise MissingField("Thư không có trường “due”.")
        return render(kind, letter)

    monkeypatch.setattr("workflow.reminders.telling.render", broken_for_one)
    assert set(to(tell(SOON))) == OFFICERS - {"can-bo-sxd"}
    assert states(person__username="can-bo-sxd") == {ReminderState.PLANNED: 6}
    assert "The reminders of person" in caplog.text

    monkeypatch.undo()
    assert set(to(tell("2023-12-26 07:05"))) == {"can-bo-sxd"}


def test_one_opening_that_cannot_be_announced_keeps_no_other_back(province, monkeypatch, caplog):
    for code in ("SXD", "SYT"):
        confirm(province, code, "2023-12-12 09:00")

    def broken_for_one(kind, letter):
        if letter.recipient_name == "Can Bo Sxd":
            raise MissingField("Thư không có trường “due”.")
        return render(kind, letter)

    monkeypatch.setattr("workflow.reminders.announcing.render", broken_for_one)
    assert set(to(tell("2023-12-18 08:00"))) == {"can-bo-syt"}
    assert "could not be announced" in caplog.text

    monkeypatch.undo()
    assert set(to(tell("2023-12-18 08:01"))) == {"can-bo-sxd"}


def test_the_sweep_costs_the_same_statements_for_one_person_and_for_three(province, django_assert_num_queries):
    for wanted in (["can-bo-sxd"], sorted(OFFICERS)):
        ReminderLine.objects.all().delete()
        PlannedReminder.objects.update(state=ReminderState.PLANNED, settled_at=None, reason="")
        PlannedReminder.objects.exclude(person__username__in=wanted).update(
            state=ReminderState.WITHDRAWN, settled_at=OPENING
        )
        moment = at(SOON) + timedelta(days=len(wanted) - 1)
        with clock.simulated(moment), django_assert_num_queries(23):
            send_due_reminders(at=moment)
    assert Official.objects.filter(notification_messages__kind="step_due").distinct().count() == 3
