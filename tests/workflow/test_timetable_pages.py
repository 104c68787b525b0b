"""The timetable editor through HTTP: its picture, its two classes of problems, the copy of another year."""

from datetime import date

import pytest

from assessments import clock
from assessments.enums import LatePolicy, UnitKind, WindowKind
from assessments.models import AssessmentPeriod, AuditEvent, StageWindow
from assessments.operations import periods as operations
from assessments.operations import scores
from assessments.operations.calendar import write_day
from assessments.operations.timetables import copy_timetable, set_timetable
from assessments.queries.calendar import library_calendar, working_calendar
from assessments.queries.timetables import timetable_of
from assessments.rules import NotAllowed, NotPermitted
from assessments.rules.timetable import TimetableRefused, TimetableRow, fingerprint, problems_of
from assessments.timelines import draw_timetable
from tests.province import OPENING, TIMETABLE, Province, at, make_province
from tests.workflow.stages import row
from tests.workflow.test_period_pages import errors_of, save_timetable, typed
from workflow.operations import steps
from workflow.operations.periods import open_period

pytestmark = pytest.mark.django_db
PAGE = "/ky/TINH-2023/thoi-gian/so/"
COPY = "/ky/TINH-2025/thoi-gian/so/sao-chep/"


@pytest.fixture
def province() -> Province:
    return make_province(opened=False)


@pytest.fixture
def organiser(client, province):
    """The organiser of the province, signed in."""
    client.force_login(province.people["organiser"])
    return province.people["organiser"]


@pytest.fixture
def next_period(province) -> AssessmentPeriod:
    """Another period in preparation, of 2025, without a timetable."""
    with clock.simulated(OPENING):
        return operations.create_period(
            code="TINH-2025",
            name="Kỳ đánh giá năm 2025",
            year=2025,
            organiser=province.root,
            secretariat=province.units["TTK"],
            council=province.units["HDDG"],
            by=province.people["organiser"],
        )


def stored(code: str) -> dict[str, StageWindow]:
    return {window.kind: window for window in StageWindow.objects.filter(period__code=code)}


def test_warnings_are_shown_and_saved_only_when_they_were_read(client, organiser):
    fields = typed(TIMETABLE) | {"council-due_at": "24/02/2024 17:00"}

    first = client.post(PAGE, fields)
    before = stored("TINH-2023")["council"].due_at
    second = client.post(PAGE, fields | {"warnings_read": first.context["fingerprint"]})

    assert errors_of(first) == ["Có cảnh báo cần đọc: đánh dấu “Tôi đã đọc các cảnh báo” rồi lưu lần nữa."]
    assert (first.status_code, before) == (422, at("2024-03-01 00:00"))
    page = first.content.decode()
    assert "hạn rơi vào Thứ Bảy 24/02/2024 (nghỉ cuối tuần)" in page
    assert "Ngày làm việc tiếp theo là Thứ Hai 26/02/2024" in page
    assert 'value="24/02/2024 17:00"' in page
    assert second["Location"] == "/ky/TINH-2023/"
    assert stored("TINH-2023")["council"].due_at == at("2024-02-24 17:00")
    event = AuditEvent.objects.get(kind="period_warnings_read")
    assert event.by == organiser
    assert len(event.details["warnings"]) == 5


def test_warnings_that_have_changed_since_they_were_read_are_shown_again(client, organiser):
    read = client.get(PAGE).context["fingerprint"]

    response = client.post(PAGE, typed(TIMETABLE) | {"council-due_at": "24/02/2024 17:00", "warnings_read": read})

    assert response.status_code == 422
    assert response.context["fingerprint"] != read


def test_a_refusal_keeps_what_was_typed_and_saves_nothing_even_with_the_mark(client, organiser):
    fields = typed(TIMETABLE) | {"appraisal-opens_at": "05/01/2024 08:00", "warnings_read": "x"}

    response = client.post(PAGE, fields)

    assert errors_of(response) == [
        "Bước “Thẩm định” mở lúc 08:00 ngày 05/01/2024 khi bước “Cung cấp tài liệu kiểm chứng, ký gửi” chưa đóng "
        "(24:00 ngày 09/01/2024). Mở “Thẩm định” từ 24:00 ngày 09/01/2024, hoặc đóng “Cung cấp tài liệu kiểm chứng, "
        "ký gửi” sớm hơn."
    ]
    assert 'value="05/01/2024 08:00"' in response.content.decode()
    assert stored("TINH-2023")["appraisal"].opens_at == at("2024-01-10 08:00")


def test_the_operation_itself_asks_for_the_warnings_to_be_read(province):
    rows = timetable_of(province.period, UnitKind.DEPARTMENT)
    arguments = {
        "period": province.period,
        "unit_kind": UnitKind.DEPARTMENT,
        "rows": rows,
        "by": province.people["organiser"],
    }
    read = fingerprint(problems_of(rows, working_calendar(), lengths=province.period.lengths))

    with pytest.raises(TimetableRefused):
        set_timetable(**arguments)
    with clock.simulated(OPENING):
        assert len(set_timetable(**arguments, warnings_read=read)) == len(TIMETABLE)


def test_a_row_of_the_calendar_changes_what_the_page_warns_of(client, organiser):
    write_day(day=date(2024, 2, 29), name="Nghỉ theo văn bản", is_working=False, by=None, at=OPENING)

    warnings = [str(problem) for problem in client.get(PAGE).context["warnings"]]

    assert any("Thứ Năm 29/02/2024 (Nghỉ theo văn bản)" in warning for warning in warnings)


def test_opening_names_the_warnings_and_is_not_stopped_by_them(client, organiser):
    with clock.simulated(OPENING):
        page = client.get("/ky/TINH-2023/mo/")
        response = client.post("/ky/TINH-2023/mo/")

    assert len(page.context["warnings"]) == 4
    assert "Cảnh báo về kế hoạch thời gian; kỳ vẫn mở được" in page.content.decode()
    assert response["Location"] == "/ky/TINH-2023/"


def test_opening_is_refused_once_a_deadline_has_passed(client, organiser):
    with clock.simulated(at("2024-01-02 08:00")):
        response = client.post("/ky/TINH-2023/mo/")

    assert errors_of(response) == [
        "Kế hoạch thời gian cho Sở, ban, ngành: Hạn của bước “Tập huấn, xác nhận người tham gia” (24:00 ngày "
        "31/12/2023) đã qua. Đặt lại hạn sau 08:00 ngày 02/01/2024."
    ]


@pytest.mark.parametrize(
    ("written", "last", "first_refused", "sentence"),
    [
        ("trước ngày 10/01/2024", "2024-01-09 23:59:59", "2024-01-10 00:00:00", "24:00 ngày 09/01/2024"),
        ("chậm nhất ngày 10/01/2024", "2024-01-10 23:59:59", "2024-01-11 00:00:00", "24:00 ngày 10/01/2024"),
    ],
)
def test_the_two_wordings_of_a_deadline_hold_to_the_second(
    client, province, organiser, written, last, first_refused, sentence
):
    fields = typed(TIMETABLE) | {"appraisal-opens_at": "11/01/2024 08:00"}
    for step in ("self_scoring", "evidence"):
        fields |= {f"{step}-due_at": written, f"{step}-closes_at": written}
    assert save_timetable(client, PAGE, fields).status_code == 302
    officer = province.people["officer-SXD"]
    with clock.simulated(OPENING):
        open_period(period=province.period, by=organiser)
        steps.confirm_training(assessment=province.case("SXD"), participants=["Nguyễn Văn A"], by=officer)

    def enter(moment: str, answer: str) -> None:
        score = row(province, "SXD", "1.1")
        with clock.simulated(at(moment)):
            scores.record_self_score(score=score, version=score.version, raw={"answer": answer}, na=False, by=officer)

    enter(last, "yes")
    with pytest.raises(NotAllowed) as refusal:
        enter(first_refused, "no")

    assert str(refusal.value).startswith(f"Đã hết hạn bước “Tự chấm điểm” lúc {sentence}.")
    assert row(province, "SXD", "1.1").self_input["answer"] == "yes"


# The copy


def test_a_copy_is_shown_old_beside_new_with_reasons_and_saves_nothing(client, organiser, next_period):
    page = client.get(COPY, {"ky": "TINH-2023", "nam": "2025"})

    lines = {line["window"]: line["moments"] for line in page.context["lines"]}
    assert lines[WindowKind.EVIDENCE][2] == {
        "label": "Đóng",
        "old": "10/01/2024 00:00",
        "new": "10/01/2026 00:00",
        "reason": "",
    }
    assert lines[WindowKind.APPRAISAL][0] == {
        "label": "Mở",
        "old": "10/01/2024 08:00",
        "new": "12/01/2026 08:00",
        "reason": "Thứ Bảy 10/01/2026 là ngày nghỉ (nghỉ cuối tuần)",
    }
    assert stored("TINH-2025") == {}


def test_a_copy_follows_the_table_of_the_calendar(client, organiser, next_period):
    write_day(day=date(2026, 1, 10), name="Làm bù", is_working=True, by=None, at=OPENING)

    page = client.get(COPY, {"ky": "TINH-2023", "nam": "2025"})

    lines = {line["window"]: line["moments"] for line in page.context["lines"]}
    assert (lines[WindowKind.APPRAISAL][0]["new"], lines[WindowKind.APPRAISAL][0]["reason"]) == ("10/01/2026 08:00", "")


def test_a_confirmed_copy_is_saved_with_its_policies_and_its_source_in_the_event(client, organiser, next_period):
    sent = {"ky": "TINH-2023", "nam": "2025"}
    StageWindow.objects.filter(period__code="TINH-2023", kind="evidence").update(
        late_policy=LatePolicy.ZERO, closes_wording="before"
    )
    unread = client.post(COPY, sent)
    read = client.get(COPY, sent).context["fingerprint"]

    response = client.post(COPY, sent | {"warnings_read": read})

    assert (unread.status_code, response["Location"]) == (422, "/ky/TINH-2025/")
    evidence = stored("TINH-2025")["evidence"]
    assert (evidence.closes_at, evidence.late_policy, evidence.closes_wording) == (
        at("2026-01-10 00:00"),
        "zero",
        "before",
    )
    event = AuditEvent.objects.get(kind="period_timetable_copied")
    assert (event.by, event.details) == (organiser, {"source": "TINH-2023", "year": 2025})


def test_a_copy_can_be_taken_into_the_form_before_it_is_saved(client, organiser, next_period):
    page = client.get("/ky/TINH-2025/thoi-gian/so/", {"ky": "TINH-2023", "nam": "2025"}).content.decode()

    assert 'value="12/01/2026 08:00"' in page
    assert "chưa lưu gì" in page
    assert stored("TINH-2025") == {}


def test_a_period_that_the_organiser_may_not_see_cannot_be_copied(client, province, organiser, next_period):
    hidden = AssessmentPeriod.objects.create(
        code="AN-2023",
        name="Kỳ của nơi khác",
        year=2023,
        organiser=province.units["SYT"],
        secretariat=province.units["SYT"],
        council=province.units["SYT"],
        created_at=OPENING,
    )
    StageWindow.objects.create(
        period=hidden,
        unit_kind=UnitKind.DEPARTMENT,
        kind=WindowKind.COUNCIL,
        opens_at=at("2024-02-21 08:00"),
        due_at=at("2024-02-22 08:00"),
        closes_at=at("2024-02-22 08:00"),
    )

    page = client.get(COPY, {"ky": "AN-2023", "nam": "2025"})

    assert page.status_code == 422
    assert "Kỳ của nơi khác" not in page.content.decode()
    assert client.get("/ky/TINH-2025/thoi-gian/so/", {"ky": "AN-2023", "nam": "2025"}).status_code == 404
    with pytest.raises(NotPermitted):
        copy_timetable(period=next_period, source=hidden, unit_kind=UnitKind.DEPARTMENT, year=2025, by=organiser)


def test_without_a_source_the_page_leads_back_to_the_form(client, province, organiser):
    page = client.get("/ky/TINH-2023/thoi-gian/so/sao-chep/").content.decode()

    assert "Chưa có kỳ nào để sao chép" in page


# The picture


def picture_of(rows, **more) -> str:
    return str(draw_timetable(rows, library_calendar(), title="Kế hoạch", chart_id="ke-hoach", **more))


def test_the_picture_names_every_step_its_dates_the_months_and_tet():
    rows = {kind: TimetableRow(at(opens), at(closes), at(closes)) for kind, (opens, closes) in TIMETABLE.items()}

    picture = picture_of(rows)

    for words in (
        "Tự chấm điểm 18/12–09/01",
        "Kiến nghị 15/02–19/02",
        "Tháng 12/2023",
        "Tháng 03/2024",
        "Nghỉ 08/02–14/02",
    ):
        assert f">{words}<" in picture
    assert picture.count('class="chart__bar"') == picture.count('class="chart__due"') == len(rows)
    assert "Hôm nay" not in picture
    assert "style=" not in picture


@pytest.mark.parametrize(("moment", "is_marked"), [("2024-01-15 09:00", True), ("2024-06-15 09:00", False)])
def test_the_picture_marks_the_present_where_it_lies_inside(moment, is_marked):
    rows = {WindowKind.COUNCIL: TimetableRow(at("2024-01-10 08:00"), at("2024-02-20 17:00"), at("2024-02-20 17:00"))}

    assert ("Hôm nay" in picture_of(rows, moment=at(moment))) is is_marked


@pytest.mark.parametrize(
    "rows",
    [
        {},
        {WindowKind.COUNCIL: TimetableRow(at("2024-02-20 08:00"), at("2024-02-10 08:00"), at("2024-02-10 08:00"))},
        {WindowKind.COUNCIL: TimetableRow(at("2024-02-20 08:00"), at("2034-02-10 08:00"), at("2034-02-10 08:00"))},
    ],
)
def test_what_cannot_be_drawn_is_left_out(rows):
    assert picture_of(rows) == ""


def test_the_picture_stands_on_the_editor_the_period_and_the_case(client, province, organiser):
    with clock.simulated(OPENING):
        editor = client.get(PAGE).content.decode()
        open_period(period=province.period, by=organiser)
        period = client.get("/ky/TINH-2023/").content.decode()
        client.force_login(province.people["officer-SXD"])
        case = client.get(f"/ho-so/{province.case('SXD').pk}/").content.decode()

    assert [page.count("chart--timeline") for page in (editor, period, case)] == [1, 1, 1]
