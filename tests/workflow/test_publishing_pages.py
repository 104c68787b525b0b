"""Survey shares, council, publication and correction through HTTP."""

import re
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from assessments import clock
from assessments.enums import PeriodStatus, Role, Stage
from assessments.models import AssessmentPeriod, ItemScore, Publication
from assessments.operations.periods import set_units
from tests.province import OPENING, Province, make_province, person
from tests.published import CORRECTING_AT, PUBLISHING_AT, correct, publish, to_council
from tests.workflow.stages import to_dispute, to_sign_off
from workflow.operations.periods import open_period, publish_period

pytestmark = pytest.mark.django_db
HOME = "/ky/TINH-2023/cong-bo/"
SURVEY = "/ky/TINH-2023/khao-sat/"
DECISION = {"decision_number": "812/QĐ-UBND", "decision_date": "15/03/2024"}
GOOD = "unit_code,item_code,share,answers\nSTP,3.1,0.8321,120\nSXD,3.1,0.5,\nSYT,3.1,1,90\n"


@pytest.fixture
def province() -> Province:
    return make_province()


@pytest.fixture
def organiser(client, province):
    """The organiser, signed in."""
    client.force_login(province.people["organiser"])
    return province.people["organiser"]


def errors_of(response) -> list[str]:
    """Return what the error summary of a page says."""
    summary = re.search(r'<div class="error-summary".*?</div>', response.content.decode(), re.DOTALL)
    found = re.findall(r"<li>(.*?)</li>", summary.group(), re.DOTALL) if summary else []
    return [" ".join(re.sub(r"<[^>]+>", " ", each).split()) for each in found]


def send(client, moment=PUBLISHING_AT, url=HOME, **values: str):
    with clock.simulated(moment):
        return client.post(url, values)


def marks_on(page) -> str:
    """Return the marks of what the confirmation shows, as its form sends them."""
    return re.search(r'name="seen" value="([^"]*)"', page.content.decode()).group(1)


def upload(client, text: str, name: str = "khao-sat.csv"):
    return client.post(SURVEY, {"file": SimpleUploadedFile(name, text.encode(), "text/csv")})


def shares() -> dict[str, str]:
    """Return the shares that stand recorded, as they are stored."""
    rows = ItemScore.objects.filter(survey_share__isnull=False).select_related("assessment__unit")
    return {row.assessment.unit.code: f"{row.survey_share.normalize():f}" for row in rows}


def test_shares_are_looked_at_first_and_written_on_confirmation(client, province, organiser):
    preview = upload(client, GOOD)
    before = shares()

    response = client.post(f"{SURVEY}xac-nhan/", {"token": preview.context["token"]})

    assert (preview.status_code, before) == (200, {})
    assert response["Location"] == SURVEY
    assert shares() == {"STP": "0.8321", "SXD": "0.5", "SYT": "1"}
    assert ItemScore.objects.get(assessment__unit__code="STP", item__code="3.1").survey_answers == 120


def test_shares_with_decimal_commas_are_read(client, organiser):
    preview = upload(client, "unit_code;item_code;share\nSXD;3.1;0,8321\n")
    client.post(f"{SURVEY}xac-nhan/", {"token": preview.context["token"]})

    assert shares() == {"SXD": "0.8321"}


def test_every_problem_is_named_by_its_row_and_nothing_is_written(client, organiser):
    response = upload(
        client,
        "unit_code,item_code,share,answers\nABC,3.1,0.5,\nSXD,1.1,0.5,\nSXD,3.1,1.5,\nSXD,3.1,0.5,nhiều\n"
        "STP,3.1,0.5,\nSTP,3.1,0.6,\nSYT,3.1,,\n",
    )

    assert response.status_code == 422
    assert [
        (problem.place.row, problem.place.heading, problem.sentence) for problem in response.context["problems"]
    ] == [
        (2, "unit_code", "Đơn vị “ABC” không tham gia kỳ này; kiểm tra mã đơn vị."),
        (3, "item_code", "“1.1” không phải nội dung điều tra xã hội học của đơn vị “SXD”; kiểm tra mã nội dung."),
        (4, "share", "“1.5” không phải tỷ lệ từ 0 đến 1 với nhiều nhất 10 chữ số thập phân, ví dụ 0,8321."),
        (5, "answers", "Số phiếu “nhiều” phải là số nguyên, hoặc để trống."),
        (7, "item_code", "Nội dung “3.1” của “STP” có hai dòng; giữ lại một."),
        (8, "share", "“” không phải tỷ lệ từ 0 đến 1 với nhiều nhất 10 chữ số thập phân, ví dụ 0,8321."),
    ]
    assert shares() == {}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("unit_code,share\nSXD,1\n", "Thiếu cột item_code; dòng tiêu đề cần: unit_code, item_code, share."),
        ("unit_code,item_code,share\n", "Tệp không có dòng kết quả nào."),
    ],
)
def test_a_file_of_another_form_is_refused(client, organiser, text, sentence):
    response = upload(client, text)

    assert [problem.sentence for problem in response.context["problems"]] == [sentence]


def test_the_file_of_somebody_else_cannot_be_confirmed(client, province, organiser):
    token = upload(client, GOOD).context["token"]
    client.force_login(province.people["secretary"])

    response = client.post(f"{SURVEY}xac-nhan/", {"token": token})

    assert response.status_code == 422
    assert errors_of(response) == ["Tệp đã chọn không còn được giữ; hãy chọn lại tệp và kiểm tra lần nữa."]
    assert shares() == {}


@pytest.mark.parametrize(
    ("who", "status"),
    [("secretary", 200), ("council", 403), ("supervisor", 403), ("officer-SXD", 403), ("administrator", 404)],
)
def test_organiser_and_secretary_alone_record_the_survey(client, province, who, status):
    client.force_login(province.people[who])

    assert client.get(SURVEY).status_code == status
    assert upload(client, GOOD).status_code == status


def test_the_page_says_who_is_not_ready_and_what_they_wait_for(client, province, organiser):
    to_dispute(province, "STP", "SXD")

    page = client.get(HOME)

    assert [(row["case"].unit.code, [title for title, _ in row["work"]]) for row in page.context["waiting"]] == [
        ("STP", ["Kiến nghị hoặc chấp nhận kết quả sơ bộ"]),
        ("SXD", ["Kiến nghị hoặc chấp nhận kết quả sơ bộ"]),
        ("SYT", []),
    ]
    assert "Gia hạn của đơn vị tổ chức (hồ sơ tạm khóa do quá hạn)" in page.content.decode()
    assert [need.unit_code for need in page.context["readiness"].survey_missing] == ["STP", "SXD", "SYT"]
    refused = send(client, **DECISION)
    assert refused.status_code == 422
    assert Publication.objects.count() == 0


@pytest.mark.parametrize("who", ["organiser", "secretary", "council"])
def test_the_preview_shows_nothing_of_a_unit_without_a_result(client, province, who):
    to_sign_off(province, "STP")  # a filled-in draft, held when the time of submission ran out
    to_dispute(province, "SXD")
    client.force_login(province.people[who])

    page = client.get(HOME)

    (group,) = page.context["readiness"].groups
    assert [(row.result.rank, row.result.unit_name) for row in group.rows] == [(1, "Sở Xây dựng")]
    assert [(case.unit.name, case.stage) for case in group.without_result] == [
        ("Sở Tư pháp", Stage.HELD),
        ("Sở Y tế", Stage.HELD),
    ]
    rows = re.findall(r"<tr>(.*?)</tr>", page.content.decode(), re.DOTALL)
    shown = [row for row in rows if "Sở Tư pháp" in row and 'data-label="Hạng"' in row]
    cells = [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td.*?</td>", shown[0], re.DOTALL)]
    assert (len(shown), cells[:-1]) == (1, ["–"] * 8)
    assert "Tạm khóa do quá hạn" in cells[-1]
    assert "Hạng chỉ tính giữa các đơn vị đã có kết quả sơ bộ" in page.content.decode()


def test_ranks_of_the_preview_do_not_tell_of_units_without_a_result(client, province, organiser):
    to_council(province)
    best = province.case("SYT")
    type(best).objects.filter(pk=best.pk).update(stage=Stage.APPRAISAL)

    (group,) = client.get(HOME).context["readiness"].groups

    assert [(row.result.rank, row.result.unit_name) for row in group.rows] == [(1, "Sở Tư pháp"), (1, "Sở Xây dựng")]
    assert [case.unit.name for case in group.without_result] == ["Sở Y tế"]


def test_a_missing_survey_share_keeps_the_period_from_being_published(client, province, organiser):
    to_council(province, with_survey=False)

    page = client.get(HOME)
    response = send(client, **DECISION, confirmed="1")

    assert "Còn nội dung chưa có điểm" in page.context["closed_reason"]
    assert response.status_code == 422
    assert AssessmentPeriod.objects.get().status == PeriodStatus.OPEN


def test_a_period_is_published_after_a_second_look(client, province, organiser):
    to_council(province)

    confirm = send(client, **DECISION)
    published_before = Publication.objects.count()
    response = send(client, **DECISION, confirmed="1", seen=marks_on(confirm))

    assert confirm.status_code == 200
    assert "812/QĐ-UBND, ngày 15/03/2024" in confirm.content.decode()
    assert [
        (row.result.rank, row.result.unit_name, row.result.index)
        for group in confirm.context["readiness"].groups
        for row in group.rows
    ] == [(1, "Sở Y tế", "82"), (2, "Sở Tư pháp", "80"), (2, "Sở Xây dựng", "80")]
    assert published_before == 0
    assert response["Location"] == HOME
    publication = Publication.objects.get()
    assert (publication.decision_number, publication.decision_date) == ("812/QĐ-UBND", date(2024, 3, 15))
    assert publication.digest in client.get(HOME).content.decode()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"decision_number": ""}, "Nhập số quyết định công bố."),
        ({"decision_date": "hôm nay"}, "Ngày phải viết như 15/03/2024."),
    ],
)
def test_a_refused_decision_keeps_what_was_typed(client, province, organiser, changes, error):
    to_council(province)

    response = send(client, **(DECISION | changes))

    assert response.status_code == 422
    assert errors_of(response) == [error]
    kept = "812/QĐ-UBND" if "decision_number" not in changes else "15/03/2024"
    assert f'value="{kept}"' in response.content.decode()
    assert Publication.objects.count() == 0


@pytest.mark.parametrize("who", ["council", "secretary"])
def test_the_council_reads_the_preview_and_publishes_nothing(client, province, who):
    to_council(province)
    client.force_login(province.people[who])

    page = client.get(HOME)

    assert "82,00" in page.content.decode()
    assert "đơn vị tổ chức nhập quyết định và công bố" in page.content.decode()
    assert send(client, **DECISION, confirmed="1").status_code == 403
    assert Publication.objects.count() == 0


@pytest.mark.parametrize(
    ("who", "status"), [("officer-SXD", 403), ("appraiser-STP", 403), ("supervisor", 403), ("administrator", 404)]
)
def test_nobody_else_reads_the_preview(client, province, who, status):
    to_council(province)
    client.force_login(province.people[who])

    assert client.get(HOME).status_code == status


def test_the_organiser_of_another_unit_reads_and_publishes_nothing(client, province):
    to_council(province)
    client.force_login(person("to-chuc-khac", province.units["SNV"], (Role.ORGANISER, province.units["SNV"])))

    assert client.get(HOME).status_code == 404
    assert send(client, **DECISION, confirmed="1").status_code == 404
    assert send(client, url=f"/ho-so/{province.case('SXD').pk}/mo-lai/", reason="Sai số liệu").status_code == 404


def test_a_published_case_is_reopened_with_a_reason(client, province, organiser):
    publish(province)
    url = f"/ho-so/{province.case('SXD').pk}/mo-lai/"

    refused = send(client, CORRECTING_AT, url, reason="sai")
    response = send(client, CORRECTING_AT, url, reason="Theo kết luận kiểm tra")

    assert errors_of(refused) == ["Hãy ghi lý do mở lại hồ sơ (ít nhất 5 ký tự)."]
    assert response["Location"] == HOME
    assert province.case("SXD").stage == Stage.CORRECTION
    assert [row["case"].unit.code for row in client.get(HOME).context["waiting"]] == ["SXD"]


@pytest.mark.parametrize(("who", "status"), [("secretary", 403), ("officer-SXD", 403), ("officer-SYT", 404)])
def test_only_the_organiser_reopens(client, province, who, status):
    publish(province)
    client.force_login(province.people[who])

    assert send(client, url=f"/ho-so/{province.case('SXD').pk}/mo-lai/", reason="Sai số liệu").status_code == status
    assert province.case("SXD").stage == Stage.PUBLISHED


def test_a_case_that_is_not_published_cannot_be_reopened(client, province, organiser):
    url = f"/ho-so/{province.case('SXD').pk}/mo-lai/"

    assert "Hồ sơ đang ở bước “Tập huấn”" in client.get(url).context["closed_reason"]
    assert send(client, url=url, reason="Sai số liệu").status_code == 422


def test_a_correction_is_published_beside_the_first_with_its_reason(client, province, organiser):
    first = publish(province)
    correct(province)

    preview = client.get(HOME)
    without_reason = send(client, CORRECTING_AT, **DECISION, confirmed="1")
    decision = DECISION | {"reason": "Sửa số liệu Sở Xây dựng"}
    seen = marks_on(send(client, CORRECTING_AT, **decision))
    response = send(client, CORRECTING_AT, **decision, confirmed="1", seen=seen)

    changed = [
        row.result.unit_name for group in preview.context["readiness"].groups for row in group.rows if row.is_changed
    ]
    assert changed == ["Sở Xây dựng", "Sở Y tế", "Sở Tư pháp"]
    assert errors_of(without_reason) == ["Ghi lý do đính chính (ít nhất 5 ký tự)."]
    assert response["Location"] == HOME
    assert [(each.number, each.reason) for each in Publication.objects.order_by("number")] == [
        (1, ""),
        (2, "Sửa số liệu Sở Xây dựng"),
    ]
    first.refresh_from_db()
    assert first.results.get(unit__code="SXD").index == "80"


def test_publishing_again_without_a_reopened_case_says_what_to_do(client, province, organiser):
    publish(province)

    page = client.get(HOME)
    response = send(client, **DECISION, reason="Công bố lại", confirmed="1")

    assert page.context["closed_reason"] == (
        "Kết quả đã công bố. Muốn đính chính, hãy mở lại hồ sơ của đơn vị có sai sót trước."
    )
    assert errors_of(response) == ["Không có hồ sơ nào được mở lại để đính chính."]


def test_publishing_twice_at_once_publishes_once(client, province, organiser):
    to_council(province)
    with clock.simulated(PUBLISHING_AT):
        publish_period(
            period=province.period,
            decision_number="1/QĐ",
            decision_date=date(2024, 3, 1),
            by=province.people["organiser"],
        )

    assert send(client, **DECISION, confirmed="1").status_code == 422
    assert Publication.objects.count() == 1


@pytest.mark.parametrize("codes", [["SXD"], ["STP", "SXD", "SYT"]])
def test_the_page_takes_a_fixed_number_of_queries(client, django_assert_num_queries, codes):
    province = make_province(opened=False)
    organiser = province.people["organiser"]
    with clock.simulated(OPENING):
        set_units(period=province.period, units=[province.units[code] for code in codes], by=organiser)
        open_period(period=province.period, by=organiser)
    to_council(province, codes)
    client.force_login(organiser)

    with django_assert_num_queries(15):
        page = client.get(HOME)

    assert page.context["readiness"].is_ready
    assert [len(group.rows) for group in page.context["readiness"].groups] == [len(codes)]


@pytest.mark.parametrize("seen", ["", "SXD:0123456789abcdef", "vô nghĩa"])
def test_what_was_not_seen_is_not_published(client, province, organiser, seen):
    to_council(province)

    response = send(client, **DECISION, confirmed="1", seen=seen)

    assert response.status_code == 409
    assert "đã thay đổi sau khi trang này hiện ra nên chưa công bố" in response.content.decode()
    assert Publication.objects.count() == 0


def test_a_result_that_changed_since_is_named_shown_and_asked_for_again(client, province, organiser):
    to_council(province)
    confirm = send(client, **DECISION)
    ItemScore.objects.filter(assessment=province.case("SYT"), item__code="3.1").update(survey_share="1")

    refused = send(client, **DECISION, confirmed="1", seen=marks_on(confirm))

    assert refused.status_code == 409
    assert refused.context["changed"] == (
        "Sở Y tế đã thay đổi sau khi trang này hiện ra nên chưa công bố; hãy đọc lại rồi xác nhận lần nữa."
    )
    assert Publication.objects.count() == 0
    assert AssessmentPeriod.objects.get().status == PeriodStatus.OPEN
    assert send(client, **DECISION, confirmed="1", seen=marks_on(refused)).status_code == 302
    assert Publication.objects.get().results.get(unit__code="SYT").index != "82"
