"""The rehearsal: what it says is what happens when the same period is then opened and swept with nobody acting."""

from collections import Counter, defaultdict
from datetime import date, timedelta

import pytest

from assessments import clock
from assessments.enums import LatePolicy, Role, UnitKind, WindowKind
from assessments.models import Official
from assessments.operations import periods as period_operations
from assessments.operations.units import write_unit
from assessments.rules import NotAllowed, NotPermitted
from assessments.rules.calendar import local_day, starts_day
from notifications.enums import Source, Status
from notifications.models import ChannelPreference, DigestHour, Message, ZaloMonitor
from tests.province import OPENING, Province, at, make_province, person
from tests.snapshot import state_of_tables
from workflow.enums import Assumption, Audience, Timing
from workflow.models import Escalation, ReminderLine, WorkItem
from workflow.operations.periods import open_period
from workflow.operations.rehearsal import opening_moment, rehearse
from workflow.operations.rehearsal_outcome import Rehearsal, label
from workflow.operations.reminder_rules import add_rule
from workflow.operations.reminders import send_due_reminders
from workflow.operations.timers import fire_due_timers
from workflow.rules import RuleDraft

pytestmark = pytest.mark.django_db
HOURS = (0, 7, 8, 9, 17)  # the timetable's moments, and the hours at which people read


def rehearsal_of(province: Province, assumption: Assumption = Assumption.NOBODY) -> Rehearsal:
    with clock.simulated(OPENING):
        return rehearse(
            period=province.period, opening_at=OPENING, assumption=assumption, by=province.people["organiser"]
        )


def add_odd_people(province: Province) -> None:
    """Add those who are reminded in another way than the one officer and head of a unit."""
    units, people = province.units, province.people
    person("can-bo-2", units["SXD"], (Role.OFFICER, units["SXD"]), (Role.OFFICER, units["SYT"]))
    both = person("ca-hai", units["SYT"], (Role.OFFICER, units["SYT"]), (Role.HEAD, units["SYT"]))
    person("nguoi-nha", units["SXD"], (Role.OFFICER, units["SXD"]), (Role.APPRAISER, units["SNV"]))
    silent = person("khong-thu", units["STP"], (Role.OFFICER, units["STP"]))
    Official.objects.filter(pk=silent.pk).update(email="")
    ChannelPreference.objects.create(
        user=people["officer-SXD"],
        channel="email",
        group="step_due",
        wanted=False,
        changed_at=OPENING,
        source=Source.values[0],
    )
    DigestHour.objects.create(user=both, hour=9, changed_at=OPENING)
    with clock.simulated(OPENING):
        draft = RuleDraft(timing=Timing.AFTER, days=1, audience=Audience.HEAD, window=WindowKind.SELF_SCORING)
        add_rule(period=province.period, draft=draft, by=people["organiser"])


def live_through(province: Province, last: date) -> None:
    """Open the period and sweep day by day; nobody acts, every message is delivered at once."""
    with clock.simulated(OPENING):
        open_period(period=province.period, by=province.people["organiser"])
    day = local_day(OPENING)
    while day <= last:
        for hour in HOURS:
            moment = starts_day(day) + timedelta(hours=hour)
            if moment < OPENING:
                continue
            with clock.simulated(moment):
                fire_due_timers(at=moment)
                send_due_reminders(at=moment)
            due = Message.objects.filter(status=Status.WAITING, not_before__lte=moment)
            due.update(status=Status.SENT, sent_at=moment)
        day += timedelta(days=1)


def what_happened() -> dict[str, Counter]:
    works = [
        work
        for work in WorkItem.objects.select_related("assessment")
        if work.closed_at != max(work.created_at, work.opens_at)
    ]
    told = ReminderLine.objects.select_related("reminder__work", "reminder__rule", "message")
    people = defaultdict(set)
    for line in told:
        where = local_day(line.message.created_at), line.reminder.work.title, line.reminder.rule.draft.short
        people[(*where, label(line.channel))].add(line.reminder.person_id)
    escalations = Escalation.objects.select_related("work")
    return {
        "openings": Counter((local_day(max(work.created_at, work.opens_at)), work.title) for work in works),
        "closings": Counter(
            (local_day(work.closed_at), work.title) for work in WorkItem.objects.filter(closed_at__isnull=False)
        ),
        "reminders": Counter({where: len(found) for where, found in people.items()}),
        "escalations": Counter(
            (row.day, row.work.title, Role(row.role).label)
            for row in escalations
            if row.work.closed_at is None or row.work.closed_at > starts_day(row.day)
        ),
        "messages": Counter(
            (local_day(row.not_before), label(row.channel)) for row in Message.objects.filter(status=Status.SENT)
        ),
    }


def what_was_said(rehearsal: Rehearsal) -> dict[str, Counter]:
    days = rehearsal.days
    return {
        "openings": Counter({(day.day, line.step): line.works for day in days for line in day.openings}),
        "closings": Counter({(day.day, line.step): line.works for day in days for line in day.closings}),
        "reminders": Counter(
            {
                (day.day, line.step, line.rung, channel): count
                for day in days
                for line in day.reminders
                for channel, count in line.people.items()
            }
        ),
        "escalations": Counter({(day.day, line.step, line.to): line.works for day in days for line in day.escalations}),
        "messages": Counter({(day.day, channel): count for day in days for channel, count in day.messages.items()}),
    }


@pytest.mark.slow
@pytest.mark.parametrize("late_policy", LatePolicy)
def test_it_says_exactly_what_happens_when_nobody_acts(late_policy):
    province = make_province(late_policy=late_policy, opened=False)
    add_odd_people(province)

    said = rehearsal_of(province)
    live_through(province, said.days[-1].day + timedelta(days=10))

    happened = what_happened()
    assert what_was_said(said) == happened
    # a held case waits for an extension with nothing to do: nothing of it is ever overdue
    filled = {name for name, part in happened.items() if len(part) >= 2}
    assert filled == set(happened) - ({"escalations"} if late_policy == LatePolicy.HOLD else set())
    assert happened["openings"][date(2023, 12, 11), "Xác nhận người tham gia tập huấn"] == 3


@pytest.mark.parametrize("assumption", Assumption)
def test_nothing_of_it_remains(assumption, django_capture_on_commit_callbacks):
    province = make_province(opened=False)
    before = state_of_tables()

    with django_capture_on_commit_callbacks() as woken:
        rehearsal_of(province, assumption)

    assert state_of_tables() == before
    assert woken == []


def test_when_everybody_is_in_time_each_step_is_done_on_its_last_working_day():
    province = make_province(opened=False)

    rehearsal = rehearsal_of(province, Assumption.IN_TIME)

    done = {(day.day, line.step): (line.units, line.works) for day in rehearsal.days for line in day.done}
    assert done == {
        (date(2023, 12, 29), "Xác nhận người tham gia tập huấn"): (3, 3),
        (date(2024, 1, 9), "Tự chấm điểm"): (3, 3),
        (date(2024, 1, 9), "Cung cấp tài liệu kiểm chứng, trình lãnh đạo"): (3, 3),
        (date(2024, 1, 9), "Ký, gửi hồ sơ"): (3, 3),
        (date(2024, 2, 7), "Thẩm định"): (3, 6),  # due at 08:00 after Tết: the last working day before it
        (date(2024, 2, 20), "Tổng hợp, công bố kết quả sơ bộ"): (3, 3),
        (date(2024, 2, 23), "Kiến nghị hoặc chấp nhận kết quả sơ bộ"): (3, 3),
    }
    (last_day,) = (day for day in rehearsal.days if day.day == date(2024, 1, 9))
    assert [line.step for line in last_day.done] == [
        "Tự chấm điểm",
        "Cung cấp tài liệu kiểm chứng, trình lãnh đạo",
        "Ký, gửi hồ sơ",
    ]
    assert last_day.messages == {"Thư điện tử": 9}  # a reminder, then what opens for officer and head, at each unit
    assert [line for day in rehearsal.days for line in day.closings] == []
    assert [line for day in rehearsal.days for line in day.escalations] == []
    assert rehearsal.rests == (("Chờ Hội đồng công bố", 3),)
    reminded = {(day.day, line.step, line.rung) for day in rehearsal.days for line in day.reminders}
    assert (date(2024, 1, 9), "Tự chấm điểm", "đúng ngày hạn") in reminded  # in the morning it is not done yet
    assert not {rung for _, _, rung in reminded if "sau hạn" in rung}


def test_one_unit_of_each_group_is_played_for_all():
    province = make_province(opened=False)
    rehearsal = rehearsal_of(province)
    assert rehearsal.unit_count == 3
    assert sorted(rehearsal.played) == ["Sở Tư pháp", "Sở Xây dựng"]  # the one that appraises, and one that does not


def test_it_warns_of_roles_that_nobody_holds_and_of_days_off():
    province = make_province(opened=False, late_policy=LatePolicy.ZERO)
    Official.objects.filter(pk=province.people["head-SYT"].pk).update(is_active=False)

    assert rehearsal_of(province).warnings == (
        "Thứ Hai 01/01/2024 (Tết Dương lịch): “Tự chấm điểm” mở vào ngày nghỉ, thư báo đến trong ngày nghỉ.",
        "Chủ nhật 31/12/2023 (nghỉ cuối tuần): ngày cuối của “Xác nhận người tham gia tập huấn” (hạn 24:00 ngày "
        "31/12/2023) là ngày nghỉ.",
    )
    assert any(
        warning.startswith("Chưa ai giữ vai trò “Lãnh đạo đơn vị” tại Sở Y tế: ")
        for warning in rehearsal_of(province, Assumption.IN_TIME).warnings
    )


def test_reminders_by_zalo_are_counted_and_a_day_beyond_its_quota_is_named(settings):
    settings.ZALO = settings.ZALO | {"bot_token": "12:bot"}
    settings.ZALO = settings.ZALO | {"app_id": "1", "app_secret": "s", "templates": {"step_opened": "1"}}
    province = make_province(opened=False)
    Official.objects.filter(username__startswith="can-bo").update(phone="0912345678")
    ZaloMonitor.objects.create(pk=1, quota_daily=2, quota_read_at=OPENING)

    rehearsal = rehearsal_of(province)

    assert rehearsal.days[0].messages == {"Thư điện tử": 3, "Zalo": 3}
    assert (
        "Thứ Hai 11/12/2023: 3 tin Zalo, quá hạn mức 2 tin một ngày; phần còn lại đi sáng hôm sau hoặc qua thư điện tử."
        in rehearsal.warnings
    )


def test_it_is_refused_for_what_cannot_open_and_to_whoever_does_not_organise():
    province = make_province(opened=True)
    asked = {"period": province.period, "opening_at": OPENING, "assumption": Assumption.NOBODY}
    with pytest.raises(NotAllowed, match="Kỳ đánh giá đã mở"):
        rehearse(**asked, by=province.people["organiser"])
    with pytest.raises(NotPermitted):
        rehearse(**asked, by=province.people["secretary"])


def test_it_opens_on_the_day_asked_or_when_the_first_step_does_but_not_in_the_past():
    province = make_province(opened=False)
    period = province.period
    with clock.simulated(at("2023-12-01 10:00")):
        assert opening_moment(period) == OPENING
        assert opening_moment(period, date(2023, 12, 11)) == OPENING
        assert opening_moment(period, date(2023, 12, 12)) == at("2023-12-12 08:00")
    with clock.simulated(at("2023-12-13 10:00")):
        assert opening_moment(period) == at("2023-12-13 10:00")


@pytest.mark.slow
def test_a_whole_province_takes_far_less_than_a_minute():
    province = make_province(opened=False, late_policy=LatePolicy.ZERO)
    root, organiser = province.root, province.people["organiser"]
    units = [
        write_unit(code=f"S{number}", name=f"Sở số {number}", kind=UnitKind.DEPARTMENT, parent=root)
        for number in range(300)
    ]
    for unit in units:
        person(f"cb-{unit.code}", unit, (Role.OFFICER, unit), (Role.HEAD, unit))
    with clock.simulated(OPENING):
        period_operations.set_units(period=province.period, units=units, by=organiser)

    rehearsal = rehearsal_of(province)

    assert rehearsal.unit_count == 300
    assert rehearsal.busiest is not None
    assert rehearsal.busiest.message_count == 600  # the appraisal opens: 300 dossiers at each of two bodies
    assert rehearsal.seconds < 20
