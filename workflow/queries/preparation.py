"""What a unit has still to do before and after its dossier is submitted, and why a control is closed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from assessments import permissions
from assessments.enums import RowState, ScoreStage, Scoring, Stage, WindowKind
from assessments.models import Assessment, ItemScore, Official
from assessments.queries.deadlines import window_of
from assessments.queries.scores import totals_of, tree_of
from assessments.queries.submissions import decided_count, dossier_content, dossier_marks, unscored_codes
from assessments.rules import NotAllowed, deadlines, stages
from assessments.rules.rollup import Totals
from evidence.queries import counts_by_score, manifest, missing_for


@dataclass(frozen=True)
class Checklist:
    """The items that need evidence, ready for ``_components/task_list.html``, and why the next step is closed."""

    items: list[dict[str, Any]]
    missing: int
    closed_reason: str


@dataclass(frozen=True)
class SubmitSummary:
    """What the head reads before signing."""

    totals: Totals
    areas: list[tuple[str, str, Any]]
    not_applicable: list[ItemScore]
    explained: list[ItemScore]
    missing: list[str]
    unscored: list[str]
    files: int
    marks: str


def checklist_of(case: Assessment, user: Official, moment: datetime) -> Checklist:
    """Return the evidence checklist of a case (two queries) and why it cannot be presented yet."""
    rows = (
        ItemScore.objects.filter(assessment=case, item__evidence_required=True, item__scoring=Scoring.SELF)
        .select_related("item")
        .order_by("item__position")
    )
    files = counts_by_score(case)
    items = []
    for score in rows:
        count = files.get(score.pk, 0)
        state = _state(score, count)
        items.append(
            {
                "label": f"{score.item.code} {score.item.name}",
                "state": _words(state, count, score),
                "tone": "warn" if state == RowState.EVIDENCE_MISSING else "ok",
                "icon": "alert" if state == RowState.EVIDENCE_MISSING else "check",
                "hint": score.item.evidence_hint,
                "url": reverse("case_row", args=[case.pk, score.pk]),
            }
        )
    missing = missing_for(case)
    return Checklist(items, len(missing), _presenting_closed(case, user, moment, missing))


def submit_summary(case: Assessment) -> SubmitSummary:
    """Return the summary that the head signs."""
    marks = dossier_marks(dossier_content(case, manifest(case)))  # first: a change while the page is made shows as one
    sums = totals_of(case, ScoreStage.SELF, by_unit=True)
    tree = tree_of(case.criteria_set_id)
    rows = list(
        ItemScore.objects.filter(assessment=case, item__scoring=Scoring.SELF)
        .select_related("item")
        .order_by("item__position")
    )
    files = counts_by_score(case)
    return SubmitSummary(
        totals=sums,
        areas=[
            (area.code, area.name, sums.nodes[area.code])
            for area in (*tree.areas, *tree.bonus)
            if sums.nodes[area.code].maximum
        ],
        not_applicable=[row for row in rows if row.self_na],
        explained=[row for row in rows if row.explanation and not files.get(row.pk)],
        missing=missing_for(case),
        unscored=unscored_codes(case),
        files=sum(files.values()),
        marks=marks,
    )


def training_closed(case: Assessment, user: Official, moment: datetime) -> str:
    """Return why the training cannot be confirmed now, or ""."""
    return _sentence(
        lambda: permissions.check_can_score(user, case),
        lambda: stages.check_stage(Stage(case.stage), {Stage.TRAINING}, doing="xác nhận người tham gia tập huấn"),
        lambda: deadlines.check_open(window_of(case, WindowKind.TRAINING), moment),
    )


def signing_closed(case: Assessment, user: Official, moment: datetime) -> str:
    """Return why the dossier cannot be signed now, or ""."""
    return _sentence(
        lambda: permissions.check_can_sign(user, case),
        lambda: stages.check_stage(Stage(case.stage), {Stage.SIGN_OFF}, doing="ký, gửi hồ sơ"),
        lambda: deadlines.check_open(window_of(case, WindowKind.EVIDENCE), moment),
    )


def withdrawal_closed(case: Assessment, user: Official, moment: datetime) -> str:
    """Return why a submitted dossier cannot be withdrawn now, or ""."""
    window = window_of(case, WindowKind.EVIDENCE)
    return _sentence(
        lambda: permissions.check_can_sign(user, case),
        lambda: stages.check_stage(Stage(case.stage), {Stage.SUBMITTED, Stage.APPRAISAL}, doing="thu hồi hồ sơ"),
        lambda: stages.check_can_withdraw(
            closes_at=window.closes_at,
            moment=moment,
            decided=decided_count(case),
            closes_in_words=deadlines.in_words(window.closes_at),
        ),
    )


def _presenting_closed(case: Assessment, user: Official, moment: datetime, missing: list[str]) -> str:
    return _sentence(
        lambda: permissions.check_can_score(user, case),
        lambda: stages.check_stage(Stage(case.stage), {Stage.EVIDENCE}, doing="trình lãnh đạo"),
        lambda: deadlines.check_open(window_of(case, WindowKind.EVIDENCE), moment),
        lambda: stages.check_can_present(unscored=unscored_codes(case), missing=missing),
    )


def _sentence(*checks: Callable[[], None]) -> str:
    try:
        for check in checks:
            check()
    except NotAllowed as refusal:
        return refusal.sentence
    return ""


def _state(score: ItemScore, files: int) -> RowState:
    if score.self_na:
        return RowState.NOT_APPLICABLE
    return RowState.SCORED if files or score.explanation else RowState.EVIDENCE_MISSING


def _words(state: RowState, files: int, score: ItemScore) -> str:
    if files:
        return f"{files} tệp"
    if score.explanation:
        return "Có giải trình"
    return {RowState.NOT_APPLICABLE: "Không áp dụng"}.get(state, "Thiếu")
