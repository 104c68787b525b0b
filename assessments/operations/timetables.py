"""Setting the whole timetable of one kind of unit, typed or copied from an earlier period."""

from collections.abc import Mapping

from django.db import transaction

from assessments import clock
from assessments.enums import Role, UnitKind, WindowKind
from assessments.models import AssessmentPeriod, Official, StageWindow
from assessments.operations import events
from assessments.operations.periods import lock_draft, set_window
from assessments.queries.calendar import working_calendar
from assessments.queries.timetables import timetable_of
from assessments.rules import NotAllowed, NotPermitted
from assessments.rules.shifting import shift_timetable
from assessments.rules.timetable import TimetableRow, check_can_save, problems_of, warnings_in


@transaction.atomic
def set_timetable(
    *,
    period: AssessmentPeriod,
    unit_kind: UnitKind,
    rows: Mapping[WindowKind, TimetableRow],
    by: Official,
    warnings_read: str = "",
) -> list[StageWindow]:
    """Set the whole timetable of one kind of unit, all or nothing; a step that ``rows`` leaves out is taken away.

    ``warnings_read`` is the fingerprint of the warnings that the organiser has read. Raise TimetableRefused (something
    must be mended, or the warnings were not read), NotAllowed (opened) or NotPermitted.
    """
    period = lock_draft(period, by)
    problems = problems_of(rows, working_calendar(), lengths=period.lengths)
    check_can_save(problems, warnings_read=warnings_read)
    period.windows.filter(unit_kind=unit_kind).exclude(kind__in=list(rows)).delete()
    windows = [
        set_window(
            period=period,
            unit_kind=unit_kind,
            window=window,
            opens_at=row.opens_at,
            due_at=row.due_at,
            closes_at=row.closes_at,
            late_policy=row.late_policy,
            due_wording=row.due_wording,
            closes_wording=row.closes_wording,
            by=by,
        )
        for window, row in rows.items()
    ]
    if warnings := warnings_in(problems):
        events.record(
            kind="period_warnings_read",
            sentence=f"Đã đọc {len(warnings)} cảnh báo về kế hoạch thời gian cho {unit_kind.label}",
            by=by,
            at=clock.read(),
            period=period,
            role=Role.ORGANISER,
            details={"warnings": [warning.sentence for warning in warnings]},
        )
    return windows


@transaction.atomic
def copy_timetable(
    *,
    period: AssessmentPeriod,
    source: AssessmentPeriod,
    unit_kind: UnitKind,
    year: int,
    by: Official,
    warnings_read: str = "",
) -> list[StageWindow]:
    """Set the timetable of one kind of unit as another period had it, shifted to the assessed ``year``.

    Raise TimetableRefused, NotAllowed (the source has no timetable for this kind) or NotPermitted (not visible).
    """
    if not AssessmentPeriod.objects.visible_to(by).filter(pk=source.pk).exists():
        raise NotPermitted("Bạn không được xem kỳ đánh giá nguồn; hãy chọn kỳ khác.")
    rows = timetable_of(source, unit_kind)
    if not rows:
        raise NotAllowed(f"{source.name} không có kế hoạch thời gian cho {unit_kind.label}; hãy chọn kỳ khác.")
    shifted = shift_timetable(rows, years=year - source.year, calendar=working_calendar())
    windows = set_timetable(
        period=period,
        unit_kind=unit_kind,
        rows={kind: each.row for kind, each in shifted.items()},
        by=by,
        warnings_read=warnings_read,
    )
    events.record(
        kind="period_timetable_copied",
        sentence=f"Sao chép kế hoạch thời gian cho {unit_kind.label} từ {source.name}, chuyển sang năm {year}",
        by=by,
        at=clock.read(),
        period=period,
        role=Role.ORGANISER,
        details={"source": source.code, "year": year},
    )
    return windows
