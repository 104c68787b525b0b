"""Rows for tests, the smallest that are valid; what a test is about it names itself."""

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import factory
from guardian.shortcuts import assign_perm

from assessments.enums import LatePolicy, Level, Part, PeriodStatus, RuleType, Scoring, UnitKind, WindowKind
from assessments.models import (
    Assessment,
    AssessmentPeriod,
    CriteriaItem,
    CriteriaSet,
    ItemScore,
    Official,
    StageWindow,
    Unit,
)
from assessments.operations.units import write_unit
from assessments.rules.criteria import level_of, parent_code_of

PROVINCE_TIME = ZoneInfo("Asia/Ho_Chi_Minh")
OPENED_AT = datetime(2023, 12, 1, 8, tzinfo=PROVINCE_TIME)
WINDOW_DAYS = 14


class UnitFactory(factory.django.DjangoModelFactory):
    """A department of no unit above; its place in the tree is written as the operations do."""

    class Meta:
        model = Unit

    code = factory.Sequence(lambda number: f"DV{number}")
    name = factory.Sequence(lambda number: f"Sở số {number}")
    kind = UnitKind.DEPARTMENT
    parent = None

    @classmethod
    def _create(cls, model_class, *args, **fields):
        return write_unit(**fields)


class OfficialFactory(factory.django.DjangoModelFactory):
    """An official who can sign in with the password "mat-khau"; ``may`` lists roles as (role, unit)."""

    class Meta:
        model = Official
        skip_postgeneration_save = True

    username = factory.Sequence(lambda number: f"canbo{number}")
    display_name = factory.Sequence(lambda number: f"Nguyễn Văn {number}")

    @classmethod
    def _create(cls, model_class, *args, **fields):
        return model_class.objects.create_user(**({"password": "mat-khau"} | fields))

    @factory.post_generation
    def may(self, create, extracted, **kwargs):
        for role, unit in extracted or []:
            assign_perm(f"assessments.{role.value}", self, unit)
        self.forget_grants()


class CriteriaSetFactory(factory.django.DjangoModelFactory):
    """An empty criteria set for departments."""

    class Meta:
        model = CriteriaSet

    series = factory.Sequence(lambda number: f"bo-tieu-chi-{number}")
    version = 1
    unit_kind = UnitKind.DEPARTMENT
    title = "Bộ tiêu chí thử"
    year = 2023
    is_illustrative = True
    created_at = OPENED_AT


class CriteriaItemFactory(factory.django.DjangoModelFactory):
    """A yes-or-no item of one point; its level and its parent follow from its code when that parent exists."""

    class Meta:
        model = CriteriaItem

    criteria_set = factory.SubFactory(CriteriaSetFactory)
    code = "1.1"
    position = factory.LazyAttribute(lambda made: made.criteria_set.items.count() + 1)
    parent = factory.LazyAttribute(
        lambda made: made.criteria_set.items.filter(code=parent_code_of(made.code) or None).first()
    )
    level = factory.LazyAttribute(lambda made: level_of(made.code))
    part = Part.BASE
    name = factory.LazyAttribute(lambda made: f"Nội dung {made.code}")
    max_points = Decimal("1.00")
    scoring = Scoring.SELF
    rule_type = RuleType.YES_NO
    rule = factory.LazyFunction(lambda: {"input": "Kết quả thực hiện", "yes": "1.00", "no": "0.00"})
    is_leaf = True
    appraising_body = "Sở Nội vụ"


class AreaFactory(CriteriaItemFactory):
    """An area that sums its children."""

    code = "1"
    level = Level.AREA
    rule_type = RuleType.SUM_OF_CHILDREN
    rule = factory.LazyFunction(lambda: {"mode": "sum"})
    is_leaf = False


class AssessmentPeriodFactory(factory.django.DjangoModelFactory):
    """An open period with one window after the other for each assessed kind.

    ``windows`` False leaves the timetable out; ``windows__late_policy`` sets the policy of every window.
    """

    class Meta:
        model = AssessmentPeriod
        skip_postgeneration_save = True

    code = factory.Sequence(lambda number: f"ky-{number}")
    name = "Kỳ đánh giá năm 2023"
    year = 2023
    organiser = factory.SubFactory(UnitFactory)
    secretariat = factory.SelfAttribute("organiser")
    council = factory.SelfAttribute("organiser")
    status = PeriodStatus.OPEN
    created_at = OPENED_AT
    opened_at = factory.LazyAttribute(lambda made: None if made.status == PeriodStatus.DRAFT else OPENED_AT)

    @factory.post_generation
    def windows(self, create, extracted, late_policy=LatePolicy.HOLD, **kwargs):
        if extracted is False:
            return
        StageWindow.objects.bulk_create(
            StageWindow(
                period=self,
                unit_kind=unit_kind,
                kind=kind,
                opens_at=OPENED_AT + timedelta(days=WINDOW_DAYS * place),
                due_at=OPENED_AT + timedelta(days=WINDOW_DAYS * place + WINDOW_DAYS - 1),
                closes_at=OPENED_AT + timedelta(days=WINDOW_DAYS * (place + 1)),
                late_policy=late_policy,
            )
            for unit_kind in UnitKind.assessed()
            for place, kind in enumerate(WindowKind)
        )


class AssessmentFactory(factory.django.DjangoModelFactory):
    """The case of one department in an open period, in its first stage."""

    class Meta:
        model = Assessment

    period = factory.SubFactory(AssessmentPeriodFactory)
    unit = factory.SubFactory(UnitFactory)
    unit_kind = factory.LazyAttribute(lambda made: made.unit.kind)
    criteria_set = factory.SubFactory(CriteriaSetFactory, unit_kind=factory.SelfAttribute("..unit_kind"))
    stage_since = OPENED_AT
    opened_at = OPENED_AT


class ItemScoreFactory(factory.django.DjangoModelFactory):
    """An empty row of the sheet."""

    class Meta:
        model = ItemScore

    assessment = factory.SubFactory(AssessmentFactory)
    item = factory.SubFactory(CriteriaItemFactory, criteria_set=factory.SelfAttribute("..assessment.criteria_set"))
