"""Papers that a played season attaches: small PDF files made here, or samples that lie beside the season."""

from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile

from assessments.vietnamese import fold, normalise

SUFFIXES = {".pdf", ".docx", ".xlsx", ".jpg", ".png"}


def pdf(lines: list[str]) -> bytes:
    """Return a PDF of one page with ``lines`` (without diacritics: no font is embedded)."""
    text = b"BT /F1 11 Tf 60 780 Td 16 TL\n"
    for line in lines:
        plain = (
            fold(line).encode("ascii", "replace").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
        )
        text += b"(" + plain[:95] + b") Tj T*\n"
    text += b"ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
    ]
    content, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(content)
    content += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    return content + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)


def paper(*, title: str, unit: str, lines: list[str]) -> SimpleUploadedFile:
    """Return an upload named after its title."""
    name = "".join(c if c.isalnum() or c in " -_" else " " for c in normalise(title))
    return SimpleUploadedFile(
        f"{normalise(name)[:80].strip() or 'Tài liệu'}.pdf",
        pdf([unit, title, *lines, "Tai lieu minh hoa, khong co gia tri phap ly."]),
        content_type="application/pdf",
    )


def samples_in(folder: Path) -> list[Path]:
    """Return the sample papers of a folder, none when there is no such folder."""
    return sorted(path for path in folder.glob("*") if path.suffix.lower() in SUFFIXES) if folder.is_dir() else []


def sample(path: Path) -> SimpleUploadedFile:
    """Return a sample paper as an upload."""
    return SimpleUploadedFile(normalise(path.name), path.read_bytes())
