"""The pages: answers to scripts and to plain forms, headers of what is sent, and who gets nothing."""

import json
from urllib.parse import quote

import pytest
from django.core.files.storage import storages
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from assessments import clock
from assessments.enums import Role, Stage
from assessments.models import AuditEvent
from evidence import operations
from evidence.models import EvidenceAccess, EvidenceFile
from tests.evidence.world import CLOSES, EXE, JPG, NOON, PDF, office, official, upload

pytestmark = pytest.mark.django_db
SEALED_IN_FRAME = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'"
JSON = {"HTTP_ACCEPT": "application/json"}


@pytest.fixture
def officer(world, client) -> Client:
    """Return the browser of the unit's officer."""
    client.force_login(world.officer)
    return client


@pytest.fixture
def file(world) -> EvidenceFile:
    """Return a file with a Vietnamese name on item 1.1."""
    return operations.attach(score=world.scores[0], upload=upload("Kế hoạch “số 1”.pdf"), by=world.officer)


def browser_of(person) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


def read(browser: Client, url: str) -> tuple[HttpResponse, bytes]:
    """Return the answer and its body, read to the end as a browser does."""
    response = browser.get(url)
    content = response.getvalue()
    return response, content


def upload_url(world) -> str:
    return reverse("evidence:upload", args=[world.scores[0].pk])


def item_url(world) -> str:
    return reverse("evidence:item", args=[world.scores[0].pk])


def sentences(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def test_a_script_gets_the_new_list(world, officer):
    response = officer.post(upload_url(world), {"file": upload(), "note": "Bản ký số", "pages": "3"}, **JSON)

    answer = response.json()
    assert (response.status_code, answer["ok"], answer["message"]) == (201, True, "Đã đính kèm.")
    assert "ke_hoach.pdf" in answer["html"]
    assert EvidenceFile.objects.get().pages == "3"


@pytest.mark.parametrize(
    ("name", "content", "status", "sentence"),
    [
        (
            "virus.pdf",
            EXE,
            422,
            "Tệp “virus.pdf” có phần mở rộng .pdf nhưng nội dung là chương trình Windows (exe). "
            "Hãy tải lên tệp gốc thuộc loại: PDF, JPG.",
        ),
        (
            "rong.pdf",
            b"",
            422,
            "Tệp “rong.pdf” rỗng (0 byte). Hãy mở lại tệp gốc, kiểm tra nội dung rồi tải lên lại.",
        ),
        (
            "lon.pdf",
            PDF + b"0" * 3000,
            413,
            "Tệp “lon.pdf” có dung lượng 3 KB, vượt giới hạn 2 KB mỗi tệp. "
            "Hãy nén, giảm độ phân giải bản quét hoặc tách thành nhiều tệp.",
        ),
    ],
)
def test_a_script_is_told_why_a_file_is_refused(world, officer, settings, objects, name, content, status, sentence):
    settings.EVIDENCE_ALLOWED_TYPES = ["pdf", "jpg"]
    settings.EVIDENCE_MAX_BYTES = 2048

    response = officer.post(upload_url(world), {"file": upload(name, content)}, **JSON)

    assert response.status_code == status
    assert response.json() == {"ok": False, "message": sentence, "sentence": sentence}
    assert not EvidenceFile.objects.exists()
    assert objects() == []


def test_a_plain_form_sends_several_files_and_is_told_about_each(world, officer):
    files = [upload("a.pdf"), upload("b.jpg", EXE), upload("c.jpg", JPG)]

    response = officer.post(upload_url(world), {"file": files}, follow=True)

    assert response.redirect_chain == [(item_url(world), 302)]
    assert sentences(response) == [
        "Đã đính kèm “a.pdf” vào nội dung 1.1.",
        "Tệp “b.jpg” có phần mở rộng .jpg nhưng nội dung là chương trình Windows (exe). Hãy tải lên tệp gốc thuộc "
        "loại: PDF, DOCX (Word), XLSX (Excel), PPTX (PowerPoint), JPG, PNG, ZIP.",
        "Đã đính kèm “c.jpg” vào nội dung 1.1.",
    ]


def test_a_plain_form_without_a_file_is_told_so(world, officer):
    response = officer.post(upload_url(world), {}, follow=True)

    assert sentences(response) == ["Chưa chọn tệp nào. Hãy chọn tệp rồi bấm Tải lên."]


@pytest.mark.parametrize(
    ("wanted", "goes_to"), [("/trang-khac/", "/trang-khac/"), ("https://x.example/", None), ("//x.example", None)]
)
def test_a_plain_form_goes_back_only_within_the_site(world, officer, wanted, goes_to):
    response = officer.post(upload_url(world), {"file": upload(), "next": wanted})

    assert response.url == (goes_to or item_url(world))


def test_a_name_with_folders_becomes_its_last_part(world, officer, objects):
    body = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="../../../etc/cron.d/ke_hoach.pdf"\r\n'
        b"Content-Type: application/pdf\r\n\r\n" + PDF + b"\r\n--x--\r\n"
    )

    officer.post(upload_url(world), body, content_type="multipart/form-data; boundary=x", **JSON)

    stored = EvidenceFile.objects.get()
    assert stored.original_name == "ke_hoach.pdf"
    assert [path.name for path in objects()] == [stored.storage_key.rpartition("/")[2]]


class Unread(FileUploadHandler):
    """Fails the test when a body is read."""

    def handle_raw_input(self, *args, **kwargs):
        raise AssertionError("the body was read")


def test_two_hundred_megabytes_are_refused_before_the_body_is_read(world, officer, settings):
    settings.FILE_UPLOAD_HANDLERS = [f"{__name__}.Unread"]
    declared = {"CONTENT_LENGTH": str(200 * 1024 * 1024)}

    response = officer.post(upload_url(world), b"", content_type="multipart/form-data; boundary=x", **declared, **JSON)

    assert response.status_code == 413
    assert response.json()["message"] == (
        "Lượt tải lên này nặng 200 MB, vượt giới hạn 50 MB; tệp chưa được nhận. "
        "Hãy chọn tệp nhỏ hơn, hoặc tải lên từng tệp một."
    )


def test_an_ended_session_is_said_and_nothing_is_kept(world, client, objects):
    response = client.post(upload_url(world), {"file": upload()}, **JSON)

    assert response.status_code == 401
    assert response.json()["message"] == (
        "Phiên làm việc đã hết hạn, tệp chưa được nhận. Hãy đăng nhập lại rồi chọn lại tệp."
    )
    assert objects() == []


def test_an_upload_without_the_token_of_the_page_is_refused(world, objects):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(world.officer)

    assert browser.post(upload_url(world), {"file": upload()}, **JSON).status_code == 403
    assert objects() == []


def test_an_upload_after_the_close_is_told_when_it_closed(world, officer):
    with clock.simulated(CLOSES):
        response = officer.post(upload_url(world), {"file": upload()}, **JSON)

    assert response.status_code == 422
    assert response.json()["message"] == (
        "Đã hết hạn bước “Cung cấp tài liệu kiểm chứng, ký gửi” lúc 17:00 ngày 19/01/2024. "
        "Chỉ Sở Nội vụ có thể gia hạn."
    )


def test_who_reads_but_does_not_enter_may_not_upload(world, objects):
    world.move_to(Stage.SUBMITTED)
    organiser = browser_of(official(role=Role.ORGANISER, at=world.interior))

    response = organiser.post(upload_url(world), {"file": upload()}, **JSON)

    assert response.status_code == 403
    assert response.json()["message"] == (
        "Việc này cần vai trò “Cán bộ chấm điểm” hoặc “Lãnh đạo đơn vị” tại Sở Giao thông vận tải; "
        "tài khoản của bạn chưa được giao."
    )
    assert objects() == []


def test_a_store_that_is_down_is_said_and_may_be_tried_again(world, officer, monkeypatch):
    def fail(*args, **kwargs):
        raise OSError("down")

    monkeypatch.setattr(storages["evidence"], "save", fail)

    response = officer.post(upload_url(world), {"file": upload()}, **JSON)

    assert response.status_code == 503
    assert response.json()["message"] == (
        "Chưa lưu được tệp vì kho tài liệu đang gặp sự cố; tệp chưa được ghi nhận. Hãy tải lên lại sau ít phút."
    )


def test_a_download_is_an_attachment_with_its_vietnamese_name(world, officer, file):
    response, content = read(officer, reverse("evidence:download", args=[file.pk]))

    assert content == PDF
    assert response["Content-Disposition"] == f"attachment; filename*=utf-8''{quote(file.original_name)}"
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Length"] == str(len(PDF))
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Cache-Control"] == "private, no-store"
    access = EvidenceAccess.objects.get()
    assert (access.file, access.by, access.at, access.kind) == (file, world.officer, NOON, "download")


def test_a_pdf_is_shown_only_in_pages_of_this_site(officer, file):
    response, content = read(officer, reverse("evidence:view", args=[file.pk]))

    assert content == PDF

    assert response["Content-Disposition"].startswith("inline; ")
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert response["Content-Security-Policy"] == SEALED_IN_FRAME
    assert response["X-Content-Type-Options"] == "nosniff"
    assert EvidenceAccess.objects.get().kind == "view"


def test_a_picture_is_shown_sealed(world, officer):
    picture = operations.attach(score=world.scores[0], upload=upload("a.jpg", JPG), by=world.officer)

    response, _ = read(officer, reverse("evidence:view", args=[picture.pk]))

    assert response["Content-Type"] == "image/jpeg"
    assert response["Content-Security-Policy"] == SEALED_IN_FRAME


def test_other_types_are_never_shown_but_downloaded(world, officer):
    text = operations.attach(
        score=world.scores[0], upload=upload("a.docx", office("word/document.xml")), by=world.officer
    )

    response = officer.get(reverse("evidence:view", args=[text.pk]))

    assert response.url == reverse("evidence:download", args=[text.pk])
    assert not EvidenceAccess.objects.exists()


def test_a_withdrawn_file_can_still_be_read(world, officer, file):
    operations.withdraw(file=file, by=world.officer, reason="Nhầm văn bản")

    assert read(officer, reverse("evidence:download", args=[file.pk]))[1] == PDF


def test_a_lost_object_is_said_and_no_reading_is_recorded(officer, file, objects):
    objects()[0].unlink()

    response = officer.get(reverse("evidence:download", args=[file.pk]))

    assert response.status_code == 503
    assert response.content.decode() == (
        "Chưa mở được tệp vì kho tài liệu đang gặp sự cố. Hãy thử lại sau ít phút; nếu vẫn lỗi, hãy báo người quản trị."
    )
    assert not EvidenceAccess.objects.exists()


READERS = {
    "officer": (Role.OFFICER, "department", 200),
    "head": (Role.HEAD, "department", 200),
    "secretary": (Role.SECRETARY, "council", 200),
    "council": (Role.COUNCIL, "council", 200),
    "organiser": (Role.ORGANISER, "interior", 200),
    "appraiser of the body": (Role.APPRAISER, "justice", 200),
    "appraiser of another body": (Role.APPRAISER, "interior", 404),
    "supervisor": (Role.SUPERVISOR, "province", 404),
    "officer of another unit": (Role.OFFICER, "justice", 404),
    "administrator": (Role.ADMINISTRATOR, "province", 404),
}


@pytest.mark.parametrize(("role", "place", "status"), READERS.values(), ids=READERS)
def test_every_page_of_a_file_is_authorised_each_time(world, file, role, place, status):
    world.move_to(Stage.APPRAISAL)
    world.branch("Sở Tư pháp", world.justice)
    world.branch("Sở Nội vụ", world.interior)
    browser = browser_of(official(role=role, at=getattr(world, place)))
    pages = [reverse(f"evidence:{name}", args=[file.pk]) for name in ("download", "view")]

    assert [read(browser, page)[0].status_code for page in [*pages, item_url(world)]] == [status] * 3
    may_withdraw = {Role.OFFICER: 200, Role.HEAD: 200}.get(role, 403) if status == 200 else 404
    assert browser.get(reverse("evidence:withdraw", args=[file.pk])).status_code == may_withdraw
    assert EvidenceAccess.objects.count() == (2 if status == 200 else 0)


def test_a_role_that_was_taken_away_ends_reading_at_once(world, file):
    person = official(role=Role.OFFICER, at=world.department)
    browser = browser_of(person)
    url = reverse("evidence:download", args=[file.pk])
    assert read(browser, url)[0].status_code == 200

    world.officer.unituserobjectpermission_set.model.objects.filter(user=person).delete()

    assert browser.get(url).status_code == 404


@pytest.mark.parametrize("name", ["download", "view", "withdraw"])
def test_somebody_not_signed_in_is_asked_to_sign_in(client, file, name):
    url = reverse(f"evidence:{name}", args=[file.pk])

    assert client.get(url).url == f"{reverse('sign_in')}?next={url}"


def test_the_page_of_an_item_states_the_rules_and_offers_the_controls(world, officer, file):
    response = officer.get(item_url(world))

    page = response.content.decode()
    assert "Mỗi tệp không quá 50 MB; mỗi nội dung không quá 20 tệp." in page
    assert f'data-url="{upload_url(world)}"' in page
    assert 'data-max-bytes="52428800"' in page
    assert f'href="{reverse("evidence:withdraw", args=[file.pk])}"' in page
    assert page.index("dropzone__pick") < page.index("dropzone__drop")


def test_closed_controls_say_why(world, officer, file):
    with clock.simulated(CLOSES):
        page = officer.get(item_url(world)).content.decode()

    assert "Đã hết hạn bước “Cung cấp tài liệu kiểm chứng, ký gửi” lúc 17:00 ngày 19/01/2024." in page
    assert 'type="file"' not in page
    assert reverse("evidence:withdraw", args=[file.pk]) not in page


def test_a_reader_from_outside_the_unit_sees_no_controls(world, file):
    world.move_to(Stage.SUBMITTED)
    page = browser_of(official(role=Role.ORGANISER, at=world.interior)).get(item_url(world)).content.decode()

    assert "Kế hoạch “số 1”.pdf" in page
    assert "dropzone" not in page
    assert "Rút" not in page


def test_htmx_gets_only_the_list(world, officer, file):
    response = officer.get(item_url(world), HTTP_HX_REQUEST="true")

    assert response.templates[0].name == "evidence/_files.html"
    assert f'hx-trigger="upload:done from:#evidence-zone-{world.scores[0].pk} delay:200ms"' in response.content.decode()


def test_a_withdrawn_file_stays_on_the_list_with_its_reason(world, officer, file):
    response = officer.post(
        reverse("evidence:withdraw", args=[file.pk]), {"reason": "Nhầm <b>văn bản</b>"}, follow=True
    )

    assert sentences(response) == ["Đã rút “Kế hoạch “số 1”.pdf”. Tệp và lý do vẫn được lưu."]
    page = response.content.decode()
    assert "file--withdrawn" in page
    assert "Nhầm &lt;b&gt;văn bản&lt;/b&gt;" in page
    assert reverse("evidence:withdraw", args=[file.pk]) not in page


@pytest.mark.parametrize("posted", [{}, {"reason": ""}, {"reason": " "}, {"reason": "Nhầm"}])
def test_a_withdrawal_without_a_reason_is_refused_on_the_page(officer, file, posted):
    response = officer.post(reverse("evidence:withdraw", args=[file.pk]), posted)

    assert response.status_code == 422
    assert response.context["form"].errors == {"reason": ["Hãy ghi lý do rút tài liệu (ít nhất 5 ký tự)."]}
    file.refresh_from_db()
    assert not file.is_withdrawn


def test_a_withdrawal_by_somebody_of_another_unit_changes_nothing(world, file):
    world.move_to(Stage.SUBMITTED)
    organiser = browser_of(official(role=Role.ORGANISER, at=world.interior))

    assert organiser.post(reverse("evidence:withdraw", args=[file.pk]), {"reason": "Không hợp lệ"}).status_code == 403
    file.refresh_from_db()
    assert not file.is_withdrawn
    assert not AuditEvent.objects.filter(kind="evidence_withdrawn").exists()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_takes_the_same_queries_whatever_its_length(world, officer, rows, django_assert_num_queries):
    """Session, person, the row, roles; timetable, extensions; the files with their people."""
    for number in range(rows):
        operations.attach(score=world.scores[0], upload=upload(content=PDF + b"%" * number), by=world.officer)

    with django_assert_num_queries(7):
        response = officer.get(item_url(world), HTTP_HX_REQUEST="true")
    assert response.content.decode().count("file__name") == rows


def test_the_answer_to_a_script_is_json_in_vietnamese(world, officer):
    response = officer.post(upload_url(world), {}, **JSON)

    assert response.status_code == 400
    assert json.loads(response.content)["message"] == "Chưa chọn tệp nào. Hãy chọn tệp rồi bấm Tải lên."
