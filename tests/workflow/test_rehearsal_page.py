"""The rehearsal through HTTP: the form, the table by day, the workbook, and who may."""

import io
import re

import openpyxl
import pytest

from assessments import clock
from assessments.models import AuditEvent, Official
from tests.province import OPENING, Province, make_province
from workflow.models import WorkItem

pytestmark = pytest.mark.django_db
PAGE = "/ky/TINH-2023/dien-tap/"


@pytest.fixture
def province() -> Province:
    return make_province(opened=False)


@pytest.fixture
def organiser(client, province) -> Official:
    client.force_login(province.people["organiser"])
    return province.people["organiser"]


def post(client, address=PAGE, **changes):
    with clock.simulated(OPENING):
        return client.post(address, {"opening_date": "", "assumption": "nobody"} | changes)


def rows_of(response) -> dict[str, str]:
    """Return ``{day: what its row says}`` of the table by day."""
    found = {}
    for row in re.findall(r"<tr>(.*?)</tr>", response.content.decode(), re.DOTALL):
        text = " ".join(re.sub(r"<[^>]+>", " ", row).split())
        day = re.search(r"\d\d/\d\d/\d{4}", text)
        if day:
            found[day.group()] = text
    return found


def test_the_page_says_what_happens_on_which_day_and_keeps_nothing(client, organiser):
    events = AuditEvent.objects.count()

    response = post(client)

    assert response.status_code == 200
    rows = rows_of(response)
    assert rows["11/12/2023"].startswith(
        "Thứ Hai 11/12/2023 Mở kỳ cho 3 đơn vị Xác nhận người tham gia tập huấn: 3 đơn vị"
    )
    assert rows["11/12/2023"].endswith("Thư điện tử: 3")
    assert (
        "Xác nhận người tham gia tập huấn, 7 ngày làm việc trước hạn: 3 việc, 3 người qua Thư điện tử"
        in rows["20/12/2023"]
    )
    assert "Tết Dương lịch" in rows["01/01/2024"]
    assert "Đóng khi chưa xong: Tự chấm điểm, 3 đơn vị – Tạm khóa đến khi được gia hạn" in rows["10/01/2024"]
    page = response.content.decode()
    assert "3 đơn vị dừng ở “Tạm khóa do quá hạn”." in page
    assert "mở vào ngày nghỉ" in page
    assert re.search(r"Diễn tập xong trong \d+,\d giây; không có gì được lưu", page)
    assert (WorkItem.objects.count(), AuditEvent.objects.count()) == (0, events)


def test_the_workbook_says_the_same_with_numbers_as_numbers(client, organiser):
    response = post(client, f"{PAGE}ket-qua.xlsx")

    assert response["Content-Disposition"] == 'attachment; filename="dien-tap-TINH-2023.xlsx"'
    book = openpyxl.load_workbook(io.BytesIO(response.content))
    assert book.sheetnames == ["Tóm tắt", "Thư theo ngày", "Theo ngày"]
    summary = dict(book["Tóm tắt"].iter_rows(min_row=2, max_col=2, values_only=True))
    assert (summary["Mở kỳ"], summary["Số đơn vị"]) == ("08:00 ngày 11/12/2023", 3)
    assert next(book["Thư theo ngày"].iter_rows(min_row=2, values_only=True)) == ("11/12/2023", "Thứ Hai", None, 3, 3)
    lines = list(book["Theo ngày"].iter_rows(min_row=2, values_only=True))
    closing = ("10/01/2024", "Thứ Tư", None, "Đóng", "Tự chấm điểm", "Tạm khóa đến khi được gia hạn", 3, 3, None)
    assert closing in lines


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"assumption": ""}, "Chọn một giả định."),
        ({"assumption": "x"}, "Chọn một giả định trong danh sách."),
        ({"opening_date": "31/02/2024"}, "Ngày phải viết như 11/12/2023, hoặc để trống."),
        ({"opening_date": "01/01/0001"}, "Năm phải từ 2000 đến 2100."),
        ({"opening_date": "01/03/2025"}, "đã qua"),  # every deadline lies before it
    ],
)
@pytest.mark.parametrize("address", [PAGE, f"{PAGE}ket-qua.xlsx"])
def test_a_refused_form_says_why_and_keeps_what_was_typed(client, organiser, address, changes, sentence):
    response = post(client, address, **changes)

    assert response.status_code == 422
    page = response.content.decode()
    assert sentence in page
    assert changes.get("opening_date", "") in page
    assert rows_of(response) == {}


def test_an_opened_period_is_not_rehearsed_and_the_page_says_why(client):
    province = make_province(opened=True)
    client.force_login(province.people["organiser"])

    for response in (client.get(PAGE), post(client), post(client, f"{PAGE}ket-qua.xlsx")):
        page = response.content.decode()
        assert "Kỳ đã mở lúc 08:00 ngày 11/12/2023" in page
        assert "Chạy diễn tập" not in page


def test_the_way_to_it_stands_on_the_page_of_a_period_in_preparation_alone(client, organiser, province):
    assert f'href="{PAGE}"' in client.get("/ky/TINH-2023/").content.decode()
    with clock.simulated(OPENING):
        assert f'href="{PAGE}"' in client.get("/ky/TINH-2023/mo/").content.decode()
