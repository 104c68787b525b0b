"""Publishing (công bố) a whole period in one act, reopening a case, and publishing the correction beside the first."""

import hashlib
from datetime import date

from django.db import transaction

from assessments import clock, permissions
from assessments.enums import PeriodStatus, Role, Stage, UnitKind
from assessments.models import Assessment, AssessmentPeriod, ItemScore, Official, Publication, PublishedResult
from assessments.operations import events, guards, scores
from assessments.queries.publications import marks_of_results, publishable_results
from assessments.queries.scores import rule_of
from assessments.rules import NotAllowed, stages
from assessments.rules.inputs import read_entry
from assessments.rules.seen import canonical, check_as_seen


@transaction.atomic
def publish_results(
    *,
    period: AssessmentPeriod,
    decision_number: str,
    decision_date: date | None,
    by: Official,
    reason: str = "",
    seen: str | None = None,
) -> Publication:
    """Publish all results of a period in one act (lần công bố); a later one is a correction and needs a reason.

    ``seen`` are the marks of the results that were read (``queries.publications.marks_of_results``), None where no page
    was shown. Raise ChangedSince when one changed in between, NotAllowed while a case is not ready, a result is
    incomplete or the decision is not named.
    """
    period = AssessmentPeriod.objects.select_for_update(of=("self",)).select_related("organiser").get(pk=period.pk)
    moment = clock.read()
    permissions.check_can_organise(by, period)
    if not decision_number.strip() or decision_date is None:
        raise NotAllowed("Hãy ghi số và ngày của quyết định công bố.")
    number = period.publications.count() + 1
    if number > 1:
        stages.check_reason(reason, of="đính chính")
    _check_ready(period, correction=number > 1)
    results = [row for kind in UnitKind.assessed() for row in publishable_results(period, kind)]
    incomplete = [row.unit_name for row in results if row.missing]
    if incomplete:
        raise NotAllowed(
            f"Chưa đủ điểm để công bố: {', '.join(incomplete[:5])} còn nội dung chưa có điểm (khảo sát hoặc thẩm định)."
        )
    names = {row.assessment.unit.code: row.unit_name for row in results}
    check_as_seen(seen, marks_of_results(results), doing="công bố", names=names)
    content = [row.as_content() for row in results]
    publication = Publication.objects.create(
        period=period,
        number=number,
        decision_number=decision_number.strip(),
        decision_date=decision_date,
        reason=reason.strip(),
        published_at=moment,
        published_by=by,
        digest=hashlib.sha256(canonical(content)).hexdigest(),
    )
    PublishedResult.objects.bulk_create(row.as_model(publication) for row in results)
    if period.published_at is None:
        period.published_at = moment
    period.status = PeriodStatus.PUBLISHED
    period.save(update_fields=["published_at", "status"])
    events.record(
        kind="published",
        sentence=f"Công bố kết quả lần {number} theo {publication.decision_number}",
        by=by,
        at=moment,
        period=period,
        role=Role.ORGANISER,
        reason=reason.strip(),
        details={"digest": publication.digest},
    )
    return publication


@transaction.atomic
def reopen(*, assessment: Assessment, reason: str, by: Official) -> Assessment:
    """Reopen a published case with a reason so that it can be corrected; the first publication stays as it was."""
    assessment, moment = guards.lock(assessment.pk)
    permissions.check_can_organise(by, assessment.period)
    stages.check_stage(Stage(assessment.stage), {Stage.PUBLISHED}, doing="mở lại hồ sơ")
    stages.check_reason(reason, of="mở lại hồ sơ")
    events.record(
        kind="reopened",
        sentence="Mở lại hồ sơ sau công bố để đính chính",
        by=by,
        at=moment,
        assessment=assessment,
        role=Role.ORGANISER,
        reason=reason.strip(),
    )
    return assessment


@transaction.atomic
def correct_score(*, score: ItemScore, raw: dict[str, str], na: bool, reason: str, by: Official) -> ItemScore:
    """Change one final input of a reopened case, with a reason; what was published stays readable."""
    assessment, moment = guards.lock(score.assessment_id)
    permissions.check_can_consolidate(by, assessment)
    stages.check_stage(Stage(assessment.stage), {Stage.CORRECTION}, doing="đính chính điểm")
    stages.check_reason(reason, of="đính chính")
    cleaned = read_entry(rule_of(score.item), raw, na=na)
    if cleaned is None and not na:
        raise NotAllowed(f"Nội dung {score.item.code}: hãy nhập kết quả đính chính.")
    row = scores.write_final(score=score, cleaned=cleaned, na=na, reason=reason.strip(), by=by, at=moment)
    events.record(
        kind="score_corrected",
        sentence=f"Đính chính nội dung {score.item.code}",
        by=by,
        at=moment,
        assessment=assessment,
        role=Role.SECRETARY,
        reason=reason.strip(),
        item_code=score.item.code,
    )
    return row


def _check_ready(period: AssessmentPeriod, *, correction: bool) -> None:
    allowed = {Stage.PUBLISHED, Stage.CORRECTION} if correction else {Stage.COUNCIL}
    waiting = list(period.assessments.exclude(stage__in=allowed).select_related("unit"))
    if waiting:
        names = ", ".join(f"{case.unit.name} (“{case.get_stage_display()}”)" for case in waiting[:5])
        more = f" và {len(waiting) - 5} đơn vị khác" if len(waiting) > 5 else ""
        raise NotAllowed(f"Chưa thể công bố cả kỳ: {names}{more} chưa xong.")
    if correction and not period.assessments.filter(stage=Stage.CORRECTION).exists():
        raise NotAllowed("Không có hồ sơ nào được mở lại để đính chính.")
