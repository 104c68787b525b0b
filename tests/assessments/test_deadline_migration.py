"""Extensions that were given before the ledger of moves keep their dates, reasons and people, there and back."""

from itertools import pairwise

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tests.province import at, make_province

BEFORE = [("assessments", "0004_deadline_moves")]
AFTER = [("assessments", "0005_extensions_become_moves")]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def latest_again():
    yield
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def migrate(target):
    executor = MigrationExecutor(connection)
    executor.migrate(target)
    return MigrationExecutor(connection).loader.project_state(target).apps


def test_extensions_become_moves_and_moves_extensions(latest_again):
    province = make_province()
    case, organiser = province.case("SXD"), province.people["organiser"]
    apps = migrate(BEFORE)
    ends = [at("2024-01-10 00:00"), at("2024-01-12 00:00"), at("2024-01-15 17:00")]
    for number, (previous, closes_at) in enumerate(pairwise(ends), 1):
        apps.get_model("assessments", "DeadlineExtension").objects.create(
            assessment_id=case.pk,
            window="evidence",
            previous_closes_at=previous,
            closes_at=closes_at,
            reason="Mất điện",
            decision_number=f"{number}/QĐ-SNV",
            by_id=organiser.pk,
            at=at("2024-01-08 09:00"),
        )

    apps = migrate(AFTER)

    rows = list(apps.get_model("assessments", "MovedDeadline").objects.select_related("move").order_by("id"))
    assert [(row.previous_due_at, row.previous_closes_at, row.due_at, row.closes_at) for row in rows] == [
        (ends[0], ends[0], ends[1], ends[1]),
        (ends[1], ends[1], ends[2], ends[2]),
    ]
    assert [(row.move.scope, row.move.state, row.move.decision_number, row.move.by_id) for row in rows] == [
        ("unit", "applied", "1/QĐ-SNV", organiser.pk),
        ("unit", "applied", "2/QĐ-SNV", organiser.pk),
    ]

    apps = migrate(BEFORE)

    back = apps.get_model("assessments", "DeadlineExtension").objects.order_by("id")
    assert list(back.values_list("previous_closes_at", "closes_at", "decision_number")) == [
        (ends[0], ends[1], "1/QĐ-SNV"),
        (ends[1], ends[2], "2/QĐ-SNV"),
    ]
    assert apps.get_model("assessments", "DeadlineMove").objects.count() == 0
