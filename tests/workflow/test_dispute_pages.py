"""Disputes through the browser's requests: the unit contests, the body answers, the secretary decides."""

from decimal import Decimal

import pytest
from django.urls import reverse

from assessments import clock
from assessments.enums import DisputeOutcome, Role, Stage
from assessments.models import AuditEvent, Dispute
from assessments.operations.officials import grant_role
from tests.province import OPENING, Province, at, make_province, sweep
from tests.workflow.stages import (
    DISPUTING_AT,
    RESOLVING_AT,
    branch_of,
    dispute,
    row,
    to_consolidation,
    to_dispute,
    to_resolution,
)
from workflow.operations import steps

pytestmark = pytest.mark.django_db


@pytest.fixture
def province() -> Province:
    """The window of SXD is open."""
    province = make_province()
    to_dispute(province, "SXD")
    return province


@pytest.fixture
def disputed() -> Province:
    """SXD contested 1.2 (9/10, appraised as 8/10) and asks for 10/10; the bodies must answer."""
    province = make_province()
    to_resolution(province, "SXD")
    return province


def ask(client, province: Province, name: str, *more: object, moment=DISPUTING_AT):
    with clock.simulated(moment):
        return client.get(reverse(name, args=[province.case("SXD").pk, *more]))


def send(client, province: Province, name: str, *more: object, moment=DISPUTING_AT, **values: str):
    with clock.simulated(moment):
        return client.post(reverse(name, args=[province.case("SXD").pk, *more]), values)


def contest(client, province: Province, code: str, **values: str):
    return send(client, province, "case_dispute_item", row(province, "SXD", code).pk, **values)


# ------------------------------------------------------------------------------------------------------ the unit


def test_the_unit_reads_the_preliminary_result_item_by_item(client, province):
    client.force_login(province.people["officer-SXD"])
    page = ask(client, province, "case_dispute")
    assert page.status_code == 200
    leaves = [each for each, _ in page.context["rows"] if each.score]
    assert [(each.item.code, each.difference, each.score.appraiser_note) for each in leaves] == [
        ("1.1", 0, ""),
        ("1.2", Decimal("-0.3"), "Một nhiệm vụ hoàn thành sau hạn"),
        ("2.1", 0, ""),
        ("2.2", 0, ""),
        ("3.1", None, ""),
    ]
    assert page.context["deadline"].at == at("2024-02-19 17:00")


def test_before_the_announcement_the_result_is_nobody_s_business(client):
    province = make_province()
    to_consolidation(province, "SXD")
    client.force_login(province.people["officer-SXD"])
    page = ask(client, province, "case_dispute")
    assert (page.status_code, "2,40" in page.content.decode()) == (403, False)
    assert "Kết quả sơ bộ chưa được công bố" in page.content.decode()


def test_an_officer_contests_and_the_head_sends(client, province):
    client.force_login(province.people["officer-SXD"])
    answer = contest(client, province, "1.2", reason="Số liệu chốt sau", numerator="10", denominator="10")
    assert answer.status_code == 302
    filed = Dispute.objects.get()
    assert (filed.requested_input, filed.filed_by) == (
        {"numerator": "10", "denominator": "10"},
        province.people["officer-SXD"],
    )
    page = ask(client, province, "case_dispute")
    thread = page.context["threads"][0]
    assert (thread.before.points, thread.wanted.points) == (Decimal("2.4"), Decimal("3"))
    assert page.context["finish"].closed_reason.startswith("Chỉ lãnh đạo Sở Xây dựng")
    assert send(client, province, "case_dispute_finish").status_code == 403
    client.force_login(province.people["head-SXD"])
    assert ask(client, province, "case_dispute_finish").context["confirmation"].title == "Gửi 1 kiến nghị"
    sent = send(client, province, "case_dispute_finish")
    assert (sent.status_code, province.case("SXD").stage) == (302, Stage.RESOLUTION)


def test_the_head_accepts_the_result(client, province):
    client.force_login(province.people["head-SXD"])
    assert ask(client, province, "case_dispute").context["finish"].title == "Chấp nhận kết quả"
    assert send(client, province, "case_dispute_finish").status_code == 302
    assert province.case("SXD").stage == Stage.COUNCIL


def test_finishing_twice_says_who_did_it(client, province):
    client.force_login(province.people["head-SXD"])
    send(client, province, "case_dispute_finish")
    again = send(client, province, "case_dispute_finish")
    assert again.status_code == 422
    assert again.context["errors"] == [
        "Việc “Kiến nghị hoặc chấp nhận kết quả sơ bộ” đã được Lanh Dao Sxd xử lý lúc 09:00 ngày 15/02/2024."
    ]


def test_a_dispute_without_a_reason_or_with_a_wrong_number_keeps_what_was_typed(client, province):
    client.force_login(province.people["officer-SXD"])
    answer = contest(client, province, "1.2", reason="", numerator="10", denominator="10")
    assert (answer.status_code, answer.context["form"].errors["reason"]) == (
        422,
        ["Hãy ghi lý do kiến nghị (ít nhất 5 ký tự)."],
    )
    assert answer.context["entry"].raw == {"numerator": "10", "denominator": "10"}
    answer = contest(client, province, "1.2", reason="Số liệu chốt sau", numerator="10", denominator="0")
    assert (answer.status_code, answer.context["errors"][0]["id"]) == (422, "id_denominator")
    assert answer.context["errors"][0]["text"].startswith("Tổng số nhiệm vụ: không thể bằng 0")
    assert "Số liệu chốt sau" in answer.content.decode()
    assert not Dispute.objects.exists()


def test_a_second_dispute_about_the_same_item_is_refused(client, province):
    client.force_login(province.people["officer-SXD"])
    contest(client, province, "1.2", reason="Số liệu chốt sau")
    again = contest(client, province, "1.2", reason="Gửi thêm lần nữa")
    assert (again.status_code, Dispute.objects.count()) == (422, 1)
    assert again.context["errors"][0]["text"] == (
        "Nội dung 1.2 đã được Can Bo Sxd kiến nghị lúc 09:00 ngày 15/02/2024; hãy rút kiến nghị cũ nếu muốn gửi lại."
    )
    assert again.context["closed_reason"].startswith("Nội dung này đã có kiến nghị")


def test_a_survey_item_cannot_be_contested(client, province):
    client.force_login(province.people["officer-SXD"])
    page = ask(client, province, "case_dispute_item", row(province, "SXD", "3.1").pk)
    assert "điều tra xã hội học" in page.context["closed_reason"]
    assert contest(client, province, "3.1", reason="Không đồng ý").status_code == 422


def test_a_withdrawn_dispute_stays_readable_and_withdrawing_twice_says_who_did_it(client, province):
    filed = dispute(province, "SXD", "1.2")
    client.force_login(province.people["officer-SXD"])
    assert ask(client, province, "case_dispute_withdraw", filed.pk).status_code == 200
    assert send(client, province, "case_dispute_withdraw", filed.pk).status_code == 302
    page = ask(client, province, "case_dispute")
    assert [post["text"] for post in page.context["threads"][0].posts] == ["Số liệu chốt sau", "Đã rút kiến nghị này."]
    assert page.context["finish"].title == "Chấp nhận kết quả"
    again = send(client, province, "case_dispute_withdraw", filed.pk)
    assert again.context["errors"] == ["Kiến nghị này đã được Can Bo Sxd rút lúc 09:00 ngày 15/02/2024."]


def test_after_the_window_everything_is_read_only(client, province):
    dispute(province, "SXD", "1.2")
    over = at("2024-02-19 17:00")
    client.force_login(province.people["officer-SXD"])
    late = send(
        client, province, "case_dispute_item", row(province, "SXD", "1.1").pk, moment=over, reason="Muộn một giây"
    )
    assert (late.status_code, Dispute.objects.count()) == (422, 1)
    assert late.context["closed_reason"] == "Đã hết hạn kiến nghị lúc 17:00 ngày 19/02/2024."
    sweep(over)
    page = ask(client, province, "case_dispute", moment=over)
    assert page.context["filing_closed"].startswith("Hồ sơ đang ở bước “Xem xét kiến nghị”")
    assert "Rút kiến nghị nội dung" not in page.content.decode()


def test_the_unit_reads_the_opinion_together_with_the_decision(client, disputed):
    answer_and_send(client, disputed)
    client.force_login(disputed.people["officer-SXD"])
    posts = ask(client, disputed, "case_dispute", moment=RESOLVING_AT).context["threads"][0].posts
    assert [post["side"] for post in posts] == ["unit"]
    decide(client, disputed, "accepted")
    client.force_login(disputed.people["officer-SXD"])
    posts = ask(client, disputed, "case_dispute", moment=RESOLVING_AT).context["threads"][0].posts
    assert [post["side"] for post in posts] == ["unit", "body", "decision"]


# ------------------------------------------------------------------------------------------------------ the body


def answers(province: Province) -> int:
    return branch_of(province, "SXD", "Sở Nội vụ").pk


def reply(client, province: Province, **values: str):
    filed = Dispute.objects.get()
    typed = {f"d{filed.pk}-{name}": value for name, value in values.items()}
    return send(client, province, "case_answer", answers(province), filed.pk, moment=RESOLVING_AT, **typed)


def answer_and_send(client, province: Province, **values: str) -> None:
    client.force_login(province.people["appraiser-SNV"])
    values = {"opinion": "accepted", "answer": "Đã đối chiếu số liệu", **values}
    assert reply(client, province, **values).status_code == 302
    sent = send(client, province, "case_answers_finish", answers(province), moment=RESOLVING_AT)
    assert sent.status_code == 302


def test_the_body_answers_partly_with_a_result_of_its_own(client, disputed):
    client.force_login(disputed.people["appraiser-SNV"])
    page = ask(client, disputed, "case_answers", answers(disputed), moment=RESOLVING_AT)
    assert page.context["finish"].closed_reason == "Còn kiến nghị chưa trả lời: 1.2."
    assert [each["cell"].points for each in page.context["cards"][0]["thread"].outcomes] == [3, Decimal("2.4")]
    partly = {"opinion": "partly_accepted", "answer": "Chấp nhận một nhiệm vụ"}
    refused = reply(client, disputed, **partly)
    assert refused.status_code == 422
    assert refused.context["typed"].errors[0]["text"] == "Chấp nhận một phần: hãy nhập kết quả được chấp nhận."
    assert "Chấp nhận một nhiệm vụ" in refused.content.decode()
    assert reply(client, disputed, **partly, numerator="9", denominator="10").status_code == 302
    filed = Dispute.objects.get()
    assert (filed.opinion, filed.opinion_input) == ("partly_accepted", {"numerator": "9", "denominator": "10"})


def test_an_answer_without_an_opinion_is_refused(client, disputed):
    client.force_login(disputed.people["appraiser-SNV"])
    refused = reply(client, disputed, answer="Đã đối chiếu số liệu")
    assert refused.status_code == 422
    assert list(refused.context["typed"].form.errors) == ["opinion"]
    assert "Đã đối chiếu số liệu" in refused.content.decode()


def test_answers_that_were_sent_are_not_changed_and_it_is_said_who_sent_them(client, disputed):
    answer_and_send(client, disputed)
    said = "Việc “Trả lời kiến nghị” đã được Tham Dinh Snv xử lý lúc 09:00 ngày 20/02/2024."
    changed = reply(client, disputed, opinion="rejected", answer="Nghĩ lại thì không")
    assert (changed.status_code, changed.context["typed"].errors[0]["text"]) == (422, said)
    assert Dispute.objects.get().opinion == "accepted"
    again = send(client, disputed, "case_answers_finish", answers(disputed), moment=RESOLVING_AT)
    assert (again.status_code, again.context["errors"]) == (422, [said])
    page = ask(client, disputed, "case_answers", answers(disputed), moment=RESOLVING_AT)
    assert "hoàn thành lúc 09:00 ngày 20/02/2024" in page.context["closed_reason"]


# ------------------------------------------------------------------------------------------------- the secretary


def decide(client, province: Province, outcome: str, **values: str):
    client.force_login(province.people["secretary"])
    filed = Dispute.objects.get()
    values = {"outcome": outcome, "reason": "Đủ căn cứ", **values}
    typed = {f"d{filed.pk}-{name}": value for name, value in values.items()}
    return send(client, province, "case_decide_one", filed.pk, moment=RESOLVING_AT, **typed)


@pytest.mark.parametrize(
    ("outcome", "typed", "after"),
    [
        ("accepted", {}, Decimal("3")),
        ("partly_accepted", {"numerator": "9", "denominator": "10"}, Decimal("2.7")),
        ("rejected", {}, Decimal("2.4")),
    ],
)
def test_the_secretary_decides_and_the_points_stand_before_and_after(client, disputed, outcome, typed, after):
    answer_and_send(client, disputed)
    assert decide(client, disputed, outcome, **typed).status_code == 302
    page = ask(client, disputed, "case_decide", moment=RESOLVING_AT)
    thread = page.context["cards"][0]["thread"]
    assert (thread.before.points, thread.after.points) == (Decimal("2.4"), after)
    finished = send(client, disputed, "case_decide_finish", moment=RESOLVING_AT)
    assert (finished.status_code, disputed.case("SXD").stage) == (302, Stage.COUNCIL)


def test_nothing_is_decided_before_the_bodies_sent_their_answers(client, disputed):
    client.force_login(disputed.people["appraiser-SNV"])
    reply(client, disputed, opinion="accepted", answer="Đã đối chiếu số liệu")
    refused = decide(client, disputed, "accepted")
    assert refused.status_code == 422
    assert refused.context["typed"].errors[0]["text"] == ("Hồ sơ đang ở bước “Xem xét kiến nghị”, chưa đến việc này.")
    assert "chưa đến việc" in refused.context["closed_reason"]


def test_deciding_twice_says_who_did_it_and_changes_nothing(client, disputed):
    answer_and_send(client, disputed)
    decide(client, disputed, "accepted")
    again = decide(client, disputed, "rejected")
    assert again.status_code == 422
    assert again.context["typed"].errors[0]["text"] == (
        "Kiến nghị này đã được Thu Ky quyết định lúc 09:00 ngày 20/02/2024."
    )
    assert Dispute.objects.get().outcome == DisputeOutcome.ACCEPTED


def test_a_decision_is_changed_until_the_decisions_are_finished(client, disputed):
    answer_and_send(client, disputed)
    decide(client, disputed, "accepted")
    page = ask(client, disputed, "case_decide", moment=RESOLVING_AT)
    seen = page.context["cards"][0]["form"]["seen"].value()
    assert "Sửa quyết định nội dung 1.2" in page.content.decode()
    changed = decide(client, disputed, "rejected", reason="Văn bản đã hết hiệu lực", seen=seen)
    assert changed.status_code == 302
    filed = Dispute.objects.get()
    assert (filed.outcome, filed.after_input) == ("rejected", {"numerator": "8", "denominator": "10"})
    assert row(disputed, "SXD", "1.2").final_input == {"numerator": "8", "denominator": "10"}
    told = list(AuditEvent.objects.filter(kind="dispute_decided").order_by("id").values_list("sentence", "reason"))
    assert told == [
        ("Quyết định kiến nghị nội dung 1.2: Chấp nhận", "Đủ căn cứ"),
        ("Sửa quyết định kiến nghị nội dung 1.2: Chấp nhận → Không chấp nhận", "Văn bản đã hết hiệu lực"),
    ]
    send(client, disputed, "case_decide_finish", moment=RESOLVING_AT)
    late = decide(client, disputed, "accepted", seen=filed.decided_at.isoformat())
    assert late.status_code == 422
    assert Dispute.objects.get().outcome == DisputeOutcome.REJECTED


def test_ending_the_decisions_says_first_what_each_does_to_the_points(client, disputed):
    answer_and_send(client, disputed)
    decide(client, disputed, "partly_accepted", numerator="9", denominator="10")
    page = ask(client, disputed, "case_decide_finish", moment=RESOLVING_AT)
    assert page.context["confirmation"].sentences[0] == (
        "1.2 Hoàn thành kế hoạch: Chấp nhận một phần, 2,40 → 2,70 điểm, đơn vị đề nghị 3,00."
    )


@pytest.mark.parametrize(
    ("numerator", "said"),
    [("8", "8/10"), ("10", "10/10"), ("7", "7/10")],
)
def test_a_partly_accepted_result_lies_between_the_appraised_and_the_claimed_one(client, disputed, numerator, said):
    answer_and_send(client, disputed)
    refused = decide(client, disputed, "partly_accepted", numerator=numerator, denominator="10")
    assert refused.status_code == 422
    assert refused.context["typed"].errors[0]["text"] == (
        f"Chấp nhận một phần: kết quả “{said}” phải nằm giữa kết quả thẩm định (8/10) và kết quả đơn vị đề nghị "
        "(10/10); nếu không có kết quả nào ở giữa, hãy chọn “Chấp nhận” hoặc “Không chấp nhận”."
    )
    assert refused.context["cards"][0]["entry"].raw == {"numerator": numerator, "denominator": "10"}
    assert Dispute.objects.get().outcome == ""


def test_a_decision_needs_its_reason(client, disputed):
    answer_and_send(client, disputed)
    refused = decide(client, disputed, "accepted", reason="")
    assert (refused.status_code, list(refused.context["typed"].form.errors)) == (422, ["reason"])
    undecided = send(client, disputed, "case_decide_finish", moment=RESOLVING_AT)
    assert undecided.context["errors"] == ["Còn kiến nghị chưa quyết định: 1.2."]


# --------------------------------------------------------------------------------------------------- who may


def test_each_page_is_open_to_its_own_people_alone(client, disputed):
    filed, body = Dispute.objects.get(), answers(disputed)
    pages = {
        ("case_dispute",): {"officer-SXD", "head-SXD"},
        ("case_dispute_item", row(disputed, "SXD", "1.2").pk): {"officer-SXD", "head-SXD"},
        ("case_dispute_finish",): {"officer-SXD", "head-SXD"},
        ("case_dispute_withdraw", filed.pk): {"officer-SXD", "head-SXD"},
        ("case_answers", body): {"appraiser-SNV"},
        ("case_answers_finish", body): {"appraiser-SNV"},
        ("case_decide",): {"secretary"},
        ("case_decide_finish",): {"secretary"},
    }
    for (name, *more), allowed in pages.items():
        client.logout()
        url = reverse(name, args=[disputed.case("SXD").pk, *more])
        assert client.get(url)["Location"] == f"{reverse('sign_in')}?next={url}"
        for who, person in disputed.people.items():
            client.force_login(person)
            expected = 200 if who in allowed else 404
            assert (name, who, ask(client, disputed, name, *more).status_code) == (name, who, expected)


def test_disputes_that_are_not_sent_are_the_unit_s_alone(client, province):
    filed, body = dispute(province, "SXD", "1.2"), answers(province)
    pages = {
        "appraiser-SNV": [("case_answers", body), ("case_answers_finish", body)],
        "secretary": [("case_decide",), ("case_decide_finish",)],
    }
    for who, addresses in pages.items():
        client.force_login(province.people[who])
        for name, *more in addresses:
            page = ask(client, province, name, *more)
            assert (name, page.status_code) == (name, 403)
            assert "đang ở bước “Kiến nghị”; trang này mở từ bước “Xem xét kiến nghị”." in page.content.decode()
            assert filed.reason not in page.content.decode()
    assert decide(client, province, "accepted").status_code == 403
    client.force_login(province.people["appraiser-SNV"])
    assert reply(client, province, opinion="accepted", answer="Đã đối chiếu số liệu").status_code == 403
    filed.refresh_from_db()
    assert (filed.opinion, filed.outcome) == ("", "")


def test_the_timeline_tells_the_unit_the_opinion_together_with_the_decision(client, disputed):
    opinion = "Sở Nội vụ trả lời kiến nghị nội dung 1.2: Chấp nhận"
    answer_and_send(client, disputed)
    for who, reads in (("officer-SXD", False), ("head-SXD", False), ("secretary", True), ("council", True)):
        client.force_login(disputed.people[who])
        page = ask(client, disputed, "case", moment=RESOLVING_AT)
        sentences = [event.sentence for event in page.context["happenings"]]
        assert (who, opinion in sentences, "Đã đối chiếu số liệu" in page.content.decode()) == (who, reads, reads)
        assert "Sở Nội vụ đã trả lời các kiến nghị" in sentences
    decide(client, disputed, "accepted")
    client.force_login(disputed.people["officer-SXD"])
    page = ask(client, disputed, "case", moment=RESOLVING_AT)
    assert opinion in [event.sentence for event in page.context["happenings"]]
    assert "Đã đối chiếu số liệu" in page.content.decode()


def test_another_body_s_appraiser_cannot_answer(client, disputed):
    client.force_login(disputed.people["appraiser-STP"])
    assert reply(client, disputed, opinion="accepted", answer="Đã đối chiếu số liệu").status_code == 404
    other = branch_of(disputed, "SXD", "Sở Tư pháp").pk
    filed = Dispute.objects.get()
    assert send(client, disputed, "case_answer", other, filed.pk, moment=RESOLVING_AT).status_code == 404


def test_an_appraiser_of_the_unit_itself_is_refused_with_the_reason(client, disputed):
    person = disputed.people["head-SXD"]
    grant_role(official=person, role=Role.APPRAISER, unit=disputed.units["SNV"], by=None, at=OPENING)
    grant_role(official=person, role=Role.SECRETARY, unit=disputed.units["TTK"], by=None, at=OPENING)
    client.force_login(person)
    for name, *more in (("case_answers", answers(disputed)), ("case_decide",)):
        page = ask(client, disputed, name, *more, moment=RESOLVING_AT)
        assert page.status_code == 403
        assert "Không ai được thẩm định đơn vị của chính mình" in page.content.decode()


# ------------------------------------------------------------------------------------------------------ queries


@pytest.mark.parametrize("codes", [["1.2"], ["1.1", "1.2", "2.1"]])
def test_the_result_takes_a_fixed_number_of_queries(client, province, django_assert_num_queries, codes):
    for code in codes:
        dispute(province, "SXD", code)
    client.force_login(province.people["officer-SXD"])
    ask(client, province, "case_dispute")
    url = reverse("case_dispute", args=[province.case("SXD").pk])
    with clock.simulated(DISPUTING_AT), django_assert_num_queries(15):
        page = client.get(url)
    assert len(page.context["threads"]) == len(codes)


@pytest.mark.parametrize("codes", [["1.2"], ["1.1", "1.2", "2.1"]])
def test_answers_and_decisions_take_a_fixed_number_of_queries(client, province, django_assert_num_queries, codes):
    type(row(province, "SXD", "2.1").item).objects.filter(code="2.1").update(appraising_body="Sở Nội vụ")
    for code in codes:
        dispute(province, "SXD", code)
    with clock.simulated(DISPUTING_AT):
        steps.finish_disputes(assessment=province.case("SXD"), by=province.people["head-SXD"])
    case = province.case("SXD").pk
    for who, url, queries in (
        ("appraiser-SNV", reverse("case_answers", args=[case, answers(province)]), 12),
        ("secretary", reverse("case_decide", args=[case]), 10),
    ):
        client.force_login(province.people[who])
        with clock.simulated(RESOLVING_AT):
            client.get(url)
            with django_assert_num_queries(queries):
                page = client.get(url)
        assert len(page.context["cards"]) == len(codes)
