"""Writing scores: one row at a time, with a version check, and every earlier value kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F

from assessments import permissions
from assessments.enums import BranchState, Role, ScoreStage, Scoring, Stage
from assessments.models import AppraisalBranch, Assessment, ItemScore, Official, ScoreChange
from assessments.operations import events, guards
from assessments.queries.deadlines import appraisal_window_of
from assessments.queries.scores import rule_of
from assessments.rules import Conflict, NotAllowed, deadlines
from assessments.rules.appraisals import reason_needed
from assessments.rules.inputs import read_entry
from assessments.rules.items import Entry
from assessments.rules.stages import check_reason, check_stage


@transaction.atomic
def record_self_score(*, score: ItemScore, version: int, raw: Mapping[str, str], na: bool, by: Official) -> ItemScore:
    """Write the unit's input of one item (tự chấm).

    ``version`` is the one the person saw. Raise NotAllowed (out of turn, late, unreadable input), NotPermitted, or
    Conflict with the row as it stands when a colleague changed it in between.
    """
    write = guards.open_for_unit(assessment_id=score.assessment_id, by=by, score=score, purpose="score")
    row = _locked(score)
    if row.item.scoring != Scoring.SELF:
        raise NotAllowed(f"Nội dung {row.item.code} không do đơn vị tự chấm.")
    cleaned = read_entry(rule_of(row.item), raw, na=na)
    if row.version != version and (row.self_input, row.self_na) != (cleaned, na):
        raise Conflict(f"Dòng {row.item.code} vừa được {row.self_by or 'người khác'} sửa.", current=row)
    if (row.self_input, row.self_na) == (cleaned, na):
        return row
    before = _value(row.self_input, row.self_na)
    row.self_input, row.self_na, row.self_zeroed = cleaned, na, False
    row.self_by, row.self_at, row.version = by, write.moment, row.version + 1
    row.save(update_fields=["self_input", "self_na", "self_zeroed", "self_by", "self_at", "version"])
    _keep(row, ScoreStage.SELF, write.round, before, _value(cleaned, na), by=by, at=write.moment)
    return row


@transaction.atomic
def record_explanation(*, score: ItemScore, text: str, by: Official) -> ItemScore:
    """Write the unit's explanation (giải trình) of one item where evidence is missing or needs words."""
    write = guards.open_for_unit(assessment_id=score.assessment_id, by=by, score=score, purpose="explanation")
    row = _locked(score)
    text = text.strip()
    if row.explanation == text:
        return row
    before, row.explanation = row.explanation, text
    row.save(update_fields=["explanation"])
    _keep(row, ScoreStage.SELF, write.round, {"explanation": before}, {"explanation": text}, by=by, at=write.moment)
    return row


@transaction.atomic
def record_appraisal(
    *, score: ItemScore, version: int, raw: Mapping[str, str], na: bool, note: str, by: Official
) -> ItemScore:
    """Write the appraising body's input of one item (thẩm định), with a reason where ``reason_needed`` says so.

    Raise NotAllowed, NotPermitted or Conflict as ``record_self_score`` does.
    """
    branch, moment = _open_branch(score.assessment_id, score.item.appraising_body, by)
    row = _locked(score)
    if row.item.scoring == Scoring.SURVEY:
        raise NotAllowed(f"Nội dung {row.item.code} lấy từ điều tra xã hội học, không thẩm định.")
    item = rule_of(row.item)
    cleaned = read_entry(item, raw, na=na)
    if cleaned is None and not na:
        raise NotAllowed(f"Nội dung {row.item.code}: hãy nhập kết quả thẩm định.")
    note = note.strip()
    owed = reason_needed(item, own=Entry(row.self_input, row.self_na), appraised=Entry(cleaned, na))
    if owed:
        check_reason(note, of=owed)
    if row.appraisal_version != version and (row.appraised_input, row.appraised_na) != (cleaned, na):
        raise Conflict(f"Dòng {row.item.code} vừa được {row.appraised_by or 'người khác'} sửa.", current=row)
    return _appraise(row, cleaned, na, note, branch, by=by, at=moment)


@transaction.atomic
def agree_with_zero(*, score: ItemScore, version: int, by: Official, note: str = "") -> ItemScore:
    """Agree that an item the unit left unscored counts 0 points (đồng ý 0 điểm), without inventing an input for it.

    Raise NotAllowed (the unit did score it), NotPermitted or Conflict as ``record_appraisal`` does.
    """
    branch, moment = _open_branch(score.assessment_id, score.item.appraising_body, by)
    row = _locked(score)
    if row.item.scoring != Scoring.SELF or row.self_input is not None or row.self_na:
        raise NotAllowed(f"Nội dung {row.item.code} không phải nội dung đơn vị bỏ trống; hãy nhập kết quả thẩm định.")
    if row.appraised_zeroed:
        return row
    if row.appraisal_version != version:
        raise Conflict(f"Dòng {row.item.code} vừa được {row.appraised_by or 'người khác'} sửa.", current=row)
    return _appraise(row, None, False, note.strip(), branch, by=by, at=moment, zeroed=True)


@transaction.atomic
def agree_with_self_scores(*, branch: AppraisalBranch, by: Official, unscored_as_zero: bool = False) -> int:
    """Take over the unit's own input for every item of a branch that is not yet appraised; return how many.

    With ``unscored_as_zero`` the items that the unit left unscored are agreed to as 0 points too.
    """
    branch, moment = _open_branch(branch.assessment_id, branch.body_name, by)
    rows = ItemScore.objects.filter(
        assessment_id=branch.assessment_id,
        item__appraising_body=branch.body_name,
        item__scoring=Scoring.SELF,
        appraised_at__isnull=True,
    ).select_related("item")
    count = 0
    for row in rows:
        unscored = row.self_input is None and not row.self_na
        if unscored and not unscored_as_zero:
            continue
        _appraise(row, row.self_input, row.self_na, "", branch, by=by, at=moment, zeroed=unscored)
        count += 1
    return count


def _appraise(
    row: ItemScore,
    cleaned: dict | None,
    na: bool,
    note: str,
    branch: AppraisalBranch,
    *,
    by: Official,
    at: datetime,
    zeroed: bool = False,
) -> ItemScore:
    before = _appraised_value(row) if row.appraised_at else None
    row.appraised_input, row.appraised_na, row.appraised_zeroed, row.appraiser_note = cleaned, na, zeroed, note
    row.appraised_by, row.appraised_at, row.appraisal_version = by, at, row.appraisal_version + 1
    row.save(
        update_fields=[
            "appraised_input",
            "appraised_na",
            "appraised_zeroed",
            "appraiser_note",
            "appraised_by",
            "appraised_at",
            "appraisal_version",
        ]
    )
    _keep(row, ScoreStage.APPRAISED, branch.round, before, _appraised_value(row), note=note, by=by, at=at)
    return row


def _appraised_value(row: ItemScore) -> dict | None:
    return {"zeroed": True} if row.appraised_zeroed else _value(row.appraised_input, row.appraised_na)


def _open_branch(assessment_id: int, body_name: str, by: Official) -> tuple[AppraisalBranch, datetime]:
    assessment, moment = guards.lock(assessment_id)
    branch = (
        AppraisalBranch.objects.filter(assessment=assessment, body_name=body_name)
        .select_related("unit", "assessment__unit")
        .first()
    )
    if branch is None:
        raise NotAllowed("Hồ sơ chưa đến bước thẩm định.")
    permissions.check_can_appraise(by, branch)
    check_stage(Stage(assessment.stage), {Stage.APPRAISAL}, doing="nhập kết quả thẩm định")
    if branch.state != BranchState.APPRAISING:
        raise NotAllowed(f"Phần thẩm định của {branch.body_name} đang ở trạng thái “{branch.get_state_display()}”.")
    deadlines.check_open(appraisal_window_of(branch), moment)
    return branch, moment


@transaction.atomic
def zero_unscored(*, cases: Sequence[Assessment], at: datetime) -> int:
    """Count every item that the units left unscored as 0 points (late policy "zero"); return how many."""
    rounds = {case.pk: case.round for case in cases}
    changed = list(
        ItemScore.objects.filter(
            assessment__in=rounds, item__scoring=Scoring.SELF, self_input__isnull=True, self_na=False, self_zeroed=False
        )
    )
    for row in changed:
        row.self_zeroed, row.version = True, row.version + 1
    note, zeroed = "Hệ thống tính 0 điểm", {"zeroed": True}
    ScoreChange.objects.bulk_create(
        _change(row, ScoreStage.SELF, rounds[row.assessment_id], None, zeroed, note=note, by=None, at=at)
        for row in changed
    )
    ItemScore.objects.filter(pk__in=[row.pk for row in changed]).update(self_zeroed=True, version=F("version") + 1)
    return len(changed)


@transaction.atomic
def unzero(*, assessment: Assessment, at: datetime) -> int:
    """Take back the 0 points of items left unscored: the step is open again for the unit; return how many."""
    rows = list(ItemScore.objects.filter(assessment=assessment, self_zeroed=True))
    for row in rows:
        row.self_zeroed, row.version = False, row.version + 1
        note = "Mở lại bước do dời hạn"
        _keep(row, ScoreStage.SELF, assessment.round, {"zeroed": True}, None, note=note, by=None, at=at)
    ItemScore.objects.bulk_update(rows, ["self_zeroed", "version"])
    return len(rows)


@transaction.atomic
def settle_final_scores(*, assessment: Assessment, by: Official | None, at: datetime) -> int:
    """Take the appraised inputs as final ones (before disputes change single items); return how many rows."""
    rows = list(
        ItemScore.objects.filter(assessment=assessment).exclude(item__scoring=Scoring.SURVEY).select_for_update()
    )
    for row in rows:
        row.final_input, row.final_na = row.appraised_input, row.appraised_na
        row.final_by, row.final_at, row.final_reason = by, at, ""
    ItemScore.objects.bulk_update(rows, ["final_input", "final_na", "final_by", "final_at", "final_reason"])
    return len(rows)


@transaction.atomic
def write_final(
    *, score: ItemScore, cleaned: dict | None, na: bool, reason: str, by: Official, at: datetime
) -> ItemScore:
    """Write the final input of one item (a decided dispute or a correction); the earlier one is kept."""
    row = _locked(score)
    before = _value(row.final_input, row.final_na)
    row.final_input, row.final_na, row.final_reason = cleaned, na, reason
    row.final_by, row.final_at = by, at
    row.save(update_fields=["final_input", "final_na", "final_reason", "final_by", "final_at"])
    _keep(row, ScoreStage.FINAL, 1, before, _value(cleaned, na), note=reason, by=by, at=at)
    return row


@transaction.atomic
def record_survey_shares(
    *, assessment: Assessment, shares: Mapping[str, Decimal], answers: Mapping[str, int] | None = None, by: Official
) -> int:
    """Write the survey share (0 to 1) of items by code; return how many. Raise NotAllowed, NotPermitted."""
    assessment, moment = guards.lock(assessment.pk)
    if not (by.holds(Role.SECRETARY, assessment.period.secretariat)):
        permissions.check_can_organise(by, assessment.period)
    if assessment.stage in (Stage.PUBLISHED, Stage.CORRECTION):
        raise NotAllowed("Kết quả đã công bố; hãy mở lại hồ sơ để đính chính.")
    rows = {
        row.item.code: row
        for row in ItemScore.objects.filter(
            assessment=assessment, item__scoring=Scoring.SURVEY, item__code__in=list(shares)
        ).select_related("item")
    }
    unknown = sorted(set(shares) - set(rows))
    if unknown:
        raise NotAllowed(f"Không phải nội dung điều tra xã hội học của bộ tiêu chí này: {', '.join(unknown)}.")
    wrong = sorted(code for code, share in shares.items() if not Decimal(0) <= share <= Decimal(1))
    if wrong:
        raise NotAllowed(f"Tỷ lệ khảo sát phải từ 0 đến 1; hãy sửa nội dung {', '.join(wrong)}.")
    for code, row in rows.items():
        row.survey_share = shares[code]
        row.survey_answers = (answers or {}).get(code)
    ItemScore.objects.bulk_update(rows.values(), ["survey_share", "survey_answers"])
    events.record(
        kind="survey_shares_recorded",
        sentence=f"Ghi kết quả điều tra xã hội học của {len(rows)} nội dung",
        by=by,
        at=moment,
        assessment=assessment,
        details={code: str(share) for code, share in shares.items()},
    )
    return len(rows)


def _locked(score: ItemScore) -> ItemScore:
    return ItemScore.objects.select_for_update(of=("self",)).select_related("item").get(pk=score.pk)


def _value(entered: dict | None, na: bool) -> dict | None:
    return {"input": entered, "na": na} if entered is not None or na else None


def _keep(
    row: ItemScore,
    stage: ScoreStage,
    round_number: int,
    before: dict | None,
    after: dict | None,
    *,
    by: Official | None,
    at: datetime,
    note: str = "",
) -> None:
    _change(row, stage, round_number, before, after, by=by, at=at, note=note).save(force_insert=True)


def _change(
    row: ItemScore,
    stage: ScoreStage,
    round_number: int,
    before: dict | None,
    after: dict | None,
    *,
    by: Official | None,
    at: datetime,
    note: str = "",
) -> ScoreChange:
    return ScoreChange(score=row, stage=stage, round=round_number, before=before, after=after, note=note, by=by, at=at)
