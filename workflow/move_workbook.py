"""What a move does as an Excel workbook: a sheet of counts and one of each list, old and new dates side by side."""

from datetime import date, datetime
from io import BytesIO

from openpyxl import Workbook

from assessments.rules.calendar import PROVINCE_TIME
from assessments.rules.deadlines import in_words
from workflow.exports import fill_sheet
from workflow.operations.move_outcome import MoveOutcome

_KINDS = {"moved": "đổi hạn", "opened": "mở lại", "ended": "kết thúc"}


def workbook_of(outcome: MoveOutcome) -> bytes:
    """Return the workbook of an outcome; a text is never a formula."""
    book = Workbook()
    summary = book.active
    if summary is None:
        raise ValueError("a new workbook has a sheet")
    summary.title = "Tóm tắt"
    fill_sheet(summary, ["Nội dung", "Giá trị"], _summary(outcome))
    fill_sheet(
        book.create_sheet("Hồ sơ"),
        ["Mã đơn vị", "Đơn vị", "Cơ quan", "Bước", "Hạn trước", "Đóng trước", "Hạn mới", "Đóng mới", "Mở lại"],
        (
            [
                each.unit_code,
                each.unit_name,
                each.body,
                each.step,
                *_moments(each.before.due_at, each.before.closes_at, each.after.due_at, each.after.closes_at),
                each.reopens,
            ]
            for each in outcome.cases
        ),
    )
    fill_sheet(
        book.create_sheet("Việc"),
        ["Đơn vị", "Việc", "Người làm", "Thay đổi", "Hạn trước", "Đóng trước", "Hạn mới", "Đóng mới"],
        (
            [
                each.unit_name,
                each.title,
                each.whose,
                _KINDS[each.kind],
                *_moments(each.before_due, each.before_closes, each.after_due, each.after_closes),
            ]
            for each in outcome.works
        ),
    )
    fill_sheet(
        book.create_sheet("Mốc tự động"),
        ["Đơn vị", "Mốc", "Trước", "Mới"],
        ([each.unit_name, each.title, *_moments(each.before, each.after)] for each in outcome.timers),
    )
    fill_sheet(
        book.create_sheet("Nhắc việc"),
        ["Đơn vị", "Việc", "Người được nhắc", "Ngày nhắc trước", "Ngày nhắc mới"],
        ([each.unit_name, each.title, each.person, _day(each.before), _day(each.after)] for each in outcome.reminders),
    )
    fill_sheet(
        book.create_sheet("Người"),
        ["Họ tên", "Tài khoản", "Đơn vị", "Số việc"],
        ([each.name, each.username, each.unit_name, each.works] for each in outcome.people),
    )
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


def _summary(outcome: MoveOutcome) -> list[list[object]]:
    move = outcome.move
    to = in_words(move.closes_at) if move.closes_at else f"thêm {move.working_days} ngày làm việc"
    warnings: list[list[object]] = [["Cảnh báo", warning] for warning in outcome.warnings]
    return [
        ["Bước", move.get_window_display()],
        ["Phạm vi", move.get_scope_display()],
        ["Hạn mới", to],
        ["Văn bản", move.decision_number],
        ["Lý do", move.reason],
        ["Hạn của hồ sơ thay đổi", len(outcome.cases)],
        ["Hồ sơ mở lại", outcome.reopened],
        ["Việc", len(outcome.works)],
        ["Mốc tự động", len(outcome.timers)],
        ["Lời nhắc", len(outcome.reminders)],
        ["Người", len(outcome.people)],
        *warnings,
    ]


def _moments(*moments: datetime | None) -> list[str]:
    return [f"{each.astimezone(PROVINCE_TIME):%d/%m/%Y %H:%M}" if each else "" for each in moments]


def _day(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else ""
