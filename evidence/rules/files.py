"""Names, sizes, numbers of files and their withdrawal."""

import re
import unicodedata
from datetime import datetime

from assessments.rules import NotAllowed
from assessments.rules.stages import check_reason
from assessments.templatetags.formats import filesize_vi
from evidence.enums import FileType, Occasion
from evidence.rules.limits import Limits, types_in_words

LONGEST_NAME = 200
_NEVER_SHOWN = {"Cc", "Cf", "Co", "Cs", "Cn"}  # controls, bidi overrides, zero-width letters, private use
_NOT_IN_WINDOWS = re.compile(r'[<>:"|?*]')


class TooLarge(NotAllowed):
    """The file has more bytes than the limit; answered before it is read where the size is declared."""


def clean_name(raw: str) -> str:
    """Return the name under which a file is shown and downloaded: NFC, without folders, controls or bidi overrides.

    A path ("../../x.pdf", "C:\\x.pdf") is cut to its last part and not refused: old browsers send whole paths, the
    name never becomes a path here (stored objects have generated keys) and the answer shows the name that was kept.
    Raise NotAllowed when nothing readable is left.
    """
    name = re.split(r"[/\\]", unicodedata.normalize("NFC", raw))[-1]
    name = "".join(
        " " if letter in "\t\n\r" or unicodedata.category(letter) in {"Zl", "Zp"} else letter for letter in name
    )
    name = "".join(letter for letter in name if unicodedata.category(letter) not in _NEVER_SHOWN)
    name = _NOT_IN_WINDOWS.sub("_", name)
    name = re.sub(r"\s+", " ", name).strip(" .")
    stem, dot, extension = name.rpartition(".")
    if not stem.strip(" ._") and not (extension and not dot):
        raise NotAllowed("Không đọc được tên tệp. Hãy đặt lại tên tệp, ví dụ “bao_cao.pdf”, rồi tải lên lại.")
    if len(name) > LONGEST_NAME:
        room = LONGEST_NAME - len(dot) - len(extension)
        name = f"{stem[:room].rstrip()}{dot}{extension}" if room > 0 else name[:LONGEST_NAME]
    return name


def extension_of(name: str) -> str:
    """Return the extension in small letters without the dot, "" when there is none."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def check_size(*, name: str, size: int, limits: Limits) -> None:
    """Refuse an empty file (NotAllowed) and one over the limit (TooLarge). ``size`` in bytes."""
    if size <= 0:
        raise NotAllowed(f"Tệp “{name}” rỗng (0 byte). Hãy mở lại tệp gốc, kiểm tra nội dung rồi tải lên lại.")
    if size > limits.max_bytes:
        raise TooLarge(
            f"Tệp “{name}” có dung lượng {filesize_vi(size)}, vượt giới hạn {filesize_vi(limits.max_bytes)} mỗi tệp. "
            "Hãy nén, giảm độ phân giải bản quét hoặc tách thành nhiều tệp."
        )


def check_extension(*, name: str, limits: Limits) -> FileType:
    """Return the type that the name claims. Raise NotAllowed when that is not an allowed one."""
    extension = extension_of(name)
    for kind in limits.allowed:
        if extension in kind.extensions:
            return kind
    what = f"Không nhận tệp loại .{extension} (“{name}”)" if extension else f"Tên tệp “{name}” không có phần mở rộng"
    raise NotAllowed(f"{what}. Chỉ nhận: {types_in_words(limits)}. Hãy chuyển tệp sang một trong các loại này.")


def check_count(*, attached: int, code: str, limits: Limits) -> None:
    """Refuse one more file on an item that has the most allowed. Raise NotAllowed."""
    if attached >= limits.max_files_per_item:
        raise NotAllowed(
            f"Nội dung {code} đã có {attached} tệp, là số tệp tối đa của một nội dung. "
            "Hãy rút bớt tệp không cần thiết hoặc gộp các tệp lại."
        )


def check_not_twice(*, code: str, same_bytes_as: str | None) -> None:
    """Refuse bytes that are already attached to the item, kindly. Raise NotAllowed."""
    if same_bytes_as is not None:
        raise NotAllowed(
            f"Tệp này đã có ở nội dung {code} với tên “{same_bytes_as}” (nội dung tệp giống hệt), "
            "nên không cần tải lên lại."
        )


def check_can_withdraw(*, occasion: str, round_: int, open_occasion: str, open_round: int, name: str) -> None:
    """Refuse to withdraw what belongs to a dossier already handed in. Raise NotAllowed.

    While self-scoring (also after a recall) every file may be withdrawn; in a supplement or a dispute only those
    added on the same occasion, because the earlier ones are what was submitted and appraised.
    """
    if open_occasion == Occasion.SELF_SCORING:
        return
    if (occasion, round_) != (open_occasion, open_round):
        raise NotAllowed(
            f"Không rút được “{name}”: tệp thuộc hồ sơ đã nộp. Nếu tệp chưa đúng, hãy đính kèm thêm tệp thay thế và "
            "nêu rõ trong phần giải trình."
        )


def check_not_withdrawn(*, name: str, withdrawn_at: datetime | None, when: str) -> None:
    """Refuse to withdraw a file twice. Raise NotAllowed."""
    if withdrawn_at is not None:
        raise NotAllowed(f"Tệp “{name}” đã được rút lúc {when}.")


def check_withdrawal_reason(reason: str) -> None:
    """Refuse a withdrawal without a reason. Raise NotAllowed."""
    check_reason(reason, of="rút tài liệu")
