"""Writes inside an open step: the step is held meanwhile, so nothing is written once a colleague has finished it."""

from collections.abc import Mapping
from datetime import datetime

from assessments.enums import DisputeOutcome
from assessments.models import AppraisalBranch, Dispute, ItemScore, Official
from assessments.operations import disputes, publications
from workflow.operations.steps import open_step


def answer_dispute(
    *,
    branch: AppraisalBranch,
    dispute: Dispute,
    opinion: DisputeOutcome,
    answer: str,
    by: Official,
    raw: Mapping[str, str] | None = None,
    na: bool = False,
) -> Dispute:
    """Give a body's answer while its answers are not sent yet. Raise NotAllowed, NotPermitted."""
    with open_step(branch.assessment, "answer_disputes", by, branch):
        return disputes.answer_dispute(dispute=dispute, opinion=opinion, answer=answer, by=by, raw=raw, na=na)


def decide_dispute(
    *,
    dispute: Dispute,
    outcome: DisputeOutcome,
    reason: str,
    by: Official,
    raw: Mapping[str, str] | None = None,
    na: bool = False,
    replacing: datetime | None = None,
) -> Dispute:
    """Decide a dispute once every body has sent its answers, or change that of ``replacing`` (its moment).

    Raise NotAllowed, NotPermitted.
    """
    with open_step(dispute.assessment, "decide_disputes", by):
        return disputes.decide_dispute(
            dispute=dispute, outcome=outcome, reason=reason, by=by, raw=raw, na=na, replacing=replacing
        )


def correct_score(*, score: ItemScore, raw: Mapping[str, str], na: bool, reason: str, by: Official) -> ItemScore:
    """Correct a published result while the correction is not finished. Raise NotAllowed, NotPermitted."""
    with open_step(score.assessment, "correct", by):
        return publications.correct_score(score=score, raw=dict(raw), na=na, reason=reason, by=by)
