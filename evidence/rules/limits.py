"""What may be uploaded: settings, and the sentences that say it before the upload.

The upload page refuses by the declared length before it reads a body. A web server in front should let through a
little more than ``EVIDENCE_MAX_BYTES`` (nginx: ``client_max_body_size 51m`` for 50 MB), so that the refusal people
read is ours; beyond that its own 413 stands, for which the drop-zone has a sentence.
"""

from dataclasses import dataclass

from django.conf import settings

from assessments.templatetags.formats import filesize_vi
from evidence.enums import FileType

MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Allowed types and sizes (bytes). The last two bound what a ZIP or an Office file claims to unpack to."""

    allowed: tuple[FileType, ...] = tuple(FileType)
    max_bytes: int = 50 * MEGABYTE
    max_files_per_item: int = 20
    max_unpacked_bytes: int = 1024 * MEGABYTE
    max_unpacked_files: int = 5000


def current_limits() -> Limits:
    """Return the limits of this installation: ``EVIDENCE_*`` of the settings, else the defaults.

    Raise ValueError for a type in ``EVIDENCE_ALLOWED_TYPES`` that cannot be told by its content.
    """
    default = Limits()
    return Limits(
        allowed=tuple(FileType(name) for name in getattr(settings, "EVIDENCE_ALLOWED_TYPES", default.allowed)),
        max_bytes=getattr(settings, "EVIDENCE_MAX_BYTES", default.max_bytes),
        max_files_per_item=getattr(settings, "EVIDENCE_MAX_FILES_PER_ITEM", default.max_files_per_item),
        max_unpacked_bytes=getattr(settings, "EVIDENCE_MAX_UNPACKED_BYTES", default.max_unpacked_bytes),
        max_unpacked_files=getattr(settings, "EVIDENCE_MAX_UNPACKED_FILES", default.max_unpacked_files),
    )


def types_in_words(limits: Limits) -> str:
    """Name the allowed types: "PDF, DOCX (Word), JPG"."""
    return ", ".join(str(kind.label) for kind in limits.allowed)


def rules_in_words(limits: Limits | None = None) -> list[str]:
    """Say what may be uploaded, in sentences to be read before choosing a file."""
    limits = limits or current_limits()
    return [
        f"Loại tệp được nhận: {types_in_words(limits)}.",
        f"Mỗi tệp không quá {filesize_vi(limits.max_bytes)}; mỗi nội dung không quá {limits.max_files_per_item} tệp.",
        "Tệp không đặt mật khẩu, không chứa macro. Tệp đã rút vẫn được lưu cùng lý do.",
    ]


def accepted_extensions(limits: Limits | None = None) -> str:
    """Return the ``accept`` attribute of the file input: ".pdf,.docx"."""
    limits = limits or current_limits()
    return ",".join(f".{extension}" for kind in limits.allowed for extension in kind.extensions)
