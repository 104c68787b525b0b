"""Training, handing in, signing, withdrawing: what the unit does until its dossier is with the appraisers."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from assessments import permissions
from assessments.enums import LatePolicy, Role, Scoring, Stage, WindowKind
from assessments.models import Assessment, ItemScore, Official, Submission
from assessments.operations import events, guards, scores
from assessments.queries.deadlines import window_of
from assessments.queries.submissions import decided_count, unscored_codes
from assessments.rules import NotAllowed, deadlines, stages


@transaction.atomic
def confirm_training(*, assessment: Assessment, participants: Sequence[str], by: Official) -> Assessment:
    """Record who takes part in the training (tập huấn) for this unit. Raise NotAllowed, NotPermitted."""
    assessment, moment = guards.lock(assessment.pk)
    permissions.check_can_score(by, assessment)
    stages.check_stage(Stage(assessment.stage), {Stage.TRAINING}, doing="xác nhận người tham gia tập huấn")
    deadlines.check_open(window_of(assessment, WindowKind.TRAINING), moment)
    names = [name.strip() for name in participants if name.strip()]
    if not names:
        raise NotAllowed("Hãy ghi ít nhất một người tham gia tập huấn, mỗi người một dòng.")
    assessment.training_participants = names
    assessment.training_confirmed_at = moment
    assessment.save(update_fields=["training_participants", "training_confirmed_at"])
    events.record(
        kind="training_confirmed",
        sentence=f"Xác nhận {len(names)} người tham gia tập huấn",
        by=by,
        at=moment,
        assessment=assessment,
        role=Role.OFFICER,
        details={"participants": names},
    )
    return assessment


@transaction.atomic
def hand_in_scores(*, assessment: Assessment, by: Official) -> datetime:
    """Finish self-scoring and go on to the evidence check. Raise NotAllowed while items are unscored or late."""
    assessment, moment = guards.lock(assessment.pk)
    permissions.check_can_score(by, assessment)
    stages.check_stage(Stage(assessment.stage), {Stage.SELF_SCORING}, doing="hoàn thành tự chấm điểm")
    deadlines.check_open(window_of(assessment, WindowKind.SELF_SCORING), moment)
    stages.check_can_hand_in(unscored=unscored_codes(assessment))
    events.record(
        kind="scores_handed_in",
        sentence="Hoàn thành tự chấm điểm",
        by=by,
        at=moment,
        assessment=assessment,
        role=Role.OFFICER,
    )
    return moment


@transaction.atomic
def present_to_head(*, assessment: Assessment, missing: list[str], by: Official) -> datetime:
    """Present the dossier to the head (trình lãnh đạo). ``missing`` are item codes without evidence or explanation."""
    assessment, moment = guards.lock(assessment.pk)
    permissions.check_can_score(by, assessment)
    stages.check_stage(Stage(assessment.stage), {Stage.EVIDENCE}, doing="trình lãnh đạo")
    deadlines.check_open(window_of(assessment, WindowKind.EVIDENCE), moment)
    stages.check_can_present(unscored=unscored_codes(assessment), missing=missing)
    events.record(
        kind="presented_to_head",
        sentence="Trình lãnh đạo ký hồ sơ",
        by=by,
        at=moment,
        assessment=assessment,
        role=Role.OFFICER,
    )
    return moment


@transaction.atomic
def submit(
    *, assessment: Assessment, missing: list[str], manifest: list[dict[str, Any]], confirmed: bool, by: Official
) -> Submission:
    """Sign and submit the dossier (ký, gửi); the receipt has the moment and a hash of all that was submitted.

    Raise NotAllowed (not at this step, late, incomplete, not confirmed) or NotPermitted (not the head of the unit).
    """
    assessment, moment = guards.lock(assessment.pk)
    permissions.check_can_sign(by, assessment)
    stages.check_stage(Stage(assessment.stage), {Stage.SIGN_OFF}, doing="ký, gửi hồ sơ")
    deadlines.check_open(window_of(assessment, WindowKind.EVIDENCE), moment)
    stages.check_can_present(unscored=unscored_codes(assessment), missing=missing)
    if not confirmed:
        raise NotAllowed("Hãy đánh dấu xác nhận đã đọc và chịu trách nhiệm về hồ sơ trước khi gửi.")
    receipt = _write_receipt(assessment, manifest, by=by, at=moment)
    events.record(
        kind="submitted",
        sentence=f"Ký, gửi hồ sơ lần {receipt.number}",
        by=by,
        at=moment,
        assessment=assessment,
        role=Role.HEAD,
        details={"digest": receipt.digest},
    )
    return receipt


@transaction.atomic
def send_back_to_officers(*, assessment: Assessment, reason: str, by: Official) -> datetime:
    """Send the dossier back to the officers with a reason (trả lại) instead of signing."""
    assessment, moment = guards.lock(assessment.pk)
    permissions.check_can_sign(by, assessment)
    stages.check_stage(Stage(assessment.stage), {Stage.SIGN_OFF}, doing="trả lại hồ sơ")
    stages.check_reason(reason, of="trả lại hồ sơ")
    events.record(
        kind="sent_back",
        sentence="Lãnh đạo trả lại hồ sơ cho cán bộ",
        by=by,
        at=moment,
        assessment=assessment,
        role=Role.HEAD,
        reason=reason.strip(),
    )
    return moment


@transaction.atomic
def withdraw(*, assessment: Assessment, reason: str, by: Official) -> Submission:
    """Withdraw a submitted dossier (thu hồi) before the close and before any appraisal decision."""
    assessment, moment = guards.lock(assessment.pk)
    permissions.check_can_sign(by, assessment)
    stages.check_stage(Stage(assessment.stage), {Stage.SUBMITTED, Stage.APPRAISAL}, doing="thu hồi hồ sơ")
    window = window_of(assessment, WindowKind.EVIDENCE)
    stages.check_can_withdraw(
        closes_at=window.closes_at,
        moment=moment,
        decided=decided_count(assessment),
        closes_in_words=deadlines.in_words(window.closes_at),
    )
    stages.check_reason(reason, of="thu hồi")
    receipt = assessment.submissions.order_by("-number").first()
    if receipt is None or receipt.is_automatic:
        raise NotAllowed("Không có hồ sơ đã ký gửi để thu hồi.")
    receipt.withdrawn_at, receipt.withdrawn_by, receipt.withdrawal_reason = moment, by, reason.strip()
    receipt.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawal_reason"])
    assessment.round += 1
    assessment.save(update_fields=["round"])
    events.record(
        kind="withdrawn",
        sentence=f"Thu hồi hồ sơ đã gửi lần {receipt.number}",
        by=by,
        at=moment,
        assessment=assessment,
        role=Role.HEAD,
        reason=reason.strip(),
    )
    return receipt


@transaction.atomic
def apply_late_policy(
    *, assessment: Assessment, window: WindowKind, manifest: list[dict[str, Any]], at: datetime
) -> LatePolicy:
    """Do what the period says for a case whose window closed unfinished; called by the timer, never by a person.

    ``submit_as_is`` and ``zero`` submit what was entered at the close of the evidence window; ``hold`` locks the case
    until the organiser extends. Nothing entered is lost.
    """
    closed = window_of(assessment, window)
    policy = closed.late_policy
    assessment.late_policy_applied, assessment.late_since = policy, closed.closes_at
    assessment.save(update_fields=["late_policy_applied", "late_since"])
    if policy == LatePolicy.ZERO:
        scores.zero_unscored(assessment=assessment, at=at)
    if policy != LatePolicy.HOLD and window == WindowKind.EVIDENCE:
        _write_receipt(assessment, manifest, by=None, at=at)
    events.record(
        kind="late_policy_applied",
        sentence=f"Quá hạn bước “{window.label}” lúc {deadlines.in_words(closed.closes_at)}: {policy.label}",
        by=None,
        at=at,
        assessment=assessment,
        details={"policy": policy, "window": window},
    )
    return policy


def _write_receipt(
    assessment: Assessment, manifest: list[dict[str, Any]], *, by: Official | None, at: datetime
) -> Submission:
    content = _content(assessment, manifest)
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return Submission.objects.create(
        assessment=assessment,
        number=assessment.submissions.count() + 1,
        submitted_at=at,
        submitted_by=by,
        is_automatic=by is None,
        digest=hashlib.sha256(canonical.encode()).hexdigest(),
        content=content,
    )


def _content(assessment: Assessment, manifest: list[dict[str, Any]]) -> dict[str, Any]:
    rows = (
        ItemScore.objects.filter(assessment=assessment, item__scoring=Scoring.SELF)
        .order_by("item__position")
        .values_list("item__code", "self_input", "self_na", "self_zeroed", "explanation")
    )
    return {
        "period": assessment.period.code,
        "unit": assessment.unit.code,
        "round": assessment.round,
        "criteria_set": str(assessment.criteria_set),
        "scores": [
            {"code": code, "input": entered, "na": na, "zeroed": zeroed, "explanation": text}
            for code, entered, na, zeroed, text in rows
        ],
        "evidence": manifest,
    }
