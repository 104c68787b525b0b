"""Training, handing in, signing, withdrawing: what the unit does until its dossier is with the appraisers."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count

from assessments import permissions
from assessments.enums import LatePolicy, Role, Stage, WindowKind
from assessments.models import Assessment, Official, Submission
from assessments.operations import events, guards, scores
from assessments.queries.deadlines import window_of, windows_of
from assessments.queries.submissions import (
    decided_count,
    dossier_content,
    dossier_contents,
    dossier_marks,
    unscored_codes,
)
from assessments.rules import NotAllowed, deadlines, stages
from assessments.rules.seen import canonical, check_as_seen


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
    *,
    assessment: Assessment,
    missing: list[str],
    manifest: list[dict[str, Any]],
    confirmed: bool,
    by: Official,
    seen: str | None = None,
) -> Submission:
    """Sign and submit the dossier (ký, gửi); the receipt has the moment and a hash of all that was submitted.

    ``seen`` are the marks of what the head read (``queries.submissions.dossier_marks``), None where no page was shown.
    Raise ChangedSince when a colleague changed something in between, NotAllowed (not at this step, late, incomplete,
    not confirmed) or NotPermitted (not the head of the unit).
    """
    assessment, moment = guards.lock(assessment.pk)
    permissions.check_can_sign(by, assessment)
    stages.check_stage(Stage(assessment.stage), {Stage.SIGN_OFF}, doing="ký, gửi hồ sơ")
    deadlines.check_open(window_of(assessment, WindowKind.EVIDENCE), moment)
    stages.check_can_present(unscored=unscored_codes(assessment), missing=missing)
    if not confirmed:
        raise NotAllowed("Hãy đánh dấu xác nhận đã đọc và chịu trách nhiệm về hồ sơ trước khi gửi.")
    check_as_seen(seen, dossier_marks(dossier_content(assessment, manifest)), doing="gửi hồ sơ")
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
    *, cases: Sequence[Assessment], window: WindowKind, manifests: Mapping[int, list[dict[str, Any]]], at: datetime
) -> None:
    """Do what the period says for cases whose window closed unfinished; called by the timer, never by a person.

    ``submit_as_is`` and ``zero`` submit what was entered at the close of the evidence window, with the manifest of the
    case (by its id); ``hold`` locks the case until the organiser extends. Nothing entered is lost. The cases are
    locked and are written as they then stand; a handful of statements for any number of them.
    """
    windows = windows_of(cases, kinds=[window])
    closed = {case: windows[case.pk].get(window) or window_of(case, window) for case in cases}
    for case, of_case in closed.items():
        case.late_policy_applied, case.late_since = of_case.late_policy, of_case.closes_at
    for (policy, since), ids in _grouped(cases).items():
        Assessment.objects.filter(pk__in=ids).update(late_policy_applied=policy, late_since=since)
    zeroed = [case for case in cases if case.late_policy_applied == LatePolicy.ZERO]
    if zeroed:
        scores.zero_unscored(cases=zeroed, at=at)
    if window == WindowKind.EVIDENCE:
        submitted = [case for case in cases if case.late_policy_applied != LatePolicy.HOLD]
        _write_receipts(submitted, manifests, by=None, at=at)
    for policy in LatePolicy:
        sentences = {
            case: f"Quá hạn bước “{window.label}” lúc {deadlines.in_words(closed[case].closes_at)}: {policy.label}"
            for case in cases
            if case.late_policy_applied == policy
        }
        details = {"policy": policy, "window": window}
        events.record_each(kind="late_policy_applied", sentences=sentences, at=at, details=details)


def _grouped(cases: Sequence[Assessment]) -> dict[tuple[str, datetime | None], list[int]]:
    """Return the cases (ids) to which the same late policy was applied at the same moment."""
    groups: dict[tuple[str, datetime | None], list[int]] = defaultdict(list)
    for case in cases:
        groups[case.late_policy_applied, case.late_since].append(case.pk)
    return groups


@transaction.atomic
def reopen_late(*, assessment: Assessment, decision_number: str, by: Official, at: datetime) -> Assessment:
    """Give a case back to its unit after the system closed a step, because a decision moved its end past ``at``.

    The receipt that the system wrote is withdrawn and stays readable, items that it counted 0 are unscored again.
    Called with the move of the deadline, under the lock of the case.
    """
    reason = f"Dời hạn theo {decision_number}"
    receipt = assessment.submissions.filter(withdrawn_at__isnull=True, is_automatic=True).last()
    if receipt is not None:
        receipt.withdrawn_at, receipt.withdrawn_by, receipt.withdrawal_reason = at, by, reason
        receipt.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawal_reason"])
        assessment.round += 1
    zeroed = scores.unzero(assessment=assessment, at=at)
    assessment.late_policy_applied, assessment.late_since = "", None
    assessment.save(update_fields=["round", "late_policy_applied", "late_since"])
    events.record(
        kind="late_case_reopened",
        sentence=f"Mở lại cho đơn vị do dời hạn ({decision_number})"
        + (f"; rút biên nhận hệ thống tự nộp lần {receipt.number}" if receipt else "")
        + (f"; bỏ 0 điểm của {zeroed} nội dung chưa chấm" if zeroed else ""),
        by=by,
        at=at,
        assessment=assessment,
        role=Role.ORGANISER,
        reason=reason,
    )
    return assessment


def _write_receipt(
    assessment: Assessment, manifest: list[dict[str, Any]], *, by: Official | None, at: datetime
) -> Submission:
    (receipt,) = _write_receipts([assessment], {assessment.pk: manifest}, by=by, at=at)
    return receipt


def _write_receipts(
    cases: Sequence[Assessment],
    manifests: Mapping[int, list[dict[str, Any]]],
    *,
    by: Official | None,
    at: datetime,
) -> list[Submission]:
    """Write the receipts of dossiers submitted at one moment (six statements for any number of them)."""
    numbers = Submission.objects.filter(assessment__in=cases).values("assessment").annotate(count=Count("id"))
    earlier = {row["assessment"]: row["count"] for row in numbers.order_by()}
    receipts = []
    for case, content in dossier_contents(cases, manifests):
        receipts.append(
            Submission(
                assessment=case,
                number=earlier.get(case.pk, 0) + 1,
                submitted_at=at,
                submitted_by=by,
                is_automatic=by is None,
                digest=hashlib.sha256(canonical(content)).hexdigest(),
                content=content,
            )
        )
    return Submission.objects.bulk_create(receipts)
