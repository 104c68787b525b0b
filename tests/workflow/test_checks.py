"""The system check on stored node names, the printed table of stages."""

import pytest
from django.core.management import call_command
from viewflow.workflow.models import Task

from tests.province import make_province
from workflow.checks import check_stored_nodes

pytestmark = pytest.mark.django_db


def test_the_nodes_of_open_tasks_are_known():
    make_province()
    assert Task.objects.filter(finished=None).exists()
    assert check_stored_nodes(databases=["default"]) == []


def test_a_renamed_node_is_named_by_the_check():
    make_province()
    task = Task.objects.filter(finished=None).first()
    Task.objects.filter(pk=task.pk).update(flow_task="workflow/flows.assessment.AssessmentFlow.gone")
    (error,) = check_stored_nodes(databases=["default"])
    assert error.id == "workflow.E001"
    assert "AssessmentFlow.gone" in error.msg


def test_the_printed_table_of_stages_is_fresh():
    call_command("state_diagram", "--check")
