"""Cases brought to the stage that a page needs, through the operations; the moments are those of tests/province.py."""

from collections.abc import Callable
from functools import wraps

from assessments import clock
from assessments.models import AppraisalBranch, Dispute, ItemScore, Official
from assessments.operations import disputes, scores
from tests.province import GOOD_INPUTS, LEAVES_WITH_EVIDENCE, OPENING_DAY, Province, at, sweep
from tests.snapshot import same_change
from workflow.operations import steps


def remembered(play: Callable[..., None]) -> Callable[..., None]:
    """Play a stage once and put its rows back afterwards, where a test begins with the same tables."""

    @wraps(play)
    def put_back(province: Province, *units: str) -> None:
        same_change((play.__name__, units, at(OPENING_DAY)), lambda: play(province, *units))

    return put_back


APPRAISING_AT = at("2024-01-20 09:00")
DISPUTING_AT = at("2024-02-15 09:00")
RESOLVING_AT = at("2024-02-20 09:00")


def row(province: Province, unit: str, code: str) -> ItemScore:
    """Return one row of a unit's case as it stands now."""
    return ItemScore.objects.select_related("item").get(assessment=province.case(unit), item__code=code)


def branch_of(province: Province, unit: str, body: str) -> AppraisalBranch:
    """Return a body's branch of a unit's case as it stands now."""
    branches = AppraisalBranch.objects.select_related("unit", "assessment__unit", "assessment__period")
    return branches.get(assessment=province.case(unit), body_name=body)


def appraiser_of(province: Province, branch: AppraisalBranch) -> Official:
    """Return who appraises a branch: the secretary where the body would judge itself."""
    return province.people["secretary" if branch.is_substitute else f"appraiser-{branch.unit.code}"]


def fill_in(province: Province, unit: str) -> None:
    """Enter every input and explain where evidence is required."""
    officer = province.people[f"officer-{unit}"]
    for code, raw in GOOD_INPUTS.items():
        score = row(province, unit, code)
        scores.record_self_score(score=score, version=score.version, raw=raw, na=False, by=officer)
    for code in LEAVES_WITH_EVIDENCE:
        scores.record_explanation(score=row(province, unit, code), text="Gửi bản giấy", by=officer)


@remembered
def to_sign_off(province: Province, unit: str) -> None:
    """Confirm the training, fill in and present to the head."""
    officer = province.people[f"officer-{unit}"]
    with clock.simulated(at("2023-12-12 09:00")):
        steps.confirm_training(assessment=province.case(unit), participants=["Nguyễn Văn A"], by=officer)
    with clock.simulated(at("2024-01-05 09:00")):
        fill_in(province, unit)
        steps.hand_in_scores(assessment=province.case(unit), by=officer)
        steps.present_to_head(assessment=province.case(unit), by=officer)


@remembered
def to_submitted(province: Province, unit: str) -> None:
    """Let the head sign and submit."""
    to_sign_off(province, unit)
    with clock.simulated(at("2024-01-08 09:00")):
        steps.submit(assessment=province.case(unit), confirmed=True, by=province.people[f"head-{unit}"])


def appraise(province: Province, unit: str) -> None:
    """Let every body agree with what is not yet appraised, and finish."""
    for branch in province.case(unit).branches.select_related("unit", "assessment"):
        by = appraiser_of(province, branch)
        scores.agree_with_self_scores(branch=branch, by=by)
        steps.complete_appraisal(branch=branch, by=by)


@remembered
def to_appraisal(province: Province, *units: str) -> None:
    """Submit and let the appraisal open."""
    for unit in units:
        to_submitted(province, unit)
    sweep(at("2024-01-10 08:00"))


@remembered
def to_consolidation(province: Province, *units: str) -> None:
    """Let every body agree with what the unit entered, except that 1.2 is changed to 8/10."""
    to_appraisal(province, *units)
    with clock.simulated(at("2024-01-20 09:00")):
        for unit in units:
            score = row(province, unit, "1.2")
            scores.record_appraisal(
                score=score,
                version=score.appraisal_version,
                raw={"numerator": "8", "denominator": "10"},
                na=False,
                note="Một nhiệm vụ hoàn thành sau hạn",
                by=province.people["appraiser-SNV"],
            )
            appraise(province, unit)


@remembered
def to_dispute(province: Province, *units: str) -> None:
    """Announce the preliminary result."""
    to_consolidation(province, *units)
    with clock.simulated(at("2024-02-07 09:00")):
        for unit in units:
            steps.announce_preliminary_result(assessment=province.case(unit), by=province.people["secretary"])


def dispute(province: Province, unit: str, code: str, **raw: str) -> Dispute:
    """File a dispute about one item."""
    with clock.simulated(at("2024-02-15 09:00")):
        return disputes.file_dispute(
            score=row(province, unit, code),
            reason="Số liệu chốt sau",
            raw=raw,
            by=province.people[f"officer-{unit}"],
        )


@remembered
def to_resolution(province: Province, unit: str) -> None:
    """File a dispute about 1.2 and let the head send it."""
    to_dispute(province, unit)
    dispute(province, unit, "1.2", numerator="10", denominator="10")
    with clock.simulated(at("2024-02-15 09:00")):
        steps.finish_disputes(assessment=province.case(unit), by=province.people[f"head-{unit}"])
