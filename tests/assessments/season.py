"""Where the reference season lies."""

from pathlib import Path

SEASON = Path(__file__).resolve().parents[2] / "season" / "hai_duong_2023"
UNITS_CSV = SEASON / "units_hai_duong_2023.csv"
WORKBOOK = SEASON / "criteria_2023.xlsx"
CRITERIA_CSV = {kind: SEASON / f"criteria_{kind}_2023.csv" for kind in ("so", "huyen", "xa")}
