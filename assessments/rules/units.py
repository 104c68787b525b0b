"""What makes a list of units (danh mục đơn vị) usable."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from assessments.enums import UnitKind
from assessments.rules.problems import Place, Problem

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}", re.ASCII)
LONGEST_NAME = 200
LONGEST_PATH = 255


@dataclass(frozen=True)
class UnitDraft:
    """One row of a list of units as it was read."""

    code: str
    name: str
    kind: str
    parent_code: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    places: Mapping[str, Place] = field(default_factory=dict, compare=False, repr=False)


def unit_path(code: str, parent_path: str = "") -> str:
    """Return the place of a unit in the tree: the codes from the root, each followed by a slash."""
    return f"{parent_path}{code}/"


def check_units(drafts: Sequence[UnitDraft], *, known_codes: Collection[str] = ()) -> list[Problem]:
    """Return every fault of a list of units; ``known_codes`` are those that are stored already."""
    if not drafts:
        return [Problem("empty", "Không có đơn vị nào; kiểm tra lại tệp.")]
    first: dict[str, UnitDraft] = {}
    problems: list[Problem] = []
    for draft in drafts:
        if draft.code in first:
            row = _place(first[draft.code], "code").row
            sentence = f"Mã {draft.code} đã có ở dòng {row}; mỗi mã chỉ dùng một lần."
            problems.append(_problem(draft, "code", "duplicate_code", sentence))
            continue
        first[draft.code] = draft
    for draft in first.values():
        problems += _check_row(draft)
        problems += _check_parent(draft, first, known_codes)
    return problems


def _check_row(draft: UnitDraft) -> list[Problem]:
    problems = []
    if not CODE.fullmatch(draft.code):
        sentence = f"Mã «{draft.code[:40]}» không hợp lệ; dùng chữ không dấu, số, dấu gạch nối, nhiều nhất 32 ký tự."
        problems.append(_problem(draft, "code", "bad_code", sentence))
    if not draft.name:
        problems.append(_problem(draft, "name", "missing_name", "Thiếu tên đơn vị; ghi tên vào ô này."))
    elif len(draft.name) > LONGEST_NAME:
        sentence = f"Tên dài quá {LONGEST_NAME} chữ; rút gọn lại."
        problems.append(_problem(draft, "name", "too_long", sentence))
    if draft.kind not in UnitKind.values:
        sentence = f"Loại «{draft.kind[:40]}» không có; chọn một trong: {', '.join(UnitKind.values)}."
        problems.append(_problem(draft, "kind", "unknown_kind", sentence))
    if draft.valid_from and draft.valid_until and draft.valid_until <= draft.valid_from:
        sentence = "Ngày hết hiệu lực phải sau ngày có hiệu lực."
        problems.append(_problem(draft, "valid_until", "bad_dates", sentence))
    return problems


def _check_parent(draft: UnitDraft, first: Mapping[str, UnitDraft], known_codes: Collection[str]) -> list[Problem]:
    if not draft.parent_code:
        return []
    if draft.parent_code not in first and draft.parent_code not in known_codes:
        sentence = f"Không có đơn vị cấp trên mã {draft.parent_code[:40]}; thêm đơn vị đó hoặc sửa mã."
        return [_problem(draft, "parent_code", "unknown_parent", sentence)]
    path, above = unit_path(draft.code), draft.parent_code
    seen = {draft.code}
    while above:
        if above in seen:
            sentence = f"Đơn vị {draft.code} nằm dưới chính nó; sửa mã cấp trên."
            return [_problem(draft, "parent_code", "circle", sentence)]
        seen.add(above)
        path = unit_path(above) + path
        above = first[above].parent_code if above in first else ""
    if len(path) > LONGEST_PATH:
        sentence = "Cây đơn vị quá sâu; bớt cấp trung gian."
        return [_problem(draft, "parent_code", "too_deep", sentence)]
    return []


def _place(draft: UnitDraft, column: str) -> Place:
    return draft.places.get(column) or Place()


def _problem(draft: UnitDraft, column: str, kind: str, sentence: str) -> Problem:
    return Problem(kind, sentence, _place(draft, column), draft.code)
