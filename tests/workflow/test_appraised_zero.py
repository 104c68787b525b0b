"""A row that the unit left empty never stops its branch: the body agrees to 0 points, or enters a result."""

from decimal import Decimal

import pytest

from assessments import clock
from assessments.enums import LatePolicy, RowState, ScoreStage, Stage
from assessments.models import ItemScore
from assessments.operations import disputes, scores
from assessments.queries.scores import totals_of
from assessments.rules import Conflict, NotAllowed
from tests.province import Province, at, make_province, sweep
from tests.workflow.stages import APPRAISING_AT, appraiser_of, row
from workflow.operations import steps

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[LatePolicy.SUBMIT_AS_IS, LatePolicy.ZERO])
def province(request) -> Province:
    """A province whose units entered nothing; the system submitted their cases and the appraisal is open."""
    province = make_province(late_policy=request.param)
    for moment in ("2024-01-01 00:00", "2024-01-10 00:01", "2024-01-10 08:00"):
        sweep(at(moment))
    return province


def agree(province: Province, code: str, body: str) -> ItemScore:
    score = row(province, "SYT", code)
    return scores.agree_with_zero(score=score, version=score.appraisal_version, by=province.people[f"appraiser-{body}"])


def test_an_empty_row_is_agreed_to_as_zero_without_an_input(province):
    with clock.simulated(APPRAISING_AT):
        agreed = agree(province, "1.1", "SNV")
    assert (agreed.appraised_input, agreed.appraised_na, agreed.appraised_zeroed) == (None, False, True)
    assert agreed.changes.get(stage=ScoreStage.APPRAISED).after == {"zeroed": True}
    leaf = totals_of(province.case("SYT"), ScoreStage.APPRAISED).leaves["1.1"]
    assert (leaf.points, leaf.state) == (Decimal(0), RowState.ZEROED)


def test_a_case_of_empty_rows_reaches_a_complete_result(province):
    with clock.simulated(APPRAISING_AT):
        for branch in province.case("SYT").branches.select_related("unit", "assessment"):
            by = appraiser_of(province, branch)
            assert scores.agree_with_self_scores(branch=branch, by=by) == 0
            assert scores.agree_with_self_scores(branch=branch, by=by, unscored_as_zero=True) == 2
            steps.complete_appraisal(branch=branch, by=by)
        steps.announce_preliminary_result(assessment=province.case("SYT"), by=province.people["secretary"])
    sums = totals_of(province.case("SYT"), ScoreStage.FINAL)
    assert (sums.final_appraised.achieved, sums.final_appraised.maximum, sums.unscored) == (0, 8, ("3.1",))


def test_zero_is_replaced_by_an_input_with_a_reason(province):
    with clock.simulated(APPRAISING_AT):
        zero = agree(province, "1.1", "SNV")
        more = {"raw": {"answer": "yes"}, "na": False, "by": province.people["appraiser-SNV"]}
        with pytest.raises(NotAllowed, match="Hãy ghi lý do"):
            scores.record_appraisal(score=zero, version=1, note="", **more)
        changed = scores.record_appraisal(score=zero, version=1, note="Có kế hoạch đăng công khai", **more)
    assert (changed.appraised_input, changed.appraised_zeroed) == ({"answer": "yes"}, False)
    change = changed.changes.filter(stage=ScoreStage.APPRAISED).last()
    assert (change.before, change.after) == ({"zeroed": True}, {"input": {"answer": "yes"}, "na": False})


def test_zero_does_not_overwrite_what_a_colleague_entered(province):
    with clock.simulated(APPRAISING_AT):
        seen = row(province, "SYT", "1.1")
        scores.record_appraisal(
            score=seen,
            version=0,
            raw={"answer": "yes"},
            na=False,
            note="Có kế hoạch",
            by=province.people["appraiser-SNV"],
        )
        with pytest.raises(Conflict, match="vừa được"):
            scores.agree_with_zero(score=seen, version=0, by=province.people["appraiser-SNV"])
    assert row(province, "SYT", "1.1").appraised_input == {"answer": "yes"}


def test_a_scored_row_cannot_be_agreed_to_as_zero():
    province = make_province(late_policy=LatePolicy.SUBMIT_AS_IS)
    sweep(at("2024-01-01 00:00"))
    with clock.simulated(at("2024-01-09 09:00")):
        scores.record_self_score(
            score=row(province, "SYT", "1.1"),
            version=0,
            raw={"answer": "yes"},
            na=False,
            by=province.people["officer-SYT"],
        )
    sweep(at("2024-01-10 00:01"))
    sweep(at("2024-01-10 08:00"))
    with clock.simulated(APPRAISING_AT), pytest.raises(NotAllowed, match="hãy nhập kết quả thẩm định"):
        agree(province, "1.1", "SNV")


def test_a_dispute_about_an_empty_row_must_name_a_result_to_be_accepted(province):
    with clock.simulated(APPRAISING_AT):
        for branch in province.case("SYT").branches.select_related("unit", "assessment"):
            by = appraiser_of(province, branch)
            scores.agree_with_self_scores(branch=branch, by=by, unscored_as_zero=True)
            steps.complete_appraisal(branch=branch, by=by)
        steps.announce_preliminary_result(assessment=province.case("SYT"), by=province.people["secretary"])
        filed = disputes.file_dispute(
            score=row(province, "SYT", "1.1"), reason="Đã có kế hoạch", by=province.people["officer-SYT"]
        )
        steps.finish_disputes(assessment=province.case("SYT"), by=province.people["head-SYT"])
        assert province.case("SYT").stage == Stage.RESOLUTION
        answer = {"answer": "Đã đối chiếu", "by": province.people["appraiser-SNV"]}
        with pytest.raises(NotAllowed, match="không nêu kết quả đề nghị"):
            disputes.answer_dispute(dispute=filed, opinion="accepted", **answer)
        disputes.answer_dispute(dispute=filed, opinion=disputes.DisputeOutcome.REJECTED, **answer)
        disputes.decide_dispute(
            dispute=filed,
            outcome=disputes.DisputeOutcome.REJECTED,
            reason="Không có căn cứ",
            by=province.people["secretary"],
        )
    leaf = totals_of(province.case("SYT"), ScoreStage.FINAL).leaves["1.1"]
    assert (leaf.points, leaf.state) == (Decimal(0), RowState.ZEROED)
