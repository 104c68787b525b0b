"""What a period in preparation has and what it still lacks (việc chuẩn bị)."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from assessments.enums import Role, UnitKind, WindowKind
from assessments.models import AssessmentPeriod, Official, PeriodCriteria, StageWindow, Unit
from assessments.queries.periods import body_names
from assessments.rules import NotAllowed, timetable


@dataclass(frozen=True)
class Preparation:
    """Everything a period consists of, and the sentences that say what must be done before it may open."""

    unit_counts: dict[UnitKind, int]
    uses: dict[UnitKind, PeriodCriteria]
    windows: dict[UnitKind, dict[WindowKind, StageWindow]]
    bodies: dict[str, Unit | None]
    missing: tuple[str, ...]

    @property
    def unit_count(self) -> int:
        """Return how many units take part."""
        return sum(self.unit_counts.values())

    @property
    def kinds(self) -> list[UnitKind]:
        """Return the kinds of units taking part."""
        return list(self.unit_counts)

    @property
    def bodies_left(self) -> list[str]:
        """Return the bodies that have no unit yet."""
        return [name for name, unit in self.bodies.items() if unit is None]

    @property
    def is_ready(self) -> bool:
        """Say whether the period may open."""
        return not self.missing


def preparation_of(period: AssessmentPeriod, *, opening_at: datetime | None = None) -> Preparation:
    """Return how far the preparation of a period is; five queries, whatever the number of units.

    ``opening_at`` is the moment at which it would open: deadlines behind it are among what is missing.
    """
    counted = Counter(period.units.order_by().values_list("kind", flat=True))
    unit_counts = {kind: counted[kind] for kind in UnitKind.assessed() if counted[kind]}
    uses = {UnitKind(use.unit_kind): use for use in period.criteria.select_related("criteria_set")}
    windows: dict[UnitKind, dict[WindowKind, StageWindow]] = {}
    for row in period.windows.all():
        windows.setdefault(UnitKind(row.unit_kind), {})[WindowKind(row.kind)] = row
    assigned = {body.name: body.unit for body in period.bodies.select_related("unit")}
    bodies = {name: assigned.get(name) for name in body_names(period)}
    missing = []
    try:
        timetable.check_can_open(
            unit_count=len(unit_counts),
            units_without_criteria=[],
            bodies_without_unit=[name for name, unit in bodies.items() if unit is None],
        )
    except NotAllowed as refusal:
        missing.append(refusal.sentence)
    for kind in unit_counts:
        if kind not in uses:
            missing.append(f"Chưa chọn bộ tiêu chí cho {kind.label}.")
        try:
            timetable.check_timetable(kind, windows.get(kind, {}), opening_at=opening_at)
        except NotAllowed as refusal:
            missing.append(refusal.sentence)
    return Preparation(unit_counts, uses, windows, bodies, tuple(missing))


def units_without_people(period: AssessmentPeriod) -> list[Unit]:
    """Return the units taking part in which nobody enters scores or nobody signs; three queries."""
    units = list(period.units.in_vietnamese_order())
    staffed = set(_units_with(Role.OFFICER, units)) & set(_units_with(Role.HEAD, units))
    return [unit for unit in units if unit.pk not in staffed]


def _units_with(role: Role, units: list[Unit]) -> list[int]:
    codename = "unituserobjectpermission__permission__codename"
    return list(
        Official.objects.filter(
            **{codename: role.value}, is_active=True, unituserobjectpermission__content_object__in=units
        ).values_list("unituserobjectpermission__content_object", flat=True)
    )
