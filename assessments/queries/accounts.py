"""Accounts and their roles as an administrator reads them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from assessments.enums import Role
from assessments.models import Official, Unit, UnitUserObjectPermission
from assessments.vietnamese import asked_words, search_words


@dataclass(frozen=True)
class Grant:
    """A role that a person holds on a unit; ``can_withdraw`` says whether the reader may take it away."""

    role: Role
    unit: Unit
    can_withdraw: bool


def accounts(user: Official, *, text: str = "", role: str = "", state: str = "") -> QuerySet[Official]:
    """Return the accounts that ``user`` administers, those with all words of ``text``, by name.

    Words are looked for in the unit (whatever the diacritics), in the account's name and in the person's name; ids of
    people are matched in Python because names are stored with their marks.
    """
    found: QuerySet[Official] = (
        Official.objects.visible_to(user).select_related("unit").order_by("display_name", "username")
    )
    if state == "active":
        found = found.filter(is_active=True)
    elif state == "inactive":
        found = found.filter(is_active=False)
    if role in Role.values:
        found = found.filter(pk__in=UnitUserObjectPermission.objects.filter(permission__codename=role).values("user"))
    words = asked_words(text)
    if words:
        names = found.values_list("pk", "display_name", "username", "email", "unit__search_text")
        matching = [pk for pk, *columns in names if _has(words, columns)]
        found = found.filter(pk__in=matching)
    return found


def grants_of(officials: list[Official], user: Official) -> dict[int, list[Grant]]:
    """Return the roles of several people; one query. ``user`` is who reads."""
    paths = user.unit_paths_of(Role.ADMINISTRATOR)
    rows = (
        UnitUserObjectPermission.objects.filter(user__in=officials)
        .select_related("content_object", "permission")
        .order_by("content_object__sort_key", "permission__codename")
    )
    grants: dict[int, list[Grant]] = {}
    for row in rows:
        unit, role = row.content_object, Role(row.permission.codename)
        below = any(unit.path.startswith(path) for path in paths)
        own_administration = row.user_id == user.pk and role == Role.ADMINISTRATOR
        grants.setdefault(row.user_id, []).append(Grant(role, unit, below and not own_administration))
    return grants


def administers(user: Official, official: Official) -> bool:
    """Say whether ``user`` may change the account of ``official``."""
    unit: Unit | None = official.unit
    if unit is None:
        return False
    return any(unit.path.startswith(path) for path in user.unit_paths_of(Role.ADMINISTRATOR))


def _has(words: Sequence[str], columns: Sequence[str | None]) -> bool:
    there = "".join(f" {word}" for column in columns if column for word in search_words(column))
    return all(f" {word}" in there for word in words)
