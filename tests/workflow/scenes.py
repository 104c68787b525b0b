"""The province of the tests brought to the evening before each timer of the flow."""

from assessments import clock
from tests.province import Province, at, sweep
from tests.workflow.stages import dispute, fill_in, to_dispute, to_sign_off, to_submitted
from workflow.operations import steps

UNITS = ("STP", "SXD", "SYT")


def to_self_scoring(province: Province) -> None:
    """Begin self-scoring; one unit is filled in."""
    sweep(at("2024-01-01 00:00"))
    with clock.simulated(at("2024-01-05 09:00")):
        fill_in(province, "SXD")


def to_evidence(province: Province, units: tuple[str, ...] = ("STP", "SXD")) -> None:
    """Hand in the scores of some units; the others are still scoring."""
    sweep(at("2024-01-01 00:00"))
    with clock.simulated(at("2024-01-05 09:00")):
        for unit in units:
            fill_in(province, unit)
            steps.hand_in_scores(assessment=province.case(unit), by=province.people[f"officer-{unit}"])


def to_the_head(province: Province) -> None:
    """Present two units to their heads."""
    for unit in ("STP", "SXD"):
        to_sign_off(province, unit)


def all_submitted(province: Province) -> None:
    """Submit every unit."""
    for unit in UNITS:
        to_submitted(province, unit)


def in_dispute(province: Province) -> None:
    """Dispute two results of one unit, without sending them."""
    to_dispute(province, *UNITS)
    dispute(province, "SXD", "1.2", numerator="10", denominator="10")
    dispute(province, "SXD", "2.1", count="4")
