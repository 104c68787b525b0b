"""Preparing and opening an assessment period (kỳ đánh giá)."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from itertools import count
from typing import Any

from django.db import transaction

from assessments import clock, permissions
from assessments.enums import EndWording, LatePolicy, PeriodStatus, Role, Stage, UnitKind, WindowKind
from assessments.models import (
    AppraisingBody,
    Assessment,
    AssessmentPeriod,
    CriteriaItem,
    CriteriaSet,
    ItemScore,
    Official,
    PeriodCriteria,
    StageWindow,
    Unit,
)
from assessments.operations import events
from assessments.operations.units import write_unit
from assessments.queries.periods import body_names
from assessments.rules import NotAllowed, timetable
from assessments.rules.calendar import local_day
from assessments.vietnamese import fold

MOST_WORKING_DAYS = 30
"""Longest dispute window and supplement that a period may have."""


@transaction.atomic
def create_period(
    *,
    code: str,
    name: str,
    year: int,
    organiser: Unit,
    secretariat: Unit,
    council: Unit,
    by: Official,
    is_illustrative: bool = False,
) -> AssessmentPeriod:
    """Create a period in preparation. Raise NotAllowed (code taken) or NotPermitted (not the organiser's role)."""
    permissions.check_holds(by, Role.ORGANISER, organiser)
    if AssessmentPeriod.objects.filter(code=code).exists():
        raise NotAllowed(f"Mã kỳ “{code}” đã được dùng; hãy chọn mã khác.")
    moment = clock.read()
    period = AssessmentPeriod.objects.create(
        code=code,
        name=name,
        year=year,
        organiser=organiser,
        secretariat=secretariat,
        council=council,
        is_illustrative=is_illustrative,
        created_at=moment,
        created_by=by,
    )
    events.record(kind="period_created", sentence=f"Lập {name}", by=by, at=moment, period=period, role=Role.ORGANISER)
    return period


@transaction.atomic
def describe_period(
    *,
    period: AssessmentPeriod,
    name: str,
    dispute_window_working_days: int,
    supplement_working_days: int,
    by: Official,
    least_self_scoring_working_days: int | None = None,
    least_step_working_days: int | None = None,
    stops_clock_for_supplement: bool | None = None,
) -> AssessmentPeriod:
    """Change the name and the lengths (working days) of dispute window and supplement while in preparation.

    The least lengths are those below which the timetable warns; ``stops_clock_for_supplement`` says whether an
    appraisal stands still while its unit supplements. None leaves them as they are. Raise NotAllowed (opened, no name,
    a length outside 1 to 30) or NotPermitted.
    """
    period = lock_draft(period, by)
    moment = clock.read()
    if not name.strip():
        raise NotAllowed("Hãy ghi tên kỳ đánh giá.")
    least_self_scoring, least_step = period.least_self_scoring_working_days, period.least_step_working_days
    if least_self_scoring_working_days is not None:
        least_self_scoring = least_self_scoring_working_days
    if least_step_working_days is not None:
        least_step = least_step_working_days
    for label, days in (
        ("kiến nghị", dispute_window_working_days),
        ("bổ sung", supplement_working_days),
        ("tự chấm điểm", least_self_scoring),
        ("của bước khác", least_step),
    ):
        if not 1 <= days <= MOST_WORKING_DAYS:
            raise NotAllowed(f"Thời hạn {label} phải từ 1 đến {MOST_WORKING_DAYS} ngày làm việc.")
    period.name = name.strip()
    period.dispute_window_working_days = dispute_window_working_days
    period.supplement_working_days = supplement_working_days
    period.least_self_scoring_working_days = least_self_scoring
    period.least_step_working_days = least_step
    if stops_clock_for_supplement is not None:
        period.stops_clock_for_supplement = stops_clock_for_supplement
    period.save(
        update_fields=[
            "name",
            "dispute_window_working_days",
            "supplement_working_days",
            "least_self_scoring_working_days",
            "least_step_working_days",
            "stops_clock_for_supplement",
        ]
    )
    events.record(
        kind="period_described",
        sentence=f"Sửa thông tin kỳ: kiến nghị {dispute_window_working_days}, bổ sung {supplement_working_days} "
        "ngày làm việc",
        by=by,
        at=moment,
        period=period,
        role=Role.ORGANISER,
        details={
            "name": period.name,
            "dispute_window_working_days": dispute_window_working_days,
            "supplement_working_days": supplement_working_days,
            "least_self_scoring_working_days": least_self_scoring,
            "least_step_working_days": least_step,
            "stops_clock_for_supplement": period.stops_clock_for_supplement,
        },
    )
    return period


@transaction.atomic
def set_units(*, period: AssessmentPeriod, units: Iterable[Unit], by: Official) -> AssessmentPeriod:
    """Set which units take part. Raise NotAllowed for a unit outside the organiser's tree or of an unassessed kind."""
    period = lock_draft(period, by)
    chosen = list(units)
    for unit in chosen:
        if unit.kind not in UnitKind.assessed() or not unit.is_under(period.organiser) or unit == period.organiser:
            raise NotAllowed(f"{unit.name} không thuộc diện đánh giá của {period.organiser.name}.")
    period.units.set(chosen)
    codes = [unit.code for unit in chosen]
    _record(period, "period_units_set", f"Chọn {len(chosen)} đơn vị tham gia", by=by, details={"units": codes})
    return period


@transaction.atomic
def choose_criteria(
    *, period: AssessmentPeriod, unit_kind: UnitKind, criteria_set: CriteriaSet, by: Official
) -> PeriodCriteria:
    """Choose the criteria set for one kind of unit. Raise NotAllowed when the set is for another kind."""
    period = lock_draft(period, by)
    if criteria_set.unit_kind != unit_kind:
        raise NotAllowed(f"{criteria_set} không dành cho {unit_kind.label}.")
    use, _ = PeriodCriteria.objects.update_or_create(
        period=period, unit_kind=unit_kind, defaults={"criteria_set": criteria_set}
    )
    _record(period, "period_criteria_chosen", f"Chọn {criteria_set} cho {unit_kind.label}", by=by)
    return use


@transaction.atomic
def set_window(
    *,
    period: AssessmentPeriod,
    unit_kind: UnitKind,
    window: WindowKind,
    opens_at: datetime,
    due_at: datetime,
    closes_at: datetime,
    late_policy: LatePolicy,
    by: Official,
    due_wording: EndWording = EndWording.EXACT,
    closes_wording: EndWording = EndWording.EXACT,
) -> StageWindow:
    """Set one row of the timetable of a period in preparation. Raise NotAllowed when its moments are not in order."""
    period = lock_draft(period, by)
    row = timetable.TimetableRow(opens_at, due_at, closes_at, late_policy, due_wording, closes_wording)
    timetable.check_window(window, row)
    stored, _ = StageWindow.objects.update_or_create(
        period=period, unit_kind=unit_kind, kind=window, defaults=asdict(row)
    )
    _record(
        period,
        "period_window_set",
        f"Đặt bước “{window.label}” cho {unit_kind.label}",
        by=by,
        details={
            "opens_at": opens_at.isoformat(),
            "due_at": due_at.isoformat(),
            "closes_at": closes_at.isoformat(),
            "late_policy": late_policy,
        },
    )
    return stored


@transaction.atomic
def assign_bodies(*, period: AssessmentPeriod, units: Mapping[str, Unit], by: Official) -> list[AppraisingBody]:
    """Say which unit appraises for each body named in the criteria.

    Raise NotAllowed for a unit outside the organiser's tree or one that no longer exists.
    """
    period = lock_draft(period, by)
    own = Unit.objects.below(period.organiser, itself=True).valid_on(local_day(clock.read()))
    usable = set(own.filter(pk__in=[unit.pk for unit in units.values()]).values_list("pk", flat=True))
    for name, unit in units.items():
        if unit.pk not in usable:
            raise NotAllowed(
                f"{unit.name} ({unit.code}) không thuộc {period.organiser.name} hoặc đã hết hiệu lực, không thẩm định "
                f"thay “{name}” được; hãy chọn đơn vị khác."
            )
    bodies = [
        AppraisingBody.objects.update_or_create(period=period, name=name, defaults={"unit": unit})[0]
        for name, unit in units.items()
    ]
    chosen = {name: unit.code for name, unit in units.items()}
    _record(period, "period_bodies_assigned", f"Gán {len(bodies)} cơ quan thẩm định", by=by, details=chosen)
    return bodies


@transaction.atomic
def match_bodies(*, period: AssessmentPeriod, by: Official, create_divisions: bool = False) -> list[str]:
    """Match bodies to the offices of the organiser by name; return a sentence on each name that stays without a unit.

    An office is a unit directly under the organiser that exists today: a unit of the same name further down (the "Sở
    Nội vụ" that a district made for its own round) appraises for somebody else. Two offices of one name are left to
    a person. With ``create_divisions`` a missing one is created as a division (phòng) of the organiser.
    """
    period = lock_draft(period, by)
    organiser = period.organiser
    offices: dict[str, list[Unit]] = {}
    for unit in Unit.objects.filter(parent=organiser).valid_on(local_day(clock.read())).order_by("code"):
        offices.setdefault(fold(unit.name), []).append(unit)
    left = []
    for name in body_names(period):
        named = offices.get(fold(name), [])
        if not named and create_divisions:
            named = [write_unit(code=_free_code(organiser), name=name, kind=UnitKind.DIVISION, parent=organiser)]
        if len(named) == 1:
            AppraisingBody.objects.update_or_create(period=period, name=name, defaults={"unit": named[0]})
        elif named:
            codes = ", ".join(unit.code for unit in named)
            left.append(f"“{name}” là tên của {len(named)} đơn vị ({codes})")
        else:
            left.append(f"“{name}” không có đơn vị trực thuộc nào cùng tên")
    _record(period, "period_bodies_matched", "Ghép cơ quan thẩm định theo tên", by=by, details={"left": left})
    return left


def _free_code(organiser: Unit) -> str:
    """Return the first code of a division that no unit has: another's code would rename that unit."""
    taken = set(Unit.objects.filter(code__startswith=f"{organiser.code}-P").values_list("code", flat=True))
    return next(code for number in count(1) if (code := f"{organiser.code}-P{number}") not in taken)


@transaction.atomic
def open_period(*, period: AssessmentPeriod, by: Official) -> list[Assessment]:
    """Open a period: one case per unit with an empty row per leaf item. Raise NotAllowed when something is missing.

    The flow engine is told by the caller (``workflow.operations.periods.open_period``).
    """
    period = lock_draft(period, by)
    moment = clock.read()
    uses = {use.unit_kind: use.criteria_set for use in period.criteria.select_related("criteria_set")}
    units = list(period.units.all())
    kinds = {unit.kind for unit in units}
    assigned = set(period.bodies.values_list("name", flat=True))
    timetable.check_can_open(
        unit_count=len(units),
        units_without_criteria=[UnitKind(kind).label for kind in sorted(kinds - set(uses))],
        bodies_without_unit=[name for name in body_names(period) if name not in assigned],
    )
    for kind in sorted(kinds):
        windows = {WindowKind(row.kind): row for row in period.windows.filter(unit_kind=kind)}
        timetable.check_timetable(UnitKind(kind), windows, opening_at=moment)
    cases = Assessment.objects.bulk_create(
        Assessment(
            period=period,
            unit=unit,
            unit_kind=unit.kind,
            criteria_set=uses[unit.kind],
            stage=Stage.OPENED,
            stage_since=moment,
            opened_at=moment,
        )
        for unit in units
    )
    leaves: dict[int, list[int]] = {}
    for set_id, item_id in CriteriaItem.objects.filter(criteria_set__in=uses.values(), is_leaf=True).values_list(
        "criteria_set_id", "id"
    ):
        leaves.setdefault(set_id, []).append(item_id)
    ItemScore.objects.bulk_create(
        (ItemScore(assessment=case, item_id=item_id) for case in cases for item_id in leaves[case.criteria_set_id]),
        batch_size=2000,
    )
    period.status, period.opened_at = PeriodStatus.OPEN, moment
    period.save(update_fields=["status", "opened_at"])
    events.record(
        kind="period_opened",
        sentence=f"Mở kỳ đánh giá cho {len(cases)} đơn vị",
        by=by,
        at=moment,
        period=period,
        role=Role.ORGANISER,
    )
    return cases


def _record(
    period: AssessmentPeriod, kind: str, sentence: str, *, by: Official, details: dict[str, Any] | None = None
) -> None:
    events.record(
        kind=kind,
        sentence=sentence,
        by=by,
        at=clock.read(),
        period=period,
        role=Role.ORGANISER,
        details=details,
    )


def lock_draft(period: AssessmentPeriod, by: Official) -> AssessmentPeriod:
    """Lock a period that is still in preparation. Raise NotAllowed (opened) or NotPermitted (not its organiser)."""
    period = AssessmentPeriod.objects.select_for_update(of=("self",)).select_related("organiser").get(pk=period.pk)
    permissions.check_can_organise(by, period)
    if period.status != PeriodStatus.DRAFT:
        raise NotAllowed("Kỳ đánh giá đã mở nên không sửa được phần chuẩn bị; hạn của từng đơn vị sửa bằng gia hạn.")
    return period
