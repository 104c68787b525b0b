"""Disputes as threads: what was asked, answered and decided, with the points each would give."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from assessments.enums import DisputeOutcome, ScoreStage, Scoring, Stage
from assessments.models import Assessment, Dispute, ItemScore, Official
from assessments.permissions import works_for
from assessments.queries.openness import check_unit_write
from assessments.queries.scores import Bests, bests_seen, rule_of
from assessments.rules import NotAllowed
from assessments.rules.items import Entry, ItemRule
from assessments.rules.words import rule_in_words
from evidence.enums import Occasion
from evidence.models import EvidenceFile
from evidence.queries import files_of
from workflow.queries.comparison import cell, cell_of
from workflow.queries.sheet import StageCell


@dataclass(frozen=True)
class Thread:
    """One dispute: its posts in order, and the points before, asked for, proposed and after."""

    dispute: Dispute
    item: ItemRule
    rule: str
    own: StageCell | None
    before: StageCell
    wanted: StageCell | None
    opinion: StageCell | None
    after: StageCell | None
    posts: tuple[dict[str, Any], ...]

    @property
    def score(self) -> ItemScore:
        """Return the contested row."""
        return self.dispute.score

    @property
    def is_withdrawn(self) -> bool:
        """Say whether the unit took it back."""
        return self.dispute.withdrawn_at is not None

    @property
    def is_answered(self) -> bool:
        """Say whether the body has answered."""
        return self.dispute.answered_at is not None

    @property
    def is_decided(self) -> bool:
        """Say whether it is decided."""
        return self.dispute.decided_at is not None

    @property
    def outcomes(self) -> list[dict[str, Any]]:
        """Return what each outcome would make of the points, for whoever has to choose one."""
        return [
            {"label": DisputeOutcome.ACCEPTED.label, "cell": self.wanted},
            {"label": DisputeOutcome.REJECTED.label, "cell": self.before},
        ]


def threads_of(
    case: Assessment, user: Official, *, body_name: str | None = None, with_opinions: bool = True
) -> list[Thread]:
    """Return the disputes of a case (of one body where named) as threads, withdrawn ones included; three queries.

    ``with_opinions`` shows the body's opinion before the decision; the unit reads it together with the decision.
    """
    disputes = (
        Dispute.objects.filter(assessment=case)
        .select_related("score__item", "filed_by", "withdrawn_by", "answered_by", "decided_by")
        .order_by("score__item__position", "id")
    )
    if body_name is not None:
        disputes = disputes.filter(score__item__appraising_body=body_name)
    bests = bests_seen(case, by_unit=works_for(user, case.unit))
    files: dict[int, list[EvidenceFile]] = {}
    for file in dispute_files(case, user):
        files.setdefault(file.score_id, []).append(file)
    return [
        _thread(dispute, case, bests, files, with_opinion=with_opinions or bool(dispute.outcome))
        for dispute in disputes
    ]


def dispute_files(case: Assessment, user: Official) -> QuerySet[EvidenceFile]:
    """Return the files that the unit attached while the dispute window was open, as far as ``user`` may read them."""
    return files_of(case, user).filter(occasion=Occasion.DISPUTE, withdrawn_at__isnull=True)


def filing_closed(case: Assessment, user: Official, moment: datetime) -> str:
    """Return why nothing can be contested now, or "" when it can."""
    if case.stage != Stage.DISPUTE:
        closed = case.get_stage_display()
        return f"Hồ sơ đang ở bước “{closed}”; kiến nghị chỉ gửi được ở bước “{Stage.DISPUTE.label}”."
    try:
        check_unit_write(assessment=case, moment=moment, by=user, purpose="evidence")
    except NotAllowed as refusal:
        return refusal.sentence
    return ""


def _thread(
    dispute: Dispute, case: Assessment, bests: Bests, files: Mapping[int, list[EvidenceFile]], *, with_opinion: bool
) -> Thread:
    shows_opinion = with_opinion and bool(dispute.opinion)
    score, item = dispute.score, rule_of(dispute.score.item)
    own = cell_of(score, item, ScoreStage.SELF, bests) if item.scoring == Scoring.SELF else None
    return Thread(
        dispute=dispute,
        item=item,
        rule=rule_in_words(item),
        own=own,
        before=_cell(item, score, bests, dispute.before_input, na=dispute.before_na),
        wanted=_wanted(dispute, item, bests),
        opinion=_cell(item, score, bests, dispute.opinion_input, na=dispute.opinion_na) if shows_opinion else None,
        after=_cell(item, score, bests, dispute.after_input, na=dispute.after_na) if dispute.outcome else None,
        posts=tuple(_posts(dispute, case, files.get(score.pk, []), shows_opinion=shows_opinion)),
    )


def _wanted(dispute: Dispute, item: ItemRule, bests: Bests) -> StageCell | None:
    """Return what would stand if the dispute is accepted: what was asked for, else what the unit had entered."""
    score = dispute.score
    if dispute.requested_input is not None or dispute.requested_na:
        return _cell(item, score, bests, dispute.requested_input, na=dispute.requested_na)
    if score.self_input is None and not score.self_na:
        return None
    return _cell(item, score, bests, score.self_input, na=score.self_na)


def _cell(item: ItemRule, score: ItemScore, bests: Bests, entered: Mapping[str, Any] | None, *, na: bool) -> StageCell:
    zeroed = entered is None and not na and (score.self_zeroed or score.appraised_zeroed)
    return cell(item, Entry(entered, na, zeroed), ScoreStage.FINAL, bests)


def _posts(
    dispute: Dispute, case: Assessment, files: list[EvidenceFile], *, shows_opinion: bool
) -> list[dict[str, Any]]:
    posts = [
        {
            "side": "unit",
            "author": dispute.filed_by,
            "role": "Đơn vị kiến nghị",
            "unit": case.unit.name,
            "at": dispute.filed_at,
            "text": dispute.reason,
            "attachments": [
                {"name": file.original_name, "url": reverse("evidence:download", args=[file.pk])} for file in files
            ],
        }
    ]
    if dispute.withdrawn_at:
        posts.append(_post(dispute.withdrawn_by, dispute.withdrawn_at, "unit", "Đơn vị", "Đã rút kiến nghị này."))
    if dispute.answered_at and shows_opinion:
        text = f"{dispute.get_opinion_display()}. {dispute.answer}"
        body = dispute.score.item.appraising_body
        role = "Ý kiến của cơ quan thẩm định"
        posts.append({**_post(dispute.answered_by, dispute.answered_at, "body", role, text), "unit": body})
    if dispute.decided_at:
        text = f"{dispute.get_outcome_display()}. {dispute.decision_reason}"
        role = "Quyết định của Tổ thư ký"
        if case.stage == Stage.RESOLUTION:
            role += " (còn sửa được đến khi kết thúc xem xét)"
        posts.append(_post(dispute.decided_by, dispute.decided_at, "decision", role, text))
    return posts


def _post(author: object, at: datetime, side: str, role: str, text: str) -> dict[str, Any]:
    return {"side": side, "author": author, "role": role, "unit": "", "at": at, "text": text, "attachments": []}
