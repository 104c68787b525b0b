"""A criteria set as the rules see it: plain rows, and the tree they form."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from assessments.enums import Part


@dataclass(frozen=True)
class ItemRule:
    """One row of a criteria set with its scoring rule. A leaf is scored itself, any other row by its children."""

    code: str
    parent_code: str
    level: str
    part: str
    name: str
    max_points: Decimal
    scoring: str
    rule_type: str
    rule: Mapping[str, Any]
    applicable_na: bool
    evidence_required: bool
    evidence_hint: str
    appraising_body: str
    is_leaf: bool
    position: int
    guidance: str = ""


@dataclass(frozen=True)
class Entry:
    """What stands for one leaf in one stage. Without input, N/A and zero given by the late policy it is unscored."""

    input: Mapping[str, Any] | None = None
    na: bool = False
    zeroed: bool = False


EMPTY = Entry()
"""The entry of a leaf for which nothing was entered."""


@dataclass(frozen=True)
class Tree:
    """The rows of one criteria set in their order, with any depth under each root.

    A root is a row without parent; its ``part`` says whether it is an area, a bonus or a penalty.
    """

    items: tuple[ItemRule, ...]

    @classmethod
    def build(cls, items: Iterable[ItemRule]) -> "Tree":
        """Put rows into a tree, ordered by position. Raise ValueError when a row names a parent that is missing."""
        tree = cls(tuple(sorted(items, key=lambda item: item.position)))
        lost = [item.code for item in tree.items if item.parent_code and item.parent_code not in tree.by_code]
        if lost:
            raise ValueError(f"Items without their parent: {', '.join(lost)}")
        return tree

    @cached_property
    def by_code(self) -> dict[str, ItemRule]:
        """Every row by its code."""
        return {item.code: item for item in self.items}

    @cached_property
    def children(self) -> dict[str, tuple[ItemRule, ...]]:
        """The rows directly under each row, by the code of the upper one ("" for the roots)."""
        below: dict[str, list[ItemRule]] = {}
        for item in self.items:
            below.setdefault(item.parent_code, []).append(item)
        return {code: tuple(rows) for code, rows in below.items()}

    @cached_property
    def leaves(self) -> tuple[ItemRule, ...]:
        """The rows that are scored themselves."""
        return tuple(item for item in self.items if item.is_leaf)

    @cached_property
    def areas(self) -> tuple[ItemRule, ...]:
        """The areas (lĩnh vực) that make up the maximum."""
        return self._roots(Part.BASE)

    @cached_property
    def bonus(self) -> tuple[ItemRule, ...]:
        """The roots that add points outside the maximum (điểm cộng)."""
        return self._roots(Part.BONUS)

    @cached_property
    def penalty(self) -> tuple[ItemRule, ...]:
        """The roots that take points off outside the maximum (điểm trừ)."""
        return self._roots(Part.PENALTY)

    def root_of(self, code: str) -> ItemRule:
        """Return the root above a row, or the row itself."""
        item = self.by_code[code]
        while item.parent_code:
            item = self.by_code[item.parent_code]
        return item

    def _roots(self, part: Part) -> tuple[ItemRule, ...]:
        return tuple(item for item in self.children.get("", ()) if item.part == part)
