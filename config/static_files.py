"""How static files are stored in production."""

import re
from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

SITE_SHEET = "css/site.css"
IMPORT = re.compile(r'@import url\("(?P<name>[\w-]+\.css)"\);\n')


class SiteStorage(CompressedManifestStaticFilesStorage):
    """Names with a hash, compressed beside the original, and the style sheets of the site written into one file."""

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        """Write the sheets that site.css imports into it, then name and compress everything."""
        if SITE_SHEET in paths and not dry_run:
            self._write_into_one(paths)
        yield from super().post_process(paths, dry_run, **options)

    def _write_into_one(self, paths: dict[str, Any]) -> None:
        storage, source = paths[SITE_SHEET]
        with storage.open(source) as sheet:
            text = sheet.read().decode()

        def content_of(match: re.Match[str]) -> str:
            imported = f"css/{match['name']}"
            with paths[imported][0].open(paths[imported][1]) as part:
                return part.read().decode()

        self.delete(SITE_SHEET)
        self.save(SITE_SHEET, ContentFile(IMPORT.sub(content_of, text)))
        paths[SITE_SHEET] = (self, SITE_SHEET)
