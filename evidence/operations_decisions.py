"""Documents of decisions that move deadlines: kept when the move is previewed, tied to it when it is made."""

from typing import BinaryIO, cast
from uuid import UUID

from django.core.files import File

from assessments import clock, permissions
from assessments.models import AssessmentPeriod, DeadlineMove, Official
from assessments.rules import NotAllowed
from evidence import rules, storage
from evidence.models import DecisionDocument


def keep_document(*, period: AssessmentPeriod, upload: File, by: Official) -> DecisionDocument:
    """Store the document of a decision that is being prepared and return it; nobody else sees it before the move.

    Raise NotAllowed (TooLarge, NotPermitted, StorageFailed).
    """
    permissions.check_can_organise(by, period)
    limits = rules.current_limits()
    name = rules.clean_name(upload.name or "")
    rules.check_size(name=name, size=upload.size, limits=limits)
    claimed = rules.check_extension(name=name, limits=limits)
    kind = rules.check_content(cast(BinaryIO, upload.file), name=name, claimed=claimed, limits=limits)
    counted = storage.digest(upload)
    key = storage.put(key=storage.new_decision_key(period), content=upload, size=counted.size)
    return DecisionDocument.objects.create(
        period=period,
        storage_key=key,
        original_name=name,
        size=counted.size,
        sha256=counted.sha256,
        detected_type=kind.mime,
        uploaded_by=by,
        uploaded_at=clock.read(),
    )


def tie_document(*, document_id: UUID, move: DeadlineMove, by: Official) -> DecisionDocument:
    """Tie a document that ``by`` kept to its move, within the transaction of the move. Raise NotAllowed."""
    kept = DecisionDocument.objects.select_for_update(of=("self",)).filter(
        pk=document_id, period=move.period, uploaded_by=by, move__isnull=True
    )
    document = kept.first()
    if document is None:
        raise NotAllowed("Văn bản đính kèm không còn chờ dùng; hãy tải lên lại.")
    document.move = move
    document.save(update_fields=["move"])
    return document
