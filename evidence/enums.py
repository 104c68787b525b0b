"""Words of the evidence files with their Vietnamese labels; no rule lives here."""

from django.db import models


class FileType(models.TextChoices):
    """A kind of file that can be told by its content; the value is its usual extension."""

    PDF = "pdf", "PDF"
    DOCX = "docx", "DOCX (Word)"
    XLSX = "xlsx", "XLSX (Excel)"
    PPTX = "pptx", "PPTX (PowerPoint)"
    JPG = "jpg", "JPG"
    PNG = "png", "PNG"
    ZIP = "zip", "ZIP"

    @property
    def mime(self) -> str:
        """Return the media type under which the file is stored and sent."""
        return _MIME[self]

    @property
    def extensions(self) -> tuple[str, ...]:
        """Return the extensions that a file of this kind may have, without the dot."""
        return ("jpg", "jpeg") if self is FileType.JPG else (str(self.value),)

    @classmethod
    def shown_in_browser(cls) -> set["FileType"]:
        """Kinds that a page may show inside itself; the others are only downloaded."""
        return {cls.PDF, cls.JPG, cls.PNG}


_OFFICE = "application/vnd.openxmlformats-officedocument."
_MIME = {
    FileType.PDF: "application/pdf",
    FileType.DOCX: f"{_OFFICE}wordprocessingml.document",
    FileType.XLSX: f"{_OFFICE}spreadsheetml.sheet",
    FileType.PPTX: f"{_OFFICE}presentationml.presentation",
    FileType.JPG: "image/jpeg",
    FileType.PNG: "image/png",
    FileType.ZIP: "application/zip",
}


class Occasion(models.TextChoices):
    """When a file was attached; the values are those of the guard of the unit's writes."""

    SELF_SCORING = "self_scoring", "Tự chấm điểm"
    SUPPLEMENT = "supplement", "Giải trình, bổ sung"
    DISPUTE = "dispute", "Kiến nghị"


class AccessKind(models.TextChoices):
    """How a file was read."""

    DOWNLOAD = "download", "Tải về"
    VIEW = "view", "Xem trên trang"
