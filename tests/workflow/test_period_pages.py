"""The organiser prepares and opens a period through HTTP."""

import re

import pytest
from django.urls import reverse

from assessments import clock
from assessments.enums import LatePolicy, PeriodStatus, Role, Stage, UnitKind, WindowKind
from assessments.models import AppraisingBody, AssessmentPeriod, AuditEvent, StageWindow, Unit
from assessments.operations import periods as operations
from assessments.operations.units import write_unit
from tests.province import OPENING, TIMETABLE, Province, at, make_criteria_set, make_province, person
from workflow.models import WorkItem

pytestmark = pytest.mark.django_db
HOME = "/ky/TINH-2023/"
PIECES = ["thong-tin/", "don-vi/", "bo-tieu-chi/", "thoi-gian/so/", "co-quan-tham-dinh/", "mo/"]


@pytest.fixture
def province() -> Province:
    return make_province(opened=False)


@pytest.fixture
def organiser(client, province):
    """The organiser of the province, signed in."""
    client.force_login(province.people["organiser"])
    return province.people["organiser"]


@pytest.fixture
def district(province) -> dict:
    """A district that organises the round of its communes, with nobody of the province in it."""
    unit = write_unit(code="294", name="Huyện Thanh Hà", kind=UnitKind.DISTRICT, parent=province.root)
    council = write_unit(code="HDDG-294", name="Hội đồng huyện Thanh Hà", kind=UnitKind.COUNCIL, parent=unit)
    communes = [
        write_unit(code=code, name=name, kind=UnitKind.COMMUNE, parent=unit)
        for code, name in (("10813", "Xã Thanh Sơn"), ("10816", "Xã Cẩm Chế"), ("10819", "Xã Việt Hồng"))
    ]
    return {
        "unit": unit,
        "council": council,
        "communes": communes,
        "organiser": person("to-chuc-thanh-ha", unit, (Role.ORGANISER, unit)),
        "criteria": make_criteria_set("xa-nho", UnitKind.COMMUNE),
    }


def errors_of(response) -> list[str]:
    """Return what the error summary of a page says."""
    summary = re.search(r'<div class="error-summary".*?</div>', response.content.decode(), re.DOTALL)
    found = re.findall(r"<li>(.*?)</li>", summary.group(), re.DOTALL) if summary else []
    return [" ".join(re.sub(r"<[^>]+>", " ", each).split()) for each in found]


def period() -> AssessmentPeriod:
    return AssessmentPeriod.objects.get(code="TINH-2023")


def typed(timetable: dict) -> dict[str, str]:
    """Return a timetable as a person types it."""
    fields = {}
    for window, (opens, closes) in timetable.items():
        fields[f"{window.value}-opens_at"] = f"{at(opens):%d/%m/%Y %H:%M}"
        fields[f"{window.value}-due_at"] = fields[f"{window.value}-closes_at"] = f"{at(closes):%d/%m/%Y %H:%M}"
        fields[f"{window.value}-late_policy"] = LatePolicy.HOLD.value
    return fields


def save_timetable(client, address: str, fields: dict[str, str]):
    """Send a timetable and, where it has warnings, send it again with the mark that they were read."""
    response = client.post(address, fields)
    if response.status_code == 422 and response.context["warnings"]:
        return client.post(address, fields | {"warnings_read": response.context["fingerprint"]})
    return response


NEW = {"name": "Kỳ năm 2024", "code": "TINH-2024", "year": "2024"}


def test_a_period_is_created_and_leads_to_its_checklist(client, province, organiser):
    units = {
        "organiser": province.root.pk,
        "council": province.units["HDDG"].pk,
        "secretariat": province.units["TTK"].pk,
    }

    response = client.post("/ky/moi/", NEW | units)

    assert response["Location"] == "/ky/TINH-2024/"
    page = client.get("/ky/TINH-2024/")
    assert [(task["label"], task["state"]) for task in page.context["tasks"]] == [
        ("Tên, thời hạn kiến nghị và bổ sung", "Đã xong"),
        ("Đơn vị tham gia", "Còn thiếu"),
        ("Bộ tiêu chí theo loại đơn vị", "Còn thiếu"),
        ("Cơ quan thẩm định", "Còn thiếu"),
    ]
    assert page.context["preparation"].missing == ("Kỳ đánh giá chưa có đơn vị tham gia.",)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code": "TINH-2023"}, "Mã kỳ “TINH-2023” đã được dùng; hãy chọn mã khác."),
        ({"code": "kỳ 1"}, "Mã kỳ chỉ gồm chữ không dấu, số và gạch nối, ví dụ TINH-2024."),
        ({"code": "moi"}, "Mã “moi” dành cho trang khác; hãy chọn mã khác."),
        ({"year": "hai nghìn"}, "Nhập năm từ 2000 đến 2100, ví dụ 2024."),
        ({"council": ""}, "Chọn hội đồng."),
    ],
)
def test_a_refused_period_keeps_what_was_typed(client, province, organiser, changes, error):
    units = {
        "organiser": province.root.pk,
        "council": province.units["HDDG"].pk,
        "secretariat": province.units["TTK"].pk,
    }

    response = client.post("/ky/moi/", NEW | units | changes)

    assert response.status_code == 422
    assert errors_of(response) == [error]
    assert 'value="Kỳ năm 2024"' in response.content.decode()
    assert AssessmentPeriod.objects.count() == 1


def test_an_organiser_offers_only_what_they_organise(client, province, district):
    client.force_login(district["organiser"])

    form = client.get("/ky/moi/").context["form"]
    response = client.post(
        "/ky/moi/",
        NEW | {"organiser": province.root.pk, "council": district["council"].pk, "secretariat": district["council"].pk},
    )

    assert list(form.fields["organiser"].queryset) == [district["unit"]]
    assert list(form.fields["council"].queryset) == [district["council"]]
    assert response.status_code == 422


@pytest.mark.parametrize("piece", ["", *PIECES])
def test_the_organiser_of_another_unit_is_not_let_in(client, district, piece):
    client.force_login(district["organiser"])

    assert client.get(HOME + piece).status_code == 404
    assert client.post(HOME + piece).status_code in (404, 405)


@pytest.mark.parametrize("who", ["officer-SXD", "appraiser-STP", "administrator"])
def test_a_period_in_preparation_is_the_organisers_alone(client, province, who):
    client.force_login(province.people[who])

    assert [client.get(HOME + piece).status_code for piece in ["", *PIECES]] == [404] * 7
    assert client.get("/ky/moi/").status_code == 403


def test_somebody_not_signed_in_is_sent_to_the_sign_in_page(client, province):
    assert [client.get(each).status_code for each in ("/ky/", "/ky/moi/", HOME, HOME + "mo/")] == [302] * 4


@pytest.mark.parametrize("who", ["secretary", "council", "supervisor"])
def test_once_opened_others_read_but_do_not_prepare(client, who):
    province = make_province()
    client.force_login(province.people[who])

    assert client.get(HOME).status_code == 200
    assert [client.get(HOME + piece).status_code for piece in PIECES] == [403] * 6


LEAST = {"least_self_scoring_working_days": "7", "least_step_working_days": "4"}


def test_lengths_are_described_with_an_event(client, province, organiser):
    values = {"name": "Kỳ 2023", "dispute_window_working_days": "5", "supplement_working_days": "2"} | LEAST

    client.post(HOME + "thong-tin/", values)

    found = period()
    assert (found.name, found.dispute_window_working_days, found.supplement_working_days) == ("Kỳ 2023", 5, 2)
    assert (found.least_self_scoring_working_days, found.least_step_working_days) == (7, 4)
    event = AuditEvent.objects.get(kind="period_described")
    assert (event.by, event.sentence) == (organiser, "Sửa thông tin kỳ: kiến nghị 5, bổ sung 2 ngày làm việc")


@pytest.mark.parametrize("days", ["0", "31", "ba", ""])
def test_a_length_that_makes_no_sense_is_refused(client, organiser, days):
    values = {"name": "Kỳ 2023", "dispute_window_working_days": days, "supplement_working_days": "2"} | LEAST

    response = client.post(HOME + "thong-tin/", values)

    assert errors_of(response) == ["Nhập số ngày làm việc từ 1 đến 30."]
    assert period().dispute_window_working_days == 3


def test_units_are_chosen_and_a_search_leaves_the_hidden_ones(client, province, organiser):
    client.post(HOME + "don-vi/", {"q": "xay dung"})
    after_search = set(period().units.values_list("code", flat=True))
    client.post(HOME + "don-vi/", {"units": [province.units["SYT"].pk, province.units["SNV"].pk]})

    assert after_search == {"STP", "SYT"}
    assert set(period().units.values_list("code", flat=True)) == {"SYT", "SNV"}


def test_all_units_shown_are_taken_or_left_with_one_button(client, organiser, district):
    client.post(HOME + "don-vi/", {"loai": "xa", "all": "1"})
    taken = set(period().units.values_list("code", flat=True))
    client.post(HOME + "don-vi/", {"loai": "so", "none": "1"})

    assert taken == {"STP", "SXD", "SYT", "10813", "10816", "10819"}
    assert set(period().units.values_list("code", flat=True)) == {"10813", "10816", "10819"}


def test_units_are_found_without_diacritics(client, organiser, district):
    page = client.get(HOME + "don-vi/", {"q": "thanh son"})

    assert [unit.code for group in page.context["groups"] for unit, _ in group["rows"]] == ["10813"]


def test_a_unit_of_another_tree_cannot_be_slipped_in(client, province, district):
    client.force_login(district["organiser"])
    made = make_district_period(district)

    client.post("/ky/TH-2023/don-vi/", {"units": [province.units["SXD"].pk, district["communes"][0].pk, "²"]})

    assert list(made.units.values_list("code", flat=True)) == ["10813"]


def test_a_criteria_set_is_chosen_for_a_kind(client, organiser):
    other = make_criteria_set("so-khac")

    client.post(HOME + "bo-tieu-chi/", {"unit_kind": "so", "criteria_set": other.pk})
    page = client.get(HOME + "bo-tieu-chi/").content.decode()

    assert period().criteria.get(unit_kind="so").criteria_set == other
    assert "Bộ tiêu chí mẫu – minh họa" in page


def test_a_criteria_set_of_another_kind_is_refused(client, organiser, district):
    response = client.post(HOME + "bo-tieu-chi/", {"unit_kind": "so", "criteria_set": district["criteria"].pk})

    assert response.status_code == 422
    assert errors_of(response) == ["Hãy chọn một bộ tiêu chí trong danh sách của loại đơn vị."]


def test_a_timetable_is_typed_as_officials_write_it(client, organiser):
    fields = typed(TIMETABLE) | {
        "self_scoring-due_at": "trước ngày 10/01/2024",
        "self_scoring-closes_at": "chậm nhất ngày 09/01/2024",
        "self_scoring-late_policy": "submit_as_is",
        "dispute-closes_at": "17h ngày 20/02/2024",
    }

    response = save_timetable(client, HOME + "thoi-gian/so/", fields)

    assert response["Location"] == HOME
    rows = {row.kind: row for row in StageWindow.objects.filter(unit_kind="so")}
    assert (rows["self_scoring"].due_at, rows["self_scoring"].closes_at) == (at("2024-01-10 00:00"),) * 2
    assert rows["self_scoring"].late_policy == LatePolicy.SUBMIT_AS_IS
    assert (rows["self_scoring"].due_wording, rows["self_scoring"].closes_wording) == ("before", "latest")
    assert rows["dispute"].closes_at == at("2024-02-20 17:00")
    again = client.get(HOME + "thoi-gian/so/").content.decode()
    assert 'value="trước ngày 10/01/2024"' in again
    assert 'value="chậm nhất ngày 09/01/2024"' in again
    assert "trước ngày 10/01/2024, tức chậm nhất hết ngày 09/01/2024" in client.get(HOME).content.decode()


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        (
            {"training-opens_at": "mai"},
            ["Mở, bước Tập huấn, xác nhận người tham gia: “mai” không đọc được; hãy viết như 17:00 10/01/2024, "
             "trước ngày 10/01/2024, chậm nhất ngày 10/01/2024 hoặc tháng 01/2024."],
        ),
        (
            {"training-closes_at": ""},
            ["Bước “Tập huấn, xác nhận người tham gia” còn thiếu thời điểm đóng; điền đủ ba hoặc bỏ trống cả ba."],
        ),
        (
            {"training-closes_at": "01/12/2023 08:00"},
            ["Bước “Tập huấn, xác nhận người tham gia”: lúc đóng (08:00 ngày 01/12/2023) trước hạn (24:00 ngày "
             "31/12/2023). Đặt lúc đóng từ 24:00 ngày 31/12/2023 trở đi."],
        ),
    ],
)  # fmt: skip
def test_a_refused_timetable_keeps_what_was_typed_and_saves_nothing(client, organiser, changes, errors):
    fields = typed(TIMETABLE) | {"council-due_at": "29/02/2024 08:00"} | changes

    response = client.post(HOME + "thoi-gian/so/", fields)

    assert response.status_code == 422
    assert errors_of(response) == errors
    assert 'value="29/02/2024 08:00"' in response.content.decode()
    assert StageWindow.objects.get(kind="council").due_at == at("2024-03-01 00:00")


def test_a_row_left_empty_is_taken_away_and_named_as_missing(client, organiser):
    fields = typed({kind: row for kind, row in TIMETABLE.items() if kind != WindowKind.COUNCIL})

    save_timetable(client, HOME + "thoi-gian/so/", fields)

    assert client.get(HOME).context["preparation"].missing == (
        "Kế hoạch thời gian cho Sở, ban, ngành thiếu bước: Hội đồng đánh giá.",
    )


def test_the_timetable_of_another_kind_is_offered_as_a_start(client, organiser):
    page = client.get(HOME + "thoi-gian/huyen/", {"theo": "so"}).content.decode()

    assert 'value="18/12/2023 08:00"' in page
    assert "chưa lưu gì" in page
    assert not StageWindow.objects.filter(unit_kind="huyen").exists()
    assert client.get(HOME + "thoi-gian/phong/").status_code == 404


def test_bodies_are_assigned_by_hand(client, province, organiser):
    form = client.get(HOME + "co-quan-tham-dinh/").context["form"]

    client.post(HOME + "co-quan-tham-dinh/", {"body-0": province.units["SYT"].pk, "body-1": province.units["STP"].pk})

    assert form.bodies == ["Sở Nội vụ", "Sở Tư pháp"]
    assert AppraisingBody.objects.get(name="Sở Nội vụ").unit == province.units["SYT"]


def test_a_period_is_opened_once_and_its_preparation_closes(client, province, organiser):
    confirm = client.get(HOME + "mo/")
    with clock.simulated(OPENING):
        response = client.post(HOME + "mo/")

    assert confirm.context["counts"] == [("Sở, ban, ngành", 3)]
    assert response["Location"] == HOME
    assert period().status == PeriodStatus.OPEN
    assert WorkItem.objects.open().filter(node="confirm_training").count() == 3
    again = client.post(HOME + "mo/")
    assert errors_of(again) == [
        "Kỳ đánh giá đã mở nên không sửa được phần chuẩn bị; hạn của từng đơn vị sửa bằng gia hạn."
    ]
    for piece in PIECES:
        assert "Kỳ đã mở lúc 08:00 ngày 11/12/2023" in client.get(HOME + piece).content.decode()


def test_a_period_that_is_not_complete_says_what_is_missing_and_stays_closed(client, province, organiser):
    AppraisingBody.objects.filter(name="Sở Tư pháp").delete()

    with clock.simulated(OPENING):
        page = client.get(HOME + "mo/")
        response = client.post(HOME + "mo/")

    missing = "Chưa gán đơn vị cho cơ quan thẩm định: Sở Tư pháp. Hãy gán ở mục “Cơ quan thẩm định” của kỳ."
    assert page.context["preparation"].missing == (missing,)
    assert errors_of(response) == [missing]
    assert period().status == PeriodStatus.DRAFT


def test_units_without_people_are_named_before_opening(client, province, organiser):
    operations.set_units(period=province.period, units=[province.units["SXD"], province.units["SNV"]], by=organiser)

    assert [unit.code for unit in client.get(HOME + "mo/").context["without_people"]] == ["SNV"]


def make_district_period(district: dict) -> AssessmentPeriod:
    with clock.simulated(OPENING):
        return operations.create_period(
            code="TH-2023",
            name="Các xã huyện Thanh Hà năm 2023",
            year=2023,
            organiser=district["unit"],
            secretariat=district["council"],
            council=district["council"],
            by=district["organiser"],
        )


def test_a_district_prepares_and_opens_the_round_of_its_communes(client, district):
    client.force_login(district["organiser"])
    values = NEW | {"code": "TH-2023", "name": "Các xã huyện Thanh Hà"}
    units = {"organiser": district["unit"].pk, "council": district["council"].pk, "secretariat": district["council"].pk}
    client.post("/ky/moi/", values | units)
    client.post("/ky/TH-2023/don-vi/", {"all": "1"})
    client.post("/ky/TH-2023/bo-tieu-chi/", {"unit_kind": "xa", "criteria_set": district["criteria"].pk})
    save_timetable(client, "/ky/TH-2023/thoi-gian/xa/", typed(TIMETABLE))
    client.post("/ky/TH-2023/co-quan-tham-dinh/ghep/", {"create_divisions": "1"})
    with clock.simulated(OPENING):
        client.post("/ky/TH-2023/mo/")

    opened = AssessmentPeriod.objects.get(code="TH-2023")
    assert set(opened.assessments.values_list("unit__code", "stage")) == {
        ("10813", Stage.TRAINING),
        ("10816", Stage.TRAINING),
        ("10819", Stage.TRAINING),
    }
    divisions = Unit.objects.filter(kind=UnitKind.DIVISION)
    assert set(divisions.values_list("name", "parent__code")) == {("Sở Nội vụ", "294"), ("Sở Tư pháp", "294")}


@pytest.mark.parametrize("more", [0, 2])
def test_the_list_takes_a_fixed_number_of_queries(client, province, organiser, django_assert_num_queries, more):
    for number in range(more):
        operations.create_period(
            code=f"THEM-{number}",
            name="Kỳ thêm",
            year=2023,
            organiser=province.root,
            secretariat=province.units["TTK"],
            council=province.units["HDDG"],
            by=organiser,
        )

    with django_assert_num_queries(6):
        rows = client.get(reverse("periods")).context["rows"]

    assert len(rows) == 1 + more


@pytest.mark.parametrize("units", [["SXD"], ["STP", "SXD", "SYT"]])
def test_the_page_of_a_period_takes_a_fixed_number_of_queries(
    client, province, organiser, django_assert_num_queries, units
):
    with clock.simulated(OPENING):
        operations.set_units(period=province.period, units=[province.units[code] for code in units], by=organiser)
        client.post(HOME + "mo/")

    with clock.simulated(OPENING), django_assert_num_queries(13):
        page = client.get(HOME)

    assert len(page.context["cases"]) == len(units)
