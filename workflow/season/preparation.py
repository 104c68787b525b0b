"""Preparing a played season: units, criteria, people and periods, each through its operation."""

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.db import transaction

from assessments.enums import LatePolicy, Role, UnitKind
from assessments.imports.files import read_criteria_path
from assessments.imports.units import read_units
from assessments.models import AppraisingBody, AssessmentPeriod, CriteriaItem, CriteriaSet, Official, Unit
from assessments.operations import periods
from assessments.operations.calendar import write_day
from assessments.operations.criteria import import_criteria_sets
from assessments.operations.units import import_units, write_unit
from assessments.rules.problems import Problem
from workflow.season.faults import SeasonFault
from workflow.season.files import ItemRow, read_bytes, read_text
from workflow.season.people import People
from workflow.season.timetable import Round

LATE_POLICIES = (LatePolicy.HOLD, LatePolicy.SUBMIT_AS_IS)
"""The first round locks late cases, the others are submitted by the system: a season shows both."""


@dataclass
class Cast:
    """A prepared period with the people who act in it."""

    period: AssessmentPeriod
    round: Round
    policy: LatePolicy
    unit_codes: list[str]
    organiser: Official
    secretary: Official
    appraisers: dict[int, Official]
    people: People


def write_units(path: Path, *, at: datetime) -> None:
    """Import the list of units. Raise SeasonFault with the first fault of the file."""
    known = set(Unit.objects.values_list("code", flat=True))
    reading = read_units(read_bytes(path), name=path.name, known_codes=known)
    _refuse(path, reading.problems)
    import_units(rows=reading.drafts, by=None, at=at)


def write_criteria(path: Path, *, year: int, at: datetime) -> dict[str, CriteriaSet]:
    """Import every criteria set of a folder (or workbook); return them by kind of unit. Raise SeasonFault."""
    reading = read_criteria_path(path)
    _refuse(path, reading.problems)
    sets = import_criteria_sets(sets=reading.sets, year=year, by=None, at=at, source_name=reading.source_name)
    return {each.unit_kind: each for each in sets}


def write_holidays(path: Path, *, at: datetime) -> None:
    """Put the days of a calendar file (date, name, kind off or working) into the working calendar."""
    with transaction.atomic():
        for row in csv.DictReader(io.StringIO(read_text(path))):
            try:
                day = date.fromisoformat(row["date"])
                write_day(day=day, name=row["name"], is_working=row["kind"] == "working", by=None, at=at)
            except (KeyError, TypeError, ValueError) as fault:
                raise SeasonFault(f"Tệp {path.name} không đúng dạng lịch nghỉ ({fault}).") from fault


def rounds_held(rounds: Sequence[Round], scores: Mapping[str, Sequence[ItemRow]]) -> list[tuple[Round, list[str]]]:
    """Return the rounds that have units in the scores, each with the codes of its units.

    A template is held once in each district of the units' own. Raise SeasonFault for a unit that no round takes.
    """
    units = Unit.objects.select_related("parent").in_bulk(list(scores), field_name="code")
    unknown = [code for code in scores if code not in units]
    if unknown:
        raise SeasonFault(f"Danh mục đơn vị không có mã {', '.join(unknown[:5])} mà tệp điểm nêu.")
    wrong = [code for code, rows in scores.items() if units[code].kind != rows[0].group]
    if wrong:
        raise SeasonFault(f"Nhóm của đơn vị {', '.join(wrong[:5])} trong tệp điểm không khớp với danh mục đơn vị.")
    held: dict[str, tuple[Round, list[str]]] = {}
    for code, rows in scores.items():
        parent = units[code].parent
        found = [
            each.of_district(parent.code) if each.is_template and parent else each
            for each in rounds
            if rows[0].group in each.groups
            and (not each.is_template or (parent and (not each.districts or parent.code in each.districts)))
        ]
        if not found:
            raise SeasonFault(f"Kế hoạch thời gian không có đợt nào cho {units[code].name} (nhóm {rows[0].group}).")
        held.setdefault(found[0].code, (found[0], []))[1].append(code)
    order = [each.code for each in rounds]
    return sorted(
        held.values(), key=lambda pair: next((i for i, c in enumerate(order) if c == pair[0].code), len(order))
    )


def prepare(
    held: Round,
    unit_codes: list[str],
    *,
    policy: LatePolicy,
    criteria: Mapping[str, CriteriaSet],
    people: People,
) -> Cast:
    """Create the period of one round with its units, criteria, timetable, bodies and people. Raise SeasonFault."""
    assessor = Unit.objects.filter(code=held.assessor).first()
    if assessor is None:
        raise SeasonFault(f"Danh mục đơn vị không có đơn vị tổ chức {held.assessor} của đợt {held.code}.")
    root = Unit.objects.get(code=assessor.path.split("/")[0])
    people.administrator(root)
    units = list(Unit.objects.filter(code__in=unit_codes))
    kinds = sorted({unit.kind for unit in units})
    missing = [UnitKind(kind).label for kind in kinds if kind not in criteria]
    if missing:
        raise SeasonFault(f"Thư mục tiêu chí không có bộ tiêu chí cho {', '.join(missing)}.")
    council, secretariat = _council_of(assessor)
    organiser = people.organiser(assessor, _desk_of(assessor, [criteria[kind] for kind in kinds]))
    name = held.name if held.assessor == root.code else f"{held.name}, {assessor.name[:1].lower()}{assessor.name[1:]}"
    period = periods.create_period(
        code=held.code,
        name=name,
        year=held.year,
        organiser=assessor,
        secretariat=secretariat,
        council=council,
        is_illustrative=any(criteria[kind].is_illustrative for kind in kinds),
        by=organiser,
    )
    periods.set_units(period=period, units=units, by=organiser)
    for kind in kinds:
        periods.choose_criteria(period=period, unit_kind=UnitKind(kind), criteria_set=criteria[kind], by=organiser)
        for window, span in held.windows.items():
            periods.set_window(
                period=period,
                unit_kind=UnitKind(kind),
                window=window,
                opens_at=span.opens_at,
                due_at=span.due_at,
                closes_at=span.closes_at,
                closes_wording=span.wording,
                late_policy=policy,
                by=organiser,
            )
    periods.match_bodies(period=period, by=organiser, create_divisions=True)
    return Cast(
        period=period,
        round=held,
        policy=policy,
        unit_codes=list(unit_codes),
        organiser=organiser,
        secretary=people.secretary(secretariat),
        appraisers=_grant_roles(period, units, people),
        people=people,
    )


def _grant_roles(period: AssessmentPeriod, units: list[Unit], people: People) -> dict[int, Official]:
    """Make everybody of a period; return the appraisers by the unit they appraise for."""
    for unit in units:
        people.officers(unit)
        people.head(unit)
    people.council_member(period.council)
    people.supervisor(period.organiser)
    bodies = AppraisingBody.objects.filter(period=period).select_related("unit")
    found = {body.unit_id: people.appraiser(body.unit) for body in bodies if body.unit_id != period.secretariat_id}
    return found | {period.secretariat_id: people.secretary(period.secretariat)}


def _council_of(assessor: Unit) -> tuple[Unit, Unit]:
    """Return council and secretariat of an organiser; the council is made where the list has none."""
    councils = Unit.objects.filter(kind=UnitKind.COUNCIL)
    council = councils.filter(parent=assessor).order_by("code").first() or write_unit(
        code=f"HD-{assessor.code}", name=f"Hội đồng đánh giá {assessor.name}", kind=UnitKind.COUNCIL, parent=assessor
    )
    return council, councils.filter(parent=council).order_by("code").first() or council


def _desk_of(assessor: Unit, sets: list[CriteriaSet]) -> Unit:
    """Return where the organiser's people work: the unit that appraises most items, else the organiser itself."""
    names = CriteriaItem.objects.filter(criteria_set__in=sets, is_leaf=True).values_list("appraising_body", flat=True)
    for name, _count in Counter(names).most_common(1):
        found = Unit.objects.below(assessor).filter(name=name).first()
        if found is not None and not Official.objects.holding(Role.SECRETARY, [found]).exists():
            return found
    return assessor


def _refuse(path: Path, problems: Sequence[Problem]) -> None:
    if problems:
        more = f" (và {len(problems) - 1} lỗi khác)" if len(problems) > 1 else ""
        named = "" if problems[0].place.sheet else f"{path.name}: "  # the place names the file already
        raise SeasonFault(f"{named}{problems[0]}{more}")
