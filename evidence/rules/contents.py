"""What a file is, told by its bytes and never by its name."""

import stat
import struct
import zipfile
from typing import BinaryIO

import puremagic

from assessments.rules import NotAllowed
from evidence.enums import FileType
from evidence.rules.files import extension_of
from evidence.rules.limits import Limits, types_in_words

HEAD = 4096  # bytes read to tell a type
_SIGNATURES = (
    (b"%PDF-", FileType.PDF),
    (b"\xff\xd8\xff", FileType.JPG),
    (b"\x89PNG\r\n\x1a\n", FileType.PNG),
)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OFFICE_FOLDERS = (("word/", FileType.DOCX), ("xl/", FileType.XLSX), ("ppt/", FileType.PPTX))
_LARGEST_ENTRY = 1024  # bytes of the central directory per member; Python reads the whole directory into memory
_PROGRAMS = frozenset(
    [
        "exe",
        "dll",
        "com",
        "scr",
        "msi",
        "bat",
        "cmd",
        "ps1",
        "vbs",
        "vbe",
        "js",
        "jse",
        "wsf",
        "hta",
        "jar",
        "apk",
        "lnk",
        "reg",
        "sh",
        "svg",
        "html",
        "htm",
    ]
)
_KNOWN_OTHERS = {
    "exe": "chương trình Windows (exe)",
    "dll": "chương trình Windows (dll)",
    "elf": "chương trình Linux",
    "html": "trang web (html)",
    "svg": "hình vẽ có thể chứa mã (svg)",
    "xml": "văn bản XML",
    "doc": "tệp Office kiểu cũ (doc, xls, ppt) hoặc tệp Office đặt mật khẩu",
    "rar": "tệp nén RAR",
    "7z": "tệp nén 7z",
    "gif": "ảnh GIF",
    "tiff": "ảnh TIFF",
}
_MARKS = (  # in small letters
    (b"<!doctype html", "html"),
    (b"<html", "html"),
    (b"<script", "html"),
    (b"<svg", "svg"),
    (b"mz", "exe"),
    (b"\x7felf", "elf"),
)


class BadArchive(NotAllowed):
    """An archive (ZIP, Office file) that is not let in; the text goes on after "Tệp “tên” "."""


def detect_type(stream: BinaryIO, limits: Limits) -> FileType | None:
    """Return the type of a file by its content, or None when it is none of ``FileType``.

    ``stream`` is seekable; only the head and, of an archive, the list of members are read, nothing is unpacked. Raise
    BadArchive for an archive that is broken, locked, would unpack to too much, or holds programs or paths outside.
    """
    head = _head(stream)
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    if head.startswith(_ZIP):
        return _archive_type(_members(stream, limits))
    return None


def check_content(stream: BinaryIO, *, name: str, claimed: FileType, limits: Limits) -> FileType:
    """Refuse a file whose content is not what its name says. Return its type; raise NotAllowed."""
    try:
        found = detect_type(stream, limits)
    except BadArchive as refusal:
        raise NotAllowed(f"Tệp “{name}” {refusal}") from refusal
    if found != claimed:
        raise NotAllowed(
            f"Tệp “{name}” có phần mở rộng .{extension_of(name)} nhưng nội dung là {_in_words(found, stream)}. "
            f"Hãy tải lên tệp gốc thuộc loại: {types_in_words(limits)}."
        )
    return found


def _head(stream: BinaryIO) -> bytes:
    stream.seek(0)
    head = stream.read(HEAD)
    stream.seek(0)
    return head


def _in_words(found: FileType | None, stream: BinaryIO) -> str:
    if found is not None:
        return f"tệp {found.label}"
    extension = _other_type(_head(stream))
    return _KNOWN_OTHERS.get(extension) or (f"loại .{extension}" if extension else "loại không nhận ra được")


def _other_type(head: bytes) -> str:
    """Return the extension that names content which is none of ours, "" when it is not recognised."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(b"<?xml"):
        return "svg" if b"<svg" in start else "xml"
    for mark, extension in _MARKS:
        if start.startswith(mark):
            return extension
    try:
        return str(puremagic.magic_string(head)[0].extension).lstrip(".")
    except (puremagic.PureError, ValueError):
        return ""


def _members(stream: BinaryIO, limits: Limits) -> list[zipfile.ZipInfo]:
    _check_directory(stream, limits)
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, struct.error, ValueError, OSError, NotImplementedError) as fault:
        raise BadArchive(_BROKEN) from fault
    finally:
        stream.seek(0)
    if not members:
        raise BadArchive("là tệp nén không có gì bên trong. Hãy nén lại rồi tải lên.")
    if sum(member.file_size for member in members) > limits.max_unpacked_bytes:
        raise BadArchive(_TOO_MUCH)
    for member in members:
        _check_member(member)
    return members


_BROKEN = "bị hỏng hoặc tải lên chưa trọn vẹn nên không mở được. Hãy mở thử tệp gốc rồi tải lên lại."
_TOO_MUCH = "giải nén ra quá lớn hoặc quá nhiều tệp. Hãy tách thành các tệp nhỏ hơn."


def _check_directory(stream: BinaryIO, limits: Limits) -> None:
    """Read the end record before Python reads the whole directory: a hostile one could fill the memory."""
    stream.seek(0, 2)
    length = stream.tell()
    stream.seek(max(0, length - 65_557))
    tail = stream.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) - end < 22:
        raise BadArchive(_BROKEN)
    count, directory = struct.unpack("<HI", tail[end + 10 : end + 16])
    if count > limits.max_unpacked_files or directory > limits.max_unpacked_files * _LARGEST_ENTRY:
        raise BadArchive(_TOO_MUCH)


def _check_member(member: zipfile.ZipInfo) -> None:
    name = member.filename
    unpacked_name = name.rstrip(" .")  # Windows drops them, so "a.svg ." becomes a.svg again
    if member.flag_bits & 1:
        raise BadArchive("có đặt mật khẩu nên người thẩm định không mở được. Hãy bỏ mật khẩu rồi tải lên lại.")
    if name.startswith(("/", "\\")) or ":" in name or ".." in name.replace("\\", "/").split("/"):
        raise BadArchive("chứa đường dẫn ra ngoài thư mục giải nén. Hãy nén lại từ các tệp gốc.")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise BadArchive("chứa liên kết thay cho tệp. Hãy nén lại từ các tệp gốc.")
    if unpacked_name.lower().endswith("vbaproject.bin"):
        raise BadArchive("chứa macro. Hãy lưu lại thành tệp không có macro hoặc PDF rồi tải lên lại.")
    if extension_of(unpacked_name) in _PROGRAMS:
        raise BadArchive(
            f"chứa tệp không được nhận bên trong (“{unpacked_name.rpartition('/')[2]}”). Hãy bỏ tệp đó rồi nén lại."
        )


def _archive_type(members: list[zipfile.ZipInfo]) -> FileType | None:
    names = {member.filename for member in members}
    if "[Content_Types].xml" in names:
        for folder, kind in _OFFICE_FOLDERS:
            if any(name.startswith(folder) for name in names):
                return kind
    if "mimetype" in names or "META-INF/MANIFEST.MF" in names or "AndroidManifest.xml" in names:
        return None  # OpenDocument, EPUB or a Java program, only packed as ZIP
    return FileType.ZIP
