"""Kinds of message: their names, and whether people may switch them off; the app that writes the messages says so."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of message.

    ``required``: the regulation says that it is sent, so nobody can switch it off. Kinds of one ``group`` are switched
    together. ``is_digest``: gathered and sent at the hour that each person chose. ``is_listed``: offered among the
    choices of people; what answers something that they just did is not.
    """

    code: str
    label: str
    required: bool
    group: str
    is_digest: bool = False
    is_listed: bool = True


@dataclass(frozen=True)
class Group:
    """Kinds that are switched together."""

    code: str
    label: str
    required: bool


_kinds: dict[str, Kind] = {}


def register(
    code: str,
    label: str,
    *,
    required: bool = False,
    group: str = "",
    is_digest: bool = False,
    is_listed: bool = True,
) -> None:
    """Give the kind ``code`` its Vietnamese name and say whether it must be sent; alone in its group unless told."""
    _kinds[code] = Kind(
        code=code, label=label, required=required, group=group or code, is_digest=is_digest, is_listed=is_listed
    )


def find(code: str) -> Kind:
    """Return a kind; one that nobody registered cannot be switched off, for nobody offered to."""
    return _kinds.get(code) or Kind(code=code, label=code, required=True, group=code)


def is_known(code: str) -> bool:
    """Say whether somebody registered this kind."""
    return code in _kinds


def label_of(code: str) -> str:
    """Return the Vietnamese name of a kind, or its code when nobody named it."""
    return find(code).label


def groups() -> list[Group]:
    """Return what can be switched, in the order of registration; what must be sent first."""
    members: dict[str, list[Kind]] = {}
    for kind in (kind for kind in _kinds.values() if kind.is_listed):
        members.setdefault(kind.group, []).append(kind)
    found = [
        Group(code, ", ".join(kind.label for kind in kinds), any(kind.required for kind in kinds))
        for code, kinds in members.items()
    ]
    return sorted(found, key=lambda group: not group.required)


def group_of(code: str) -> Group | None:
    """Return the group ``code``, or None when no kind is in it."""
    return next((group for group in groups() if group.code == code), None)


def has_digest() -> bool:
    """Say whether anything is gathered and sent at an hour that people choose."""
    return any(kind.is_digest for kind in _kinds.values())
