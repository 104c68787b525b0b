"""Whole seasons played through the operations, and what the command says about them."""

import io
from collections import Counter

import pytest
from django.core.management import call_command
from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from assessments.enums import Stage
from assessments.models import Assessment, DeadlineMove, Dispute, Submission, SupplementRequest
from evidence.models import EvidenceFile
from notifications.models import Message
from tests.reference_season import SEASON, rows_of
from tests.workflow.small_season import make_small_season, write
from workflow.models import Incident, WorkItem
from workflow.season.comparison import compare
from workflow.season.files import areas_beside, read_expected
from workflow.season.season import SeasonFiles, SilentProgress, play_season

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

STOPS = [
    Stage.TRAINING,
    Stage.SELF_SCORING,
    Stage.EVIDENCE,
    Stage.SIGN_OFF,
    Stage.HELD,
    Stage.SUBMITTED,
    Stage.APPRAISAL,
    Stage.CONSOLIDATION,
    Stage.DISPUTE,
    Stage.RESOLUTION,
    Stage.COUNCIL,
]


def expected_beside(files: SeasonFiles):
    path = files.scores.with_name("expected_results_2023.csv")
    return read_expected(path, areas_beside(path))


def run(files: SeasonFiles, *more: str) -> tuple[int, str, str]:
    """Run the command on the database of the test; return exit code, output and what went to stderr."""
    out, err = io.StringIO(), io.StringIO()
    arguments = ["--units", files.units, "--criteria", files.criteria, "--schedule", files.schedule]
    arguments += ["--scores", files.scores, "--expected", files.scores.with_name("expected_results_2023.csv")]
    try:
        call_command("play_season", *map(str, arguments), "--database", "default", *more, stdout=out, stderr=err)
    except SystemExit as leaving:
        return int(leaving.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_a_small_season_comes_out_equal_and_shows_every_turn(tmp_path):
    files = make_small_season(tmp_path, seed=77, of_each=4)

    season = play_season(files, seed=3, progress=SilentProgress())

    comparison = compare(season.publications, expected_beside(files))
    assert (comparison.differences, comparison.equal, comparison.units) == ((), 13, 13)
    assert set(Assessment.objects.values_list("stage", flat=True)) == {Stage.PUBLISHED}
    assert Submission.objects.filter(is_automatic=True).count() == 1
    assert Submission.objects.filter(withdrawn_at__isnull=False).count() == 2
    assert DeadlineMove.objects.exists()
    assert SupplementRequest.objects.exists()
    assert Dispute.objects.filter(outcome="").count() == 0
    assert EvidenceFile.objects.exists()
    assert not Incident.objects.exists()
    assert not WorkItem.objects.open().exists()
    assert not Task.objects.filter(flow_task_type="TIMER", status=STATUS.SCHEDULED).exists()
    assert set(Message.objects.values_list("status", flat=True)) <= {"sent", "cancelled"}
    assert not Message.objects.filter(status="cancelled", unneeded_since=None).exists()


@pytest.mark.once
@pytest.mark.parametrize("stage", STOPS)
def test_a_play_stops_with_units_in_the_stage(tmp_path, stage):
    files = make_small_season(tmp_path, seed=77)

    exit_code, told, _ = run(files, "--stop-at", stage.value)

    stages = Counter(Assessment.objects.values_list("stage", flat=True))
    assert exit_code == 0
    assert stages[stage] >= 1
    assert f" {stage.value}: " in told


def test_a_wrong_expected_value_is_named_and_leaves_with_1(tmp_path):
    files = make_small_season(tmp_path, seed=8, of_each=1)
    path = tmp_path / "expected_results_2023.csv"
    rows = list(rows_of(path))
    right = rows[0]["index_percent_6"]
    rows[0]["index_percent_6"] = "12.345678"
    write(path, rows)

    exit_code, told, _ = run(files)

    assert exit_code == 1
    assert f"so {rows[0]['unit_code']} index_percent_6: {right} instead of 12.345678" in told.splitlines()
    assert told.splitlines()[-1] == f"{len(rows) - 1} of {len(rows)} units equal"


def test_an_input_that_the_rules_refuse_is_named_and_leaves_with_2(tmp_path):
    files = make_small_season(tmp_path, seed=8, of_each=1)
    rows = list(rows_of(files.scores))
    spoilt = next(row for row in rows if row["scoring"] == "self" and "numerator" in row["self_input"])
    spoilt["self_input"] = '{"numerator":"4","denominator":"0"}'
    write(files.scores, rows)

    exit_code, _, told = run(files)

    assert exit_code == 2
    assert f"nội dung {spoilt['item_code']}" in told
    assert "không thể bằng 0" in told


def test_the_whole_reference_season_comes_out_equal():
    files = SeasonFiles(
        SEASON / "units_hai_duong_2023.csv", SEASON, SEASON / "schedule_2023.json", SEASON / "sample_scores_2023.csv"
    )

    exit_code, told, _ = run(files, "--evidence", "0.1")

    assert (exit_code, told) == (0, "50 of 50 units equal\n")
