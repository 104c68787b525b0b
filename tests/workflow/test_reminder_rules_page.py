"""The page of a period's reminders: its rungs, the days they fall on, adding, withdrawing and copying them."""

import re

import pytest
from django.urls import reverse

from assessments import clock
from assessments.enums import PeriodStatus, UnitKind, WindowKind
from assessments.models import AssessmentPeriod, AuditEvent, StageWindow
from assessments.operations import periods as period_operations
from tests.province import OPENING, Province, at, make_province
from workflow.enums import Audience, Timing
from workflow.models import PlannedReminder, ReminderRule, WorkItem
from workflow.rules import COMMON_LADDER, RuleDraft

pytestmark = pytest.mark.django_db

DURING = at("2023-12-12 09:00")
RUNG = {"timing": "before", "days": "2", "counting": "working", "audience": "assignees", "window": ""}


@pytest.fixture
def province() -> Province:
    return make_province()


@pytest.fixture
def other(province) -> AssessmentPeriod:
    """Another period in preparation, of the same organiser."""
    with clock.simulated(OPENING):
        return period_operations.create_period(
            code="TINH-2024",
            name="Kỳ đánh giá năm 2024",
            year=2024,
            organiser=province.root,
            secretariat=province.units["TTK"],
            council=province.units["HDDG"],
            by=province.people["organiser"],
        )


def get(client, province: Province, code: str = "TINH-2023"):
    client.force_login(province.people["organiser"])
    with clock.simulated(DURING):
        return client.get(reverse("period_reminders", args=[code]))


def post(client, province: Province, name: str = "period_reminders", code: str = "TINH-2023", **fields):
    client.force_login(province.people["organiser"])
    with clock.simulated(DURING):
        return client.post(reverse(name, args=[code]), fields)


def drafts(code: str = "TINH-2023") -> list[RuleDraft]:
    return [rule.draft for rule in ReminderRule.objects.in_force().filter(period__code=code)]


def steps(response) -> dict[WindowKind, list[str]]:
    (_, shown), *_ = response.context["timetables"]
    return {
        step.window: [
            f"{rung.day:%d/%m} {rung.draft.offset}{'' if rung.is_sent else ' không gửi'}"
            for rung in step.rungs
            if rung.day
        ]
        for step in shown
    }


def test_the_page_shows_the_ladder_and_its_days(client, province):
    response = get(client, province)

    assert [line["draft"].offset for line in response.context["lines"]] == [-7, -3, -1, 0, 1, 2, 3, 5]
    assert steps(response)[WindowKind.TRAINING] == [
        "20/12 -7",
        "26/12 -3",
        "28/12 -1",
        "29/12 0",
        "02/01 1",
        "03/01 2",
        "04/01 3",
        "08/01 5",
    ]
    assert steps(response)[WindowKind.DISPUTE][:3] == [
        "01/02 -7 không gửi",
        "07/02 -3 không gửi",
        "16/02 -1",
    ]
    assert "3 ngày làm việc trước hạn" in response.content.decode()


def test_a_rung_of_one_step_has_no_day_in_the_others(client, province):
    post(client, province, **(RUNG | {"window": "dispute"}))

    days = steps(get(client, province))
    assert [len(days[window]) for window in (WindowKind.TRAINING, WindowKind.DISPUTE)] == [8, 9]
    assert "15/02 -2 không gửi" in days[WindowKind.DISPUTE]


def test_the_days_shown_are_the_days_planned(client, province):
    shown = [day for day in steps(get(client, province))[WindowKind.TRAINING] if "không gửi" not in day]
    planned = PlannedReminder.objects.filter(work__assessment__unit__code="SXD").select_related("rule")

    assert [each[: each.index(" ")] for each in shown] == [f"{row.day:%d/%m}" for row in planned.order_by("day")]


def test_a_rung_is_added_and_open_work_is_planned_anew(client, province):
    answer = post(client, province, **RUNG)

    assert (answer.status_code, answer.url) == (302, "/ky/TINH-2023/nhac-viec/")
    assert drafts()[-1] == RuleDraft(timing=Timing.BEFORE, days=2)
    assert set(WorkItem.objects.values_list("version", flat=True)) == {2}
    page = get(client, province).content.decode()
    assert "Đã thêm mốc nhắc: 2 ngày làm việc trước hạn, mọi bước, gửi người được giao việc." in page
    assert "Lời nhắc của các việc đang mở đã được lập lại." in page


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"days": "3"}, "Đã có mốc 3 ngày làm việc trước hạn, mọi bước, gửi người được giao việc"),
        ({"days": ""}, "Số ngày phải từ 1 đến 60"),
        ({"days": "61"}, "Nhập số ngày từ 1 đến 60"),
        ({"days": "ba"}, "Nhập số ngày từ 1 đến 60"),
        ({"timing": "on"}, "Mốc “Đúng ngày hạn” không có số ngày"),
        ({"timing": ""}, "Chọn trước hạn, đúng ngày hạn hoặc sau hạn."),
    ],
)
def test_a_rung_that_cannot_be_is_refused_and_what_was_typed_stays(client, province, changes, sentence):
    answer = post(client, province, **(RUNG | {"audience": "head" if "days" not in changes else "assignees"} | changes))

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert f'name="days" value="{(RUNG | changes)["days"]}"' in answer.content.decode() or not (RUNG | changes)["days"]
    assert drafts() == list(COMMON_LADDER)


def test_a_rung_is_withdrawn_and_stays_readable(client, province):
    seven = COMMON_LADDER[0]

    answer = post(client, province, "period_reminder_withdraw", rung=seven.code)

    assert answer.status_code == 302
    assert drafts() == list(COMMON_LADDER[1:])
    page = get(client, province).content.decode()
    assert "7 ngày làm việc trước hạn, mọi bước, gửi người được giao việc: bỏ lúc 12/12/2023 09:00, To Chuc." in page
    again = post(client, province, "period_reminder_withdraw", rung=seven.code)
    assert again.status_code == 422
    assert "Mốc nhắc này không còn" in again.content.decode()


def test_a_period_in_preparation_shows_the_common_ladder_and_gets_its_own_with_the_first_change(
    client, province, other
):
    assert [line["draft"] for line in get(client, province, other.code).context["lines"]] == list(COMMON_LADDER)
    assert drafts(other.code) == []

    post(client, province, "period_reminder_withdraw", other.code, rung=COMMON_LADDER[0].code)

    assert drafts(other.code) == list(COMMON_LADDER[1:])


def test_a_period_without_any_rung_says_that_nobody_is_reminded(client, province):
    for draft in COMMON_LADDER:
        post(client, province, "period_reminder_withdraw", rung=draft.code)

    assert "Kỳ này không nhắc ai" in get(client, province).content.decode()


def test_the_ladder_of_another_period_takes_the_place_of_the_own(client, province, other):
    post(client, province, **(RUNG | {"audience": "head"}))

    answer = post(client, province, "period_reminders_copy", other.code, ky="TINH-2023")

    assert answer.url == "/ky/TINH-2024/nhac-viec/"
    assert drafts(other.code) == [*COMMON_LADDER, RuleDraft(timing=Timing.BEFORE, days=2, audience=Audience.HEAD)]
    assert AuditEvent.objects.filter(kind="reminder_rules_copied").count() == 1


def test_what_cannot_be_copied_is_refused(client, province, other):
    wrong = post(client, province, "period_reminders_copy", code="TINH-2023", ky=other.code)
    none = post(client, province, "period_reminders_copy", other.code, ky="")

    assert (wrong.status_code, none.status_code) == (422, 422)
    assert "Kỳ này không có trong danh sách." in wrong.content.decode()
    assert "Chọn kỳ nguồn." in none.content.decode()
    assert "Bạn không tổ chức kỳ nào khác" in get(client, province).content.decode()


def test_a_published_period_keeps_its_ladder_and_says_so(client, province):
    AssessmentPeriod.objects.update(status=PeriodStatus.PUBLISHED)

    page = get(client, province).content.decode()

    assert "Kết quả của kỳ đã công bố nên không đổi mốc nhắc nữa." in page
    assert "Thêm mốc nhắc" not in page
    assert post(client, province, **RUNG).status_code == 422
    assert drafts() == list(COMMON_LADDER)


def test_channels_are_offered_where_there_are_several(client, province, monkeypatch):
    monkeypatch.setattr("workflow.forms_reminders.offered", lambda: ["email", "zalo"])

    post(client, province, **RUNG, channels=["zalo"])

    assert drafts()[-1].channels == ("zalo",)
    assert re.search(r'data-label="Kênh">\s*Zalo', get(client, province).content.decode())


def test_the_period_leads_its_organiser_to_the_page(client, province):
    client.force_login(province.people["organiser"])

    assert 'href="/ky/TINH-2023/nhac-viec/"' in client.get("/ky/TINH-2023/").content.decode()
    client.force_login(province.people["secretary"])
    assert "nhac-viec" not in client.get("/ky/TINH-2023/").content.decode()


def test_the_page_takes_the_same_queries_for_one_rung_and_for_eight(client, province, django_assert_num_queries):
    client.force_login(province.people["organiser"])
    for size in (8, 3, 1):
        for rule in list(ReminderRule.objects.in_force())[size:]:
            post(client, province, "period_reminder_withdraw", rung=rule.draft.code)
        client.get(reverse("period_reminders", args=["TINH-2023"]))  # the messages of before
        with django_assert_num_queries(12):
            page = client.get(reverse("period_reminders", args=["TINH-2023"]))
        assert len(page.context["lines"]) == size


def test_without_a_timetable_the_page_says_what_it_would_show(client, province):
    StageWindow.objects.filter(unit_kind=UnitKind.DEPARTMENT).delete()

    assert "Chưa có kế hoạch thời gian." in get(client, province).content.decode()
