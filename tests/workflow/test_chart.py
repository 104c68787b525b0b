"""The chart of a case: its boxes and arrows are those of the flow, its states those of the case."""

from itertools import combinations

import pytest

from assessments import clock
from assessments.models import Assessment
from tests.province import Province, at, make_province, sweep
from tests.workflow.test_flow import appraise, to_dispute, to_sign_off, to_submitted
from workflow.chart import FORWARD, HEIGHT, PLACES, WIDTH, Chart, StepState, charts_of, draw, step_titles
from workflow.flows import AssessmentFlow, CorrectionFlow
from workflow.nodes import HumanStep, Wait
from workflow.operations import steps
from workflow.queries.case_steps import latest_work
from workflow.queries.cases import branches_of

BOTH = pytest.mark.parametrize("flow_class", [AssessmentFlow, CorrectionFlow])


def follow(node, shown: set[str], seen: frozenset[str] = frozenset()) -> set[str]:
    """Return the shown nodes that come after ``node``, gateways and functions skipped."""
    found: set[str] = set()
    for edge in node._outgoing():
        name = edge.dst.name
        if name in shown:
            found.add(name)
        elif name not in seen:
            found |= follow(edge.dst, shown, seen | {name})
    return found


@BOTH
def test_every_step_and_wait_of_the_flow_has_its_place(flow_class):
    people_and_waits = {node.name for node in flow_class.instance.nodes() if isinstance(node, (HumanStep, Wait))}

    assert set(PLACES[flow_class]) == people_and_waits | {"end"}


@BOTH
def test_every_arrow_is_one_of_the_flow(flow_class):
    shown = set(PLACES[flow_class])
    timers = {node.name.removesuffix("__timeout"): node for node in flow_class.instance.nodes() if "__" in node.name}

    for source, target in FORWARD[flow_class]:
        after = follow(getattr(flow_class, source), shown)
        if source in timers:
            after |= follow(timers[source], shown)
        assert target in after, (source, target)


@BOTH
def test_boxes_do_not_lie_over_each_other_and_titles_fit_in_two_lines(flow_class):
    chart = draw(flow_class, [], work=[], words={})

    for one, other in combinations(chart.steps, 2):
        assert abs(one.x - other.x) >= WIDTH or abs(one.y - other.y) >= HEIGHT, (one.name, other.name)
    for step in chart.steps:
        assert " ".join(line["text"] for line in step.lines) == step.title
        assert step.x + WIDTH <= chart.width
        assert step.y + HEIGHT <= chart.height


def test_the_titles_of_steps_stand_in_the_order_of_the_regulation():
    assert list(step_titles()) == [
        "confirm_training",
        "self_score",
        "provide_evidence",
        "sign",
        "appraise",
        "supplement",
        "consolidate",
        "dispute",
        "answer_disputes",
        "decide_disputes",
        "correct",
    ]


def chart_of(case: Assessment) -> Chart:
    return charts_of(case, work=latest_work(case), branches=branches_of(case))[0]


def states(province: Province, code: str = "SXD") -> dict[str, str]:
    chart = chart_of(province.case(code))
    return {step.name: step.state_line for step in chart.steps if step.state != StepState.AHEAD or step.detail}


@pytest.mark.django_db
def test_a_new_case_waits_for_the_training():
    assert states(make_province()) == {"confirm_training": "Đang làm"}


@pytest.mark.django_db
def test_steps_say_when_they_were_done_by_the_moment_of_the_receipt():
    province = make_province()
    to_submitted(province, "SXD")

    assert states(province) == {
        "confirm_training": "Đã xong, 12/12/2023",
        "self_score": "Đã xong, 05/01/2024",
        "provide_evidence": "Đã xong, 05/01/2024",
        "sign": "Đã xong, 08/01/2024",
        "hold": "Không phát sinh",
        "await_appraisal": "Đang làm",
    }


@pytest.mark.django_db
def test_a_step_that_was_sent_back_will_be_done_again():
    province = make_province()
    to_sign_off(province, "SXD")
    with clock.simulated(at("2024-01-06 09:00")):
        steps.send_back_to_officers(
            assessment=province.case("SXD"), reason="Chưa đúng số liệu", by=province.people["head-SXD"]
        )

    assert states(province) == {
        "confirm_training": "Đã xong, 12/12/2023",
        "self_score": "Đang làm",
        "provide_evidence": "Chưa đến, làm lại",
        "sign": "Chưa đến, làm lại",
    }


@pytest.mark.django_db
def test_the_appraisal_says_how_many_bodies_are_ready():
    province = make_province()
    to_submitted(province, "SXD")
    sweep(at("2024-01-10 08:00"))
    case = province.case("SXD")
    assert states(province)["appraise"] == "Đang làm, 0/2 cơ quan xong"

    with clock.simulated(at("2024-01-20 09:00")):
        appraise(province, "SXD")

    assert {"appraise": "Đã xong, 20/01/2024", "supplement": "Không phát sinh", "consolidate": "Đang làm"}.items() <= (
        states(province).items()
    )
    assert case.pk == province.case("SXD").pk


@pytest.mark.django_db
def test_a_step_that_ran_out_of_time_says_so():
    province = make_province()
    sweep(at("2024-01-01 00:00"))
    sweep(at("2024-01-10 00:00"))

    assert states(province) == {
        "confirm_training": "Hết hạn, chuyển bước",
        "self_score": "Hết hạn, chuyển bước",
        "hold": "Đang làm",
    }


@pytest.mark.django_db
def test_an_unused_dispute_window_leaves_the_answers_aside():
    province = make_province()
    to_dispute(province, "SXD")
    sweep(at("2024-02-19 17:00"))

    assert {
        "dispute": "Hết hạn, chuyển bước",
        "answer_disputes": "Không phát sinh",
        "decide_disputes": "Không phát sinh",
        "await_publication": "Đang làm",
    }.items() <= states(province).items()
