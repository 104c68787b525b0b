"""System checks: node names are frozen once released, because stored tasks refer to them by name."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from workflow.flows import AssessmentFlow, CorrectionFlow


@register(Tags.database)
def check_stored_nodes(
    *, app_configs: Sequence[AppConfig] | None = None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Name the nodes of open tasks that the flows no longer have: every page that shows such a task would fail."""
    known = {
        f"workflow/{flow.__module__.removeprefix('workflow.')}.{flow.__name__}.{node.name}"
        for flow in (AssessmentFlow, CorrectionFlow)
        for node in flow.instance.nodes()
    }
    errors: list[CheckMessage] = []
    for alias in databases or []:
        connection = connections[alias]
        if "viewflow_task" not in connection.introspection.table_names():
            continue
        with connection.cursor() as cursor:
            cursor.execute("SELECT DISTINCT flow_task FROM viewflow_task WHERE finished IS NULL")
            stored = {name for (name,) in cursor.fetchall()}
        errors += [
            Error(
                f"Open tasks refer to the node {name}, which no flow has.",
                hint="Node names are frozen: bring the node back under this name.",
                id="workflow.E001",
            )
            for name in sorted(stored - known)
        ]
    return errors
