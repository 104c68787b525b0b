"""A small province, built through the operations: two departments that appraise, three that are assessed, people."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from assessments import clock
from assessments.enums import (
    LatePolicy,
    Level,
    MoveScope,
    Part,
    Role,
    RuleType,
    Scoring,
    UnitKind,
    WindowKind,
)
from assessments.models import Assessment, AssessmentPeriod, CriteriaItem, CriteriaSet, DeadlineMove, Official, Unit
from assessments.operations import periods as period_operations
from assessments.operations.deadlines import MoveRequest
from assessments.operations.officials import create_official, grant_role
from assessments.operations.units import write_unit
from assessments.rules.moves import NewEnd
from tests.snapshot import same_world
from workflow.operations.deadlines import move_deadline
from workflow.operations.periods import open_period
from workflow.operations.timers import fire_due_timers

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


_shift: ContextVar[timedelta] = ContextVar("shift of the season", default=timedelta())


def at(text: str) -> datetime:
    """Return the moment of ``2024-01-09 16:30`` in the province, moved along inside ``season_around_now``."""
    return datetime.fromisoformat(text).replace(tzinfo=HANOI) + _shift.get()


@contextmanager
def season_around_now(text: str) -> Iterator[None]:
    """Move the season so that ``text`` is this very moment: a browser cannot be given a simulated clock."""
    token = _shift.set(timezone.now() - at(text))
    try:
        yield
    finally:
        _shift.reset(token)


OPENING_DAY = "2023-12-11 08:00"
OPENING = at(OPENING_DAY)
TIMETABLE = {
    WindowKind.TRAINING: ("2023-12-11 08:00", "2024-01-01 00:00"),
    WindowKind.SELF_SCORING: ("2023-12-18 08:00", "2024-01-10 00:00"),
    WindowKind.EVIDENCE: ("2023-12-18 08:00", "2024-01-10 00:00"),
    WindowKind.APPRAISAL: ("2024-01-10 08:00", "2024-02-15 08:00"),
    WindowKind.CONSOLIDATION: ("2024-01-10 08:00", "2024-02-20 17:00"),
    WindowKind.DISPUTE: ("2024-02-15 08:00", "2024-02-19 17:00"),
    WindowKind.COUNCIL: ("2024-02-21 08:00", "2024-03-01 00:00"),
    WindowKind.PUBLICATION: ("2024-03-01 08:00", "2024-04-01 00:00"),
}

# code, level, name, max, scoring, rule type, rule, body, may be N/A, needs evidence
CRITERIA = [
    ("1", Level.AREA, "Chỉ đạo, điều hành", "4", Scoring.SELF, RuleType.SUM_OF_CHILDREN, {"mode": "sum"}, "Sở Nội vụ"),
    (
        "1.1",
        Level.CRITERION,
        "Ban hành kế hoạch",
        "1",
        Scoring.SELF,
        RuleType.YES_NO,
        {"input": "Có kế hoạch", "yes": "1", "no": "0"},
        "Sở Nội vụ",
    ),
    (
        "1.2",
        Level.CRITERION,
        "Hoàn thành kế hoạch",
        "3",
        Scoring.SELF,
        RuleType.RATIO_FLOOR,
        {
            "numerator": "Số nhiệm vụ đã hoàn thành",
            "denominator": "Tổng số nhiệm vụ",
            "floor_percent": "80",
            "cap_percent": "100",
            "zero_denominator": "zero",
        },
        "Sở Nội vụ",
    ),
    ("2", Level.AREA, "Thể chế", "4", Scoring.SELF, RuleType.SUM_OF_CHILDREN, {"mode": "sum"}, "Sở Tư pháp"),
    (
        "2.1",
        Level.CRITERION,
        "Số văn bản đã rà soát",
        "2",
        Scoring.SELF,
        RuleType.COUNT,
        {"input": "Số văn bản", "unit": "văn bản", "per_item": "0.5", "cap": "2"},
        "Sở Tư pháp",
    ),
    (
        "2.2",
        Level.CRITERION,
        "Xử lý văn bản sau rà soát",
        "2",
        Scoring.SELF,
        RuleType.RATIO,
        {
            "numerator": "Số văn bản đã xử lý",
            "denominator": "Số văn bản phải xử lý",
            "mode": "proportional",
            "cap_percent": "100",
            "zero_denominator": "na",
        },
        "Sở Tư pháp",
    ),
    ("3", Level.AREA, "Tác động", "2", Scoring.SURVEY, RuleType.SUM_OF_CHILDREN, {"mode": "sum"}, "Sở Nội vụ"),
    (
        "3.1",
        Level.CRITERION,
        "Đánh giá của người dân",
        "2",
        Scoring.SURVEY,
        RuleType.RATIO,
        {"source": "survey", "input": "Tỷ lệ", "mode": "proportional"},
        "Sở Nội vụ",
    ),
]
LEAVES_WITH_EVIDENCE = ["1.1", "2.1"]
GOOD_INPUTS = {
    "1.1": {"answer": "yes"},
    "1.2": {"numerator": "9", "denominator": "10"},
    "2.1": {"count": "3"},
    "2.2": {"numerator": "3", "denominator": "4"},
}


ASSESSED = ("STP", "SXD", "SYT")
USERNAMES = {
    "organiser": "to-chuc",
    "secretary": "thu-ky",
    "council": "hoi-dong",
    "supervisor": "theo-doi",
    "administrator": "quan-tri",
    "appraiser-SNV": "tham-dinh-snv",
    "appraiser-STP": "tham-dinh-stp",
    **{f"officer-{code}": f"can-bo-{code.lower()}" for code in ASSESSED},
    **{f"head-{code}": f"lanh-dao-{code.lower()}" for code in ASSESSED},
}


def make_criteria_set(series: str = "so-nho", unit_kind: UnitKind = UnitKind.DEPARTMENT) -> CriteriaSet:
    """Store the small criteria set as it is."""
    criteria_set = CriteriaSet.objects.create(
        series=series,
        version=1,
        unit_kind=unit_kind,
        title="Bộ tiêu chí nhỏ",
        year=2023,
        is_illustrative=True,
        created_at=OPENING,
    )
    parents: dict[str, CriteriaItem] = {}
    for position, (code, level, name, points, scoring, rule_type, rule, body) in enumerate(CRITERIA, 1):
        parents[code] = CriteriaItem.objects.create(
            criteria_set=criteria_set,
            parent=parents.get(code.rpartition(".")[0]),
            code=code,
            position=position,
            level=level,
            part=Part.BASE,
            name=name,
            max_points=points,
            scoring=scoring,
            rule_type=rule_type,
            rule=rule,
            is_leaf=rule_type != RuleType.SUM_OF_CHILDREN,
            applicable_na=code == "2.2",
            evidence_required=code in LEAVES_WITH_EVIDENCE,
            appraising_body=body,
        )
    return criteria_set


@dataclass
class Province:
    """The units and the people; ``cases`` are filled when the period is opened."""

    root: Unit
    units: dict[str, Unit]
    people: dict[str, Official]
    criteria_set: CriteriaSet
    period: AssessmentPeriod
    cases: dict[str, Assessment] = field(default_factory=dict)

    def case(self, code: str) -> Assessment:
        """Return the case of a unit as it stands in the database now."""
        return Assessment.objects.select_related("period", "unit", "criteria_set").get(
            unit__code=code, period=self.period
        )


def person(username: str, unit: Unit, *roles: tuple[Role, Unit]) -> Official:
    """Create an account with roles; the password is ``mat-khau``."""
    official = create_official(
        username=username,
        display_name=username.replace("-", " ").title(),
        unit=unit,
        by=None,
        at=OPENING,
        email=f"{username}@example.vn",
        password="mat-khau",
    )
    for role, on in roles:
        grant_role(official=official, role=role, unit=on, by=None, at=OPENING)
    return official


def make_province(*, late_policy: LatePolicy = LatePolicy.HOLD, opened: bool = True) -> Province:
    """Return the province and its period; ``SXD``, ``SYT`` and the appraiser ``STP`` itself are assessed."""
    return same_world(
        ("province", late_policy, opened, at(OPENING_DAY)),
        build=lambda: build_province(late_policy=late_policy, opened=opened),
        read=read_province,
    )


def read_province() -> Province:
    """Return the province as it stands in the tables, with what the operations that built it had loaded."""
    units = {unit.code: unit for unit in Unit.objects.select_related("parent")}
    officials = {official.username: official for official in Official.objects.select_related("unit")}
    criteria_set = CriteriaSet.objects.get()
    period = AssessmentPeriod.objects.select_related("organiser", "secretariat", "council").get()
    cases = period.assessments.select_related("period", "unit", "criteria_set")
    return Province(
        units["30"],
        units,
        {name: officials[username] for name, username in USERNAMES.items()},
        criteria_set,
        period,
        {case.unit.code: case for case in cases},
    )


def build_province(*, late_policy: LatePolicy, opened: bool) -> Province:
    """Build the province through the operations."""
    root = write_unit(code="30", name="Tỉnh Hải Dương", kind=UnitKind.PROVINCE, parent=None)
    council = write_unit(code="HDDG", name="Hội đồng đánh giá", kind=UnitKind.COUNCIL, parent=root)
    secretariat = write_unit(code="TTK", name="Tổ thư ký", kind=UnitKind.COUNCIL, parent=council)
    names = {"SNV": "Sở Nội vụ", "STP": "Sở Tư pháp", "SXD": "Sở Xây dựng", "SYT": "Sở Y tế"}
    units = {
        code: write_unit(code=code, name=name, kind=UnitKind.DEPARTMENT, parent=root) for code, name in names.items()
    }
    units |= {"30": root, "HDDG": council, "TTK": secretariat}
    roles = {
        "organiser": (units["SNV"], [(Role.ORGANISER, root)]),
        "secretary": (secretariat, [(Role.SECRETARY, secretariat), (Role.APPRAISER, secretariat)]),
        "council": (council, [(Role.COUNCIL, council)]),
        "supervisor": (root, [(Role.SUPERVISOR, root)]),
        "administrator": (units["SNV"], [(Role.ADMINISTRATOR, root)]),
    }
    for code in ("SNV", "STP"):
        roles[f"appraiser-{code}"] = (units[code], [(Role.APPRAISER, units[code])])
    for code in ASSESSED:
        roles[f"officer-{code}"] = (units[code], [(Role.OFFICER, units[code])])
        roles[f"head-{code}"] = (units[code], [(Role.HEAD, units[code])])
    people = {name: person(USERNAMES[name], unit, *granted) for name, (unit, granted) in roles.items()}
    organiser = people["organiser"]
    criteria_set = make_criteria_set()
    with clock.simulated(at(OPENING_DAY)):
        period = period_operations.create_period(
            code="TINH-2023",
            name="Kỳ đánh giá năm 2023",
            year=2023,
            organiser=root,
            secretariat=secretariat,
            council=council,
            by=organiser,
        )
        period_operations.set_units(period=period, units=[units[code] for code in ASSESSED], by=organiser)
        period_operations.choose_criteria(
            period=period, unit_kind=UnitKind.DEPARTMENT, criteria_set=criteria_set, by=organiser
        )
        for window, (opens, closes) in TIMETABLE.items():
            period_operations.set_window(
                period=period,
                unit_kind=UnitKind.DEPARTMENT,
                window=window,
                opens_at=at(opens),
                due_at=at(closes),
                closes_at=at(closes),
                late_policy=late_policy,
                by=organiser,
            )
        period_operations.match_bodies(period=period, by=organiser)
        province = Province(root, units, people, criteria_set, period)
        if opened:
            for case in open_period(period=period, by=organiser):
                province.cases[case.unit.code] = case
    return province


def request_for(
    province: Province, window: WindowKind, closes_at: str = "", *, unit: str = "", body: str = "", **changes: Any
) -> MoveRequest:
    """Return the request to move a step to ``closes_at``: of all, of one unit, or of a body's part of it."""
    scope = MoveScope.BODY if body else MoveScope.UNIT if unit else MoveScope.ALL
    case = province.case(unit) if unit else None
    values: dict[str, Any] = {
        "period": province.period,
        "window": window,
        "scope": scope,
        "assessment": case,
        "branch": case.branches.get(body_name=body) if case and body else None,
        "new_end": NewEnd(closes_at=at(closes_at) if closes_at else None),
        "reason": "Mất điện diện rộng",
        "decision_number": "12/QĐ-SNV",
        "decision_date": at("2023-12-20 00:00").date(),
    }
    return MoveRequest(**(values | changes))


def move(province: Province, window: WindowKind, closes_at: str = "", **changes: Any) -> DeadlineMove:
    """Let the organiser move a step as ``request_for`` says, at the moment of the clock."""
    request = request_for(province, window, closes_at, **changes)
    return move_deadline(request=request, by=province.people["organiser"]).move


def sweep(moment: datetime) -> int:
    """Let the dispatcher run at ``moment``."""
    with clock.simulated(moment):
        return fire_due_timers(at=moment)


def later(moment: datetime, **delta: int) -> datetime:
    """Return a moment after another."""
    return moment + timedelta(**delta)
