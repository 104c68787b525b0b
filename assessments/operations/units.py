"""Keeping the list of units (danh mục đơn vị) and its tree."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from assessments.enums import UnitKind
from assessments.models import Official, Unit
from assessments.operations import events
from assessments.rules import NotAllowed
from assessments.rules.problems import ImportRefused
from assessments.rules.units import UnitDraft, check_units, unit_path
from assessments.vietnamese import collation_key, normalise, search_words

_WRITTEN = ["name", "kind", "parent", "valid_from", "valid_until", "path", "sort_key", "search_text"]


@dataclass(frozen=True)
class UnitsImported:
    """How many units an import made and changed."""

    created: int
    updated: int
    unchanged: int


@transaction.atomic
def import_units(*, rows: Sequence[UnitDraft], by: Official | None, at: datetime) -> UnitsImported:
    """Write a list of units by their codes, all or nothing; units that the list does not name stay as they are.

    Raise ImportRefused, which names each fault with its row and column. ``by`` None means the system itself.
    """
    stored = {unit.code: unit for unit in Unit.objects.select_for_update().order_by("path")}
    problems = check_units(rows, known_codes=stored)
    if problems:
        raise ImportRefused(problems)
    before = {code: _state(unit) for code, unit in stored.items()}
    units = dict(stored)
    parents = {unit.code: unit.path.split("/")[-3] if unit.path.count("/") > 1 else "" for unit in stored.values()}
    for row in rows:
        unit = units.setdefault(row.code, Unit(code=row.code))
        unit.name, unit.kind = row.name, row.kind
        unit.valid_from = row.valid_from or unit.valid_from
        unit.valid_until = row.valid_until or unit.valid_until
        parents[row.code] = row.parent_code
    created: list[Unit] = []
    updated: list[Unit] = []
    for level in _levels(parents):
        for code in level:
            _place_in_tree(units[code], units.get(parents[code]))
        new = [units[code] for code in level if code not in stored]
        Unit.objects.bulk_create(new)
        created += new
        updated += [units[code] for code in level if code in stored and _state(units[code]) != before[code]]
    Unit.objects.bulk_update(updated, _WRITTEN, batch_size=100)
    done = UnitsImported(len(created), len(updated), len(rows) - len(created) - _named(updated, rows))
    events.record(
        kind="units_imported",
        sentence=f"Nhập danh mục đơn vị: {len(rows)} dòng, {done.created} mới, {done.updated} cập nhật",
        by=by,
        at=at,
        details={"created": [u.code for u in created], "updated": [u.code for u in updated]},
    )
    return done


@transaction.atomic
def write_unit(
    *,
    code: str,
    name: str,
    kind: UnitKind,
    parent: Unit | None,
    valid_from: date | None = None,
    valid_until: date | None = None,
) -> Unit:
    """Create the unit of this code or write it anew, with its place in the tree; part of other operations.

    Raise ImportRefused for a code, name or kind that cannot be stored, NotAllowed for a place below itself.
    """
    draft = UnitDraft(normalise(code), normalise(name), kind, parent.code if parent else "", valid_from, valid_until)
    problems = check_units([draft], known_codes=[parent.code] if parent else [])
    if problems:
        raise ImportRefused(problems)
    unit = Unit.objects.select_for_update().filter(code=draft.code).first() or Unit(code=draft.code)
    old_path = unit.path
    unit.name, unit.kind = draft.name, draft.kind
    unit.valid_from = valid_from or unit.valid_from
    unit.valid_until = valid_until or unit.valid_until
    if old_path and parent and parent.path.startswith(old_path):
        raise NotAllowed(f"{unit.name} không thể nằm dưới chính nó; chọn đơn vị cấp trên khác.")
    _place_in_tree(unit, parent)
    unit.save()
    if old_path and old_path != unit.path:
        below = list(Unit.objects.filter(path__startswith=old_path).exclude(pk=unit.pk))
        for child in below:
            child.path = unit.path + child.path[len(old_path) :]
        Unit.objects.bulk_update(below, ["path"], batch_size=100)
    return unit


def _levels(parents: dict[str, str]) -> list[list[str]]:
    """Return the codes level by level from the roots, so that a parent is always written before its children."""
    below: dict[str, list[str]] = {}
    for code, parent in parents.items():
        below.setdefault(parent, []).append(code)
    levels = [below.get("", [])]
    while levels[-1]:
        levels.append([child for code in levels[-1] for child in below.get(code, [])])
    return levels[:-1]


def _place_in_tree(unit: Unit, parent: Unit | None) -> None:
    unit.parent = parent
    unit.path = unit_path(unit.code, parent.path if parent else "")
    unit.sort_key = collation_key(unit.name)[:400]
    unit.search_text = "".join(f" {word}" for word in search_words(f"{unit.name} {unit.code}"))[:300]


def _state(unit: Unit) -> tuple:
    return tuple(getattr(unit, "parent_id" if name == "parent" else name) for name in _WRITTEN)


def _named(units: Sequence[Unit], rows: Sequence[UnitDraft]) -> int:
    codes = {row.code for row in rows}
    return sum(unit.code in codes for unit in units)
