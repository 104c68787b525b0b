"""The inbox: what waits for whom, how urgent it is, who has taken it."""

import pytest
from django.urls import reverse

from assessments import clock
from assessments.enums import Role
from assessments.models import Official
from assessments.operations.officials import grant_role
from assessments.queries.calendar import working_calendar
from tests.province import OPENING, Province, at, make_province, person, sweep
from tests.workflow.test_flow import to_dispute, to_sign_off, to_submitted
from workflow.models import WorkItem
from workflow.operations import inbox as operations
from workflow.queries.inbox import soon_until

pytestmark = pytest.mark.django_db

WEDNESDAY = at("2023-12-20 09:00")
DURING_APPRAISAL = at("2024-01-16 09:00")


@pytest.fixture
def province() -> Province:
    return make_province()


@pytest.fixture
def appraising(province) -> Province:
    """Sở Xây dựng and Sở Y tế lie with the appraisers."""
    to_submitted(province, "SXD")
    to_submitted(province, "SYT")
    sweep(at("2024-01-10 08:00"))
    return province


def read(client, who: Official, moment=WEDNESDAY, **asked):
    client.force_login(Official.objects.get(pk=who.pk))
    with clock.simulated(moment):
        return client.get(reverse("inbox"), asked)


def press(client, name: str, work: WorkItem, moment=WEDNESDAY, **fields):
    with clock.simulated(moment):
        return client.post(reverse(name, args=[work.pk]), fields)


def shown(response) -> list[str]:
    return [f"{row.work.assessment.unit.code}: {row.step}" for row in response.context["page"]]


def numbers(response) -> dict[str, int]:
    return {tab["label"]: tab["count"] for tab in response.context["tabs"]}


def test_an_officer_sees_the_work_of_the_own_unit_alone(client, province):
    response = read(client, province.people["officer-SXD"])

    assert shown(response) == ["SXD: Xác nhận người tham gia tập huấn"]
    assert numbers(response) == {
        "Chờ xử lý": 1,
        "Sắp hết hạn": 0,
        "Quá hạn": 0,
        "Đã hẹn": 0,
        "Đã xử lý": 0,
        "Theo dõi": 0,
    }


def test_a_head_follows_what_the_officers_have_to_do(client, province):
    response = read(client, province.people["head-SXD"], muc="theo-doi")

    assert shown(response) == ["SXD: Xác nhận người tham gia tập huấn"]
    assert numbers(response)["Chờ xử lý"] == 0
    assert "Nhận việc" not in response.content.decode()


def test_an_appraiser_sees_the_branch_of_the_own_body_with_its_name(client, appraising):
    response = read(client, appraising.people["appraiser-STP"], DURING_APPRAISAL)

    assert shown(response) == ["SXD: Thẩm định – Sở Tư pháp", "SYT: Thẩm định – Sở Tư pháp"]
    assert numbers(response)["Theo dõi"] == 0  # the other body's branches of the same cases are not shown


def test_work_of_ones_own_unit_is_not_given_to_an_appraiser_who_works_there(client, appraising):
    both = appraising.people["appraiser-SNV"]
    grant_role(official=both, role=Role.OFFICER, unit=appraising.units["SXD"], by=None, at=OPENING)

    response = read(client, both, DURING_APPRAISAL)

    assert shown(response) == ["SYT: Thẩm định – Sở Nội vụ"]


def test_organiser_secretary_council_and_supervisor_follow_every_case(client, appraising):
    for who in ("organiser", "secretary", "council", "supervisor"):
        response = read(client, appraising.people[who], DURING_APPRAISAL, muc="theo-doi")
        assert len(shown(response)) == 4, who


def test_an_administrator_follows_nothing(client, appraising):
    assert numbers(read(client, appraising.people["administrator"], DURING_APPRAISAL)) == {
        "Chờ xử lý": 0,
        "Sắp hết hạn": 0,
        "Quá hạn": 0,
        "Đã hẹn": 0,
        "Đã xử lý": 0,
        "Theo dõi": 0,
    }


@pytest.mark.parametrize(
    ("moment", "tab", "words"),
    [
        ("2023-12-25 09:00", None, "Còn hạn – còn 4 ngày làm việc"),
        ("2023-12-26 09:00", "Sắp hết hạn", "Sắp hết hạn – còn 3 ngày làm việc"),
        ("2023-12-28 09:00", "Sắp hết hạn", "Rất gấp – còn 1 ngày làm việc"),
        ("2023-12-31 23:59", "Sắp hết hạn", "Rất gấp – còn dưới 1 ngày làm việc"),
        ("2024-01-01 00:00", "Quá hạn", "Đã đóng"),
    ],
)
def test_the_deadline_is_said_in_working_days_and_the_tabs_count_the_same_way(client, province, moment, tab, words):
    response = read(client, province.people["officer-SXD"], at(moment))

    urgent = {name: number for name, number in numbers(response).items() if name in ("Sắp hết hạn", "Quá hạn")}
    assert urgent == {"Sắp hết hạn": 0, "Quá hạn": 0} | ({tab: 1} if tab else {})
    assert words in response.content.decode()
    assert "31/12/2023 24:00" in response.content.decode()


def test_the_border_of_soon_is_the_midnight_before_the_fourth_working_day():
    assert soon_until(at("2023-12-26 09:00"), working_calendar()) == at("2024-01-02 00:00")  # Monday is a holiday


def test_work_that_is_not_open_yet_says_from_when(client, province):
    officer = province.people["officer-SXD"]
    with clock.simulated(at("2023-12-12 09:00")):
        from_training = WorkItem.objects.get(assessment__unit__code="SXD")
        client.force_login(officer)
        client.post(reverse("case_training", args=[from_training.assessment_id]), {"participants": "Nguyễn Văn A"})

    response = read(client, officer, at("2023-12-12 09:05"))

    assert shown(response) == ["SXD: Tự chấm điểm"]
    assert "mở từ 08:00 ngày 18/12/2023" in response.content.decode()


def test_what_is_done_says_by_whom_and_leads_to_the_case(client, province):
    to_sign_off(province, "SXD")
    officer = province.people["officer-SXD"]

    response = read(client, officer, at("2024-01-05 10:00"), muc="da-xu-ly")

    assert [row.work.closed_by for row in response.context["page"]] == [officer] * 3
    assert sorted(shown(response)) == [
        "SXD: Cung cấp tài liệu kiểm chứng, trình lãnh đạo",
        "SXD: Tự chấm điểm",
        "SXD: Xác nhận người tham gia tập huấn",
    ]
    done = response.context["page"][0].work
    assert client.get(reverse("work", args=[done.pk])).url == reverse("case", args=[done.assessment_id])


@pytest.mark.parametrize("text", ["y te", "Y TẾ", "sở y tế", "syt", "tham dinh y te"])
def test_search_needs_no_diacritics(client, appraising, text):
    response = read(client, appraising.people["appraiser-STP"], DURING_APPRAISAL, q=text)

    assert shown(response) == ["SYT: Thẩm định – Sở Tư pháp"]


def test_the_step_filters_and_an_unknown_one_does_not(client, appraising):
    appraiser = appraising.people["appraiser-STP"]

    assert shown(read(client, appraiser, DURING_APPRAISAL, buoc="sign")) == []
    assert len(shown(read(client, appraiser, DURING_APPRAISAL, buoc="appraise"))) == 2
    assert len(shown(read(client, appraiser, DURING_APPRAISAL, buoc="khong-co", muc="khong-co"))) == 2


def test_nothing_found_is_said_with_a_way_back(client, appraising):
    response = read(client, appraising.people["appraiser-STP"], DURING_APPRAISAL, q="không có")

    assert "Không có việc nào khớp" in response.content.decode()
    assert 'href="/viec/?muc=cho-xu-ly"' in response.content.decode()


def test_the_most_urgent_comes_first(client, province):
    response = read(client, province.people["officer-SXD"])
    WorkItem.objects.filter(assessment__unit__code="SYT").update(due_at=at("2023-12-21 09:00"))

    response = read(client, province.people["organiser"], muc="theo-doi")

    assert [row.work.assessment.unit.code for row in response.context["page"]] == ["SYT", "STP", "SXD"]


def test_claiming_shows_the_holder_to_colleagues_and_closes_their_button(client, appraising):
    colleague = person("dong-nghiep", appraising.units["STP"], (Role.APPRAISER, appraising.units["STP"]))
    work = WorkItem.objects.get(assessment__unit__code="SXD", branch__body_name="Sở Tư pháp", node="appraise")
    client.force_login(appraising.people["appraiser-STP"])

    answer = press(client, "work_claim", work, DURING_APPRAISAL, back="/viec/?muc=cho-xu-ly")

    assert (answer.status_code, answer.url) == (302, f"/viec/?muc=cho-xu-ly#viec-{work.pk}")
    work.refresh_from_db()
    assert (work.claimed_by, work.claimed_at) == (appraising.people["appraiser-STP"], DURING_APPRAISAL)
    rows = {row.work.pk: row for row in read(client, colleague, DURING_APPRAISAL).context["page"]}
    assert (rows[work.pk].holder, rows[work.pk].can_claim, rows[work.pk].can_release) == (
        "Tham Dinh Stp đang giữ",
        False,
        False,
    )


def test_a_colleague_who_is_too_late_reads_who_has_it_and_nothing_changes(client, appraising):
    colleague = person("dong-nghiep", appraising.units["STP"], (Role.APPRAISER, appraising.units["STP"]))
    work = WorkItem.objects.get(assessment__unit__code="SXD", branch__body_name="Sở Tư pháp", node="appraise")
    with clock.simulated(DURING_APPRAISAL):
        operations.claim(work=work, by=appraising.people["appraiser-STP"])
    client.force_login(colleague)

    claimed = press(client, "work_claim", work, DURING_APPRAISAL)
    released = press(client, "work_release", work, DURING_APPRAISAL)

    assert (claimed.status_code, claimed.context["refusals"]) == (422, ["Việc này đã được Tham Dinh Stp nhận."])
    assert (released.status_code, released.context["refusals"]) == (
        422,
        ["Việc này do Tham Dinh Stp nhận; chỉ người đó trả lại được."],
    )
    work.refresh_from_db()
    assert work.claimed_by == appraising.people["appraiser-STP"]


def test_releasing_puts_work_back_into_the_queue(client, appraising):
    appraiser = appraising.people["appraiser-STP"]
    work = WorkItem.objects.get(assessment__unit__code="SXD", branch__body_name="Sở Tư pháp", node="appraise")
    with clock.simulated(DURING_APPRAISAL):
        operations.claim(work=work, by=appraiser)
    client.force_login(appraiser)

    answer = press(client, "work_release", work, DURING_APPRAISAL, back="https://elsewhere.example/")

    assert answer.url == f"/viec/#viec-{work.pk}"  # never to another site
    work.refresh_from_db()
    assert (work.claimed_by, work.claimed_at) == (None, None)


@pytest.mark.parametrize("name", ["work", "work_claim", "work_release"])
def test_work_of_others_is_not_found(client, appraising, name):
    work = WorkItem.objects.get(assessment__unit__code="SXD", branch__body_name="Sở Nội vụ", node="appraise")
    client.force_login(appraising.people["appraiser-STP"])

    answer = client.get(reverse(name, args=[work.pk])) if name == "work" else press(client, name, work)

    assert answer.status_code == 404


@pytest.mark.parametrize("name", ["work_claim", "work_release"])
def test_claiming_needs_a_post(client, appraising, name):
    work = WorkItem.objects.filter(node="appraise").first()
    client.force_login(appraising.people["appraiser-STP"])

    answer = client.get(reverse(name, args=[work.pk]))

    assert (answer.status_code, answer["Location"]) == (302, reverse("work", args=[work.pk]))
    work.refresh_from_db()
    assert work.claimed_by is None


def test_open_work_leads_to_the_page_of_its_step(client, province):
    work = WorkItem.objects.get(assessment__unit__code="SXD")
    client.force_login(province.people["officer-SXD"])

    assert client.get(reverse("work", args=[work.pk])).url == f"/ho-so/{work.assessment_id}/tap-huan/"


def test_somebody_not_signed_in_is_asked_to_sign_in(client, province):
    assert client.get(reverse("inbox")).url == "/dang-nhap/?next=/viec/"


def test_the_inbox_takes_eight_queries_at_one_row_and_at_three(client, django_assert_num_queries):
    province = make_province()
    client.force_login(province.people["officer-SXD"])
    with clock.simulated(WEDNESDAY), django_assert_num_queries(8):
        assert len(client.get(reverse("inbox")).context["page"]) == 1
    to_submitted(province, "SXD")
    to_submitted(province, "SYT")
    to_submitted(province, "STP")
    sweep(at("2024-01-10 08:00"))
    client.force_login(province.people["appraiser-SNV"])
    with clock.simulated(DURING_APPRAISAL), django_assert_num_queries(8):
        assert len(client.get(reverse("inbox"), {"q": "tham dinh"}).context["page"]) == 3
    client.force_login(province.people["organiser"])
    with clock.simulated(DURING_APPRAISAL), django_assert_num_queries(8):
        assert len(client.get(reverse("inbox"), {"muc": "theo-doi"}).context["page"]) == 6


def test_fifty_rows_make_a_page(client, province, monkeypatch):
    monkeypatch.setattr("workflow.views.inbox.ROWS_PER_PAGE", 2)
    to_dispute(province, "STP", "SXD", "SYT")

    response = read(client, province.people["organiser"], at("2024-02-15 09:00"), muc="theo-doi", page="2")

    assert (len(response.context["page"]), response.context["page"].paginator.num_pages) == (1, 2)
    assert "muc=theo-doi&amp;page=1" in response.content.decode()


def test_the_root_leads_to_the_inbox_or_to_what_everybody_may_read(client, province):
    assert client.get("/").url == "/ket-qua/"
    client.force_login(province.people["officer-SXD"])
    assert client.get("/").url == "/viec/"
