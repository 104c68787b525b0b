"""A rehearsal as an Excel workbook: a sheet of counts and warnings, one of messages by day, one line per event."""

from collections.abc import Iterator
from io import BytesIO

from openpyxl import Workbook

from assessments.models import AssessmentPeriod
from assessments.rules.calendar import WEEKDAYS
from assessments.rules.deadlines import opening_in_words
from workflow.exports import fill_sheet
from workflow.operations.rehearsal_outcome import Rehearsal, RehearsedDay, StepLine


def workbook_of(rehearsal: Rehearsal, *, period: AssessmentPeriod) -> bytes:
    """Return the workbook of a rehearsal of ``period``; a text is never a formula."""
    book = Workbook()
    summary = book.active
    if summary is None:
        raise ValueError("a new workbook has a sheet")
    summary.title = "Tóm tắt"
    fill_sheet(summary, ["Nội dung", "Giá trị"], _summary(rehearsal, period))
    channels = list(rehearsal.messages)
    fill_sheet(
        book.create_sheet("Thư theo ngày"),
        ["Ngày", "Thứ", "Ngày nghỉ", *channels, "Cộng"],
        (
            [*_date(day), *(day.messages.get(channel, 0) for channel in channels), day.message_count]
            for day in rehearsal.days
            if day.message_count
        ),
    )
    fill_sheet(
        book.create_sheet("Theo ngày"),
        ["Ngày", "Thứ", "Ngày nghỉ", "Loại", "Bước", "Nội dung", "Số đơn vị", "Số việc", *channels],
        ([*_date(day), *event] for day in rehearsal.days for event in _events(day, channels)),
    )
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


def _summary(rehearsal: Rehearsal, period: AssessmentPeriod) -> Iterator[list[object]]:
    yield ["Kỳ", period.name]
    yield ["Mở kỳ", opening_in_words(rehearsal.opening_at)]
    yield ["Giả định", rehearsal.assumption.label]
    yield ["Số đơn vị", rehearsal.unit_count]
    for channel, count in rehearsal.messages.items():
        yield [f"Thư, tin qua {channel}", count]
    for stage, units in rehearsal.rests:
        yield [f"Dừng lại ở “{stage}” (đơn vị)", units]
    for warning in rehearsal.warnings:
        yield ["Cảnh báo", warning]
    for note in rehearsal.notes:
        yield ["Cách tính", note]


def _date(day: RehearsedDay) -> list[object]:
    return [f"{day.day:%d/%m/%Y}", WEEKDAYS[day.day.weekday()], day.why_off]


def _events(day: RehearsedDay, channels: list[str]) -> Iterator[list[object]]:
    """Yield kind, step, words, units, works, and the people by channel where they are reminded."""
    nobody: list[object] = [""] * len(channels)
    for mark in day.marks:
        yield ["Mốc của kỳ", "", mark, "", "", *nobody]
    for kind, lines in (("Mở", day.openings), ("Xong", day.done), ("Đóng", day.closings)):
        yield from ([kind, *_step(line), *nobody] for line in lines)
    for reminder in day.reminders:
        people = [reminder.people.get(channel, 0) for channel in channels]
        yield ["Nhắc", reminder.step, reminder.rung, "", reminder.works, *people]
    for escalation in day.escalations:
        yield ["Báo cáo quá hạn", escalation.step, escalation.to, escalation.places, escalation.works, *nobody]


def _step(line: StepLine) -> list[object]:
    return [line.step, line.effect, line.units, line.works]
