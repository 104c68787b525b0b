"""Periods brought to their publication through the operations; the moments are those of tests/province.py."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from assessments import clock
from assessments.models import Publication
from assessments.operations import scores
from assessments.operations.publications import correct_score
from tests.province import Province, at, sweep
from tests.workflow.stages import row, to_dispute
from workflow.operations import periods, steps

PUBLISHING_AT = at("2024-02-27 09:00")
CORRECTING_AT = at("2024-03-20 09:00")
UNITS = ("STP", "SXD", "SYT")
SHARES = {"STP": Decimal("0.8"), "SXD": Decimal("0.8"), "SYT": Decimal("0.9")}


def to_council(province: Province, units: Iterable[str] = UNITS, *, with_survey: bool = True) -> None:
    """Announce, let the dispute window pass unused, record the survey: everything waits for the council."""
    to_dispute(province, *units)
    sweep(at("2024-02-19 17:00"))
    if with_survey:
        record_survey(province)


def record_survey(province: Province) -> None:
    """Record the survey share of each unit."""
    with clock.simulated(PUBLISHING_AT):
        for case in province.period.assessments.select_related("period__secretariat", "unit"):
            share = SHARES[case.unit.code]
            scores.record_survey_shares(assessment=case, shares={"3.1": share}, by=province.people["secretary"])


def publish(province: Province) -> Publication:
    """Publish the period for the first time."""
    to_council(province)
    with clock.simulated(PUBLISHING_AT):
        return periods.publish_period(
            period=province.period,
            decision_number="100/QĐ-UBND",
            decision_date=date(2024, 3, 1),
            by=province.people["organiser"],
        )


def correct(province: Province, unit: str = "SXD", *, numerator: str = "10") -> None:
    """Reopen a published case and correct 1.2; it waits for the corrected publication."""
    with clock.simulated(CORRECTING_AT):
        periods.reopen(assessment=province.case(unit), reason="Sai số liệu", by=province.people["organiser"])
        correct_score(
            score=row(province, unit, "1.2"),
            raw={"numerator": numerator, "denominator": "10"},
            na=False,
            reason="Theo kết luận kiểm tra",
            by=province.people["secretary"],
        )
        steps.finish_correction(assessment=province.case(unit), by=province.people["secretary"])


def publish_correction(province: Province) -> Publication:
    """Publish the correction beside the first publication."""
    correct(province)
    with clock.simulated(CORRECTING_AT):
        return periods.publish_period(
            period=province.period,
            decision_number="150/QĐ-UBND",
            decision_date=date(2024, 3, 25),
            by=province.people["organiser"],
            reason="Đính chính Sở Xây dựng",
        )
