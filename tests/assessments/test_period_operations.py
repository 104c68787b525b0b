"""Preparing a period: what is written down, and what a second period must not disturb."""

from datetime import date

import pytest

from assessments import clock
from assessments.enums import Role, UnitKind
from assessments.models import AppraisingBody, AuditEvent, Unit
from assessments.operations import periods
from assessments.rules import NotAllowed
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


def _office(code, name, parent, **validity):
    unit = periods.write_unit(code=code, name=name, kind=UnitKind.DEPARTMENT, parent=parent)
    Unit.objects.filter(pk=unit.pk).update(**validity)
    return unit


def _match(province):
    with clock.simulated(at(OPENING_DAY)):
        return periods.match_bodies(period=province.period, by=province.people["organiser"])


def test_a_body_is_never_matched_to_a_unit_further_down():
    province = make_province(opened=False)
    district = periods.write_unit(code="294", name="Huyện Thanh Hà", kind=UnitKind.DISTRICT, parent=province.root)
    _office("294-P1", "Sở Nội vụ", district)
    _office("294-P2", "SỞ TƯ PHÁP", district)
    Unit.objects.filter(pk=province.units["STP"].pk).update(name="Sở khác")

    assert _match(province) == ["“Sở Tư pháp” không có đơn vị trực thuộc nào cùng tên"]
    chosen = dict(AppraisingBody.objects.filter(period=province.period).values_list("name", "unit__code"))
    assert chosen["Sở Nội vụ"] == "SNV"


def test_two_offices_of_one_name_are_left_to_a_person():
    province = make_province(opened=False)
    AppraisingBody.objects.filter(period=province.period).delete()
    _office("SNV-2", "Sở nội vụ", province.root)

    assert _match(province) == ["“Sở Nội vụ” là tên của 2 đơn vị (SNV, SNV-2)"]
    assert not AppraisingBody.objects.filter(period=province.period, name="Sở Nội vụ").exists()


def test_an_office_that_no_longer_exists_is_not_matched():
    province = make_province(opened=False)
    _office("SNV-CU", "Sở Nội vụ", province.root, valid_until=date(2020, 1, 1))

    assert _match(province) == []
    assert AppraisingBody.objects.get(period=province.period, name="Sở Nội vụ").unit.code == "SNV"


@pytest.mark.parametrize("which", ["elsewhere", "ended"])
def test_a_person_cannot_choose_a_unit_that_may_not_appraise(which):
    province = make_province(opened=False)
    if which == "elsewhere":
        chosen = _office("33", "Sở Nội vụ", None)
    else:
        chosen = _office("SNV-CU", "Sở Nội vụ", province.root, valid_until=date(2020, 1, 1))

    with clock.simulated(at(OPENING_DAY)), pytest.raises(NotAllowed, match="đã hết hiệu lực, không thẩm định thay"):
        periods.assign_bodies(period=province.period, units={"Sở Nội vụ": chosen}, by=province.people["organiser"])
    assert AppraisingBody.objects.get(period=province.period, name="Sở Nội vụ").unit.code == "SNV"
