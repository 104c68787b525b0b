"""The order of a table that its readers choose."""

from types import SimpleNamespace

import pytest

from assessments.rules.ordering import Column, Ordering
from assessments.vietnamese import collation_key

COLUMNS = (
    Column("ten", "Đơn vị", lambda row: collation_key(row.name)),
    Column("diem", "Điểm", lambda row: row.points, largest_first=True, is_number=True),
    Column("", "Ghi chú"),
)
ROWS = [
    SimpleNamespace(name=name, points=points)
    for name, points in [("Đông", 2), ("Dũng", None), ("Ba", 3), ("Bà", 2), ("Em", 1)]
]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("ten", ["Ba", "Bà", "Dũng", "Đông", "Em"]),
        ("-ten", ["Em", "Đông", "Dũng", "Bà", "Ba"]),
        ("diem", ["Em", "Đông", "Bà", "Ba", "Dũng"]),  # equal ones as they came; without a value last
        ("-diem", ["Ba", "Đông", "Bà", "Em", "Dũng"]),
        ("ghi-chu", ["Ba", "Bà", "Dũng", "Đông", "Em"]),  # unknown: the default
        ("", ["Ba", "Bà", "Dũng", "Đông", "Em"]),
    ],
)
def test_rows_are_sorted_as_the_address_asks(asked, names):
    assert [row.name for row in Ordering.read(COLUMNS, asked, default="ten").sort(ROWS)] == names


def test_heads_say_the_order_and_lead_to_the_next_one():
    heads = Ordering.read(COLUMNS, "-ten", default="ten").heads(lambda asked: f"?xep={asked}")
    assert [(head["url"], head["state"]) for head in heads] == [
        ("?xep=ten", "descending"),
        ("?xep=-diem", ""),  # the largest first
        ("", ""),
    ]
    by_points = Ordering.read(COLUMNS, "-diem", default="ten").heads(str)
    assert [(head["url"], head["state"]) for head in by_points] == [("ten", ""), ("diem", "descending"), ("", "")]


def test_a_default_that_is_no_column_is_a_mistake_of_the_page():
    with pytest.raises(ValueError, match="No column hang"):
        Ordering.read(COLUMNS, "", default="hang")
