"""Evidence files (tài liệu kiểm chứng) and who read them."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from assessments.enums import Role, Stage
from assessments.models import AppraisalBranch, Assessment, AssessmentPeriod, DeadlineMove, ItemScore, Official
from evidence.enums import AccessKind, FileType, Occasion


def sight(user: Official, score: str = "") -> Q:
    """Return which items' files ``user`` may read; ``score`` is the prefix that leads to the ItemScore ("score__").

    The unit's own officers and heads always; everybody else only while the case is submitted (not held, not returned):
    secretary, council and organiser of the period; an appraiser the items of their body, never those of a unit they
    work for. A supervisor follows progress and reads no files.
    """
    own = user.unit_ids_of(Role.OFFICER) + user.unit_ids_of(Role.HEAD)
    others = Q(**{f"{score}assessment__period__organiser__in": user.unit_ids_of(Role.ORGANISER)})
    others |= Q(**{f"{score}assessment__period__secretariat__in": user.unit_ids_of(Role.SECRETARY)})
    others |= Q(**{f"{score}assessment__period__council__in": user.unit_ids_of(Role.COUNCIL)})
    appraises = user.unit_ids_of(Role.APPRAISER)
    if appraises:
        branches = AppraisalBranch.objects.filter(
            assessment=OuterRef(f"{score}assessment"),
            body_name=OuterRef(f"{score}item__appraising_body"),
            unit__in=appraises,
        )
        works_for = [*own, *([user.unit_id] if user.unit_id else [])]
        others |= Q(Exists(branches)) & ~Q(**{f"{score}assessment__unit__in": works_for})
    not_yet_submitted = Q(**{f"{score}assessment__stage__in": sorted(Stage.before_submission())})
    return Q(**{f"{score}assessment__unit__in": own}) | (others & ~not_yet_submitted)


class EvidenceFileQuerySet(models.QuerySet):
    """Questions asked of evidence files."""

    def visible_to(self, user: Official) -> "EvidenceFileQuerySet":
        """Keep the files that ``user`` may read, withdrawn ones included: see ``sight``."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self.filter(sight(user, "score__"), assessment__in=Assessment.objects.visible_to(user))

    def live(self) -> "EvidenceFileQuerySet":
        """Keep the files that were not withdrawn."""
        return self.filter(withdrawn_at__isnull=True)


_PERSON: dict[str, Any] = {"on_delete": models.PROTECT, "related_name": "+"}


class EvidenceFile(models.Model):
    """One file attached to one item. The bytes lie in the storage under a generated key and are never deleted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="evidence_files")
    score = models.ForeignKey(ItemScore, on_delete=models.PROTECT, related_name="evidence_files")
    storage_key = models.CharField("khóa lưu trữ", max_length=200, unique=True)
    original_name = models.CharField("tên tệp", max_length=200)
    size = models.PositiveBigIntegerField("dung lượng (byte)")
    sha256 = models.CharField("mã băm SHA-256", max_length=64)
    detected_type = models.CharField("loại nội dung", max_length=100)
    note = models.CharField("ghi chú", max_length=500, blank=True)
    pages = models.CharField("trang cần xem", max_length=60, blank=True)
    occasion = models.CharField("đính kèm khi", max_length=16, choices=Occasion.choices)
    round = models.PositiveSmallIntegerField("lần, vòng", default=1)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, **_PERSON)
    uploaded_at = models.DateTimeField("đính kèm lúc")
    withdrawn_at = models.DateTimeField("rút lúc", null=True, blank=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, **_PERSON)
    withdrawal_reason = models.TextField("lý do rút", blank=True)

    objects = EvidenceFileQuerySet.as_manager()

    class Meta:
        verbose_name = "tài liệu kiểm chứng"
        verbose_name_plural = "tài liệu kiểm chứng"
        ordering = ["uploaded_at", "id"]
        constraints = [
            models.CheckConstraint(
                name="evidence_withdrawn_fields_together",
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdrawal_reason="")
                | (Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawal_reason="")),
            ),
            models.CheckConstraint(name="evidence_is_not_empty", condition=Q(size__gt=0)),
            models.UniqueConstraint(
                fields=["score", "sha256"],
                condition=Q(withdrawn_at__isnull=True),
                name="evidence_bytes_once_per_item",
            ),
        ]

    def __str__(self) -> str:
        return self.original_name

    @property
    def is_withdrawn(self) -> bool:
        """Say whether the file was withdrawn (đã rút)."""
        return self.withdrawn_at is not None

    @property
    def type(self) -> FileType | None:
        """Return the kind of the file; None for a type that a later version no longer knows."""
        return next((kind for kind in FileType if kind.mime == self.detected_type), None)

    @property
    def type_label(self) -> str:
        """Return the kind of the file in words."""
        return str(self.type.label) if self.type else self.detected_type

    @property
    def is_shown_in_browser(self) -> bool:
        """Say whether a page may show the file inside itself."""
        return self.type in FileType.shown_in_browser()


class DecisionDocumentQuerySet(models.QuerySet):
    """Questions asked of documents of decisions."""

    def visible_to(self, user: Official) -> "DecisionDocumentQuerySet":
        """Keep the documents of moves that ``user`` may read, and what ``user`` has kept for a move not yet made."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        own = Q(move__isnull=True, uploaded_by=user)
        return self.filter(own | Q(move__in=DeadlineMove.objects.visible_to(user)))


class DecisionDocument(models.Model):
    """The document of a decision that moves deadlines (văn bản); kept with the preview, tied when the move is made."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    period = models.ForeignKey(AssessmentPeriod, on_delete=models.PROTECT, related_name="decision_documents")
    move = models.OneToOneField(DeadlineMove, null=True, blank=True, on_delete=models.PROTECT, related_name="document")
    storage_key = models.CharField("khóa lưu trữ", max_length=200, unique=True)
    original_name = models.CharField("tên tệp", max_length=200)
    size = models.PositiveBigIntegerField("dung lượng (byte)")
    sha256 = models.CharField("mã băm SHA-256", max_length=64)
    detected_type = models.CharField("loại nội dung", max_length=100)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, **_PERSON)
    uploaded_at = models.DateTimeField("tải lên lúc")

    objects = DecisionDocumentQuerySet.as_manager()

    class Meta:
        verbose_name = "văn bản dời thời hạn"
        verbose_name_plural = "văn bản dời thời hạn"
        ordering = ["uploaded_at", "id"]
        constraints = [models.CheckConstraint(name="decision_document_is_not_empty", condition=Q(size__gt=0))]

    def __str__(self) -> str:
        return self.original_name


class EvidenceAccess(models.Model):
    """One reading of one file; rows are only ever added."""

    file = models.ForeignKey(EvidenceFile, on_delete=models.PROTECT, related_name="accesses")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, **_PERSON)
    at = models.DateTimeField("lúc", db_index=True)
    kind = models.CharField("cách xem", max_length=10, choices=AccessKind.choices)

    class Meta:
        verbose_name = "lượt xem tài liệu"
        verbose_name_plural = "lượt xem tài liệu"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.file} – {self.get_kind_display()}"
