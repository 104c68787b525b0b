"""Every write of evidence files: attach, withdraw, record that one was read."""

from typing import BinaryIO, cast
from uuid import UUID

from django.core.files import File
from django.db import transaction

from assessments import clock, permissions
from assessments.models import ItemScore, Official
from assessments.operations import events, guards
from assessments.rules.deadlines import in_words
from evidence import rules, storage
from evidence.enums import AccessKind
from evidence.models import EvidenceAccess, EvidenceFile
from evidence.rules.files import check_not_withdrawn, check_withdrawal_reason


def attach(*, score: ItemScore, upload: File, by: Official, note: str = "", pages: str = "") -> EvidenceFile:
    """Attach one file (tài liệu kiểm chứng) to an item and return it.

    The bytes are stored first, outside the row lock, so that a slow store holds nobody up; then the case is locked,
    the clock read, the row written. A refusal deletes the object again. Only when the commit itself fails, and so
    nobody knows whether the row stands, the object is kept: an object without a row is harmless, a row without its
    object is not. Raise NotAllowed (TooLarge, NotPermitted, StorageFailed).
    """
    permissions.check_can_score(by, score.assessment)
    limits = rules.current_limits()
    name = rules.clean_name(upload.name or "")
    rules.check_size(name=name, size=upload.size, limits=limits)
    claimed = rules.check_extension(name=name, limits=limits)
    kind = rules.check_content(cast(BinaryIO, upload.file), name=name, claimed=claimed, limits=limits)
    counted = storage.digest(upload)
    rules.check_size(name=name, size=counted.size, limits=limits)
    key = storage.put(key=storage.new_key(score.assessment), content=upload, size=counted.size)
    written = False
    try:
        with transaction.atomic():
            write = guards.open_for_unit(assessment_id=score.assessment_id, by=by, score=score, purpose="evidence")
            _check_beside_others(score=score, sha256=counted.sha256, limits=limits)
            file = EvidenceFile.objects.create(
                assessment=write.assessment,
                score=score,
                storage_key=key,
                original_name=name,
                size=counted.size,
                sha256=counted.sha256,
                detected_type=kind.mime,
                note=note.strip(),
                pages=pages.strip(),
                occasion=write.occasion,
                round=write.round,
                uploaded_by=by,
                uploaded_at=write.moment,
            )
            events.record(
                kind="evidence_attached",
                sentence=f"Đính kèm “{name}” vào nội dung {score.item.code}.",
                by=by,
                at=write.moment,
                assessment=write.assessment,
                item_code=score.item.code,
                details=_facts(file),
            )
            written = True
    except BaseException:
        if not written:
            storage.discard(key)
        raise
    return file


@transaction.atomic
def withdraw(*, file: EvidenceFile, by: Official, reason: str) -> EvidenceFile:
    """Withdraw a file (rút tài liệu) with a reason and return it; its bytes and its row stay. Raise NotAllowed."""
    write = guards.open_for_unit(assessment_id=file.assessment_id, by=by, score=file.score, purpose="evidence")
    file = EvidenceFile.objects.select_related("score__item").get(pk=file.pk)  # as it stands under the lock
    when = in_words(file.withdrawn_at) if file.withdrawn_at else ""
    check_not_withdrawn(name=file.original_name, withdrawn_at=file.withdrawn_at, when=when)
    rules.check_can_withdraw(
        occasion=file.occasion,
        round_=file.round,
        open_occasion=write.occasion,
        open_round=write.round,
        name=file.original_name,
    )
    check_withdrawal_reason(reason)
    file.withdrawn_at, file.withdrawn_by, file.withdrawal_reason = write.moment, by, reason.strip()
    file.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawal_reason"])
    events.record(
        kind="evidence_withdrawn",
        sentence=f"Rút “{file.original_name}” khỏi nội dung {file.score.item.code}.",
        by=by,
        at=write.moment,
        assessment=write.assessment,
        item_code=file.score.item.code,
        reason=file.withdrawal_reason,
        details=_facts(file),
    )
    return file


@transaction.atomic
def record_access(*, file: EvidenceFile, by: Official, kind: AccessKind) -> EvidenceAccess:
    """Record that a person read a file; nothing is guarded by a deadline here."""
    return EvidenceAccess.objects.create(file=file, by=by, kind=kind, at=clock.read())


def _check_beside_others(*, score: ItemScore, sha256: str, limits: rules.Limits) -> None:
    """Compare with the other live files of the item; called under the lock of the case."""
    attached = dict(EvidenceFile.objects.live().filter(score=score).values_list("sha256", "original_name"))
    rules.check_not_twice(code=score.item.code, same_bytes_as=attached.get(sha256))
    rules.check_count(attached=len(attached), code=score.item.code, limits=limits)


def _facts(file: EvidenceFile) -> dict[str, str | int]:
    file_id: UUID = file.pk
    return {
        "file": str(file_id),
        "name": file.original_name,
        "sha256": file.sha256,
        "size": file.size,
        "occasion": str(file.occasion),
        "round": file.round,
    }
