"""An uploaded file kept between its dry run and its confirmation; nobody else can confirm it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from django.core import signing
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from assessments.models import Official
from assessments.rules import NotAllowed

FOLDER = "imports"
KEPT_FOR = timedelta(hours=2)
_SALT = "assessments.imports.kept"


@dataclass(frozen=True)
class KeptFile:
    """A file as it was uploaded."""

    key: str
    name: str
    content: bytes


def keep(*, content: bytes, name: str, by: Official) -> str:
    """Keep the bytes of an upload and return the signed token that finds them again."""
    key = default_storage.save(f"{FOLDER}/{uuid4().hex}", ContentFile(content))
    return signing.dumps({"key": key, "name": name, "by": by.pk}, salt=_SALT)


def find(token: str, *, by: Official) -> KeptFile:
    """Return the kept file of a token. Raise NotAllowed when it is too old, somebody else's or gone."""
    gone = "Tệp đã chọn không còn được giữ; hãy chọn lại tệp và kiểm tra lần nữa."
    try:
        found = signing.loads(token, salt=_SALT, max_age=KEPT_FOR)
    except signing.BadSignature as fault:
        raise NotAllowed(gone) from fault
    if found["by"] != by.pk or not default_storage.exists(found["key"]):
        raise NotAllowed(gone)
    with default_storage.open(found["key"]) as file:
        return KeptFile(found["key"], found["name"], file.read())


def forget(kept: KeptFile) -> None:
    """Drop a kept file once it was imported."""
    default_storage.delete(kept.key)


def forget_old(*, at: datetime) -> None:
    """Drop files that nobody confirmed in time."""
    if not default_storage.exists(FOLDER):
        return
    for name in default_storage.listdir(FOLDER)[1]:
        key = f"{FOLDER}/{name}"
        if default_storage.get_modified_time(key) < at - KEPT_FOR:
            default_storage.delete(key)
