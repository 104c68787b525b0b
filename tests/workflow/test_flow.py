"""The flow of one case, told through the operations."""

from decimal import Decimal

import pytest

from assessments import clock
from assessments.enums import BranchState, DisputeOutcome, LatePolicy, Stage, WindowKind
from assessments.models import AppraisalBranch, Assessment, Dispute, StageWindow
from assessments.operations import disputes, scores
from assessments.operations.publications import correct_score
from assessments.rules import NotAllowed, NotPermitted
from tests.province import Province, at, make_province, move, sweep
from tests.workflow.stages import appraise, appraiser_of, fill_in, row, to_dispute, to_sign_off, to_submitted
from workflow.models import WorkItem
from workflow.operations import periods, steps

pytestmark = pytest.mark.django_db


def open_nodes(province: Province, code: str) -> list[str]:
    return sorted(WorkItem.objects.open().filter(assessment=province.case(code)).values_list("node", flat=True))


def test_a_case_goes_from_training_to_publication():
    province = make_province()
    assert open_nodes(province, "SXD") == ["confirm_training"]
    to_sign_off(province, "SXD")
    assert open_nodes(province, "SXD") == ["sign"]
    with clock.simulated(at("2024-01-08 09:00")):
        receipt = steps.submit(assessment=province.case("SXD"), confirmed=True, by=province.people["head-SXD"])
    assert receipt.submitted_at == at("2024-01-08 09:00")
    assert province.case("SXD").stage == Stage.SUBMITTED
    sweep(at("2024-01-10 08:00"))
    assert open_nodes(province, "SXD") == ["appraise", "appraise"]
    with clock.simulated(at("2024-01-20 09:00")):
        appraise(province, "SXD")
    assert open_nodes(province, "SXD") == ["consolidate"]
    with clock.simulated(at("2024-02-07 09:00")):
        steps.announce_preliminary_result(assessment=province.case("SXD"), by=province.people["secretary"])
    case = province.case("SXD")
    assert case.dispute_closes_at == at("2024-02-19 17:00")
    with clock.simulated(at("2024-02-15 09:00")):
        disputes.file_dispute(
            score=row(province, "SXD", "1.2"),
            reason="Số liệu chốt sau",
            raw={"numerator": "10", "denominator": "10"},
            by=province.people["officer-SXD"],
        )
        assert steps.finish_disputes(assessment=case, by=province.people["head-SXD"]) == 1
    assert open_nodes(province, "SXD") == ["answer_disputes"]
    dispute = Dispute.objects.get()
    branch = AppraisalBranch.objects.select_related("assessment").get(assessment=case, body_name="Sở Nội vụ")
    with clock.simulated(at("2024-02-20 09:00")):
        disputes.answer_dispute(
            dispute=dispute,
            opinion=DisputeOutcome.ACCEPTED,
            answer="Đã đối chiếu",
            by=province.people["appraiser-SNV"],
        )
        steps.finish_answers(branch=branch, by=province.people["appraiser-SNV"])
        disputes.decide_dispute(
            dispute=dispute,
            outcome=DisputeOutcome.ACCEPTED,
            reason="Đủ căn cứ",
            by=province.people["secretary"],
        )
        steps.finish_decisions(assessment=case, by=province.people["secretary"])
    assert province.case("SXD").stage == Stage.COUNCIL
    final = row(province, "SXD", "1.2")
    assert (final.self_input, final.appraised_input, final.final_input) == (
        {"numerator": "9", "denominator": "10"},
        {"numerator": "9", "denominator": "10"},
        {"numerator": "10", "denominator": "10"},
    )


def test_nobody_appraises_their_own_unit_the_secretariat_does_it():
    province = make_province()
    to_submitted(province, "STP")
    sweep(at("2024-01-10 08:00"))
    branch = AppraisalBranch.objects.select_related("unit", "assessment__unit").get(
        assessment=province.case("STP"), body_name="Sở Tư pháp"
    )
    assert (branch.unit.code, branch.is_substitute) == ("TTK", True)
    with clock.simulated(at("2024-01-11 08:00")), pytest.raises(NotPermitted):
        scores.agree_with_self_scores(branch=branch, by=province.people["appraiser-STP"])


def test_hold_locks_a_late_case_until_the_organiser_extends():
    province = make_province(late_policy=LatePolicy.HOLD)
    sweep(at("2024-01-01 00:00"))
    sweep(at("2024-01-10 00:00"))
    case = province.case("SXD")
    assert (case.stage, open_nodes(province, "SXD")) == (Stage.HELD, [])
    with clock.simulated(at("2024-01-10 09:00")):
        move(province, WindowKind.EVIDENCE, "2024-01-12 17:00", unit="SXD")
    assert open_nodes(province, "SXD") == ["self_score"]
    with clock.simulated(at("2024-01-12 16:59")):
        fill_in(province, "SXD")
    with clock.simulated(at("2024-01-12 17:00")), pytest.raises(NotAllowed, match="Đã hết hạn"):
        steps.hand_in_scores(assessment=province.case("SXD"), by=province.people["officer-SXD"])


@pytest.mark.parametrize("policy", [LatePolicy.SUBMIT_AS_IS, LatePolicy.ZERO])
def test_a_late_case_is_submitted_by_the_system(policy):
    province = make_province(late_policy=policy)
    sweep(at("2024-01-01 00:00"))
    with clock.simulated(at("2024-01-09 23:59")):
        fill_in(province, "SXD")
    sweep(at("2024-01-10 00:01"))
    for code in ("SXD", "SYT"):
        case = province.case(code)
        receipt = case.submissions.get()
        assert (case.stage, receipt.is_automatic, receipt.submitted_by) == (Stage.SUBMITTED, True, None)
        assert case.late_since == at("2024-01-10 00:00")
    assert row(province, "SXD", "1.1").self_input == {"answer": "yes"}
    assert row(province, "SYT", "1.1").self_zeroed == (policy == LatePolicy.ZERO)


def test_the_head_sends_back_and_the_officers_mend_it():
    province = make_province()
    to_sign_off(province, "SXD")
    with clock.simulated(at("2024-01-08 10:00")):
        steps.send_back_to_officers(
            assessment=province.case("SXD"), reason="Thiếu phụ lục", by=province.people["head-SXD"]
        )
    assert open_nodes(province, "SXD") == ["self_score"]


def test_a_dossier_is_withdrawn_before_the_close_only():
    province = make_province()
    to_submitted(province, "SXD")
    with clock.simulated(at("2024-01-09 23:59")):
        receipt = steps.withdraw(
            assessment=province.case("SXD"), reason="Sửa nội dung 1.2", by=province.people["head-SXD"]
        )
    assert receipt.withdrawn_at == at("2024-01-09 23:59")
    assert open_nodes(province, "SXD") == ["self_score"]
    to_submitted(province, "SYT")
    with clock.simulated(at("2024-01-10 00:00")), pytest.raises(NotAllowed, match="hạn nộp đã hết"):
        steps.withdraw(assessment=province.case("SYT"), reason="Sửa lại", by=province.people["head-SYT"])


def test_a_branch_returned_for_supplement_comes_back_while_the_other_body_goes_on():
    province = make_province()
    to_submitted(province, "SXD")
    sweep(at("2024-01-10 08:00"))
    case = province.case("SXD")
    branch = AppraisalBranch.objects.select_related("unit", "assessment").get(assessment=case, body_name="Sở Tư pháp")
    with clock.simulated(at("2024-01-15 10:00")):
        request = steps.request_supplement(
            branch=branch,
            reason="Thiếu danh mục văn bản",
            items={"2.1": "Chưa có danh mục"},
            by=province.people["appraiser-STP"],
        )
    assert request.closes_at == at("2024-01-18 17:00")
    assert open_nodes(province, "SXD") == ["appraise", "supplement"]
    with clock.simulated(at("2024-01-16 10:00")):
        steps.answer_supplement(branch=branch, answer="Đã bổ sung danh mục", by=province.people["officer-SXD"])
    assert open_nodes(province, "SXD") == ["appraise", "appraise"]
    with clock.simulated(at("2024-01-17 10:00")):
        steps.request_supplement(
            branch=branch, reason="Vẫn thiếu", items={"2.1": ""}, by=province.people["appraiser-STP"]
        )
    sweep(at("2024-01-22 17:00"))
    branch.refresh_from_db()
    assert (branch.state, branch.supplements.count()) == (BranchState.APPRAISING, 2)
    with clock.simulated(at("2024-01-23 10:00")):
        appraise(province, "SXD")
    assert open_nodes(province, "SXD") == ["consolidate"]


def test_an_unused_dispute_window_means_acceptance():
    province = make_province()
    to_dispute(province, "SXD")
    assert open_nodes(province, "SXD") == ["dispute"]
    sweep(at("2024-02-19 16:59"))
    assert province.case("SXD").stage == Stage.DISPUTE
    sweep(at("2024-02-19 17:00"))
    assert province.case("SXD").stage == Stage.COUNCIL
    assert province.case("SXD").events.last().sentence == (
        "Hết hạn kiến nghị, đơn vị không kiến nghị: coi như chấp nhận kết quả"
    )


def test_a_published_case_is_reopened_and_corrected_beside_the_first_publication():
    province = make_province()
    organiser, secretary = province.people["organiser"], province.people["secretary"]
    to_dispute(province, "STP", "SXD", "SYT")
    sweep(at("2024-02-19 17:00"))
    with clock.simulated(at("2024-02-27 09:00")):
        for code in ("STP", "SXD", "SYT"):
            scores.record_survey_shares(assessment=province.case(code), shares={"3.1": Decimal("0.8")}, by=secretary)
        first = periods.publish_period(
            period=province.period,
            decision_number="100/QĐ-UBND",
            decision_date=at("2024-03-01 09:00").date(),
            by=organiser,
        )
    case = province.case("SXD")
    assert (case.stage, first.number, first.results.count()) == (Stage.PUBLISHED, 1, 3)
    assert not case.processes.filter(finished__isnull=True).exists()
    with clock.simulated(at("2024-03-20 09:00")):
        periods.reopen(assessment=case, reason="Sai số liệu đầu vào", by=organiser)
    assert open_nodes(province, "SXD") == ["correct"]
    with clock.simulated(at("2024-03-21 09:00")):
        correct_score(
            score=row(province, "SXD", "1.2"),
            raw={"numerator": "10", "denominator": "10"},
            na=False,
            reason="Theo kết luận kiểm tra",
            by=secretary,
        )
        steps.finish_correction(assessment=province.case("SXD"), by=secretary)
        second = periods.publish_period(
            period=province.period,
            decision_number="150/QĐ-UBND",
            decision_date=at("2024-03-25 09:00").date(),
            by=organiser,
            reason="Đính chính Sở Xây dựng",
        )
    assert second.number == 2
    before = first.results.get(unit__code="SXD")
    after = second.results.get(unit__code="SXD")
    assert (before.achieved, after.achieved, after.rank) == ("8", "8.6", 1)
    assert province.case("SXD").stage == Stage.PUBLISHED


def test_a_dossier_already_with_the_appraisers_is_recalled_while_nothing_is_decided():
    province = make_province()
    StageWindow.objects.filter(period=province.period, kind=WindowKind.APPRAISAL).update(
        opens_at=at("2024-01-08 08:00")
    )
    to_submitted(province, "SXD")
    sweep(at("2024-01-08 10:00"))
    assert open_nodes(province, "SXD") == ["appraise", "appraise"]
    with clock.simulated(at("2024-01-09 10:00")):
        steps.withdraw(assessment=province.case("SXD"), reason="Sửa nội dung 1.2", by=province.people["head-SXD"])
    assert open_nodes(province, "SXD") == ["self_score"]
    assert province.case("SXD").stage == Stage.SELF_SCORING
    with clock.simulated(at("2024-01-09 11:00")):
        steps.hand_in_scores(assessment=province.case("SXD"), by=province.people["officer-SXD"])
        steps.present_to_head(assessment=province.case("SXD"), by=province.people["officer-SXD"])
        receipt = steps.submit(assessment=province.case("SXD"), confirmed=True, by=province.people["head-SXD"])
    assert receipt.number == 2
    sweep(at("2024-01-09 12:00"))
    assert open_nodes(province, "SXD") == ["appraise", "appraise"]
    with clock.simulated(at("2024-01-09 13:00")):
        branch = AppraisalBranch.objects.select_related("unit", "assessment").filter(assessment=province.case("SXD"))[0]
        scores.agree_with_self_scores(branch=branch, by=appraiser_of(province, branch))
        with pytest.raises(NotAllowed, match="đã có kết luận"):
            steps.withdraw(assessment=province.case("SXD"), reason="Sửa nữa", by=province.people["head-SXD"])


def test_a_held_case_is_released_only_by_the_windows_that_held_it():
    province = make_province(late_policy=LatePolicy.HOLD)
    sweep(at("2024-01-01 00:00"))
    sweep(at("2024-01-10 00:00"))
    with clock.simulated(at("2024-01-10 09:00")), pytest.raises(NotAllowed, match="đang tạm khóa"):
        move(province, WindowKind.APPRAISAL, "2024-03-12 17:00", unit="SXD")
    assert province.case("SXD").moved_deadlines.count() == 0


def test_a_dispute_window_is_moved_from_the_end_it_has_for_this_very_case():
    province = make_province()
    to_dispute(province, "SXD")
    Assessment.objects.filter(unit__code="SXD").update(dispute_closes_at=at("2024-02-22 17:00"))
    with clock.simulated(at("2024-02-16 09:00")):
        moved = move(province, WindowKind.DISPUTE, "2024-02-26 17:00", unit="SXD").moved.get()
    assert (moved.previous_closes_at, moved.closes_at) == (at("2024-02-22 17:00"), at("2024-02-26 17:00"))
    assert province.case("SXD").dispute_closes_at == at("2024-02-26 17:00")
    assert province.case("SXD").work.get(node="dispute").closes_at == at("2024-02-26 17:00")
