"""Where the bytes lie: the storage "evidence" of the settings, a folder or an S3-compatible store.

Keys are generated, so that neither a name nor the content of a file can be read from them. Everything streams in
chunks. The digest is taken in one pass over the received upload (a local temporary file) *before* it is stored: an S3
client may read a body more than once, so counting what it reads would not be the file. What was stored is then
compared with what was counted.
"""

import hashlib
import logging
import re
import uuid
from dataclasses import dataclass
from typing import BinaryIO

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files import File
from django.core.files.storage import Storage, storages

from assessments.models import Assessment, AssessmentPeriod
from assessments.rules import NotAllowed

logger = logging.getLogger(__name__)
CHUNK = 64 * 1024  # bytes
FAULTS = (OSError, BotoCoreError, ClientError, Boto3Error)


class StorageFailed(NotAllowed):
    """The store could not take or give the bytes; nothing was recorded, trying again is right."""


@dataclass(frozen=True)
class Digest:
    """SHA-256 (hexadecimal) and size (bytes) of a file."""

    sha256: str
    size: int


def store() -> Storage:
    """Return the storage of the evidence files."""
    return storages["evidence"]


def new_key(assessment: Assessment) -> str:
    """Return a new key "<period>/<unit>/<random>" under which one object of this case is stored."""
    return "/".join([_plain(assessment.period.code), _plain(assessment.unit.code), uuid.uuid4().hex])


def new_decision_key(period: AssessmentPeriod) -> str:
    """Return a new key "<period>/_decisions/<random>" under which the document of a decision is stored."""
    return "/".join([_plain(period.code), "_decisions", uuid.uuid4().hex])


def digest(content: File | BinaryIO) -> Digest:
    """Return digest and size of ``content``, read in chunks from its beginning."""
    hashed, size = hashlib.sha256(), 0
    content.seek(0)
    while chunk := content.read(CHUNK):
        hashed.update(chunk)
        size += len(chunk)
    content.seek(0)
    return Digest(hashed.hexdigest(), size)


def put(*, key: str, content: File, size: int) -> str:
    """Store ``content`` and return the key it got. Raise StorageFailed, leaving no object, when that fails."""
    stored = key
    try:
        content.seek(0)
        stored = store().save(key, content)
        complete = store().size(stored) == size
    except FAULTS as fault:
        logger.exception("evidence object %s could not be stored", key)
        discard(stored)
        raise StorageFailed(_NOT_STORED) from fault
    if not complete:
        logger.error("evidence object %s was stored incompletely", stored)
        discard(stored)
        raise StorageFailed(_NOT_STORED)
    return stored


def discard(key: str) -> None:
    """Delete an object that no row refers to. An object that cannot be deleted now is logged and stays, harmless."""
    try:
        store().delete(key)
    except FAULTS:
        logger.exception("evidence object %s has no row and could not be deleted", key)


def open_object(key: str) -> File:
    """Open a stored object for reading. Raise StorageFailed when the store does not give it."""
    try:
        return store().open(key, "rb")
    except FAULTS as fault:
        logger.exception("evidence object %s could not be read", key)
        raise StorageFailed(
            "Chưa mở được tệp vì kho tài liệu đang gặp sự cố. Hãy thử lại sau ít phút; nếu vẫn lỗi, hãy báo người "
            "quản trị."
        ) from fault


def is_intact(*, key: str, sha256: str) -> bool:
    """Say whether the stored bytes still have the digest that was recorded."""
    with open_object(key) as content:
        return digest(content).sha256 == sha256


_NOT_STORED = "Chưa lưu được tệp vì kho tài liệu đang gặp sự cố; tệp chưa được ghi nhận. Hãy tải lên lại sau ít phút."


def _plain(code: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "-", code).strip("-") or "-"
