"""Is a file safe to open as a workbook? Looked at before any library unpacks it."""

import io
import re
import zipfile
from xml.parsers import expat

from assessments.rules.problems import MOST_BYTES, Problem

MOST_MEMBERS = 500
MOST_UNPACKED_BYTES = 60 * 1024 * 1024
MOST_MERGED_CELLS = 100_000
MOST_ROW = 1_048_576
MOST_ELEMENTS = 600_000
"""Most elements of XML in all parts: the library keeps some hundred bytes of each (cells, strings, styles)."""

_OLD_OR_LOCKED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_RANGE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?", re.ASCII)


class _RefusedError(Exception):
    pass


def fault_of_archive(content: bytes) -> Problem | None:
    """Return why ``content`` must not be opened as an .xlsx workbook, or None when it may.

    Refuses what is too big, packed to explode, encrypted, not a workbook, or holds a document type (entities).
    """
    if len(content) > MOST_BYTES:
        return Problem("too_big", f"Tệp lớn quá {MOST_BYTES // 1024 // 1024} MB.")
    if content.startswith(_OLD_OR_LOCKED):
        return Problem(
            "locked_or_old",
            "Tệp có mật khẩu hoặc là bản .xls cũ; bỏ mật khẩu và lưu lại dạng Excel Workbook (*.xlsx).",
        )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _fault_of_members(archive)
    except _RefusedError as fault:
        return Problem("unsafe", str(fault))
    except expat.ExpatError:
        return Problem("broken_workbook", "Sổ tính bị hỏng; mở bằng Excel, lưu lại rồi nhập.")
    except Exception:  # whatever zipfile raises on hostile bytes: the file is refused all the same
        return Problem("not_a_workbook", "Tệp không phải sổ tính Excel (*.xlsx) hoặc đã hỏng; chọn tệp khác.")


def _fault_of_members(archive: zipfile.ZipFile) -> Problem | None:
    members = archive.infolist()
    names = {m.filename for m in members}
    if "[Content_Types].xml" not in names or "xl/workbook.xml" not in names:
        return Problem("not_a_workbook", "Tệp không phải sổ tính Excel (*.xlsx); chọn tệp khác.")
    if any(m.flag_bits & 1 for m in members):
        return Problem("locked_or_old", "Tệp có mật khẩu; bỏ mật khẩu rồi lưu lại.")
    if len(members) > MOST_MEMBERS or len({name.lower() for name in names}) < len(members):
        raise _RefusedError("Sổ tính có quá nhiều phần bên trong; tạo sổ tính mới và chép các trang sang.")
    if sum(m.file_size for m in members) > MOST_UNPACKED_BYTES:
        raise _RefusedError("Sổ tính quá lớn khi giải nén; xóa hình ảnh và vùng trống đã định dạng rồi lưu lại.")
    elements = 0
    for member in members:
        elements += _elements_of_member(member.filename, archive.read(member), most=MOST_ELEMENTS - elements)
    return None


def _elements_of_member(name: str, content: bytes, *, most: int) -> int:
    """Look into every part: a sheet may be stored under any name, the workbook only points at it.

    What is no XML (a picture, the settings of a printer) ends at its first bytes; only a part that says it is XML must
    be whole.
    """
    try:
        return _elements_of_xml(content, most=most)
    except expat.ExpatError:
        if name.lower().endswith((".xml", ".rels", ".vml")):
            raise
        return 0


def _elements_of_xml(content: bytes, *, most: int) -> int:
    merged_cells = elements = 0

    def refuse_doctype(*_: object) -> None:
        raise _RefusedError("Sổ tính có khai báo DOCTYPE, có thể là tệp độc hại; tạo lại bằng Excel.")

    def look(name: str, attributes: dict[str, str]) -> None:
        nonlocal merged_cells, elements
        elements += 1
        if elements > most:
            raise _RefusedError("Sổ tính có quá nhiều ô, kiểu chữ hoặc đoạn văn; chép bảng cần nhập sang sổ tính mới.")
        element = name.rpartition(":")[2]
        if element == "mergeCell":
            merged_cells += _size_of(attributes.get("ref", ""))
            if merged_cells > MOST_MERGED_CELLS:
                raise _RefusedError("Sổ tính có vùng ô gộp quá lớn; bỏ gộp ô (Unmerge Cells) ngoài bảng.")
        elif element == "row":
            row = attributes.get("r", "1")
            if not row.isascii() or not row.isdigit() or len(row) > 7 or int(row) > MOST_ROW:
                raise _RefusedError("Sổ tính có số dòng không hợp lệ; tạo lại bằng Excel.")

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse_doctype
    parser.StartElementHandler = look
    parser.Parse(content, True)
    return elements


def _size_of(reference: str) -> int:
    found = _RANGE.fullmatch(reference.upper())
    if not found:
        return MOST_MERGED_CELLS + 1
    left, top, right, bottom = found.groups()
    if right is None:
        return 1
    return (abs(_column(right) - _column(left)) + 1) * (abs(int(bottom) - int(top)) + 1)


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
