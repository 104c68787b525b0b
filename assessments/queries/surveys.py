"""Survey shares: what a file holds against what a period needs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from assessments.enums import Scoring, Stage
from assessments.models import AssessmentPeriod, ItemScore
from assessments.rules.problems import Place, Problem

_SHARE = re.compile(r"(?:0|1)(?:[.,]\d{1,10})?", re.ASCII)


class HasCells(Protocol):
    """A row of a table: texts by column and the place of each."""

    @property
    def values(self) -> Mapping[str, str]: ...

    @property
    def places(self) -> Mapping[str, Place]: ...


@dataclass(frozen=True)
class SurveyShare:
    """The share (0 to 1) of one item of one unit, and how many answered."""

    share: Decimal
    answers: int | None = None


@dataclass
class SharesRead:
    """What a file of shares holds: by unit and item, and every problem with its place."""

    shares: dict[str, dict[str, SurveyShare]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Return how many shares were read."""
        return sum(len(each) for each in self.shares.values())


@dataclass(frozen=True)
class SurveyNeed:
    """One unit of a period: how many survey items it has and how many have their share."""

    unit_code: str
    unit_name: str
    stage: Stage
    wanted: int
    recorded: int

    @property
    def left(self) -> int:
        """Return how many shares are missing."""
        return self.wanted - self.recorded


def survey_needs(period: AssessmentPeriod) -> list[SurveyNeed]:
    """Return every unit of a period with its survey items; one query."""
    rows = (
        ItemScore.objects.filter(assessment__period=period, item__scoring=Scoring.SURVEY)
        .order_by("assessment__unit__sort_key", "assessment__unit__code")
        .values_list("assessment__unit__code", "assessment__unit__name", "assessment__stage", "survey_share")
    )
    found: dict[tuple[str, str, str], list[bool]] = {}
    for code, name, stage, share in rows:
        found.setdefault((code, name, stage), []).append(share is not None)
    return [
        SurveyNeed(code, name, Stage(stage), len(recorded), sum(recorded))
        for (code, name, stage), recorded in found.items()
    ]


def check_shares(period: AssessmentPeriod, rows: list[HasCells]) -> SharesRead:
    """Read rows of (unit_code, item_code, share, answers) against a period; every problem is named by its row."""
    cases = dict(period.assessments.values_list("unit__code", "stage"))
    pairs = ItemScore.objects.filter(assessment__period=period, item__scoring=Scoring.SURVEY)
    known = set(pairs.values_list("assessment__unit__code", "item__code"))
    read = SharesRead()
    for row in rows:
        unit, item = row.values["unit_code"].strip(), row.values["item_code"].strip()
        share, answers = row.values["share"].strip(), row.values["answers"].strip()
        wrong: tuple[str, str, str] | None = None
        if unit not in cases:
            wrong = "unit_code", "unknown_unit", f"Đơn vị “{unit}” không tham gia kỳ này; kiểm tra mã đơn vị."
        elif cases[unit] in (Stage.PUBLISHED, Stage.CORRECTION):
            wrong = "unit_code", "published", f"Kết quả của “{unit}” đã công bố nên không ghi khảo sát được nữa."
        elif (unit, item) not in known:
            wrong = (
                "item_code",
                "unknown_item",
                f"“{item}” không phải nội dung điều tra xã hội học của đơn vị “{unit}”; kiểm tra mã nội dung.",
            )
        elif item in read.shares.get(unit, {}):
            wrong = "item_code", "twice", f"Nội dung “{item}” của “{unit}” có hai dòng; giữ lại một."
        elif not _SHARE.fullmatch(share) or Decimal(share.replace(",", ".")) > 1:
            wrong = (
                "share",
                "unreadable_share",
                f"“{share}” không phải tỷ lệ từ 0 đến 1 với nhiều nhất 10 chữ số thập phân, ví dụ 0,8321.",
            )
        elif answers and not (answers.isascii() and answers.isdigit() and len(answers) < 10):
            wrong = "answers", "unreadable_answers", f"Số phiếu “{answers}” phải là số nguyên, hoặc để trống."
        if wrong:
            column, kind, sentence = wrong
            read.problems.append(Problem(kind, sentence, row.places.get(column, Place()), item))
            continue
        value = SurveyShare(Decimal(share.replace(",", ".")), int(answers) if answers else None)
        read.shares.setdefault(unit, {})[item] = value
    return read
