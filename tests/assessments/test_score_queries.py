"""Loading scores: the same results as the rules alone, in a fixed number of queries."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assessments.enums import RowState, RuleType, ScoreStage, Scoring, Stage, UnitKind
from assessments.models import Assessment, CriteriaItem, CriteriaSet, ItemScore
from assessments.queries import scores
from assessments.rules.items import Entry
from tests import factories, reference_season
from tests.assessments.rule_samples import RELATIVE, ratio
from tests.assessments.test_rollup_reference_season import printed

pytestmark = pytest.mark.django_db

SELF, APPRAISED, FINAL = ScoreStage


def make_set() -> CriteriaSet:
    """An area with a yes-or-no item, an item relative to the best, an entered one and a survey item."""
    criteria_set = factories.CriteriaSetFactory()
    factories.AreaFactory(criteria_set=criteria_set, max_points=Decimal(5))
    factories.CriteriaItemFactory(criteria_set=criteria_set, code="1.1", applicable_na=True)
    factories.CriteriaItemFactory(
        criteria_set=criteria_set, code="1.2", rule_type=RuleType.RELATIVE_TO_BEST, rule=RELATIVE.rule
    )
    factories.CriteriaItemFactory(criteria_set=criteria_set, code="1.3", scoring=Scoring.ENTERED)
    factories.CriteriaItemFactory(
        criteria_set=criteria_set,
        code="1.4",
        max_points=Decimal(2),
        scoring=Scoring.SURVEY,
        rule_type=RuleType.RATIO,
        rule={"source": "survey", "input": "Tỷ lệ", "mode": "proportional"},
    )
    return criteria_set


def make_case(period, criteria_set, numerators=(1, 1, 1), name="Sở Tư pháp", **fields) -> Assessment:
    """A case that is scored in every stage; ``numerators`` of 1.2 are by stage, out of 10."""
    case = factories.AssessmentFactory(
        period=period, criteria_set=criteria_set, unit=factories.UnitFactory(name=name), **fields
    )
    items = {item.code: item for item in criteria_set.items.filter(is_leaf=True)}
    yes = {"answer": "yes"}
    factories.ItemScoreFactory(assessment=case, item=items["1.1"], self_input=yes, appraised_input=yes, final_input=yes)
    inputs = [ratio(number, 10) for number in numerators]
    factories.ItemScoreFactory(
        assessment=case,
        item=items["1.2"],
        **dict(zip(("self_input", "appraised_input", "final_input"), inputs, strict=True)),
    )
    factories.ItemScoreFactory(assessment=case, item=items["1.3"], appraised_input=yes, final_input=yes)
    factories.ItemScoreFactory(assessment=case, item=items["1.4"], survey_share=Decimal("0.5"))
    return case


def queries_of(call) -> int:
    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)


def test_tree_is_loaded_in_one_query_and_reads_a_changed_set_again():
    criteria_set = make_set()
    assert queries_of(lambda: scores.tree_of(criteria_set)) == 1
    tree = scores.tree_of(criteria_set.pk)
    assert [item.code for item in tree.items] == ["1", "1.1", "1.2", "1.3", "1.4"]
    assert [item.parent_code for item in tree.items] == ["", "1", "1", "1", "1"]

    criteria_set.items.filter(code="1.1").update(max_points=Decimal("0.75"))

    assert scores.tree_of(criteria_set).by_code["1.1"].max_points == Decimal("0.75")


def test_tree_of_an_empty_set_is_empty():
    assert scores.tree_of(factories.CriteriaSetFactory()).items == ()


def test_one_item_is_read_without_a_query():
    make_set()
    item = CriteriaItem.objects.get(code="1.2")

    assert queries_of(lambda: scores.rule_of(item)) == 0
    assert scores.rule_of(item) == scores.tree_of(item.criteria_set_id).by_code["1.2"]


def test_entries_of_each_stage_stand_side_by_side():
    case = make_case(factories.AssessmentPeriodFactory(), make_set(), (9, 8, 7))

    assert [scores.entries_of([case.pk], stage)[case.pk]["1.2"] for stage in ScoreStage] == [
        Entry(ratio(9, 10)),
        Entry(ratio(8, 10)),
        Entry(ratio(7, 10)),
    ]
    assert queries_of(lambda: scores.entries_of([case.pk], SELF)) == 1


def test_case_without_rows_has_no_entries():
    case = factories.AssessmentFactory()

    assert scores.entries_of([case.pk], SELF) == {case.pk: {}}


def test_zero_of_the_late_policy_stands_in_every_stage_until_an_input_replaces_it():
    row = factories.ItemScoreFactory(self_zeroed=True)
    assert [scores.entry_of(row, stage) for stage in ScoreStage] == [Entry(zeroed=True)] * 3

    row.appraised_input, row.final_na = {"answer": "yes"}, True

    assert [scores.entry_of(row, stage) for stage in ScoreStage] == [
        Entry(zeroed=True),
        Entry({"answer": "yes"}),
        Entry(na=True),
    ]


def test_zero_agreed_to_by_the_body_stands_from_the_appraisal_on():
    row = factories.ItemScoreFactory(appraised_zeroed=True)
    assert [scores.entry_of(row, stage) for stage in ScoreStage] == [Entry(), Entry(zeroed=True), Entry(zeroed=True)]
    assert scores.scores_of([row.assessment_id])[row.assessment_id].entries[ScoreStage.FINAL] == {
        row.item.code: Entry(zeroed=True)
    }


def test_best_ratio_is_of_the_same_group_period_and_stage():
    criteria_set, period = make_set(), factories.AssessmentPeriodFactory()
    make_case(period, criteria_set, (9, 5, 6))
    make_case(period, criteria_set, (8, 7, 4), name="Sở Y tế")
    make_case(period, criteria_set, (10, 10, 10), unit_kind=UnitKind.DISTRICT)
    make_case(factories.AssessmentPeriodFactory(), criteria_set, (10, 10, 10))

    assert [scores.bests_of(period, UnitKind.DEPARTMENT, stage) for stage in ScoreStage] == [
        {"1.2": (9, 10)},
        {"1.2": (7, 10)},
        {"1.2": (6, 10)},
    ]
    assert queries_of(lambda: scores.bests_of(period, UnitKind.DEPARTMENT, FINAL)) == 1


@pytest.mark.parametrize(
    ("stage", "by_unit", "bests"),
    [
        (Stage.SELF_SCORING, True, (4, 2, 3)),
        (Stage.SIGN_OFF, False, (4, 2, 3)),  # nobody else reads a draft
        (Stage.SUBMITTED, True, (4, 2, 3)),
        (Stage.SUBMITTED, False, (8, 7, 5)),  # those who judge: what was submitted
        (Stage.APPRAISAL, True, (4, 2, 3)),
        (Stage.APPRAISAL, False, (8, 7, 5)),
        (Stage.DISPUTE, True, (4, 2, 5)),  # the unit: what was announced, as its own result is
        (Stage.COUNCIL, False, (8, 7, 5)),
        (Stage.PUBLISHED, True, (9, 9, 9)),
    ],
)
def test_a_reader_learns_no_best_that_is_not_theirs_to_know(stage, by_unit, bests):
    criteria_set, period = make_set(), factories.AssessmentPeriodFactory()
    case = make_case(period, criteria_set, (4, 2, 3), stage=stage)
    make_case(period, criteria_set, (9, 9, 9), name="Sở Y tế", stage=Stage.SELF_SCORING)
    make_case(period, criteria_set, (8, 7, 1), name="Sở Nội vụ", stage=Stage.APPRAISAL)
    make_case(period, criteria_set, (6, 6, 5), name="Sở Tài chính", stage=Stage.DISPUTE)

    seen = scores.bests_seen(case, by_unit=by_unit)

    assert tuple(seen[each]["1.2"].numerator for each in ScoreStage) == bests
    assert queries_of(lambda: scores.bests_seen(case, by_unit=by_unit)) == 1


@pytest.mark.parametrize("draft", [5, 10])
def test_points_of_a_unit_do_not_move_with_the_draft_of_another(draft):
    criteria_set, period = make_set(), factories.AssessmentPeriodFactory()
    case = make_case(period, criteria_set, (4, 4, 4), stage=Stage.SUBMITTED)
    make_case(period, criteria_set, (draft, draft, draft), name="Sở Y tế", stage=Stage.SELF_SCORING)

    assert scores.totals_of(case, SELF, by_unit=True).self.achieved == 2
    assert scores.group_results(period, UnitKind.DEPARTMENT, SELF)[-1].totals.self.achieved == 1 + Decimal(4) / draft


@pytest.mark.parametrize(
    ("stage", "speaks_of"),
    [
        (Stage.SELF_SCORING, SELF),
        (Stage.SUBMITTED, SELF),
        (Stage.APPRAISAL, APPRAISED),
        (Stage.CONSOLIDATION, APPRAISED),
        (Stage.DISPUTE, FINAL),
        (Stage.COUNCIL, FINAL),
        (Stage.PUBLISHED, FINAL),
        (Stage.CORRECTION, FINAL),
    ],
)
def test_totals_say_which_stage_they_speak_of(stage, speaks_of):
    case = make_case(factories.AssessmentPeriodFactory(), make_set(), stage=stage)

    assert scores.totals_of(case).stage == speaks_of
    assert scores.totals_of(case, SELF).stage == SELF


def test_totals_of_a_case():
    period, criteria_set = factories.AssessmentPeriodFactory(), make_set()
    case = make_case(period, criteria_set, (4, 2, 3), stage=Stage.PUBLISHED)
    make_case(period, criteria_set, (8, 8, 6), name="Sở Y tế")
    case = Assessment.objects.get(pk=case.pk)
    sums = scores.totals_of(case)

    assert (sums.self.achieved, sums.self.maximum) == (Decimal("1.5"), 2)
    assert (sums.appraised.achieved, sums.appraised.maximum) == (Decimal("2.25"), 3)
    assert (sums.final_appraised.achieved, sums.survey.achieved) == (Decimal("2.5"), 1)
    assert (sums.achieved, sums.maximum, sums.index, sums.complete) == (Decimal("3.5"), 5, 70, True)
    assert queries_of(lambda: scores.totals_of(case)) == 3


def test_unscored_items_are_named_by_stage():
    period, criteria_set = factories.AssessmentPeriodFactory(), make_set()
    case = make_case(period, criteria_set)
    ItemScore.objects.filter(assessment=case, item__code__in=["1.1", "1.3"]).update(
        self_input=None, appraised_input=None
    )

    assert scores.unscored_by_stage(case, SELF) == ["1.1"]
    assert scores.unscored_by_stage(case, APPRAISED) == ["1.1", "1.3"]
    assert scores.unscored_by_stage(case, FINAL) == []


def test_group_is_ranked_with_ties_in_the_order_of_names():
    period, criteria_set = factories.AssessmentPeriodFactory(), make_set()
    make_case(period, criteria_set, (1, 1, 2), name="Sở Y tế")
    make_case(period, criteria_set, (1, 1, 8), name="Sở Đất đai")
    make_case(period, criteria_set, (1, 1, 8), name="Sở Công thương")
    nothing = make_case(period, criteria_set, name="Ban A")
    ItemScore.objects.filter(assessment=nothing).update(final_input=None, final_na=True)
    ItemScore.objects.filter(assessment=nothing, item__scoring=Scoring.SURVEY).update(survey_share=Decimal(0))

    results = scores.group_results(period, UnitKind.DEPARTMENT)

    assert [(result.assessment.unit.name, result.rank) for result in results] == [
        ("Sở Công thương", 1),
        ("Sở Đất đai", 1),
        ("Sở Y tế", 3),
        ("Ban A", 4),
    ]
    assert [result.totals.index for result in results[:3]] == [80, 80, 65]


def test_case_without_an_index_has_no_rank_and_stands_last():
    period, criteria_set = factories.AssessmentPeriodFactory(), make_set()
    nothing = make_case(period, criteria_set, name="Ban A")
    make_case(period, criteria_set, name="Sở Y tế")
    ItemScore.objects.filter(assessment=nothing).update(self_na=True)

    results = scores.group_results(period, UnitKind.DEPARTMENT, SELF)

    assert [(result.assessment.unit.name, result.rank) for result in results] == [("Sở Y tế", 1), ("Ban A", None)]
    assert results[1].totals.leaves["1.1"].state == RowState.NOT_APPLICABLE


def test_group_results_take_three_queries_for_any_number_of_cases():
    period, criteria_set = factories.AssessmentPeriodFactory(), make_set()
    make_case(period, criteria_set)
    assert queries_of(lambda: scores.group_results(period, UnitKind.DEPARTMENT)) == 3

    make_case(period, criteria_set, name="Sở Y tế")
    make_case(period, criteria_set, name="Sở Đất đai")

    assert queries_of(lambda: scores.group_results(period, UnitKind.DEPARTMENT)) == 3
    assert scores.group_results(period, UnitKind.COMMUNE) == []


@pytest.mark.slow
def test_stored_districts_of_the_reference_season_give_the_expected_results():
    group = reference_season.season()["huyen"]
    criteria_set, period = (
        factories.CriteriaSetFactory(unit_kind=UnitKind.DISTRICT),
        factories.AssessmentPeriodFactory(),
    )
    items: dict[str, CriteriaItem] = {}
    for rule in reference_season.item_rules("huyen"):
        fields = vars(rule) | {"parent": items.get(rule.parent_code), "criteria_set": criteria_set}
        fields.pop("parent_code")
        items[rule.code] = CriteriaItem.objects.create(**fields)
    for code, unit in group.items():
        case = factories.AssessmentFactory(
            period=period, criteria_set=criteria_set, unit=factories.UnitFactory(code=code, kind=UnitKind.DISTRICT)
        )
        ItemScore.objects.bulk_create(
            ItemScore(
                assessment=case,
                item=items[item_code],
                survey_share=unit.shares.get(item_code),
                **{f"{stage}_input": unit.entries[stage][item_code].input for stage in ScoreStage},
                **{f"{stage}_na": unit.entries[stage][item_code].na for stage in ScoreStage},
            )
            for item_code in unit.points[FINAL]
        )

    results = {r.assessment.unit.code: r for r in scores.group_results(period, UnitKind.DISTRICT)}

    assert {code: (printed(r.totals.index), str(r.rank)) for code, r in results.items()} == {
        code: (unit.totals["index_percent_6"], unit.totals["rank"]) for code, unit in group.items()
    }
