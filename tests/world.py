"""A world for the walk of every address: one case deep in the process, and the same roles in another unit's tree."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.core.files.base import ContentFile

from assessments import clock
from assessments.enums import LatePolicy, Role, UnitKind, WindowKind
from assessments.models import AssessmentPeriod, DayOff, DeadlineMove, Dispute, ItemScore, Official, Unit
from assessments.operations import periods as period_operations
from assessments.operations import scores
from assessments.operations.calendar import write_day
from assessments.operations.units import write_unit
from evidence.models import DecisionDocument, EvidenceFile
from evidence.operations import attach
from evidence.operations_decisions import keep_document
from notifications.enums import AddressTrouble, Status
from notifications.models import AddressState, Message, WebhookDelivery
from notifications.operations.addresses import mark_failing
from notifications.operations.webhooks import endpoints
from tests.province import (
    OPENING_DAY,
    TIMETABLE,
    Province,
    at,
    make_criteria_set,
    make_province,
    person,
    request_for,
    sweep,
)
from tests.workflow.stages import DISPUTING_AT, dispute, row, to_dispute
from workflow.models import Incident
from workflow.operations import steps
from workflow.operations.calendar_feed import new_address
from workflow.operations.deadlines import move_deadline
from workflow.operations.periods import open_period, publish_period

PAPER = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@dataclass
class World:
    """What the addresses are about, and who walks: ``own`` roles of this round, ``other`` roles of another tree."""

    province: Province
    own: dict[str, Official]
    other: dict[str, Official]
    file: EvidenceFile
    dispute: Dispute
    incident: Incident
    message: Message
    day: DayOff
    stopped: Message
    failing: AddressState
    move: DeadlineMove
    document: DecisionDocument
    draft: AssessmentPeriod
    published: AssessmentPeriod
    secret: str  # of the officer's calendar
    event: WebhookDelivery  # for a system of the province

    def score(self, code: str) -> ItemScore:
        """Return a row of the case that the walk is about."""
        return row(self.province, "SXD", code)


def make_world() -> World:
    """Build it: Sở Xây dựng has a dispute on the desk; huyện Thanh Hà has published its round of one commune."""
    province = make_province()
    to_dispute(province, "SXD")
    people = province.people
    with clock.simulated(DISPUTING_AT):
        file = attach(
            score=row(province, "SXD", "1.1"),
            upload=ContentFile(PAPER, name="kế hoạch.pdf"),
            by=people["officer-SXD"],
        )
    contested = dispute(province, "SXD", "1.2", numerator="10", denominator="10")
    with clock.simulated(DISPUTING_AT):
        steps.finish_disputes(assessment=province.case("SXD"), by=people["head-SXD"])
    other, published = other_district(province)
    with clock.simulated(at(OPENING_DAY)):
        draft = period_operations.create_period(
            code="TINH-2024",
            name="Kỳ đánh giá năm 2024",
            year=2024,
            organiser=province.root,
            secretariat=province.units["TTK"],
            council=province.units["HDDG"],
            by=people["organiser"],
        )
    moved = a_move(province)
    case = province.case("SXD")
    work = case.work.order_by("id").last()
    incident = Incident.objects.create(
        task=work.task, assessment=case, step="Hết hạn", reason="Thử", first_at=DISPUTING_AT, last_at=DISPUTING_AT
    )
    own = {
        "officer": people["officer-SXD"],
        "head": people["head-SXD"],
        "appraiser": people["appraiser-SNV"],
        "secretary": people["secretary"],
        "council": people["council"],
        "organiser": people["organiser"],
        "supervisor": people["supervisor"],
        "administrator": people["administrator"],
    }
    message = Message.objects.filter(recipient=people["officer-SXD"]).first()
    day = write_day(day=date(2024, 1, 1), name="Tết Dương lịch", is_working=False, by=None, at=at(OPENING_DAY))
    stopped = Message.objects.filter(recipient=people["head-SXD"]).first()
    Message.objects.filter(pk=stopped.pk).update(status=Status.FAILED, sent_at=None, last_error="550 5.1.1 unknown")
    failing = mark_failing(message=stopped, trouble=AddressTrouble.REFUSED, answer="550 5.1.1 unknown", at=DISPUTING_AT)
    system, _ = endpoints.add(
        scope=province.root.pk,
        name="Trang điều hành",
        url="https://dieu-hanh.haiduong.example/su-kien",
        subscribed=["step.opened"],
        by=people["organiser"],
        at=DISPUTING_AT,
    )
    event = endpoints.write_test(endpoint=system, by=people["organiser"], at=DISPUTING_AT)
    secret = new_address(person=own["officer"], at=DISPUTING_AT)
    subjects = (file, contested, incident, message, day, stopped, failing, *moved, draft, published, secret, event)
    return World(province, own, other, *subjects)


def a_move(province: Province) -> tuple[DeadlineMove, DecisionDocument]:
    """Let the organiser move a step of the case by a decision whose document is attached."""
    organiser = province.people["organiser"]
    with clock.simulated(DISPUTING_AT):
        paper = ContentFile(PAPER, name="quyết định.pdf")
        document = keep_document(period=province.period, upload=paper, by=organiser)
        request = request_for(province, WindowKind.COUNCIL, "2024-03-05 00:00", unit="SXD")
        outcome = move_deadline(request=request, by=organiser, document_id=document.pk)
    return outcome.move, document


def other_district(province: Province) -> tuple[dict[str, Official], AssessmentPeriod]:
    """Add a district with a commune round of its own, published, and people in the same roles."""
    district = write_unit(code="294", name="Huyện Thanh Hà", kind=UnitKind.DISTRICT, parent=province.root)
    team = write_unit(code="HDDG-294", name="Tổ giúp việc huyện", kind=UnitKind.COUNCIL, parent=district)
    commune = write_unit(code="10813", name="Xã Thanh Hải", kind=UnitKind.COMMUNE, parent=district)
    others = {
        "officer": person("h-can-bo", commune, (Role.OFFICER, commune)),
        "head": person("h-lanh-dao", commune, (Role.HEAD, commune)),
        "secretary": person("h-thu-ky", team, (Role.SECRETARY, team), (Role.APPRAISER, team)),
        "council": person("h-hoi-dong", team, (Role.COUNCIL, team)),
        "organiser": person("h-to-chuc", district, (Role.ORGANISER, district)),
        "supervisor": person("h-theo-doi", district, (Role.SUPERVISOR, district)),
        "administrator": person("h-quan-tri", district, (Role.ADMINISTRATOR, district)),
    }
    organiser = others["organiser"]
    with clock.simulated(at(OPENING_DAY)):
        period = period_operations.create_period(
            code="XA-2023-294",
            name="Kỳ cấp xã năm 2023",
            year=2023,
            organiser=district,
            secretariat=team,
            council=team,
            by=organiser,
        )
        period_operations.set_units(period=period, units=[commune], by=organiser)
        period_operations.choose_criteria(
            period=period,
            unit_kind=UnitKind.COMMUNE,
            criteria_set=make_criteria_set("xa-nho", UnitKind.COMMUNE),
            by=organiser,
        )
        for window, (opens, closes) in TIMETABLE.items():
            period_operations.set_window(
                period=period,
                unit_kind=UnitKind.COMMUNE,
                window=window,
                opens_at=at(opens),
                due_at=at(closes),
                closes_at=at(closes),
                late_policy=LatePolicy.ZERO,
                by=organiser,
            )
        period_operations.match_bodies(period=period, by=organiser, create_divisions=True)
        (case,) = open_period(period=period, by=organiser)
    division = Unit.objects.get(code__startswith="294-P", name="Sở Nội vụ")
    others["appraiser"] = person("h-tham-dinh", division, *((Role.APPRAISER, b.unit) for b in period.bodies.all()))
    _play_to_publication(case, others)
    period.refresh_from_db()
    return others, period


def _play_to_publication(case, people: dict[str, Official]) -> None:
    for day in ("2024-01-01 00:00", "2024-01-10 00:00", "2024-01-10 08:00"):
        sweep(at(day))
    with clock.simulated(at("2024-01-20 09:00")):
        for branch in case.branches.select_related("unit", "assessment"):
            scores.agree_with_self_scores(branch=branch, by=people["appraiser"], unscored_as_zero=True)
            steps.complete_appraisal(branch=branch, by=people["appraiser"])
    with clock.simulated(at("2024-02-07 09:00")):
        case.refresh_from_db()
        steps.announce_preliminary_result(assessment=case, by=people["secretary"])
        scores.record_survey_shares(assessment=case, shares={"3.1": Decimal("0.7")}, by=people["secretary"])
    sweep(at("2024-02-19 17:00"))
    with clock.simulated(at("2024-02-26 09:00")):
        publish_period(
            period=case.period,
            decision_number="12/QĐ-UBND",
            decision_date=at("2024-02-26 09:00").date(),
            by=people["organiser"],
        )
