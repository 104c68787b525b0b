"""The chart of a case: the steps of its flow in the order of the regulation, each with its live state, as SVG.

Gateways and functions are left out: a reader follows people and waits. Where a step stands is laid out by hand (the
chart reads as three lines: the unit, the appraisal, the decision); titles and arrows come from the flow itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from textwrap import wrap

from django.db.models import TextChoices
from viewflow.workflow.flow import Flow
from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from assessments.enums import BranchState
from assessments.models import AppraisalBranch, Assessment
from assessments.rules.calendar import PROVINCE_TIME
from workflow.flows import AssessmentFlow, CorrectionFlow
from workflow.models import AssessmentProcess, WorkItem
from workflow.nodes import HumanStep

WIDTH, HEIGHT, GAP_X, GAP_Y, MARGIN = 236, 84, 40, 34, 40
LETTERS_PER_LINE = 29


@dataclass(frozen=True)
class Place:
    """Where a step stands: column and row of the grid, its turn in the order, whether a case may pass it by."""

    column: int
    row: int
    turn: int
    is_optional: bool = False


PLACES: dict[type[Flow], dict[str, Place]] = {
    AssessmentFlow: {
        "confirm_training": Place(0, 0, 1),
        "self_score": Place(1, 0, 2),
        "provide_evidence": Place(2, 0, 3),
        "sign": Place(3, 0, 4),
        "hold": Place(2, 1, 4, is_optional=True),
        "await_appraisal": Place(0, 2, 5),
        "appraise": Place(1, 2, 6),
        "supplement": Place(1, 3, 6, is_optional=True),
        "consolidate": Place(2, 2, 7),
        "dispute": Place(3, 2, 8),
        "answer_disputes": Place(0, 4, 9, is_optional=True),
        "decide_disputes": Place(1, 4, 10, is_optional=True),
        "await_publication": Place(2, 4, 11),
        "end": Place(3, 4, 12),
    },
    CorrectionFlow: {
        "correct": Place(0, 0, 1),
        "await_publication": Place(1, 0, 2),
        "end": Place(2, 0, 3),
    },
}

# From, to, words on the arrow. Ways back are drawn with a broken line.
FORWARD: dict[type[Flow], list[tuple[str, str]]] = {
    AssessmentFlow: [
        ("confirm_training", "self_score"),
        ("self_score", "provide_evidence"),
        ("provide_evidence", "sign"),
        ("sign", "await_appraisal"),
        ("await_appraisal", "appraise"),
        ("appraise", "consolidate"),
        ("consolidate", "dispute"),
        ("dispute", "answer_disputes"),
        ("answer_disputes", "decide_disputes"),
        ("decide_disputes", "await_publication"),
        ("await_publication", "end"),
    ],
    CorrectionFlow: [("correct", "await_publication"), ("await_publication", "end")],
}
WORDS_OF_END = "Công bố kết quả"


class StepState(TextChoices):
    """Where one step of the chart stands."""

    DONE = "done", "Đã xong"
    ACTIVE = "active", "Đang làm"
    TIMED_OUT = "timed_out", "Hết hạn, chuyển bước"
    AHEAD = "ahead", "Chưa đến"
    PASSED_BY = "passed_by", "Không phát sinh"


LOOKS = {
    StepState.DONE: ("ok", "check-circle"),
    StepState.ACTIVE: ("info", "half"),
    StepState.TIMED_OUT: ("warn", "robot"),
    StepState.AHEAD: ("neutral", "circle"),
    StepState.PASSED_BY: ("neutral", "minus-circle"),
}


@dataclass(frozen=True)
class Step:
    """One box of the chart, ready to be drawn and to be listed."""

    name: str
    title: str
    state: StepState
    detail: str
    x: int
    y: int

    @property
    def lines(self) -> list[dict[str, object]]:
        """Return the title in lines that fit the box, each with its place."""
        return [
            {"text": text, "x": self.x + 12, "y": self.y + 22 + 18 * number}
            for number, text in enumerate(wrap(self.title, LETTERS_PER_LINE)[:2])
        ]

    @property
    def tone(self) -> str:
        """Return the tone of the state."""
        return LOOKS[self.state][0]

    @property
    def icon(self) -> str:
        """Return the icon of the state."""
        return LOOKS[self.state][1]

    @property
    def state_line(self) -> str:
        """Return the state in words, with its detail."""
        return f"{self.state.label}, {self.detail}" if self.detail else self.state.label

    @property
    def icon_x(self) -> int:
        return self.x + 12

    @property
    def icon_y(self) -> int:
        return self.y + HEIGHT - 24

    @property
    def state_x(self) -> int:
        return self.x + 32

    @property
    def state_y(self) -> int:
        return self.y + HEIGHT - 12


@dataclass(frozen=True)
class Arrow:
    """One arrow: the path to draw, whether it leads back, and its words with their place."""

    path: str
    is_way_back: bool = False
    words: str = ""
    x: int = 0
    y: int = 0


@dataclass(frozen=True)
class Chart:
    """The chart of one process."""

    title: str
    steps: list[Step]
    arrows: list[Arrow]
    width: int
    height: int
    box_width: int = WIDTH
    box_height: int = HEIGHT


@cache
def step_titles() -> dict[str, str]:
    """Return ``{node name: title}`` of the steps that people do, in the order of the regulation."""
    return {
        name: str(getattr(flow_class, name).task_title)
        for flow_class, places in PLACES.items()
        for name in places
        if isinstance(getattr(flow_class, name), HumanStep)
    }


def charts_of(assessment: Assessment, *, work: Sequence[WorkItem], branches: Sequence[AppraisalBranch]) -> list[Chart]:
    """Return the charts of a case, one for each process it went through, the newest first; two queries.

    ``work`` are the newest rows of each step, which say when it ended; ``branches`` say how far the appraisal is.
    """
    processes = list(AssessmentProcess.objects.filter(assessment=assessment).order_by("-pk"))
    tasks: dict[int, list[Task]] = {process.pk: [] for process in processes}
    for task in Task.objects.filter(process__in=list(tasks)).order_by("id"):
        tasks[task.process_id].append(task)
    ready = sum(branch.state == BranchState.DONE for branch in branches)
    words = {"appraise": f"{ready}/{len(branches)} cơ quan xong"} if branches else {}
    return [draw(process.flow_class, tasks[process.pk], work=work, words=words) for process in processes]


def draw(flow_class: type[Flow], tasks: Iterable[Task], *, work: Sequence[WorkItem], words: Mapping[str, str]) -> Chart:
    """Return the chart of one flow with the state that its tasks give it; ``words`` stand on active steps."""
    places = PLACES[flow_class]
    found: dict[str, list[Task]] = {name: [] for name in places}
    for task in tasks:
        if task.flow_task.name in found:
            found[task.flow_task.name].append(task)
    current = [places[name].turn for name, here in found.items() if any(_is_open(task) for task in here)]
    furthest = max((places[name].turn for name, here in found.items() if here), default=0)
    steps = []
    for name, place in places.items():
        state = _state(place, found[name], current=min(current, default=None), furthest=furthest)
        last = _last_ended(name, found[name], work)
        if state == StepState.DONE and last and last.outcome == WorkItem.Outcome.TIMED_OUT:
            state = StepState.TIMED_OUT
        title = WORDS_OF_END if name == "end" else str(getattr(flow_class, name).task_title)
        detail = _detail(state, bool(found[name]), last, words.get(name, ""))
        steps.append(Step(name, title, state, detail, _left(place), _top(place)))
    return Chart(
        title=str(flow_class.process_title),
        steps=steps,
        arrows=_arrows(flow_class),
        width=max(step.x for step in steps) + WIDTH + 8,
        height=max(step.y for step in steps) + HEIGHT + 8,
    )


def _state(place: Place, tasks: list[Task], *, current: int | None, furthest: int) -> StepState:
    """Return where a step stands; one that comes after an open step will be done again."""
    if any(_is_open(task) for task in tasks):
        return StepState.ACTIVE
    if tasks:
        is_past = current is None or place.turn <= current or place.is_optional
        return StepState.DONE if is_past else StepState.AHEAD
    return StepState.PASSED_BY if place.is_optional and furthest > place.turn else StepState.AHEAD


def _last_ended(name: str, tasks: list[Task], work: Sequence[WorkItem]) -> WorkItem | None:
    """Return the row of the inbox that ended last: its moments are those of receipts, viewflow's are not."""
    ids = {task.pk for task in tasks}
    ended = [(item.closed_at, item.pk, item) for item in work if item.node == name and item.closed_at]
    return max((each for each in ended if each[2].task_id in ids), default=(None, None, None))[2]


def _detail(state: StepState, was_reached: bool, last: WorkItem | None, words: str) -> str:
    """Return the words after the state."""
    if state == StepState.ACTIVE:
        return words
    if state == StepState.AHEAD:
        return "làm lại" if was_reached else ""
    return (
        f"{last.closed_at.astimezone(PROVINCE_TIME):%d/%m/%Y}"
        if state == StepState.DONE and last and last.closed_at
        else ""
    )


def _is_open(task: Task) -> bool:
    return task.finished is None and task.status not in {STATUS.DONE, STATUS.CANCELED}


def _left(place: Place) -> int:
    return 8 + place.column * (WIDTH + GAP_X)


def _top(place: Place) -> int:
    return MARGIN + place.row * (HEIGHT + GAP_Y)


def _arrows(flow_class: type[Flow]) -> list[Arrow]:
    places = PLACES[flow_class]
    arrows = [_forward(places[source], places[target]) for source, target in FORWARD[flow_class]]
    if flow_class is AssessmentFlow:
        arrows += _ways_back(places)
    return arrows


def _forward(source: Place, target: Place) -> Arrow:
    if source.row == target.row:
        y = _top(source) + HEIGHT // 2
        return Arrow(f"M{_left(source) + WIDTH} {y}H{_left(target) - 3}")
    x, lane = _left(source) + WIDTH // 2, _top(target) - GAP_Y // 2
    return Arrow(f"M{x} {_top(source) + HEIGHT}V{lane}H{_left(target) + WIDTH // 2}V{_top(target) - 3}")


def _ways_back(places: dict[str, Place]) -> list[Arrow]:
    sign, scoring, wait = places["sign"], places["self_score"], places["await_appraisal"]
    middle = WIDTH // 2
    above = _top(sign) - 16
    below = _top(scoring) + HEIGHT + GAP_Y // 2
    dispute, council = places["dispute"], places["await_publication"]
    arrows = [
        Arrow(
            f"M{_left(sign) + middle} {_top(sign)}V{above}H{_left(scoring) + middle}V{_top(scoring) - 3}",
            is_way_back=True,
            words="trả lại cán bộ",
            x=_left(places["provide_evidence"]) + 12,
            y=above - 6,
        ),
        Arrow(
            f"M{_left(wait) + middle - 48} {_top(wait)}V{below}H{_left(scoring) + middle}V{_top(scoring) + HEIGHT + 3}",
            is_way_back=True,
            words="thu hồi",
            x=_left(wait) + middle - 40,
            y=below + 16,
        ),
        Arrow(
            f"M{_left(dispute) + middle} {_top(council) - GAP_Y // 2}H{_left(council) + middle}V{_top(council) - 3}",
            is_way_back=True,
            words="không có kiến nghị",
            x=_left(council) + middle + 12,
            y=_top(council) - GAP_Y // 2 - 7,
        ),
    ]
    for over, under, words in (("provide_evidence", "hold", "quá hạn"), ("appraise", "supplement", "bổ sung")):
        x = _left(places[over]) + middle
        top, bottom = _top(places[over]) + HEIGHT, _top(places[under])
        arrows.append(Arrow(f"M{x - 8} {top}V{bottom - 3}", is_way_back=True, words=words, x=x + 20, y=bottom - 12))
        arrows.append(Arrow(f"M{x + 8} {bottom}V{top + 3}", is_way_back=True))
    return arrows
