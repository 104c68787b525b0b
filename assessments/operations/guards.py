"""Guards of every write: take the row lock, then read the clock once, then check. The moment is the receipt."""

from datetime import datetime

from assessments import clock
from assessments.models import Assessment, ItemScore, Official
from assessments.queries.openness import UnitWrite, check_unit_write


def lock(assessment_id: int) -> tuple[Assessment, datetime]:
    """Lock the row of a case and return it with the moment read after the lock is held."""
    assessment = (
        Assessment.objects.select_for_update(of=("self",)).select_related("period", "unit").get(pk=assessment_id)
    )
    return assessment, clock.read()


def open_for_unit(
    *, assessment_id: int, by: Official, score: ItemScore | None = None, purpose: str = "evidence"
) -> UnitWrite:
    """Let the unit write: scores and explanations while self-scoring, evidence also in a supplement or a dispute.

    ``purpose`` is "score", "explanation" or "evidence". Call inside a transaction. Raise NotAllowed (out of turn, too
    early, too late) or NotPermitted (not an officer or head of this unit).
    """
    assessment, moment = lock(assessment_id)
    return check_unit_write(assessment=assessment, moment=moment, by=by, score=score, purpose=purpose)
