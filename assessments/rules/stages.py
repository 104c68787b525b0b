"""The stages of a case as one table, and what each stage allows."""

from datetime import datetime

from assessments.enums import Stage
from assessments.rules.refusals import NoReason, NotAllowed

# From a stage to the stages that may follow; printed into docs/states.md by `manage.py state_diagram`.
TRANSITIONS: dict[Stage, set[Stage]] = {
    Stage.OPENED: {Stage.TRAINING},
    Stage.TRAINING: {Stage.SELF_SCORING},
    Stage.SELF_SCORING: {Stage.EVIDENCE, Stage.HELD},
    Stage.EVIDENCE: {Stage.SIGN_OFF, Stage.SELF_SCORING, Stage.HELD, Stage.SUBMITTED},
    Stage.SIGN_OFF: {Stage.SUBMITTED, Stage.SELF_SCORING, Stage.EVIDENCE, Stage.HELD},
    Stage.HELD: {Stage.SELF_SCORING, Stage.EVIDENCE},
    Stage.SUBMITTED: {Stage.APPRAISAL, Stage.SELF_SCORING, Stage.EVIDENCE},
    Stage.APPRAISAL: {Stage.CONSOLIDATION, Stage.SELF_SCORING, Stage.EVIDENCE},
    Stage.CONSOLIDATION: {Stage.DISPUTE},
    Stage.DISPUTE: {Stage.RESOLUTION, Stage.COUNCIL},
    Stage.RESOLUTION: {Stage.COUNCIL},
    Stage.COUNCIL: {Stage.PUBLISHED, Stage.DISPUTE},
    Stage.PUBLISHED: {Stage.CORRECTION},
    Stage.CORRECTION: {Stage.PUBLISHED},
}


def check_transition(current: Stage, following: Stage) -> None:
    """Refuse a move that the table does not have. Raise NotAllowed."""
    if following != current and following not in TRANSITIONS[current]:
        raise NotAllowed(f"Hồ sơ đang ở bước “{current.label}” nên không thể chuyển sang “{following.label}”.")


def check_stage(current: Stage, allowed: set[Stage], *, doing: str) -> None:
    """Refuse an action that does not belong to the stage the case is in. Raise NotAllowed."""
    if current not in allowed:
        names = " hoặc ".join(f"“{stage.label}”" for stage in Stage if stage in allowed)
        raise NotAllowed(
            f"Không thể {doing}: hồ sơ đang ở bước “{current.label}”, việc này chỉ làm được ở bước {names}."
        )


def check_can_hand_in(*, unscored: list[str]) -> None:
    """Refuse to leave self-scoring while items have neither an input nor N/A. Raise NotAllowed."""
    if unscored:
        raise NotAllowed(f"Còn {len(unscored)} nội dung chưa chấm: {_codes(unscored)}. Hãy chấm hết rồi gửi lại.")


def check_can_present(*, unscored: list[str], missing: list[str]) -> None:
    """Refuse to present a dossier to the head while something is missing. Raise NotAllowed."""
    check_can_hand_in(unscored=unscored)
    if missing:
        raise NotAllowed(
            f"Còn {len(missing)} nội dung thiếu minh chứng: {_codes(missing)}. "
            "Hãy đính kèm tài liệu hoặc ghi giải trình cho từng nội dung."
        )


def check_can_withdraw(*, closes_at: datetime, moment: datetime, decided: int, closes_in_words: str) -> None:
    """Refuse to withdraw (thu hồi) a dossier after the close or after an appraisal decision. Raise NotAllowed."""
    if moment >= closes_at:
        raise NotAllowed(f"Không thể thu hồi: hạn nộp đã hết lúc {closes_in_words}.")
    if decided:
        raise NotAllowed("Không thể thu hồi: cơ quan thẩm định đã có kết luận cho một phần hồ sơ.")


def check_reason(reason: str, *, of: str) -> None:
    """Refuse a decision without a reason. Raise NoReason."""
    if len(reason.strip()) < 5:
        raise NoReason(f"Hãy ghi lý do {of} (ít nhất 5 ký tự).")


def _codes(codes: list[str]) -> str:
    shown = ", ".join(codes[:12])
    return shown if len(codes) <= 12 else f"{shown} và {len(codes) - 12} nội dung khác"
