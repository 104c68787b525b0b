"""Preparing a period: what is written down, and what a second period must not disturb."""

import pytest

from assessments import clock
from assessments.enums import Role, UnitKind
from assessments.models import AuditEvent, Unit
from assessments.operations import periods
from tests.province import OPENING_DAY, at, make_province, person

pytestmark = pytest.mark.django_db


def test_every_preparation_leaves_its_event():
    province = make_province(opened=False)
    kinds = list(AuditEvent.objects.filter(period=province.period).values_list("kind", flat=True).distinct())
    assert set(kinds) == {
        "period_created",
        "period_units_set",
        "period_criteria_chosen",
        "period_window_set",
        "period_bodies_matched",
    }


def test_a_new_division_never_takes_the_code_of_another():
    province = make_province(opened=False)
    district = periods.write_unit(code="294", name="Huyện Thanh Hà", kind=UnitKind.DISTRICT, parent=province.root)
    older = periods.write_unit(code="294-P1", name="Phòng Y tế", kind=UnitKind.DIVISION, parent=district)
    commune = periods.write_unit(code="10813", name="Xã Thanh Hải", kind=UnitKind.COMMUNE, parent=district)
    organiser = person("h-to-chuc", district, (Role.ORGANISER, district))
    with clock.simulated(at(OPENING_DAY)):
        period = periods.create_period(
            code="XA-2023",
            name="Kỳ cấp xã",
            year=2023,
            organiser=district,
            secretariat=district,
            council=district,
            by=organiser,
        )
        periods.set_units(period=period, units=[commune], by=organiser)
        periods.PeriodCriteria.objects.create(
            period=period, unit_kind=UnitKind.COMMUNE, criteria_set=province.criteria_set
        )
        assert periods.match_bodies(period=period, by=organiser, create_divisions=True) == []
    older.refresh_from_db()
    assert older.name == "Phòng Y tế"
    assert sorted(Unit.objects.filter(parent=district, kind=UnitKind.DIVISION).values_list("code", flat=True)) == [
        "294-P1",
        "294-P2",
        "294-P3",
    ]
