"""Makes the text of a message from its dataclass and its templates; a missing field is an error, never a gap."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Any

from django.template import Context, Engine, engines
from django.template.backends.django import DjangoTemplates

from notifications.channels import CHANNELS
from notifications.rules import one_line


class MissingField(Exception):
    """A template names a field that its message does not have."""


@dataclass(frozen=True)
class Rendered:
    """The finished text of one message."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class ShortForm:
    """The same message as a messenger shows it: a short text, and the parameters that fill a template of Zalo."""

    text: str
    fields: dict[str, str]


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
    values = _values_of(letter)
    return Rendered(
        subject=one_line(_text(f"email/{kind}_subject.txt", values)),
        text="\n".join(_without_gaps(_text(f"email/{kind}_body.txt", values))) + "\n",
        html=_fill(f"email/{kind}_body.html", values, autoescape=True).strip() + "\n",
    )


def render_short(kind: str, letter) -> ShortForm:
    """Return the short form of the message ``kind``; raises as ``render`` does.

    A parameter of a template has the name of the field of the dataclass and holds it as text on one line.
    """
    values = _values_of(letter)
    return ShortForm(
        text="\n".join(_without_gaps(_text(f"zalo/{kind}.txt", values))),
        fields={name: one_line(str(value)) for name, value in values.items() if isinstance(value, str | int)},
    )


def short_texts(channel: str, kind: str, letter) -> dict[str, Any]:
    """Return what a Draft for ``channel`` needs besides the long form: nothing where the channel shows that."""
    if not CHANNELS[channel].shows_short_form:
        return {}
    short = render_short(kind, letter)
    return {"short_text": short.text, "fields": short.fields}


def _values_of(letter) -> dict[str, Any]:
    """Return the fields of ``letter`` by name."""
    if not is_dataclass(letter) or isinstance(letter, type):
        raise TypeError("A letter is an instance of a dataclass.")
    return {field.name: getattr(letter, field.name) for field in fields(letter)}


def _text(name: str, values: dict) -> str:
    return _fill(name, values, autoescape=False)


def _fill(name: str, values: dict, *, autoescape: bool) -> str:
    """Return the template ``name`` of the folder of messages, filled."""
    template = _strict(_pages().engine).get_template(f"notifications/{name}")
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
