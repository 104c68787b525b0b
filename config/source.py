"""Hands out the source of the running version (AGPL, section 13): the tree that this process was started from."""

import os
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from config.context import version

CHUNK = 64 * 1024  # bytes
NEVER = {"var", "__pycache__", "node_modules"}  # run-time files; names with a dot in front are left out too


@require_safe
def source(request: HttpRequest) -> HttpResponseBase:
    """Lead to the source that the operator names, else send the files of this installation as one archive."""
    if settings.SOURCE_URL:
        return HttpResponseRedirect(settings.SOURCE_URL)
    packed = archive()
    answer = StreamingHttpResponse(_chunks(packed), content_type="application/gzip")
    answer["Content-Length"] = packed.stat().st_size
    answer["Content-Disposition"] = f'attachment; filename="{archive_name()}"'
    answer["Content-Encoding"] = "identity"  # packed already
    return answer


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as packed:
        while chunk := packed.read(CHUNK):
            yield chunk


def archive_name() -> str:
    """Return the name of the archive, which says the version."""
    return f"par-index-engine-{version()}.tar.gz"


@cache
def archive() -> Path:
    """Make the archive once for each process, at its first request; return where it lies."""
    folder = settings.VAR_DIR / "source"
    folder.mkdir(parents=True, exist_ok=True)
    root = Path(archive_name().removesuffix(".tar.gz"))
    part = tempfile.NamedTemporaryFile(dir=folder, suffix=".part", delete=False)  # noqa: SIM115 - renamed below
    with part, tarfile.open(fileobj=part, mode="w:gz") as tar:
        for path in files(settings.BASE_DIR):
            tar.add(settings.BASE_DIR / path, arcname=str(root / path), recursive=False)
    target = folder / archive_name()
    os.replace(part.name, target)
    return target


def files(base: Path) -> list[Path]:
    """Return the source files below ``base``: those that git keeps, or without git all but run-time and hidden ones."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"],  # noqa: S607 - whichever git is installed
            cwd=base,
            capture_output=True,
            check=True,
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        listed = b""
    kept = [Path(os.fsdecode(name)) for name in listed.split(b"\0") if name]
    if not kept:
        kept = [path.relative_to(base) for path in _walk(base)]
    return [path for path in kept if (base / path).is_file()]


def _walk(folder: Path) -> list[Path]:
    found: list[Path] = []
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith(".") or entry.name in NEVER or entry == settings.VAR_DIR or entry.suffix == ".pyc":
            continue
        found += [entry] if entry.is_file() else _walk(entry) if entry.is_dir() and not entry.is_symlink() else []
    return found
