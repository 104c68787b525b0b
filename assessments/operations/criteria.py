"""Bringing criteria sets (bộ tiêu chí) in, copying and describing them; a version is never overwritten."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from assessments import permissions
from assessments.enums import Part, Role, RuleType, UnitKind
from assessments.imports.reading import ReadSet
from assessments.models import CriteriaItem, CriteriaSet, Official
from assessments.operations import events
from assessments.queries.criteria import opened_periods
from assessments.rules import Conflict, NotAllowed
from assessments.rules.criteria import CriterionDraft, check_can_change_criteria_set, check_criteria
from assessments.rules.problems import ImportRefused
from assessments.vietnamese import normalise

ILLUSTRATIVE_NOTICE = "Bộ tiêu chí mẫu – minh họa, không phải văn bản của cơ quan có thẩm quyền."


@transaction.atomic
def import_criteria_set(
    *,
    drafts: Sequence[CriterionDraft],
    series: str,
    unit_kind: UnitKind | str,
    title: str,
    year: int,
    by: Official | None,
    at: datetime,
    decision_number: str = "",
    decision_date: date | None = None,
    is_illustrative: bool = False,
    notice: str = "",
    source_name: str = "",
) -> CriteriaSet:
    """Store a new version of a criteria set, all or nothing; earlier versions stay as they are.

    ``by`` None means the system itself (a command). Raise ImportRefused, which names each fault, NotAllowed for a
    heading that cannot be stored, Conflict when somebody stored the same version just now, or NotPermitted.
    """
    _check_may_import(by)
    problems = check_criteria(drafts)
    if problems:
        raise ImportRefused(problems)
    previous = _latest(series)
    _check_may_continue(by, previous)
    if previous and previous.unit_kind != unit_kind:
        raise NotAllowed(f"Mã bộ “{series}” đã dùng cho {previous.get_unit_kind_display()}; hãy chọn mã bộ khác.")
    criteria_set = _store_set(
        series=series,
        unit_kind=unit_kind,
        title=title,
        year=year,
        decision_number=decision_number,
        decision_date=decision_date,
        is_illustrative=is_illustrative,
        notice=notice,
        source_name=source_name,
        previous=previous,
        by=by,
        at=at,
    )
    _store_items(criteria_set, [_values_of_draft(draft, position) for position, draft in enumerate(drafts, start=1)])
    _record("criteria_set_imported", f"Nhập {criteria_set}: {len(drafts)} dòng", criteria_set, by, at)
    return criteria_set


@transaction.atomic
def import_criteria_sets(
    *,
    sets: Sequence[ReadSet],
    year: int,
    by: Official | None,
    at: datetime,
    series: str = "cchc",
    title: str = "",
    decision_number: str = "",
    decision_date: date | None = None,
    is_illustrative: bool = False,
    source_name: str = "",
) -> list[CriteriaSet]:
    """Store every set of a file as a new version, all or nothing; ``series`` gets the kind of unit added.

    A set that its own file calls illustrative stays so. Raise as ``import_criteria_set`` does.
    """
    problems = [problem for read in sets for problem in read.problems]
    if problems:
        raise ImportRefused(problems)
    return [
        import_criteria_set(
            drafts=read.drafts,
            series=f"{series}-{read.unit_kind}",
            unit_kind=UnitKind(read.unit_kind),
            title=title
            or read.title
            or f"Bộ tiêu chí Chỉ số CCHC: {UnitKind(read.unit_kind).label.lower()}, năm {year}",
            year=year,
            decision_number=decision_number,
            decision_date=decision_date,
            is_illustrative=is_illustrative or read.is_illustrative,
            notice=read.notice,
            source_name=source_name,
            by=by,
            at=at,
        )
        for read in sets
    ]


@transaction.atomic
def copy_criteria_set(
    *, criteria_set: CriteriaSet, by: Official | None, at: datetime, title: str, year: int, series: str = ""
) -> CriteriaSet:
    """Copy a set to start the next one: the next version of its series (or of another), without a decision yet.

    Raise NotAllowed, Conflict or NotPermitted as ``import_criteria_set`` does.
    """
    _check_may_import(by)
    series = series or criteria_set.series
    latest = _latest(series)
    _check_may_continue(by, latest)
    if latest and latest.unit_kind != criteria_set.unit_kind:
        raise NotAllowed(f"Mã bộ “{series}” đã dùng cho {latest.get_unit_kind_display()}; hãy chọn mã bộ khác.")
    copy = _store_set(
        series=series,
        unit_kind=criteria_set.unit_kind,
        title=title,
        year=year,
        decision_number="",
        decision_date=None,
        is_illustrative=criteria_set.is_illustrative,
        notice=criteria_set.notice,
        source_name=f"Sao chép từ {criteria_set}"[:200],
        previous=criteria_set,
        by=by,
        at=at,
    )
    items = criteria_set.items.select_related("parent").order_by("position")
    _store_items(copy, [_values_of_item(item) for item in items])
    _record("criteria_set_copied", f"Sao chép {criteria_set} thành {copy}", copy, by, at)
    return copy


@transaction.atomic
def describe_criteria_set(
    *,
    criteria_set: CriteriaSet,
    title: str,
    year: int,
    decision_number: str,
    decision_date: date | None,
    by: Official | None,
    at: datetime,
) -> CriteriaSet:
    """Change the heading of a set that no opened period uses. Raise NotAllowed or NotPermitted."""
    _check_may_import(by)
    criteria_set = CriteriaSet.objects.select_for_update().get(pk=criteria_set.pk)
    _check_may_continue(by, criteria_set)
    check_can_change_criteria_set(title=str(criteria_set), opened_periods=opened_periods(criteria_set))
    before = {name: str(getattr(criteria_set, name)) for name in ("title", "year", "decision_number", "decision_date")}
    criteria_set.title = _title(title)
    criteria_set.year = year
    criteria_set.decision_number = normalise(decision_number)
    criteria_set.decision_date = decision_date
    criteria_set.save(update_fields=list(before))
    _record("criteria_set_described", f"Sửa thông tin {criteria_set}", criteria_set, by, at, before=before)
    return criteria_set


def _check_may_import(by: Official | None) -> None:
    if by is not None:
        permissions.check_organises_somewhere(by)


def _check_may_continue(by: Official | None, criteria_set: CriteriaSet | None) -> None:
    if by is not None and criteria_set is not None:
        permissions.check_can_change_series(by, criteria_set)


def _latest(series: str) -> CriteriaSet | None:
    return CriteriaSet.objects.select_for_update().filter(series=series).order_by("-version").first()


def _title(title: str) -> str:
    title = normalise(title)
    if not title or len(title) > 200:
        raise NotAllowed("Tên bộ tiêu chí phải có từ 1 đến 200 chữ.")
    return title


def _store_set(*, series: str, title: str, by: Official | None, at: datetime, **fields: Any) -> CriteriaSet:
    version = (CriteriaSet.objects.filter(series=series).aggregate(last=Max("version"))["last"] or 0) + 1
    if not fields["is_illustrative"]:
        fields["notice"] = ""
    elif not fields["notice"]:
        fields["notice"] = ILLUSTRATIVE_NOTICE
    fields["decision_number"] = normalise(fields["decision_number"])
    try:
        with transaction.atomic():
            return CriteriaSet.objects.create(
                series=series, version=version, title=_title(title), created_by=by, created_at=at, **fields
            )
    except IntegrityError as fault:
        raise Conflict(f"Vừa có người nhập phiên bản {version} của bộ “{series}”; hãy thử lại.") from fault


def _store_items(criteria_set: CriteriaSet, rows: Sequence[dict[str, Any]]) -> None:
    """Store the rows level by level, so that a parent is there before its children."""
    parent_codes = {row["parent_code"] for row in rows}
    items: dict[str, CriteriaItem] = {}
    for depth in sorted({row["code"].count(".") for row in rows}):
        level = [row for row in rows if row["code"].count(".") == depth]
        made = [
            CriteriaItem(
                criteria_set=criteria_set,
                parent=items.get(row["parent_code"]),
                is_leaf=row["code"] not in parent_codes,
                **{name: value for name, value in row.items() if name != "parent_code"},
            )
            for row in level
        ]
        CriteriaItem.objects.bulk_create(made)
        items.update({item.code: item for item in made})


_COPIED = [
    "code",
    "level",
    "name",
    "max_points",
    "scoring",
    "rule_type",
    "rule",
    "applicable_na",
    "evidence_required",
    "evidence_hint",
    "appraising_body",
    "guidance",
]


def _values_of_draft(draft: CriterionDraft, position: int) -> dict[str, Any]:
    values = {name: getattr(draft, name) for name in _COPIED}
    return {
        **values,
        "rule_type": RuleType(draft.rule_type),
        "parent_code": draft.parent_code,
        "position": position,
        "part": Part(draft.part),
        "survey_groups": list(draft.survey_groups),
    }


def _values_of_item(item: CriteriaItem) -> dict[str, Any]:
    values = {name: getattr(item, name) for name in (*_COPIED, "position", "part", "survey_groups")}
    return {**values, "parent_code": item.parent.code if item.parent else ""}


def _record(
    kind: str, sentence: str, criteria_set: CriteriaSet, by: Official | None, at: datetime, **details: Any
) -> None:
    events.record(
        kind=kind,
        sentence=sentence[:600],
        by=by,
        at=at,
        role=Role.ORGANISER if by else "",
        details={"criteria_set": criteria_set.pk, "source": criteria_set.source_name, **details},
    )
