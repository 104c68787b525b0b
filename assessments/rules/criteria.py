"""What makes a whole criteria set (bộ tiêu chí) usable; shared by every way a set comes in."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from assessments.enums import Level, Part, RuleType, Scoring
from assessments.rules.problems import Place, Problem
from assessments.rules.refusals import NotAllowed
from assessments.rules.shapes import BadRuleError, check_rule
from assessments.rules.words import points_in_words

TOTAL = Decimal(100)
"""Sum of the areas without bonus and penalty."""

MOST_ROWS = 2000
CODE = re.compile(r"(?:[1-9]\d{0,2}(?:\.[1-9]\d{0,2}){0,2}|(?:CT|PT)(?:\.[1-9]\d{0,2})?)", re.ASCII)

_LONGEST = {"name": 500, "appraising_body": 200}
_DECIMAL = re.compile(r"(?<![\d.,])\d+[.,]\d+(?![\d.,])")
_PERCENT = re.compile(r"(?<![\d.,])(\d+(?:[.,]\d+)?)\s*%")
_ANY_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")


@dataclass(frozen=True)
class CriterionDraft:
    """One row of a set as it was read. ``None`` stands for what could not be read.

    Two drafts are the same row when everything that decides or names something is the same; ``guidance`` is the
    wording of its source and ``places`` say where it stood, so neither takes part in the comparison.
    """

    code: str
    parent_code: str
    level: str
    name: str
    max_points: Decimal | None
    scoring: str
    rule_type: str
    rule: Any
    applicable_na: bool | None
    evidence_required: bool | None
    evidence_hint: str
    appraising_body: str
    survey_groups: tuple[str, ...]
    guidance: str = field(compare=False)
    places: Mapping[str, Place] = field(default_factory=dict, compare=False, repr=False)

    @property
    def part(self) -> Part:
        """The part of the set: base (1 to 8), bonus (CT) or penalty (PT)."""
        return {"CT": Part.BONUS, "PT": Part.PENALTY}.get(self.code[:2], Part.BASE)


def check_can_change_criteria_set(*, title: str, opened_periods: Sequence[str]) -> None:
    """Refuse a change to a set that an opened period scores with. Raise NotAllowed."""
    if opened_periods:
        raise NotAllowed(
            f"{title} đang được dùng trong {', '.join(opened_periods)} nên không sửa được; "
            "hãy nhập phiên bản mới hoặc sao chép thành bộ khác."
        )


def parent_code_of(code: str) -> str:
    """Return the code of the row above ("1.2" of "1.2.3"); empty for an area."""
    return code.rpartition(".")[0]


def level_of(code: str) -> Level:
    """Return the level that a code of one, two or three parts stands for."""
    return (Level.AREA, Level.CRITERION, Level.COMPONENT)[min(code.count("."), 2)]


def check_criteria(drafts: Sequence[CriterionDraft]) -> list[Problem]:
    """Return every fault of a whole set, in the order of its rows; an empty list means that it can be used."""
    if not drafts:
        return [Problem("empty", "Không có dòng tiêu chí nào; kiểm tra lại tệp.")]
    if len(drafts) > MOST_ROWS:
        return [Problem("too_many_rows", f"Có {len(drafts)} dòng; một bộ tiêu chí nhiều nhất {MOST_ROWS} dòng.")]
    first: dict[str, CriterionDraft] = {}
    children: dict[str, list[CriterionDraft]] = {}
    problems: list[Problem] = []
    for draft in drafts:
        children.setdefault(draft.parent_code, []).append(draft)
        if draft.code in first:
            row = _place(first[draft.code], "code").row
            problems.append(
                _problem(
                    draft, "code", "duplicate_code", f"Mã {draft.code} đã có ở dòng {row}; mỗi mã chỉ dùng một lần."
                )
            )
            continue
        first[draft.code] = draft
    for draft in first.values():
        problems += _check_row(draft, has_children=draft.code in children)
        problems += _check_parent(draft, first)
        problems += _check_children(draft, children.get(draft.code, []))
    return problems + _check_total(first.values())


def _check_row(draft: CriterionDraft, *, has_children: bool) -> list[Problem]:
    return [
        *_check_code(draft),
        *_check_words(draft),
        *_check_texts(draft, has_children=has_children),
        *_check_points(draft),
        *_check_rule(draft, has_children=has_children),
        *_check_guidance(draft),
    ]


def _check_code(draft: CriterionDraft) -> list[Problem]:
    if not CODE.fullmatch(draft.code):
        sentence = f"Mã «{draft.code[:40]}» không hợp lệ; viết như 1, 1.2, 1.2.3, CT.1 hoặc PT.1."
        return [_problem(draft, "code", "bad_code", sentence)]
    if draft.level in Level.values and draft.level != level_of(draft.code):
        sentence = f"Cấp «{draft.level}» không khớp với mã {draft.code}; mã này là cấp {level_of(draft.code)}."
        return [_problem(draft, "level", "level_mismatch", sentence)]
    return []


def _check_words(draft: CriterionDraft) -> list[Problem]:
    problems = []
    for column, known in (("level", Level), ("scoring", Scoring), ("rule_type", RuleType)):
        word = getattr(draft, column)
        if word not in known.values:
            sentence = f"Từ «{word[:40]}» không được dùng ở cột này; chọn một trong: {', '.join(known.values)}."
            problems.append(_problem(draft, column, f"unknown_{column}", sentence))
    for column in ("applicable_na", "evidence_required"):
        if getattr(draft, column) is None:
            problems.append(_problem(draft, column, "bad_flag", "Ô này phải ghi true hoặc false."))
    return problems


def _check_texts(draft: CriterionDraft, *, has_children: bool) -> list[Problem]:
    survey = draft.scoring == Scoring.SURVEY
    wanted = {
        "name": "Thiếu tên của tiêu chí; ghi nội dung vào ô này.",
        "appraising_body": "Thiếu cơ quan thẩm định; ghi tên cơ quan vào ô này.",
    }
    if not has_children:
        wanted["guidance"] = "Thiếu cách tính điểm; ghi cách chấm vào ô này."
        if not survey:
            wanted["evidence_hint"] = "Thiếu tài liệu kiểm chứng; ghi tài liệu cần nộp vào ô này."
    problems = [_problem(draft, c, f"missing_{c}", s) for c, s in wanted.items() if not getattr(draft, c)]
    for column, most in _LONGEST.items():
        if len(getattr(draft, column)) > most:
            problems.append(_problem(draft, column, "too_long", f"Ô này dài quá {most} chữ; rút gọn lại."))
    if bool(draft.survey_groups) != survey and draft.scoring in Scoring.values:
        sentence = (
            "Dòng điều tra xã hội học phải ghi nhóm khảo sát."
            if survey
            else "Chỉ dòng điều tra xã hội học mới ghi nhóm khảo sát; xóa ô này hoặc đổi scoring thành survey."
        )
        problems.append(_problem(draft, "survey_groups", "survey_groups", sentence))
    return problems


def _check_points(draft: CriterionDraft) -> list[Problem]:
    most = draft.max_points
    if most is None:
        return [_problem(draft, "max_points", "missing_points", "Thiếu điểm tối đa; ghi một số như 0,50.")]
    if most == 0 or abs(most) >= 1000:
        return [_problem(draft, "max_points", "bad_points", "Điểm tối đa phải khác 0 và nhỏ hơn 1000.")]
    if most != most.quantize(Decimal("0.01")):
        return [_problem(draft, "max_points", "bad_points", "Điểm tối đa chỉ có nhiều nhất hai chữ số thập phân.")]
    if (most < 0) != (draft.part == Part.PENALTY):
        sentence = (
            f"Điểm trừ phải là số âm; ghi -{points_in_words(most)} thay cho {points_in_words(most)}."
            if most > 0
            else f"Điểm tối đa không được âm; ghi {points_in_words(-most)} thay cho {points_in_words(most)}."
        )
        return [_problem(draft, "max_points", "wrong_sign", sentence)]
    return []


def _check_rule(draft: CriterionDraft, *, has_children: bool) -> list[Problem]:
    if draft.rule_type not in RuleType.values:
        return []
    if has_children != (draft.rule_type == RuleType.SUM_OF_CHILDREN):
        sentence = (
            f"Mã {draft.code} có nội dung bên dưới nên rule_type phải là sum_of_children."
            if has_children
            else f"Mã {draft.code} không có nội dung bên dưới nên không dùng sum_of_children; "
            "thêm dòng con hoặc đổi quy tắc."
        )
        return [_problem(draft, "rule_type", "sum_without_children", sentence)]
    if draft.rule is None:
        return [_problem(draft, "rule", "missing_rule", "Thiếu quy tắc tính điểm; ghi quy tắc dạng JSON.")]
    if draft.max_points is None or draft.applicable_na is None:
        return []
    try:
        check_rule(
            rule_type=draft.rule_type,
            rule=draft.rule,
            most=draft.max_points,
            scoring=draft.scoring,
            applicable_na=draft.applicable_na,
        )
    except BadRuleError as fault:
        return [_problem(draft, "rule", "bad_rule", f"Mã {draft.code}: {fault}")]
    return []


def _check_guidance(draft: CriterionDraft) -> list[Problem]:
    """Name a number that people read in the guidance and the rule does not know (the two would score apart)."""
    if draft.rule_type == RuleType.MANUAL or draft.max_points is None or not isinstance(draft.rule, dict):
        return []
    known = {Decimal(n.replace(",", ".")) for n in _ANY_NUMBER.findall(_texts_of(draft.rule))}
    known |= {abs(draft.max_points), Decimal(100), Decimal(0)}
    written = _DECIMAL.findall(draft.guidance) + _PERCENT.findall(draft.guidance)
    strange = [n for n in written if Decimal(n.replace(",", ".")) not in known]
    if not strange:
        return []
    sentence = f"Phần chữ ghi {strange[0]} nhưng quy tắc tính điểm của mã {draft.code} không có số này; sửa cho khớp."
    return [_problem(draft, "guidance", "guidance_contradicts_rule", sentence)]


def _texts_of(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(_texts_of(v) for v in value.values())
    if isinstance(value, list):
        return " ".join(_texts_of(v) for v in value)
    return value if isinstance(value, str) else ""


def _check_parent(draft: CriterionDraft, first: Mapping[str, CriterionDraft]) -> list[Problem]:
    if not CODE.fullmatch(draft.code):
        return []
    wanted = parent_code_of(draft.code)
    if draft.parent_code != wanted:
        sentence = f"Mã cấp trên của {draft.code} phải là «{wanted}», đang là «{draft.parent_code[:40]}»."
        return [_problem(draft, "parent_code", "wrong_parent", sentence)]
    if wanted and wanted not in first:
        sentence = f"Không có dòng {wanted} là cấp trên của {draft.code}; thêm dòng {wanted} hoặc sửa mã."
        return [_problem(draft, "parent_code", "unknown_parent", sentence)]
    return []


def _check_children(draft: CriterionDraft, children: Sequence[CriterionDraft]) -> list[Problem]:
    points = [child.max_points for child in children if child.max_points is not None]
    most, mode = draft.max_points, draft.rule.get("mode") if isinstance(draft.rule, dict) else None
    if most is None or not points or len(points) < len(children):
        return []  # the unreadable number is the fault to mend first
    total, own = points_in_words(sum(points, Decimal(0))), points_in_words(most)
    if mode == "sum" and sum(points) != most:
        sentence = f"Các nội dung của {draft.code} cộng lại được {total}, dòng này ghi {own}; sửa cho khớp."
    elif mode == "capped_sum" and not most < sum(points):
        sentence = f"Mức trần {own} của {draft.code} phải nhỏ hơn tổng {total} của các nội dung bên dưới."
    elif mode == "best_of" and max(points) != most:
        best = points_in_words(max(points))
        sentence = f"Nội dung cao nhất của {draft.code} là {best}, dòng này ghi {own}; sửa cho khớp."
    else:
        return []
    return [_problem(draft, "max_points", "child_sum", sentence)]


def _check_total(drafts: Iterable[CriterionDraft]) -> list[Problem]:
    areas = [d for d in drafts if level_of(d.code) == Level.AREA and d.part == Part.BASE]
    total = sum((d.max_points for d in areas if d.max_points is not None), Decimal(0))
    if total == TOTAL or any(d.max_points is None for d in areas):
        return []
    sentence = f"Tổng điểm các lĩnh vực là {points_in_words(total)}; phải là {points_in_words(TOTAL)}."
    if not areas:
        return [Problem("total", sentence)]
    return [_problem(areas[-1], "max_points", "total", f"{sentence} Kiểm tra điểm của từng lĩnh vực.")]


def _place(draft: CriterionDraft, column: str) -> Place:
    return draft.places.get(column) or draft.places.get("code") or Place()


def _problem(draft: CriterionDraft, column: str, kind: str, sentence: str) -> Problem:
    return Problem(kind, sentence, _place(draft, column), draft.code)
