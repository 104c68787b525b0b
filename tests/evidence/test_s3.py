"""The same operations on S3: django-storages and boto3 against a small server here that speaks the protocol."""

import hashlib
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import unquote, urlsplit

import pytest
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.test import Client
from django.urls import reverse

from assessments import clock
from assessments.rules import NotAllowed
from evidence import operations, storage
from evidence.models import EvidenceFile
from tests.evidence.world import CLOSES, PDF, upload

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


class Bucket(BaseHTTPRequestHandler):
    """Objects in memory: put, head, get, delete; ``broken`` answers 403 to every put."""

    protocol_version = "HTTP/1.1"
    objects: dict[str, bytes]
    broken: bool

    def log_message(self, *args) -> None:
        """Say nothing."""

    def answer(self, status: int, body: bytes = b"", length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
        self.send_header("Last-Modified", "Mon, 08 Jan 2024 05:00:00 GMT")
        self.end_headers()
        self.wfile.write(body)

    @property
    def key(self) -> str:
        return unquote(urlsplit(self.path).path)

    def body(self) -> bytes:
        received = self.rfile.read(int(self.headers["Content-Length"]))
        if "aws-chunked" not in self.headers.get("Content-Encoding", ""):
            return received
        content, rest = b"", received
        while size := int(re.match(rb"[0-9a-fA-F]+", rest).group(), 16):
            start = rest.index(b"\r\n") + 2
            content, rest = content + rest[start : start + size], rest[start + size + 2 :]
        return content

    def do_PUT(self) -> None:
        content = self.body()
        if type(self).broken:
            self.answer(403, b"<Error><Code>AccessDenied</Code></Error>")
            return
        type(self).objects[self.key] = content
        self.answer(200)

    def do_HEAD(self) -> None:
        found = type(self).objects.get(self.key)
        self.answer(404 if found is None else 200, length=len(found or b""))

    def do_GET(self) -> None:
        found = type(self).objects.get(self.key)
        self.answer(404 if found is None else 200, found or b"<Error><Code>NoSuchKey</Code></Error>")

    def do_DELETE(self) -> None:
        type(self).objects.pop(self.key, None)
        self.answer(204)


@pytest.fixture
def bucket(settings):
    """Point the storage "evidence" at an S3 server with one empty bucket and return its handler."""
    handler = type("FreshBucket", (Bucket,), {"objects": {}, "broken": False})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    settings.STORAGES = {
        **settings.STORAGES,
        "evidence": {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": "minh-chung",
                "endpoint_url": f"http://127.0.0.1:{server.server_port}",
                "region_name": "vn-1",
                "access_key": "khoa",
                "secret_key": "bi-mat",
                "addressing_style": "path",
                "file_overwrite": False,
            },
        },
    }
    yield handler
    storage.store().connection.meta.client.close()
    server.shutdown()
    server.server_close()


def attach(world, **changes) -> EvidenceFile:
    return operations.attach(**{"score": world.scores[0], "upload": upload(), "by": world.officer, **changes})


def test_a_file_goes_to_the_bucket_and_comes_back_through_the_site(world, bucket):
    file = attach(world)

    assert bucket.objects == {f"/minh-chung/{file.storage_key}": PDF}
    assert (file.size, file.sha256) == (len(PDF), hashlib.sha256(PDF).hexdigest())
    assert storage.is_intact(key=file.storage_key, sha256=file.sha256)
    browser = Client()
    browser.force_login(world.officer)
    response = browser.get(reverse("evidence:download", args=[file.pk]))
    assert response.getvalue() == PDF
    assert response["Content-Length"] == str(len(PDF))
    assert response["Content-Type"] == "application/pdf"


def test_an_upload_that_waited_on_disk_goes_to_the_bucket(world, bucket):
    content = PDF + b"0" * 3_000_000
    with TemporaryUploadedFile("lon.pdf", "application/pdf", len(content), None) as received:
        received.write(content)

        file = attach(world, upload=received)

    assert bucket.objects[f"/minh-chung/{file.storage_key}"] == content


def test_a_refusal_leaves_no_object_in_the_bucket(world, bucket):
    with clock.simulated(CLOSES), pytest.raises(NotAllowed):
        attach(world)

    assert bucket.objects == {}
    assert not EvidenceFile.objects.exists()


def test_a_bucket_that_refuses_leaves_no_row(world, bucket):
    bucket.broken = True

    with pytest.raises(storage.StorageFailed) as refusal:
        attach(world)

    assert refusal.value.sentence == (
        "Chưa lưu được tệp vì kho tài liệu đang gặp sự cố; tệp chưa được ghi nhận. Hãy tải lên lại sau ít phút."
    )
    assert not EvidenceFile.objects.exists()


def test_an_object_that_is_lost_is_said(world, bucket):
    file = attach(world)
    bucket.objects.clear()
    browser = Client()
    browser.force_login(world.officer)

    assert browser.get(reverse("evidence:download", args=[file.pk])).status_code == 503
