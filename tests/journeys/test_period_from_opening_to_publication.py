"""The season of one unit, from the opening of the period to the public result, told through HTTP alone."""

from datetime import datetime
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.urls import reverse

from assessments import clock
from assessments.enums import Stage
from assessments.models import Dispute
from assessments.operations.surveys import SurveyShare, record_period_shares
from tests.province import GOOD_INPUTS, Province, at, make_province, sweep
from tests.workflow.stages import appraise, branch_of, row, to_submitted
from workflow.operations import steps

pytestmark = pytest.mark.django_db

PAPER = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


class Desk:
    """Somebody at a browser: who they are, and what day it is."""

    def __init__(self, client, province: Province) -> None:
        self.client, self.province = client, province
        self.now: datetime = at("2023-12-11 08:00")

    def sits(self, who: str, moment: str) -> None:
        """Let another person sit down at another moment."""
        self.client.force_login(self.province.people[who], backend="django.contrib.auth.backends.ModelBackend")
        self.now = at(moment)

    def opens(self, name: str, *about: object) -> HttpResponse:
        with clock.simulated(self.now):
            return self.client.get(reverse(name, args=[self.case, *about]))

    def sends(self, name: str, *about: object, **typed: object) -> HttpResponse:
        with clock.simulated(self.now):
            answer = self.client.post(reverse(name, args=[self.case, *about]), typed)
        assert answer.status_code in (200, 302), answer.content.decode()
        return answer

    @property
    def case(self) -> int:
        return self.province.case("SXD").pk

    @property
    def stage(self) -> Stage:
        return Stage(self.province.case("SXD").stage)


def test_a_unit_goes_through_its_season(client):
    province = make_province()
    desk = Desk(client, province)

    desk.sits("officer-SXD", "2023-12-12 09:00")
    desk.sends("case_training", participants="Nguyễn Văn A, chuyên viên\nTrần Thị B")
    assert desk.stage == Stage.SELF_SCORING

    desk.sits("officer-SXD", "2024-01-05 09:00")
    for code, raw in GOOD_INPUTS.items():
        saved = desk.sends("case_row_save", row(province, "SXD", code).pk, version="0", **raw)
        assert saved.json()["version"] == 1
    desk.sends("case_hand_in")
    assert desk.stage == Stage.EVIDENCE
    with clock.simulated(desk.now):
        client.post(
            reverse("evidence:upload", args=[row(province, "SXD", "1.1").pk]),
            {"file": SimpleUploadedFile("ke-hoach.pdf", PAPER, "application/pdf")},
        )
    desk.sends("case_explanation", row(province, "SXD", "2.1").pk, explanation="Danh mục gửi bản giấy")
    desk.sends("case_evidence")
    assert desk.stage == Stage.SIGN_OFF

    desk.sits("head-SXD", "2024-01-08 09:00")
    desk.sends("case_sign", decision="send_back", **{"back-reason": "Thiếu phụ lục số 2"})
    assert desk.stage == Stage.SELF_SCORING
    desk.sits("officer-SXD", "2024-01-08 10:00")
    desk.sends("case_hand_in")
    desk.sends("case_evidence")
    desk.sits("head-SXD", "2024-01-08 11:00")
    desk.sends("case_sign", confirmed="on", seen=desk.opens("case_sign").context["summary"].marks)
    receipt = desk.opens("case_receipt", 1).context["receipt"]
    assert receipt.submitted_at == at("2024-01-08 11:00")
    assert [each["name"] for each in receipt.content["evidence"]] == ["ke-hoach.pdf"]
    desk.sends("case_withdraw", reason="Sửa lại nội dung 1.2")
    desk.sits("officer-SXD", "2024-01-08 14:00")
    desk.sends("case_hand_in")
    desk.sends("case_evidence")
    desk.sits("head-SXD", "2024-01-09 23:59")
    desk.sends("case_sign", confirmed="on", seen=desk.opens("case_sign").context["summary"].marks)
    assert desk.stage == Stage.SUBMITTED

    for other in ("STP", "SYT"):
        to_submitted(province, other)
    sweep(at("2024-01-10 08:00"))
    assert desk.stage == Stage.APPRAISAL

    for who, body, results in (
        ("appraiser-SNV", "Sở Nội vụ", {"1.1": {"answer": "yes"}, "1.2": {"numerator": "8", "denominator": "10"}}),
        ("appraiser-STP", "Sở Tư pháp", {"2.1": {"count": "3"}, "2.2": {"numerator": "3", "denominator": "4"}}),
    ):
        branch = branch_of(province, "SXD", body).pk
        desk.sits(who, "2024-01-20 09:00")
        for code, raw in results.items():
            score = row(province, "SXD", code)
            note = "Một nhiệm vụ hoàn thành sau hạn" if code == "1.2" else ""
            desk.sends("case_appraise_item", branch, score.pk, version=str(score.appraisal_version), note=note, **raw)
        desk.sends("case_appraise_complete", branch)
    assert desk.stage == Stage.CONSOLIDATION

    desk.sits("secretary", "2024-02-07 09:00")
    desk.sends("case_announce")
    with clock.simulated(at("2024-02-07 09:00")):
        for other in ("STP", "SYT"):
            appraise(province, other)
            steps.announce_preliminary_result(assessment=province.case(other), by=province.people["secretary"])

    desk.sits("officer-SXD", "2024-02-15 09:00")
    asked = {"numerator": "9", "denominator": "10"}
    desk.sends("case_dispute_item", row(province, "SXD", "1.2").pk, reason="Số liệu chốt sau", **asked)
    desk.sits("head-SXD", "2024-02-16 09:00")
    desk.sends("case_dispute_finish")
    assert desk.stage == Stage.RESOLUTION

    dispute = Dispute.objects.get()
    branch = branch_of(province, "SXD", "Sở Nội vụ").pk
    desk.sits("appraiser-SNV", "2024-02-19 09:00")
    typed = {f"d{dispute.pk}-opinion": "accepted", f"d{dispute.pk}-answer": "Đã đối chiếu số liệu"}
    desk.sends("case_answer", branch, dispute.pk, **typed)
    desk.sends("case_answers_finish", branch)
    desk.sits("secretary", "2024-02-20 09:00")
    typed = {f"d{dispute.pk}-outcome": "accepted", f"d{dispute.pk}-reason": "Đủ căn cứ"}
    desk.sends("case_decide_one", dispute.pk, **typed)
    desk.sends("case_decide_finish")
    assert desk.stage == Stage.COUNCIL
    dispute.refresh_from_db()
    assert (dispute.before_input, dispute.after_input) == ({"numerator": "8", "denominator": "10"}, asked)

    sweep(at("2024-02-19 17:00"))
    with clock.simulated(at("2024-02-26 09:00")):
        record_period_shares(
            period=province.period,
            shares={code: {"3.1": SurveyShare(Decimal("0.8"))} for code in ("STP", "SXD", "SYT")},
            by=province.people["organiser"],
        )
    desk.sits("organiser", "2024-03-01 09:00")
    with clock.simulated(desk.now):
        page, decision = reverse("period_publish", args=[province.period.code]), {"decision_number": "812/QĐ-UBND"}
        decision["decision_date"] = "29/02/2024"
        seen = client.post(page, decision).context["readiness"].marks
        published = client.post(page, {**decision, "confirmed": "1", "seen": seen})
    assert published.status_code == 302, published.content.decode()
    assert desk.stage == Stage.PUBLISHED

    client.logout()
    result = client.get(reverse("result_unit_json", args=[province.period.code, "SXD"])).json()
    assert result["result"]["achieved"] == "8.3"  # 1 + 2,7 + 1,5 + 1,5 + 1,6
    assert not province.case("SXD").processes.filter(finished__isnull=True).exists()
