"""The demonstration: who is offered at the sign-in, and when the seeding refuses or does nothing."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from assessments import clock
from assessments.enums import DisputeOutcome
from assessments.models import AssessmentPeriod, Dispute
from assessments.operations import scores
from tests.province import at, make_province
from tests.workflow.stages import RESOLVING_AT, branch_of, row, to_appraisal, to_resolution, to_sign_off
from workflow.operations import review, steps
from workflow.season.accounts import demo_accounts

pytestmark = pytest.mark.django_db


def test_no_account_is_offered_before_the_demonstration_is_played():
    assert demo_accounts() == []


def offered() -> list[tuple[str, str]]:
    return [(account["username"], account["what"]) for account in demo_accounts()]


def test_a_half_filled_sheet_and_every_dossier_to_sign_are_offered():
    province = make_province()
    to_sign_off(province, "SXD")
    to_sign_off(province, "STP")
    officer, case = province.people["officer-SYT"], province.case("SYT")
    with clock.simulated(at("2023-12-12 09:00")):
        steps.confirm_training(assessment=case, participants=["Nguyễn Văn A"], by=officer)
        assert [name for name, _ in offered()] == ["lanh-dao-stp", "lanh-dao-sxd"]  # nothing is begun at SYT
    with clock.simulated(at("2024-01-05 09:00")):
        scores.record_self_score(
            score=row(province, "SYT", "1.1"), version=0, raw={"answer": "yes"}, na=False, by=officer
        )
    assert offered() == [
        ("can-bo-syt", "Tiếp tục phiếu tự chấm điểm đang nhập dở: đã chấm 1/4."),
        ("lanh-dao-stp", "Đọc hồ sơ đã trình, ký gửi hoặc trả lại (Kỳ đánh giá năm 2023)."),
        ("lanh-dao-sxd", "Đọc hồ sơ đã trình, ký gửi hoặc trả lại (Kỳ đánh giá năm 2023)."),
    ]
    assert {account["role"] for account in demo_accounts()} == {"Cán bộ chấm điểm", "Lãnh đạo đơn vị"}


def test_the_appraiser_with_a_queue_is_offered():
    to_appraisal(make_province(), "SXD", "SYT")
    assert [what for _, what in offered()] == ["Thẩm định: 2 hồ sơ đang chờ."]


def test_the_secretary_with_a_dispute_is_offered():
    province = make_province()
    to_resolution(province, "SXD")
    assert offered() == []
    with clock.simulated(RESOLVING_AT):
        branch, body = branch_of(province, "SXD", "Sở Nội vụ"), province.people["appraiser-SNV"]
        filed = Dispute.objects.get()
        answer = {"opinion": DisputeOutcome.REJECTED, "answer": "Không đủ căn cứ"}
        review.answer_dispute(branch=branch, dispute=filed, by=body, **answer)
        steps.finish_answers(branch=branch, by=body)
    assert offered() == [("thu-ky", "Quyết định kiến nghị của Sở Xây dựng, công bố kết quả sơ bộ.")]


def test_whoever_is_offered_signs_in_with_one_click_and_nobody_else(client, settings):
    settings.DEMO, settings.DEMO_ACCOUNTS = True, "workflow.season.accounts.demo_accounts"
    to_sign_off(make_province(), "SXD")
    page = client.get(reverse("sign_in")).content.decode()
    assert 'value="lanh-dao-sxd"' in page
    assert f'<a href="{reverse("results")}"><span class="demo-accounts__role">Người dân</span>' in page
    assert client.post(reverse("demo_sign_in"), {"username": "can-bo-sxd"}).status_code == 404
    assert client.post(reverse("demo_sign_in"), {"username": "lanh-dao-sxd"}).status_code == 302
    assert client.get(reverse("inbox")).context["user"].username == "lanh-dao-sxd"


def test_the_seeding_refuses_outside_the_demonstration(settings):
    settings.DEMO = False

    with pytest.raises(CommandError, match="bản dùng thử"):
        call_command("seed_demo")


def test_a_database_with_data_is_left_as_it_is(settings, tmp_path):
    settings.DEMO, settings.VAR_DIR = True, tmp_path
    make_province()

    call_command("seed_demo", "--if-empty", stdout=io.StringIO(), stderr=io.StringIO())

    assert AssessmentPeriod.objects.count() == 1
    with pytest.raises(CommandError, match="đã có dữ liệu"):
        call_command("seed_demo")
