"""Reading the tables of a season: what every unit entered, and what must come out."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from assessments.enums import DisputeOutcome, ScoreStage, Scoring, UnitKind
from assessments.vietnamese import normalise
from workflow.season.faults import SeasonFault

SCORE_COLUMNS = (
    "group unit_code item_code scoring self_input self_na appraised_input appraised_na final_input final_na "
    "appraiser_note disputed dispute_reason dispute_outcome survey_share"
).split()
KEY_COLUMNS = ["group", "unit_code"]
RESULT_COLUMNS = (
    "unit_name self_points self_max appraised_points appraised_max final_appraised_points final_appraised_max "
    "survey_points survey_max base_points bonus penalty achieved max_after_na index_percent_6 index_percent_2 rank"
).split()
AREA_COLUMNS = "area_code achieved max_after_na index_percent_6".split()


@dataclass(frozen=True)
class Entered:
    """One set of inputs of an item as the file holds it; ``given`` is false where the stage has none."""

    value: dict[str, Any] | None
    na: bool

    @property
    def given(self) -> bool:
        """Say whether something stands here."""
        return self.na or self.value is not None


@dataclass(frozen=True)
class ItemRow:
    """One item of one unit: its inputs in each stage, the appraiser's reason, the dispute, the survey share."""

    group: str
    unit_code: str
    code: str
    scoring: str
    entered: dict[ScoreStage, Entered]
    note: str
    is_disputed: bool
    dispute_reason: str
    outcome: str
    share: Decimal | None

    @property
    def own(self) -> Entered:
        """Return what the unit entered."""
        return self.entered[ScoreStage.SELF]

    @property
    def appraised(self) -> Entered:
        """Return what the appraising body entered."""
        return self.entered[ScoreStage.APPRAISED]

    @property
    def final(self) -> Entered:
        """Return what stands after disputes."""
        return self.entered[ScoreStage.FINAL]


@dataclass(frozen=True)
class Expected:
    """What must come out: total rows and area rows, keyed by (group, unit code); texts as the files print them."""

    results: dict[tuple[str, str], dict[str, str]]
    areas: dict[tuple[str, str], dict[str, dict[str, str]]]


def read_scores(path: Path) -> dict[str, list[ItemRow]]:
    """Return ``{unit code: its rows}`` in the order of the file. Raise SeasonFault with file, line and column."""
    units: dict[str, list[ItemRow]] = {}
    seen: set[tuple[str, str]] = set()
    for where, row in _table(path, SCORE_COLUMNS):
        item = _item_row(where, row)
        if (item.unit_code, item.code) in seen:
            raise SeasonFault(f"{where}: nội dung {item.code} của đơn vị {item.unit_code} có hai dòng; hãy bỏ một.")
        seen.add((item.unit_code, item.code))
        rows = units.setdefault(item.unit_code, [])
        if rows and rows[0].group != item.group:
            raise SeasonFault(f"{where}: đơn vị {item.unit_code} nằm ở hai nhóm; hãy sửa cột group.")
        rows.append(item)
    return units


def read_expected(results: Path, areas: Path | None) -> Expected:
    """Return the expected totals and, where there is a file, areas. Raise SeasonFault."""
    totals: dict[tuple[str, str], dict[str, str]] = {}
    for where, row in _table(results, KEY_COLUMNS + RESULT_COLUMNS):
        key = row["group"], row["unit_code"]
        if key in totals:
            raise SeasonFault(f"{where}: đơn vị {key[1]} có hai dòng kết quả; hãy bỏ một.")
        totals[key] = row
    by_area: dict[tuple[str, str], dict[str, dict[str, str]]] = {}
    if areas is not None:
        for _where, row in _table(areas, KEY_COLUMNS + AREA_COLUMNS):
            by_area.setdefault((row["group"], row["unit_code"]), {})[row["area_code"]] = row
    return Expected(totals, by_area)


def areas_beside(results: Path) -> Path | None:
    """Return the file of expected areas that lies beside that of the totals, if there is one."""
    beside = results.with_name(results.name.replace("results", "areas"))
    return beside if beside != results and beside.is_file() else None


MOST_FILE_BYTES = 50 * 1024 * 1024


def read_bytes(path: Path) -> bytes:
    """Return the content of a file. Raise SeasonFault when it cannot be read or is too large."""
    try:
        if path.stat().st_size > MOST_FILE_BYTES:
            raise SeasonFault(f"Tệp {path.name} lớn quá {MOST_FILE_BYTES // 1024 // 1024} MB; kiểm tra lại tệp.")
        return path.read_bytes()
    except OSError as fault:
        raise SeasonFault(f"Không đọc được tệp {path.name} ({fault.strerror}); kiểm tra lại đường dẫn.") from fault


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file. Raise SeasonFault when it is not one."""
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise SeasonFault(f"Tệp {path.name} không viết bằng UTF-8; hãy lưu lại bằng UTF-8.") from fault


def _table(path: Path, columns: list[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield (where, row) of a CSV file; ``where`` names file and line."""
    reader = csv.DictReader(io.StringIO(read_text(path)), strict=True)
    try:
        missing = [name for name in columns if name not in (reader.fieldnames or [])]
        if missing:
            raise SeasonFault(f"Tệp {path.name} thiếu cột {', '.join(missing)}; hãy giữ đúng dòng tiêu đề.")
        empty = True
        for row in reader:
            empty = False
            where = f"Tệp {path.name}, dòng {reader.line_num}"
            if None in row or None in row.values():
                raise SeasonFault(f"{where}: số ô không khớp với dòng tiêu đề; hãy sửa dòng này.")
            yield where, {name: row[name].strip() for name in columns}
    except csv.Error as fault:
        raise SeasonFault(f"Tệp {path.name}, dòng {reader.line_num}: không đọc được CSV ({fault}).") from fault
    if empty:
        raise SeasonFault(f"Tệp {path.name} không có dòng dữ liệu nào.")


def _item_row(where: str, row: dict[str, str]) -> ItemRow:
    if row["group"] not in UnitKind.assessed():
        kinds = ", ".join(UnitKind.assessed())
        raise SeasonFault(f"{where}: nhóm “{row['group']}” không có; hãy ghi một trong các nhóm {kinds}.")
    if row["scoring"] not in Scoring.values:
        raise SeasonFault(f"{where}: scoring “{row['scoring']}” không có; hãy ghi {', '.join(Scoring.values)}.")
    disputed = _flag(where, row, "disputed")
    item = ItemRow(
        group=row["group"],
        unit_code=row["unit_code"],
        code=row["item_code"],
        scoring=row["scoring"],
        entered={stage: _entered(where, row, stage) for stage in ScoreStage},
        note=normalise(row["appraiser_note"]),
        is_disputed=disputed,
        dispute_reason=normalise(row["dispute_reason"]),
        outcome=row["dispute_outcome"],
        share=_share(where, row["survey_share"]),
    )
    _check(where, item)
    return item


def _check(where: str, item: ItemRow) -> None:
    """Refuse a row that contradicts itself: what is final follows from the appraisal and the dispute."""
    if item.scoring == Scoring.SURVEY:
        if item.share is None:
            raise SeasonFault(f"{where}: nội dung {item.code} lấy từ khảo sát nhưng ô survey_share trống.")
        if item.is_disputed:
            raise SeasonFault(f"{where}: nội dung {item.code} lấy từ khảo sát nên không có kiến nghị.")
        return
    needed = [item.appraised, item.final] + ([item.own] if item.scoring == Scoring.SELF else [])
    if not all(entered.given for entered in needed):
        raise SeasonFault(f"{where}: nội dung {item.code} thiếu kết quả ở một giai đoạn; hãy điền đủ các ô *_input.")
    if item.is_disputed and item.outcome not in DisputeOutcome.values:
        outcomes = ", ".join(DisputeOutcome.values)
        raise SeasonFault(f"{where}: kết quả kiến nghị “{item.outcome}” không có; hãy ghi {outcomes}.")
    stays = not item.is_disputed or item.outcome == DisputeOutcome.REJECTED
    if stays and item.final != item.appraised:
        raise SeasonFault(
            f"{where}: nội dung {item.code} không có kiến nghị được chấp nhận nên kết quả cuối phải bằng kết quả thẩm "
            "định."
        )


def _entered(where: str, row: dict[str, str], stage: ScoreStage) -> Entered:
    text = row[f"{stage}_input"]
    na = _flag(where, row, f"{stage}_na")
    try:
        value = json.loads(text) if text else None
    except ValueError:
        value = text
    if value is not None and not isinstance(value, dict):
        raise SeasonFault(f"{where}, cột {stage}_input: “{text[:40]}” không phải là đối tượng JSON.")
    return Entered(None if na else value, na)


def _flag(where: str, row: dict[str, str], column: str) -> bool:
    text = row[column].lower()
    if text not in ("true", "false", ""):
        raise SeasonFault(f"{where}, cột {column}: “{row[column][:40]}” phải là true hoặc false.")
    return text == "true"


def _share(where: str, text: str) -> Decimal | None:
    if not text:
        return None
    try:
        share = Decimal(text)
    except InvalidOperation:
        share = Decimal(-1)
    if not (share.is_finite() and 0 <= share <= 1):
        raise SeasonFault(f"{where}, cột survey_share: “{text[:40]}” phải là số từ 0 đến 1.")
    return share
