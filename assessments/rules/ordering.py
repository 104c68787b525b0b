"""The order of a table, chosen by the heads of its columns: read from the address, said by the heads."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any


def _no_key(_row: Any) -> None:
    return None


@dataclass(frozen=True)
class Column:
    """One column: its name in the address, its head, and what its rows are compared by (None: last, either way).

    Without ``name`` nobody sorts by it. ``largest_first`` is what the first click gives.
    """

    name: str
    label: str
    key: Callable[[Any], Any] = _no_key
    largest_first: bool = False
    is_number: bool = False


@dataclass(frozen=True)
class Ordering:
    """The columns of a table with the one that it is sorted by."""

    columns: Sequence[Column]
    name: str
    descending: bool = False

    @classmethod
    def read(cls, columns: Sequence[Column], asked: str, *, default: str) -> "Ordering":
        """Return the order that an address asks for ("ten", "-ten"), the default one for anything unknown."""
        for each in (asked, default):
            name = each.removeprefix("-")
            if name and any(column.name == name for column in columns):
                return cls(columns, name, each.startswith("-"))
        raise ValueError(f"No column {default}.")

    @property
    def column(self) -> Column:
        """Return the column sorted by."""
        return next(column for column in self.columns if column.name == self.name)

    def sort(self, rows: Iterable[Any]) -> list[Any]:
        """Return rows in this order; equal ones stay as they came, those without a value stand last."""
        keyed = [(self.column.key(row), row) for row in rows]
        known = sorted(
            (pair for pair in keyed if pair[0] is not None), key=lambda pair: pair[0], reverse=self.descending
        )
        return [row for _key, row in known] + [row for key, row in keyed if key is None]

    def heads(self, address: Callable[[str], str]) -> list[dict[str, Any]]:
        """Return what ``_components/sort_head.html`` shows of each column; ``address`` leads to an order."""
        return [self._head(column, address) for column in self.columns]

    def _head(self, column: Column, address: Callable[[str], str]) -> dict[str, Any]:
        if not column.name:
            return {"label": column.label, "url": "", "state": "", "is_number": column.is_number}
        is_here = column.name == self.name
        descends = not self.descending if is_here else column.largest_first
        state = ("descending" if self.descending else "ascending") if is_here else ""
        return {
            "label": column.label,
            "url": address(f"-{column.name}" if descends else column.name),
            "state": state,
            "is_number": column.is_number,
        }
