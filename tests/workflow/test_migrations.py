"""Data that a migration carries over, forwards and back."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tests.province import OPENING, make_province

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

BEFORE, AFTER = ("workflow", "0003_work_announced_at"), ("workflow", "0004_ladders_of_opened_periods")


def migrate(target: tuple[str, str]):
    executor = MigrationExecutor(connection)
    executor.migrate([target])
    return MigrationExecutor(connection).loader.project_state([target]).apps


@pytest.fixture
def back_to_now():
    yield
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def test_opened_periods_get_a_ladder_and_announced_work_its_moment(back_to_now):
    make_province()
    apps = migrate(BEFORE)
    works = apps.get_model("workflow", "WorkItem").objects
    apps.get_model("workflow", "PlannedReminder").objects.all().delete()
    apps.get_model("workflow", "Escalation").objects.all().delete()
    apps.get_model("workflow", "ReminderRule").objects.all().delete()
    works.update(announced_at=None)
    told = works.order_by("pk").first()
    works.exclude(pk=told.pk).update(last_rung="")
    works.filter(pk=told.pk).update(last_rung="d7")

    apps = migrate(AFTER)

    works = apps.get_model("workflow", "WorkItem").objects
    assert list(works.order_by("pk").values_list("announced_at", flat=True)) == [OPENING, None, None]
    rules = apps.get_model("workflow", "ReminderRule").objects.order_by("pk")
    assert list(rules.values_list("timing", "days", "audience")) == [
        ("before", 7, "assignees"),
        ("before", 3, "assignees"),
        ("before", 1, "assignees"),
        ("on", 0, "assignees"),
        ("after", 1, "assignees"),
        ("after", 2, "head"),
        ("after", 3, "assignees"),
        ("after", 5, "organiser"),
    ]

    works = migrate(BEFORE).get_model("workflow", "WorkItem").objects
    assert list(works.order_by("pk").values_list("last_rung", flat=True)) == ["opening", "", ""]
