"""In a real browser: the drop-zone brings the list up to date, and a PDF is shown inside a page although sealed."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as project
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path, reverse
from playwright.sync_api import sync_playwright

from assessments.models import StageWindow
from config.urls import handler403, handler404, handler500
from config.urls import urlpatterns as site
from evidence import operations
from evidence.models import EvidenceAccess, EvidenceFile
from tests.evidence.world import JPG, make_world, upload

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True), pytest.mark.urls(__name__)]
SAMPLES = Path(project.BASE_DIR) / "season" / "hai_duong_2023" / "evidence"
LONG_AFTER = datetime(2999, 1, 1, tzinfo=UTC)


def framed(request: HttpRequest, file_id: str) -> HttpResponse:
    """Show a file the way a page of appraisal does."""
    address = reverse("evidence:view", args=[file_id])
    return HttpResponse(f'<!doctype html><html lang="vi"><title>x</title><iframe src="{address}"></iframe></html>')


__all__ = ["handler403", "handler404", "handler500", "urlpatterns"]
urlpatterns = [path("khung/<uuid:file_id>/", framed), *site]


@pytest.fixture
def open_world(transactional_db):
    """Return a case whose window is open for any clock: the pages of a browser read the real one."""
    world = make_world()
    StageWindow.objects.update(due_at=LONG_AFTER, closes_at=LONG_AFTER)
    return world


def visit(live_server, person, address: str, act, width: int = 1440) -> list[str]:
    """Open ``address`` as ``person``, let ``act`` use the page and return the errors that the browser told."""
    client = Client()
    client.force_login(person)
    cookie = {"name": "sessionid", "value": client.session.session_key, "url": live_server.url}
    errors: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ["PAR_CHROMIUM"],
            headless=False,  # the old headless mode has no PDF viewer
            args=["--headless=new", "--no-sandbox"],
        )
        context = browser.new_context(viewport={"width": width, "height": 900}, locale="vi-VN")
        context.add_cookies([cookie])
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{live_server.url}{address}")
        act(page)
        browser.close()
    return errors


def test_a_pdf_is_shown_inside_a_page(open_world, live_server):
    content = (SAMPLES / "bao_cao_cchc_nam_2023.pdf").read_bytes()
    file = operations.attach(score=open_world.scores[0], upload=upload("a.pdf", content), by=open_world.officer)
    shown = []

    def look(page):
        page.wait_for_function("frames.length === 1")
        page.wait_for_timeout(3000)
        shown.extend(frame.url for frame in page.frames)

    visit(live_server, open_world.officer, f"/khung/{file.pk}/", look)

    assert any(url.startswith("chrome-extension://") for url in shown), shown  # the viewer has started
    assert not any(url.startswith("chrome-error://") for url in shown), shown
    assert EvidenceAccess.objects.get().kind == "view"


def test_dropped_files_appear_on_the_list_and_a_refusal_says_why(open_world, live_server, tmp_path):
    fake = tmp_path / "gia_mao.pdf"
    fake.write_bytes(b"MZ\x90\x00" + b"\x00" * 100)
    names: list[str] = []
    states: list[str] = []

    def send(page):
        page.locator("input[type=file]").set_input_files([SAMPLES / "bao_cao_cchc_nam_2023.pdf", fake])
        page.locator(".upload--failed").wait_for()
        page.locator(".file__name").wait_for()
        names.extend(page.locator(".file__name").all_inner_texts())
        states.extend(page.locator(".upload__state").all_inner_texts())

    errors = visit(live_server, open_world.officer, reverse("evidence:item", args=[open_world.scores[0].pk]), send)

    assert names == ["bao_cao_cchc_nam_2023.pdf"]
    assert states == [
        "Đã đính kèm.",
        "Tệp “gia_mao.pdf” có phần mở rộng .pdf nhưng nội dung là chương trình Windows (exe). Hãy tải lên tệp gốc "
        "thuộc loại: PDF, DOCX (Word), XLSX (Excel), PPTX (PowerPoint), JPG, PNG, ZIP.",
    ]
    assert errors == []
    assert [file.original_name for file in EvidenceFile.objects.all()] == ["bao_cao_cchc_nam_2023.pdf"]


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("page_name", ["item", "withdraw"])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(open_world, live_server, page_name, width):
    score, officer = open_world.scores[0], open_world.officer
    long_name = "Báo cáo kết quả thực hiện công tác cải cách hành chính năm 2023 của sở " * 2 + ".pdf"
    kept = operations.attach(score=score, upload=upload(long_name), by=officer, note="Bản ký số", pages="2-3")
    gone = operations.attach(score=score, upload=upload("anh.jpg", JPG), by=officer)
    operations.withdraw(file=gone, by=officer, reason="Nhầm ảnh của đơn vị khác")
    address = {
        "item": reverse("evidence:item", args=[score.pk]),
        "withdraw": reverse("evidence:withdraw", args=[kept.pk]),
    }
    found: list[str] = []
    too_wide: list[int] = []

    def look(page):
        found.extend(violation["id"] for violation in Axe().run(page).response["violations"])
        too_wide.append(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    visit(live_server, officer, address[page_name], look, width)

    assert found == []
    assert too_wide == [0]
