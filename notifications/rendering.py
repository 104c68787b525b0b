"""Makes the text of a message from its dataclass and its templates; a missing field is an error, never a gap."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Any

from django.template import Context, Engine, engines
from django.template.backends.django import DjangoTemplates

from notifications.rules import one_line


class MissingField(Exception):
    """A template names a field that its message does not have."""


@dataclass(frozen=True)
class Rendered:
    """The finished text of one message."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What the layout of every e-mail shows; message dataclasses inherit it or have the same fields."""

    recipient_name: str
    unit_name: str
    period_name: str
    link: str = ""  # absolute address of the page where the recipient goes on; "" when there is nothing to do


class _StrictContext(Context):
    """A context that refuses an unknown name, in tags like ``if`` and ``for`` too."""

    def __getitem__(self, name: Any) -> Any:
        """Return the value of ``name``. Raise MissingField."""
        try:
            return super().__getitem__(name)
        except KeyError as unknown:
            raise MissingField(f"Thư không có trường “{name}”.") from unknown


class _RefusesGaps(str):
    """Stands where Django would print the replacement for an unknown attribute, as in ``unit.nme``."""

    __slots__ = ()

    def __contains__(self, _part: object) -> bool:
        return True

    def __mod__(self, variable: object) -> str:
        raise MissingField(f"Thư không có trường “{variable}”.")


def render(kind: str, letter) -> Rendered:
    """Return the subject, text and HTML of the message ``kind`` with the fields of the dataclass ``letter``.

    Raise MissingField when a template names a field that the letter lacks, TemplateDoesNotExist when a template is
    missing, TypeError when ``letter`` is not a dataclass instance.
    """
    if not is_dataclass(letter) or isinstance(letter, type):
        raise TypeError("A letter is an instance of a dataclass.")
    values = {field.name: getattr(letter, field.name) for field in fields(letter)}
    return Rendered(
        subject=one_line(_text(f"{kind}_subject.txt", values)),
        text="\n".join(_without_gaps(_text(f"{kind}_body.txt", values))) + "\n",
        html=_fill(f"{kind}_body.html", values, autoescape=True).strip() + "\n",
    )


def _text(name: str, values: dict) -> str:
    return _fill(name, values, autoescape=False)


def _fill(name: str, values: dict, *, autoescape: bool) -> str:
    """Return the template ``name`` of the folder of e-mails, filled."""
    template = _strict(_pages().engine).get_template(f"notifications/email/{name}")
    return template.render(_StrictContext(values, autoescape=autoescape))


def _without_gaps(text: str) -> Iterator[str]:
    """Yield the lines of ``text`` without trailing spaces and with at most one blank line in a row."""
    previous = ""
    for line in (line.rstrip() for line in text.strip().splitlines()):
        if line or previous:
            yield line
        previous = line


def _pages() -> DjangoTemplates:
    """Return the backend that makes the pages."""
    pages = engines["django"]
    if not isinstance(pages, DjangoTemplates):
        raise TypeError("The pages are made by Django's own templates.")
    return pages


@cache
def _strict(pages: Engine) -> Engine:
    """Return an engine that finds what ``pages`` finds but refuses gaps."""
    return Engine(
        dirs=pages.dirs,
        app_dirs=pages.app_dirs,
        libraries=pages.libraries,
        builtins=pages.builtins,
        string_if_invalid=_RefusesGaps("%s"),
    )
