"""One case of one department with three items, the people round it, and small real files."""

import io
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from guardian.shortcuts import assign_perm

from assessments.enums import BranchState, Level, PeriodStatus, Role, RuleType, Scoring, Stage, UnitKind, WindowKind
from assessments.models import (
    AppraisalBranch,
    Assessment,
    AssessmentPeriod,
    CriteriaItem,
    CriteriaSet,
    ItemScore,
    Official,
    StageWindow,
    SupplementRequest,
    Unit,
)

OPENS = datetime(2023, 12, 18, 1, 0, tzinfo=UTC)
NOON = datetime(2024, 1, 8, 5, 0, tzinfo=UTC)  # 12:00 in Hải Dương
CLOSES = datetime(2024, 1, 19, 10, 0, tzinfo=UTC)  # 17:00
LATER = datetime(2024, 2, 5, 3, 0, tzinfo=UTC)

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
JPG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
EXE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00" + b"\x00" * 200
HTML = b"<!DOCTYPE html><html><body><script>alert(1)</script></body></html>"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"

_numbers = count(1)


def archive(members: dict[str, bytes]) -> bytes:
    """Return a ZIP of ``members``."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return packed.getvalue()


def office(main: str, **more: bytes) -> bytes:
    """Return an Office file, only as much of it as tells its kind: ``main`` is its principal part."""
    return archive({"[Content_Types].xml": b"<Types/>", main: b"<x/>", **more})


def upload(name: str = "ke_hoach.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    """Return a received file."""
    return SimpleUploadedFile(name, content)


def unit(name: str, kind: UnitKind = UnitKind.DEPARTMENT, parent: Unit | None = None) -> Unit:
    """Return a saved unit."""
    code = f"U{next(_numbers)}"
    path = f"{parent.path if parent else ''}{code}/"
    return Unit.objects.create(
        code=code, name=name, kind=kind, parent=parent, path=path, sort_key=name, search_text=name
    )


def official(*, role: Role | None = None, at: Unit | None = None, unit: Unit | None = None) -> Official:
    """Return a saved official who holds ``role`` at a unit."""
    number = next(_numbers)
    person = Official.objects.create_user(username=f"can-bo-{number}", display_name=f"Cán bộ {number}", unit=unit)
    if role is not None:
        assign_perm(role.value, person, at)
    return person


@dataclass
class World:
    """The units, the case and its rows; people are made as a test needs them."""

    province: Unit
    interior: Unit
    justice: Unit
    council: Unit
    department: Unit
    period: AssessmentPeriod
    case: Assessment
    scores: list[ItemScore]
    officer: Official

    def move_to(self, stage: Stage, **fields: Any) -> None:
        """Put the case into a stage."""
        Assessment.objects.filter(pk=self.case.pk).update(stage=stage, **fields)
        self.case.refresh_from_db()

    def branch(self, body_name: str, by: Unit, state: BranchState = BranchState.APPRAISING) -> AppraisalBranch:
        """Return the part of the case that ``by`` appraises."""
        return AppraisalBranch.objects.create(assessment=self.case, body_name=body_name, unit=by, state=state)

    def ask_for_supplement(self, score: ItemScore, *, round_: int = 1) -> SupplementRequest:
        """Return an open request of the item's body that names the item; the case is then in appraisal."""
        self.move_to(Stage.APPRAISAL)
        branch = self.branch(score.item.appraising_body, self.justice, BranchState.SUPPLEMENT)
        request = SupplementRequest.objects.create(
            branch=branch,
            round=round_,
            reason="Thiếu quyết định",
            closes_at=CLOSES,
            requested_at=NOON,
            requested_by=official(role=Role.APPRAISER, at=self.justice),
        )
        request.items.create(score=score)
        return request


def make_world() -> World:
    """Return a case in the evidence stage, open at ``NOON``; items 1.1 and 1.2 belong to one body, 2.1 to another."""
    province = unit("Tỉnh Hải Dương", UnitKind.PROVINCE)
    interior, justice = unit("Sở Nội vụ", parent=province), unit("Sở Tư pháp", parent=province)
    council = unit("Hội đồng", UnitKind.COUNCIL, province)
    department = unit("Sở Giao thông vận tải", parent=province)
    criteria = CriteriaSet.objects.create(
        series="so", version=1, unit_kind=UnitKind.DEPARTMENT, title="Bộ tiêu chí sở", year=2023, created_at=OPENS
    )
    period = AssessmentPeriod.objects.create(
        code="tinh-2023",
        name="Kỳ 2023",
        year=2023,
        organiser=interior,
        secretariat=council,
        council=council,
        status=PeriodStatus.OPEN,
        opened_at=OPENS,
        created_at=OPENS,
    )
    for kind in (WindowKind.SELF_SCORING, WindowKind.EVIDENCE, WindowKind.DISPUTE):
        StageWindow.objects.create(
            period=period, unit_kind=UnitKind.DEPARTMENT, kind=kind, opens_at=OPENS, due_at=CLOSES, closes_at=CLOSES
        )
    case = Assessment.objects.create(
        period=period,
        unit=department,
        unit_kind=UnitKind.DEPARTMENT,
        criteria_set=criteria,
        stage=Stage.EVIDENCE,
        stage_since=OPENS,
        opened_at=OPENS,
    )
    scores = []
    for position, (code, body) in enumerate([("1.1", "Sở Tư pháp"), ("1.2", "Sở Tư pháp"), ("2.1", "Sở Nội vụ")]):
        item = CriteriaItem.objects.create(
            criteria_set=criteria,
            code=code,
            position=position,
            level=Level.CRITERION,
            name=f"Nội dung {code}",
            max_points=1,
            scoring=Scoring.SELF,
            rule_type=RuleType.YES_NO,
            rule={"yes": "1.00", "no": "0.00"},
            is_leaf=True,
            evidence_required=True,
            appraising_body=body,
        )
        scores.append(ItemScore.objects.create(assessment=case, item=item))
    officer = official(role=Role.OFFICER, at=department, unit=department)
    return World(province, interior, justice, council, department, period, case, scores, officer)
