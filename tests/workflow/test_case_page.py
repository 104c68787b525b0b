"""The case page: what each person can do, what they read, and what they must not."""

import pytest
from django.urls import reverse

from assessments import clock
from assessments.enums import LatePolicy, Role, WindowKind
from assessments.models import AppraisalBranch, DeadlineMove, Official
from assessments.operations import disputes, scores
from assessments.operations.officials import grant_role
from tests.province import OPENING, Province, at, make_province, move, person, sweep
from tests.workflow.test_flow import appraise, appraiser_of, row, to_dispute, to_sign_off, to_submitted
from workflow.operations import steps
from workflow.operations.inbox import claim

pytestmark = pytest.mark.django_db

DURING_APPRAISAL = at("2024-01-16 09:00")
ITEM_OF_SNV, ITEM_OF_STP = "1.2", "2.1"


@pytest.fixture
def province() -> Province:
    return make_province()


def read(client, province: Province, who: str | Official, unit: str = "SXD", moment=DURING_APPRAISAL, **asked):
    person = province.people[who] if isinstance(who, str) else who
    client.force_login(Official.objects.get(pk=person.pk))
    with clock.simulated(moment):
        return client.get(reverse("case", args=[province.case(unit).pk]), asked)


def states(response) -> dict[str, str]:
    return {step.label: step.state for step in response.context["steps"]}


def reasons(response) -> dict[str, str]:
    return {step.label: step.closed_reason for step in response.context["steps"] if step.closed_reason}


def told(response) -> list[str]:
    return [event.sentence for event in response.context["happenings"]]


def branch(province: Province, body: str, unit: str = "SXD") -> AppraisalBranch:
    return AppraisalBranch.objects.select_related("assessment", "unit").get(
        assessment=province.case(unit), body_name=body
    )


def to_appraisal(province: Province, *codes: str) -> None:
    for code in codes:
        to_submitted(province, code)
    sweep(at("2024-01-10 08:00"))


def change_points(province: Province, code: str = ITEM_OF_SNV) -> None:
    """An appraiser of Sở Nội vụ gives fewer points than the unit gave itself."""
    score = row(province, "SXD", code)
    with clock.simulated(at("2024-01-15 09:00")):
        scores.record_appraisal(
            score=score,
            version=score.appraisal_version,
            raw={"numerator": "8", "denominator": "10"},
            na=False,
            note="Chỉ tám nhiệm vụ có minh chứng",
            by=province.people["appraiser-SNV"],
        )


def test_an_officer_is_led_to_the_next_step_and_reads_why_the_others_are_closed(client, province):
    response = read(client, province, "officer-SXD", moment=at("2023-12-12 09:00"))

    case = province.case("SXD")
    assert [(step.label, step.url) for step in response.context["next_steps"]] == [
        ("Xác nhận người tham gia tập huấn", f"/ho-so/{case.pk}/tap-huan/")
    ]
    assert reasons(response)["Tự chấm điểm"] == (
        "Việc này mở khi hồ sơ đến bước đó; hồ sơ đang ở bước “Tập huấn”. Theo kế hoạch mở từ 08:00 ngày 18/12/2023; "
        "chỉ Tỉnh Hải Dương đổi được kế hoạch."
    )


def test_a_step_that_is_the_heads_is_closed_to_an_officer_with_a_sentence(client, province):
    to_sign_off(province, "SXD")

    officer = read(client, province, "officer-SXD", moment=at("2024-01-05 10:00"))
    head = read(client, province, "head-SXD", moment=at("2024-01-05 10:00"))

    assert officer.context["next_steps"] == []
    assert reasons(officer)["Ký, gửi hồ sơ"] == (
        "Việc này dành cho vai trò “Lãnh đạo đơn vị” của Sở Xây dựng; bạn xem được, người có vai trò đó thực hiện."
    )
    assert [step.label for step in head.context["next_steps"]] == ["Ký, gửi hồ sơ"]
    assert states(head)["Tự chấm điểm"] == "Đã xong"


def test_after_the_head_sends_a_case_back_what_follows_will_be_done_again(client, province):
    to_sign_off(province, "SXD")
    with clock.simulated(at("2024-01-06 09:00")):
        steps.send_back_to_officers(
            assessment=province.case("SXD"), reason="Chưa đúng số liệu", by=province.people["head-SXD"]
        )

    response = read(client, province, "officer-SXD", moment=at("2024-01-06 10:00"))

    assert states(response) == {
        "Xác nhận người tham gia tập huấn": "Đã xong",
        "Tự chấm điểm": "Cần làm",
        "Cung cấp tài liệu kiểm chứng, trình lãnh đạo": "Sẽ làm lại",
        "Ký, gửi hồ sơ": "Sẽ làm lại",
        "Kiến nghị hoặc chấp nhận kết quả sơ bộ": "Chưa đến",
    }
    assert reasons(response)["Ký, gửi hồ sơ"] == (
        "Hồ sơ trở lại bước “Tự chấm điểm”; việc này mở lại khi bước đó xong."
    )


def test_a_step_held_by_a_colleague_says_who_and_since_when(client, province):
    to_appraisal(province, "SXD")
    colleague = person("dong-nghiep", province.units["STP"], (Role.APPRAISER, province.units["STP"]))
    with clock.simulated(at("2024-01-15 09:00")):
        claim(work=branch(province, "Sở Tư pháp").work.get(), by=colleague)

    response = read(client, province, "appraiser-STP")

    assert reasons(response) == {
        "Thẩm định – Sở Tư pháp": "Dong Nghiep đã nhận việc này từ 09:00 ngày 15/01/2024; khi Dong Nghiep trả lại, "
        "người khác mới làm được."
    }


def test_a_held_case_says_who_can_extend(client, province):
    sweep(at("2024-01-01 00:00"))
    sweep(at("2024-01-10 00:00"))

    response = read(client, province, "officer-SXD", moment=at("2024-01-10 08:00"))

    assert reasons(response)["Tự chấm điểm"].endswith("chỉ Tỉnh Hải Dương gia hạn được.")
    assert [each.title for each in response.context["waiting"]] == ["Gia hạn để hồ sơ đi tiếp"]
    assert "Quá hạn từ 10/01/2024 00:00: Tạm khóa đến khi được gia hạn." in response.content.decode()


def test_extensions_stand_in_the_timetable_with_decision_and_reason(client, province):
    with clock.simulated(at("2024-01-08 09:00")):
        move(province, WindowKind.EVIDENCE, "2024-01-12 00:00", unit="SXD")

    page = read(client, province, "supervisor", moment=at("2024-01-09 09:00")).content.decode()

    written = DeadlineMove.objects.get()
    linked = f'<a href="/thoi-han/{written.pk}/">12/QĐ-SNV</a>'
    assert f"Gia hạn từ 10/01/2024 00:00 đến 12/01/2024 00:00 theo {linked}: Mất điện diện rộng" in page


def test_the_banner_leads_to_the_people_who_can_extend(client, province):
    to_sign_off(province, "SXD")
    organiser = province.people["organiser"]
    organiser.position, organiser.phone = "Trưởng phòng Cải cách hành chính", "02203853123"
    organiser.save(update_fields=["position", "phone"])
    address = reverse("case_contacts", args=[province.case("SXD").pk])
    assert (
        f'<a href="{address}">Tỉnh Hải Dương (tên, điện thoại)</a>'
        in read(client, province, "officer-SXD").content.decode()
    )

    page = client.get(address)

    assert [person.pk for person in page.context["people"]] == [organiser.pk]
    text = page.content.decode()
    assert "Trưởng phòng Cải cách hành chính" in text
    assert '<a class="number" href="tel:+842203853123">0220 3853 123</a>' in text


def test_receipts_show_the_moment_the_hash_and_a_withdrawal(client, province):
    to_submitted(province, "SXD")
    with clock.simulated(at("2024-01-09 08:00")):
        receipt = steps.withdraw(assessment=province.case("SXD"), reason="Nhầm số liệu", by=province.people["head-SXD"])

    page = read(client, province, "officer-SXD", moment=at("2024-01-09 09:00")).content.decode()

    assert receipt.digest in page
    for words in ("08/01/2024 09:00:00, Lanh Dao Sxd", "Đã thu hồi", "09/01/2024 08:00", "Nhầm số liệu"):
        assert words in page


def test_the_unit_sees_bodies_and_states_but_no_appraised_points_before_the_announcement(client, province):
    to_appraisal(province, "SXD")
    change_points(province)

    response = read(client, province, "officer-SXD")

    assert [(row.branch.body_name, row.branch.state) for row in response.context["branch_rows"]] == [
        ("Sở Nội vụ", "appraising"),
        ("Sở Tư pháp", "appraising"),
    ]
    assert response.context["numbers"].result is None
    assert "6,70" in response.content.decode()
    assert "Chỉ tám nhiệm vụ" not in response.content.decode()


@pytest.mark.parametrize("who", ["officer-SXD", "head-SXD", "organiser", "council"])
def test_consolidation_still_hides_the_appraisal_from_all_but_the_secretary(client, province, who):
    to_appraisal(province, "SXD")
    change_points(province)
    with clock.simulated(at("2024-01-20 09:00")):
        appraise(province, "SXD")

    assert read(client, province, who).context["numbers"].result is None
    assert read(client, province, "secretary").context["numbers"].result.stage == "appraised"


def test_after_the_announcement_the_unit_reads_self_and_appraised_points_side_by_side(client, province):
    to_appraisal(province, "SXD")
    change_points(province)
    with clock.simulated(at("2024-01-20 09:00")):
        appraise(province, "SXD")
        steps.announce_preliminary_result(assessment=province.case("SXD"), by=province.people["secretary"])

    result = read(client, province, "officer-SXD", moment=at("2024-02-15 09:00")).context["numbers"].result

    assert result.stage == "final"
    assert result.appraised.achieved < result.self.achieved


def test_a_secretary_of_the_assessed_unit_does_not_judge_it(client, province):
    to_appraisal(province, "SXD")
    with clock.simulated(at("2024-01-20 09:00")):
        appraise(province, "SXD")
    secretary = province.people["secretary"]
    grant_role(official=secretary, role=Role.OFFICER, unit=province.units["SXD"], by=None, at=OPENING)

    response = read(client, province, "secretary", moment=at("2024-01-21 09:00"))

    assert response.context["numbers"].result is None
    assert response.context["next_steps"] == []


@pytest.mark.parametrize("who", ["organiser", "secretary", "council"])
def test_self_scores_stay_with_the_unit_until_it_submits(client, province, who):
    to_sign_off(province, "SXD")

    before = read(client, province, who, moment=at("2024-01-06 09:00"))
    with clock.simulated(at("2024-01-08 09:00")):
        steps.submit(assessment=province.case("SXD"), confirmed=True, by=province.people["head-SXD"])
    after = read(client, province, who, moment=at("2024-01-08 10:00"))

    assert before.context["numbers"].self_scored is None
    assert after.context["numbers"].self_scored is not None


def test_a_supervisor_reads_turns_and_deadlines_but_neither_scores_nor_what_was_said_of_them(client, province):
    to_dispute(province, "SXD")
    with clock.simulated(at("2024-02-15 09:00")):
        disputes.file_dispute(
            score=row(province, "SXD", ITEM_OF_SNV),
            reason="Số liệu chốt sau là 10/10",
            raw={"numerator": "10", "denominator": "10"},
            by=province.people["officer-SXD"],
        )

    response = read(client, province, "supervisor", moment=at("2024-02-15 10:00"))

    page = response.content.decode()
    assert "Ký, gửi hồ sơ lần 1" in told(response)
    assert (response.context["numbers"].self_scored, response.context["numbers"].result) == (None, None)
    assert "Kiến nghị nội dung 1.2" not in page
    assert "10/10" not in page
    assert response.context["receipts"][0]["url"] == ""
    assert response.context["sheet_url"] == ""


def test_an_appraiser_reads_of_other_bodies_nothing(client, province):
    to_appraisal(province, "SXD")
    with clock.simulated(at("2024-01-15 09:00")):
        steps.request_supplement(
            branch=branch(province, "Sở Nội vụ"),
            reason="Thiếu báo cáo của Sở Nội vụ",
            items={"1.1": ""},
            by=province.people["appraiser-SNV"],
        )
        steps.request_supplement(
            branch=branch(province, "Sở Tư pháp"),
            reason="Thiếu danh mục",
            items={ITEM_OF_STP: ""},
            by=province.people["appraiser-STP"],
        )

    response = read(client, province, "appraiser-STP")

    assert told(response) == [
        "Sở Tư pháp yêu cầu bổ sung 1 nội dung, hạn 17:00 ngày 18/01/2024",
        "Mở thẩm định tại 2 cơ quan",
        "Ký, gửi hồ sơ lần 1",
        "Hoàn thành tự chấm điểm",
        "Xác nhận 1 người tham gia tập huấn",
    ]
    assert [row.branch.body_name for row in response.context["branch_rows"]] == ["Sở Tư pháp"]
    assert [each.title for each in response.context["waiting"]] == ["Giải trình, bổ sung – Sở Tư pháp"]
    assert "Sở Nội vụ" not in response.content.decode()
    assert "Thiếu danh mục" in response.content.decode()


def test_an_appraiser_reads_the_disputes_of_the_own_items_alone(client, province):
    to_dispute(province, "SXD")
    with clock.simulated(at("2024-02-15 09:00")):
        for code, raw in ((ITEM_OF_SNV, {"numerator": "10", "denominator": "10"}), (ITEM_OF_STP, {"count": "4"})):
            disputes.file_dispute(
                score=row(province, "SXD", code),
                reason=f"Lý do của nội dung {code}",
                raw=raw,
                by=province.people["officer-SXD"],
            )

    sentences = told(read(client, province, "appraiser-STP", moment=at("2024-02-15 10:00")))

    assert "Kiến nghị nội dung 2.1" in sentences
    assert "Kiến nghị nội dung 1.2" not in sentences


def test_the_banner_speaks_of_the_readers_own_step_first(client, province):
    to_appraisal(province, "SXD")
    with clock.simulated(at("2024-01-15 09:00")):
        steps.request_supplement(
            branch=branch(province, "Sở Tư pháp"),
            reason="Thiếu danh mục",
            items={ITEM_OF_STP: ""},
            by=province.people["appraiser-STP"],
        )

    officer = read(client, province, "officer-SXD").context["deadline"]
    supervisor = read(client, province, "supervisor").context["deadline"]

    assert (officer.stage, officer.at, officer.working_days_left) == (
        "Giải trình, bổ sung – Sở Tư pháp",
        at("2024-01-18 17:00"),
        2,
    )
    assert (supervisor.stage, supervisor.at) == ("Thẩm định", at("2024-02-15 08:00"))


def test_a_late_case_that_was_submitted_as_is_says_so(client):
    province = make_province(late_policy=LatePolicy.SUBMIT_AS_IS)
    sweep(at("2024-01-01 00:00"))
    sweep(at("2024-01-10 00:00"))

    page = read(client, province, "officer-SXD").content.decode()

    assert "Hệ thống tự nộp khi hết hạn" in page
    assert "Hệ thống tự nộp phần đã nhập" in page


def test_the_organiser_extends_a_held_case_and_reopens_only_a_published_one(client, province):
    to_submitted(province, "STP")
    sweep(at("2024-01-01 00:00"))
    sweep(at("2024-01-10 00:00"))

    held = read(client, province, "organiser", moment=at("2024-01-10 08:00"))
    submitted = read(client, province, "organiser", "STP", moment=at("2024-01-10 08:00"))

    assert [step.url for step in held.context["next_steps"]] == [
        f"/ky/TINH-2023/thoi-han/?ho-so={province.case('SXD').pk}"
    ]
    assert states(submitted)["Dời thời hạn của hồ sơ này"] == "Có thể làm"
    assert reasons(submitted) == {
        "Mở lại hồ sơ để đính chính": "Chỉ mở lại được sau khi công bố; hồ sơ đang ở bước “Đã nộp, chờ thẩm định”."
    }


def test_of_a_case_that_waits_for_the_council_a_dispute_window_may_still_be_moved(client, province):
    to_dispute(province, "SXD")
    sweep(at("2024-02-19 17:00"))

    response = read(client, province, "organiser", moment=at("2024-02-20 09:00"))

    assert states(response)["Dời thời hạn của hồ sơ này"] == "Có thể làm"


@pytest.mark.parametrize("who", ["officer-SYT", "head-SYT", "administrator", "appraiser-SNV"])
def test_a_case_of_another_unit_is_not_found(client, province, who):
    assert read(client, province, who).status_code == 404


def test_the_timeline_is_paged(client, province, monkeypatch):
    monkeypatch.setattr("workflow.views.cases.EVENTS_PER_PAGE", 2)
    to_submitted(province, "SXD")

    response = read(client, province, "officer-SXD", page="2")

    assert told(response) == ["Hoàn thành tự chấm điểm", "Xác nhận 1 người tham gia tập huấn"]


def test_the_list_of_cases_takes_the_same_queries_at_one_row_and_at_three(client, django_assert_num_queries):
    province = make_province()
    client.force_login(province.people["officer-SXD"])
    with django_assert_num_queries(7):
        assert len(client.get(reverse("cases")).context["page"]) == 1
    client.force_login(province.people["supervisor"])
    with django_assert_num_queries(7):
        assert len(client.get(reverse("cases")).context["page"]) == 3


def test_the_list_of_cases_is_sorted_by_its_heads(client, province):
    to_sign_off(province, "SYT")
    client.force_login(province.people["organiser"])

    def units(order: str) -> list[str]:
        return [case.unit.code for case in client.get(reverse("cases"), {"xep": order}).context["page"]]

    assert units("don-vi") == ["STP", "SXD", "SYT"]
    assert units("-don-vi") == ["SYT", "SXD", "STP"]
    assert units("-buoc")[0] == "SYT"
    assert units("buoc")[-1] == "SYT"
    page = client.get(reverse("cases"), {"xep": "buoc", "q": "y te"}).content.decode()
    assert 'aria-sort="ascending"><a class="sort-head" href="/ho-so/?q=y+te&amp;buoc=&amp;xep=-buoc"' in page


def test_the_list_of_cases_is_searched_without_diacritics_and_filtered_by_stage(client, province):
    to_sign_off(province, "SXD")
    client.force_login(province.people["supervisor"])

    found = client.get(reverse("cases"), {"q": "y te"}).context["page"]
    signing = client.get(reverse("cases"), {"buoc": "sign_off"}).context["page"]

    assert [case.unit.code for case in found] == ["SYT"]
    assert [case.unit.code for case in signing] == ["SXD"]


def test_the_case_page_takes_the_same_queries_whatever_has_happened(client, django_assert_num_queries):
    province = make_province()
    to_appraisal(province, "SXD", "STP")
    client.force_login(province.people["secretary"])
    one, other = (reverse("case", args=[province.case(code).pk]) for code in ("SXD", "STP"))
    with clock.simulated(DURING_APPRAISAL), django_assert_num_queries(22):
        client.get(one)
    with clock.simulated(at("2024-01-15 09:00")):
        for each in province.case("STP").branches.select_related("unit", "assessment"):
            steps.request_supplement(
                branch=each, reason="Thiếu tài liệu", items={}, whole_branch=True, by=appraiser_of(province, each)
            )
    with clock.simulated(DURING_APPRAISAL), django_assert_num_queries(22):
        client.get(other)
