"""Deadlines moved by decisions: what moves with them, what opens again, the dry run, the second person."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from viewflow.workflow.models import Task

from assessments import clock
from assessments.enums import LatePolicy, MoveState, Role, Stage, UnitKind, WindowKind
from assessments.models import AssessmentPeriod, AuditEvent, DeadlineMove, MovedDeadline, Official
from assessments.operations import scores
from assessments.operations.deadlines import MoveRequest
from assessments.queries.deadlines import appraisal_window_of, window_of, windows_of
from assessments.rules import NotAllowed, NotPermitted
from assessments.rules.moves import NewEnd
from notifications.enums import Status
from notifications.models import Message
from tests.province import Province, at, make_province, move, person, request_for, sweep
from tests.workflow.stages import (
    branch_of,
    fill_in,
    row,
    to_appraisal,
    to_dispute,
    to_sign_off,
    to_submitted,
)
from workflow.models import PlannedReminder, WorkItem
from workflow.operations import steps
from workflow.operations.deadlines import (
    EffectChanged,
    confirm_move,
    move_deadline,
    preview_confirmation,
    preview_move,
    refuse_move,
)
from workflow.operations.move_outcome import MoveOutcome

pytestmark = pytest.mark.django_db
NOW = "2024-01-08 09:00"


@pytest.fixture
def province() -> Province:
    return make_province(late_policy=LatePolicy.HOLD)


@pytest.fixture
def second(province) -> Official:
    """Another organiser of the same round."""
    return second_organiser(province)


def second_organiser(province: Province) -> Official:
    return person("to-chuc-2", province.units["SNV"], (Role.ORGANISER, province.root))


def open_nodes(province: Province, code: str) -> list[str]:
    return sorted(WorkItem.objects.open().filter(assessment=province.case(code)).values_list("node", flat=True))


def closings(province: Province, window: WindowKind) -> dict[str, str]:
    cases = [province.case(code) for code in ("STP", "SXD", "SYT")]
    windows = windows_of(cases)
    return {case.unit.code: f"{windows[case.pk][window].closes_at.astimezone(at(NOW).tzinfo):%m-%d}" for case in cases}


def timers(province: Province, code: str) -> dict[str, str]:
    """Return the armed timers of a case by title, as province time."""
    armed = Task.objects.filter(
        process__in=province.case(code).processes.all(), flow_task_type="TIMER", status="SCHEDULED"
    )
    return {
        str(task.flow_task.task_title): f"{task.scheduled.astimezone(at(NOW).tzinfo):%Y-%m-%d %H:%M}" for task in armed
    }


def run(request: MoveRequest, by: Official, moment: str = NOW, expected: str = "") -> MoveOutcome:
    with clock.simulated(at(moment)):
        return move_deadline(request=request, by=by, expected=expected)


def dry_run(request: MoveRequest, by: Official, moment: str = NOW) -> MoveOutcome:
    with clock.simulated(at(moment)):
        return preview_move(request=request, by=by)


# What moves


def test_a_move_for_all_moves_windows_timers_work_and_reminders_of_every_case(province):
    sweep(at("2024-01-01 00:00"))
    reminded = PlannedReminder.objects.filter(state="planned").count()

    outcome = run(
        request_for(province, WindowKind.SELF_SCORING, "2024-01-16 00:00"),
        province.people["organiser"],
        "2024-01-02 09:00",
    )

    assert closings(province, WindowKind.SELF_SCORING) == {"STP": "01-16", "SXD": "01-16", "SYT": "01-16"}
    assert closings(province, WindowKind.EVIDENCE) == {"STP": "01-16", "SXD": "01-16", "SYT": "01-16"}
    assert timers(province, "SXD") == {"Hết hạn tự chấm": "2024-01-16 00:00"}
    work = WorkItem.objects.open().get(assessment=province.case("SXD"))
    assert (work.node, work.due_at, work.closes_at) == ("self_score", at("2024-01-16 00:00"), at("2024-01-16 00:00"))
    assert work.version == 2
    planned = PlannedReminder.objects.filter(state="planned", work=work)
    assert planned.exists()
    assert not planned.exclude(version=2).exists()
    assert PlannedReminder.objects.filter(state="planned").count() >= reminded
    assert (len(outcome.cases), len(outcome.works), len(outcome.timers), outcome.reopened) == (6, 3, 3, 0)
    assert {each.username for each in outcome.people} == {"can-bo-stp", "can-bo-sxd", "can-bo-syt"}
    assert [each.before.closes_at for each in outcome.cases] == [at("2024-01-10 00:00")] * 6


def test_a_move_for_a_kind_leaves_the_other_kinds(province):
    request = request_for(province, WindowKind.EVIDENCE, "2024-01-16 00:00", scope="kind", unit_kind=UnitKind.DISTRICT)

    with pytest.raises(NotAllowed, match="Không có hồ sơ nào thuộc phạm vi này"):
        run(request, province.people["organiser"])

    assert DeadlineMove.objects.count() == 0


def test_working_days_move_each_case_from_its_own_end(province):
    with clock.simulated(at(NOW)):
        move(province, WindowKind.EVIDENCE, "2024-01-12 17:00", unit="SXD")
        move(province, WindowKind.EVIDENCE, new_end=NewEnd(working_days=2))
    assert closings(province, WindowKind.EVIDENCE) == {"STP": "01-12", "SXD": "01-16", "SYT": "01-12"}
    # Tuesday the 9th is the last valid day: two working days on is Thursday the 11th, so it closes with the 12th
    assert window_of(province.case("SXD"), WindowKind.EVIDENCE).closes_at == at("2024-01-16 17:00")


def test_a_body_gets_its_own_end_and_only_its_own_work_moves(province):
    to_appraisal(province, "SXD")
    outcome = run(
        request_for(province, WindowKind.APPRAISAL, "2024-02-20 17:00", unit="SXD", body="Sở Tư pháp"),
        province.people["organiser"],
        "2024-01-22 09:00",
    )
    own, other = branch_of(province, "SXD", "Sở Tư pháp"), branch_of(province, "SXD", "Sở Nội vụ")
    assert appraisal_window_of(own).closes_at == at("2024-02-20 17:00")
    assert appraisal_window_of(other).closes_at == at("2024-02-15 08:00")
    assert window_of(province.case("SXD"), WindowKind.APPRAISAL).closes_at == at("2024-02-15 08:00")
    assert [(each.title, each.after_closes) for each in outcome.works] == [
        ("Thẩm định – Sở Tư pháp", at("2024-02-20 17:00"))
    ]
    assert [each.username for each in outcome.people] == ["tham-dinh-stp"]
    with clock.simulated(at("2024-02-16 09:00")):
        with pytest.raises(NotAllowed, match="Đã hết hạn"):
            appraise_one(province, other)
        appraise_one(province, own)
    kinds = AuditEvent.objects.filter(assessment=province.case("SXD")).values_list("kind", flat=True)
    assert "branch_deadline_moved" in kinds
    assert "deadline_extended" not in kinds  # which every appraiser may read


def appraise_one(province: Province, branch) -> None:
    scores.agree_with_self_scores(branch=branch, by=province.people[f"appraiser-{branch.unit.code}"])


def test_a_later_end_for_all_leaves_the_body_that_has_more(province):
    to_appraisal(province, "SXD")
    organiser = province.people["organiser"]
    run(
        request_for(province, WindowKind.APPRAISAL, "2024-02-20 17:00", unit="SXD", body="Sở Tư pháp"),
        organiser,
        "2024-01-22 09:00",
    )
    run(request_for(province, WindowKind.APPRAISAL, "2024-02-16 17:00"), organiser, "2024-01-22 10:00")
    assert appraisal_window_of(branch_of(province, "SXD", "Sở Tư pháp")).closes_at == at("2024-02-20 17:00")
    assert appraisal_window_of(branch_of(province, "SXD", "Sở Nội vụ")).closes_at == at("2024-02-16 17:00")
    run(request_for(province, WindowKind.APPRAISAL, new_end=NewEnd(working_days=1)), organiser, "2024-01-22 11:00")
    assert appraisal_window_of(branch_of(province, "SXD", "Sở Tư pháp")).closes_at == at("2024-02-21 17:00")


def test_one_person_hears_of_a_move_once_and_waiting_messages_about_old_dates_are_called_off(province):
    to_appraisal(province, "SXD", "SYT")
    waiting = Message.objects.filter(status=Status.WAITING, recipient=province.people["appraiser-STP"])
    before = waiting.count()

    run(
        request_for(province, WindowKind.APPRAISAL, "2024-02-16 17:00"),
        province.people["organiser"],
        "2024-01-22 09:00",
    )

    assert before > 1
    told = waiting.get()
    assert (told.kind, told.subject) == ("deadline_extended", "Dời thời hạn của 2 việc")
    assert "hạn mới 17:00 ngày 16/02/2024, trước đây 08:00 ngày 15/02/2024" in told.body_text
    assert "12/QĐ-SNV ngày 20/12/2023" in told.body_text


# What opens again


@pytest.mark.parametrize("policy", [LatePolicy.SUBMIT_AS_IS, LatePolicy.ZERO])
def test_a_case_that_the_system_submitted_goes_back_to_its_unit(policy):
    province = make_province(late_policy=policy)
    sweep(at("2024-01-01 00:00"))
    sweep(at("2024-01-10 00:01"))
    assert province.case("SXD").stage == Stage.SUBMITTED

    outcome = run(
        request_for(province, WindowKind.EVIDENCE, "2024-01-16 00:00", unit="SXD"),
        province.people["organiser"],
        "2024-01-10 07:00",
    )

    case = province.case("SXD")
    assert (case.stage, case.late_policy_applied, case.late_since, case.round) == (Stage.SELF_SCORING, "", None, 2)
    receipt = case.submissions.get()
    assert (receipt.is_automatic, receipt.withdrawn_by) == (True, province.people["organiser"])
    assert not row(province, "SXD", "1.1").self_zeroed
    assert open_nodes(province, "SXD") == ["self_score"]
    assert timers(province, "SXD") == {"Hết hạn tự chấm": "2024-01-16 00:00"}
    assert [each.reopens for each in outcome.cases if each.reopens] == ["Rút biên nhận hệ thống tự nộp, trả lại đơn vị"]
    assert province.case("SYT").stage == Stage.SUBMITTED
    with clock.simulated(at("2024-01-15 10:00")):
        fill_in(province, "SXD")
        steps.hand_in_scores(assessment=case, by=province.people["officer-SXD"])
        steps.present_to_head(assessment=case, by=province.people["officer-SXD"])
        assert steps.submit(assessment=case, confirmed=True, by=province.people["head-SXD"]).number == 2


@pytest.mark.parametrize("policy", [LatePolicy.SUBMIT_AS_IS, LatePolicy.ZERO])
def test_a_case_that_the_system_took_out_of_self_scoring_goes_back_to_it(policy):
    province = make_province(late_policy=policy)
    with clock.simulated(at("2023-12-20 09:00")):
        move(province, WindowKind.EVIDENCE, "2024-01-12 00:00")
    sweep(at("2024-01-01 00:00"))
    sweep(at("2024-01-10 00:01"))
    assert province.case("SXD").stage == Stage.EVIDENCE
    assert row(province, "SXD", "1.1").self_zeroed == (policy == LatePolicy.ZERO)

    run(
        request_for(province, WindowKind.SELF_SCORING, "2024-01-12 00:00", unit="SXD"),
        province.people["organiser"],
        "2024-01-10 09:00",
    )

    assert open_nodes(province, "SXD") == ["self_score"]
    assert not row(province, "SXD", "1.1").self_zeroed
    assert open_nodes(province, "SYT") == ["provide_evidence"]


def test_a_case_with_the_appraisers_goes_back_while_nothing_is_decided_and_stays_once_something_is():
    province = make_province(late_policy=LatePolicy.SUBMIT_AS_IS)
    sweep(at("2024-01-01 00:00"))
    sweep(at("2024-01-10 08:00"))
    assert open_nodes(province, "SXD") == ["appraise", "appraise"]
    with clock.simulated(at("2024-01-10 10:00")):
        scores.agree_with_self_scores(
            branch=branch_of(province, "SYT", "Sở Tư pháp"), by=province.people["appraiser-STP"], unscored_as_zero=True
        )

    outcome = run(
        request_for(province, WindowKind.EVIDENCE, "2024-01-16 00:00"), province.people["organiser"], "2024-01-10 11:00"
    )

    assert open_nodes(province, "SXD") == ["self_score"]
    assert province.case("SYT").stage == Stage.APPRAISAL
    assert "Sở Y tế: cơ quan thẩm định đã có kết luận hoặc yêu cầu bổ sung nên không mở lại." in outcome.warnings
    assert outcome.reopened == 2


def test_a_held_case_stays_held_when_another_step_moves(province):
    sweep(at("2024-01-01 00:00"))
    sweep(at("2024-01-10 00:01"))
    run(
        request_for(province, WindowKind.APPRAISAL, "2024-02-16 17:00"),
        province.people["organiser"],
        "2024-01-10 09:00",
    )
    assert province.case("SXD").stage == Stage.HELD
    assert window_of(province.case("SXD"), WindowKind.APPRAISAL).closes_at == at("2024-02-16 17:00")


def test_an_unused_dispute_window_opens_again(province):
    to_dispute(province, "SXD")
    sweep(at("2024-02-19 17:00"))
    assert province.case("SXD").stage == Stage.COUNCIL

    outcome = run(
        request_for(province, WindowKind.DISPUTE, "2024-02-22 17:00", unit="SXD"),
        province.people["organiser"],
        "2024-02-20 09:00",
    )

    assert (province.case("SXD").stage, open_nodes(province, "SXD")) == (Stage.DISPUTE, ["dispute"])
    assert outcome.cases[0].reopens == "Mở lại thời hạn kiến nghị chưa dùng"
    assert timers(province, "SXD") == {"Hết hạn kiến nghị": "2024-02-22 17:00"}
    sweep(at("2024-02-22 17:00"))
    assert province.case("SXD").stage == Stage.COUNCIL


def test_a_result_that_the_head_accepted_stays_accepted(province):
    to_dispute(province, "SXD")
    with clock.simulated(at("2024-02-15 09:00")):
        steps.finish_disputes(assessment=province.case("SXD"), by=province.people["head-SXD"])
    run(
        request_for(province, WindowKind.DISPUTE, "2024-02-22 17:00", unit="SXD"),
        province.people["organiser"],
        "2024-02-20 09:00",
    )
    assert province.case("SXD").stage == Stage.COUNCIL


# Earlier


def test_an_earlier_end_ahead_is_moved_at_once_and_enforced(province):
    to_sign_off(province, "SXD")
    run(request_for(province, WindowKind.EVIDENCE, "2024-01-09 12:00"), province.people["organiser"])
    with clock.simulated(at("2024-01-09 12:00")), pytest.raises(NotAllowed, match="12:00 ngày 09/01/2024"):
        steps.submit(assessment=province.case("SXD"), confirmed=True, by=province.people["head-SXD"])
    assert AuditEvent.objects.filter(kind="deadline_shortened", assessment=province.case("SXD")).count() == 1


def test_closing_an_open_step_at_once_waits_for_a_second_person(province, second):
    to_sign_off(province, "SXD")
    organiser = province.people["organiser"]

    proposed = run(request_for(province, WindowKind.EVIDENCE, "2024-01-08 08:00"), organiser)

    assert (proposed.is_proposal, proposed.cases) == (True, ())
    assert closings(province, WindowKind.EVIDENCE)["SXD"] == "01-10"
    with clock.simulated(at("2024-01-08 10:00")):
        with pytest.raises(NotAllowed, match="người đề nghị không tự xác nhận được"):
            confirm_move(move=proposed.move, by=organiser)
        with pytest.raises(NotPermitted):
            confirm_move(move=proposed.move, by=province.people["secretary"])
        dry = preview_confirmation(move=proposed.move, by=second)
        done = confirm_move(move=proposed.move, by=second, expected=dry.fingerprint)
    assert done.fingerprint == dry.fingerprint
    assert closings(province, WindowKind.EVIDENCE) == {"STP": "01-08", "SXD": "01-08", "SYT": "01-08"}
    move = DeadlineMove.objects.get()
    assert (move.state, move.by, move.decided_by, move.decided_at) == (
        MoveState.APPLIED,
        organiser,
        second,
        at("2024-01-08 10:00"),
    )
    with clock.simulated(at("2024-01-08 10:01")), pytest.raises(NotAllowed, match="Đã hết hạn"):
        steps.submit(assessment=province.case("SXD"), confirmed=True, by=province.people["head-SXD"])
    sweep(at("2024-01-08 10:02"))
    assert province.case("SXD").stage == Stage.HELD
    with clock.simulated(at("2024-01-08 10:03")), pytest.raises(NotAllowed, match="không còn chờ xác nhận"):
        confirm_move(move=move, by=second)


def test_a_refused_proposal_moves_nothing_and_keeps_its_reason(province, second):
    proposed = run(request_for(province, WindowKind.EVIDENCE, "2024-01-08 08:00"), province.people["organiser"])
    with clock.simulated(at("2024-01-08 10:00")):
        with pytest.raises(NotAllowed, match="lý do không xác nhận"):
            refuse_move(move=proposed.move, reason="  ", by=second)
        refused = refuse_move(move=proposed.move, reason="Chưa có căn cứ", by=second)
    assert (refused.state, refused.refusal_reason) == (MoveState.REFUSED, "Chưa có căn cứ")
    assert MovedDeadline.objects.count() == 0


def test_the_database_refuses_a_move_confirmed_by_who_proposed_it(province):
    proposed = run(request_for(province, WindowKind.EVIDENCE, "2024-01-08 08:00"), province.people["organiser"])
    with pytest.raises(IntegrityError), transaction.atomic():
        DeadlineMove.objects.filter(pk=proposed.move.pk).update(
            state=MoveState.APPLIED, decided_by=province.people["organiser"], decided_at=at(NOW)
        )


# The dry run


def test_a_dry_run_changes_nothing_and_says_what_the_real_run_then_does(province):
    to_submitted(province, "SYT")
    sweep(at("2024-01-01 00:00"))
    request = request_for(province, WindowKind.EVIDENCE, "2024-01-16 00:00")
    counted = [DeadlineMove, MovedDeadline, AuditEvent, Message, PlannedReminder, WorkItem, Task]
    rows = [model.objects.count() for model in counted]

    dry = dry_run(request, province.people["organiser"])

    assert [model.objects.count() for model in counted] == rows
    assert closings(province, WindowKind.EVIDENCE)["SXD"] == "01-10"
    done = run(request, province.people["organiser"], expected=dry.fingerprint)
    assert done.fingerprint == dry.fingerprint
    assert (done.cases, done.works, done.timers, done.reminders, done.people, done.warnings) == (
        dry.cases,
        dry.works,
        dry.timers,
        dry.reminders,
        dry.people,
        dry.warnings,
    )
    assert len(dry.cases) == 3


def test_when_the_effect_is_no_longer_what_was_previewed_nothing_is_done(province):
    sweep(at("2024-01-01 00:00"))
    request = request_for(province, WindowKind.SELF_SCORING, "2024-01-16 00:00")
    dry = dry_run(request, province.people["organiser"])
    with clock.simulated(at("2024-01-08 09:30")):
        fill_in(province, "SXD")
        steps.hand_in_scores(assessment=province.case("SXD"), by=province.people["officer-SXD"])

    with pytest.raises(EffectChanged) as changed:
        run(request, province.people["organiser"], "2024-01-08 10:00", expected=dry.fingerprint)

    assert DeadlineMove.objects.count() == 0
    assert changed.value.outcome.fingerprint != dry.fingerprint
    again = run(request, province.people["organiser"], "2024-01-08 10:01", expected=changed.value.outcome.fingerprint)
    assert again.move.state == MoveState.APPLIED


def test_what_a_new_end_runs_into_is_said(province):
    dry = dry_run(request_for(province, WindowKind.APPRAISAL, "2024-02-25 00:00"), province.people["organiser"])
    assert dry.warnings == (
        "Bước “Tổng hợp kết quả sơ bộ” đóng lúc 17:00 ngày 20/02/2024, trước hạn mới của bước “Thẩm định” (3 hồ sơ); "
        "hãy cân nhắc dời cả bước đó.",
        "Bước “Kiến nghị” đóng lúc 17:00 ngày 19/02/2024, trước hạn mới của bước “Thẩm định” (3 hồ sơ); hãy cân nhắc "
        "dời cả bước đó.",
        "Ngày cuối 24/02/2024 không phải ngày làm việc (nghỉ cuối tuần).",
    )


def test_only_the_organiser_of_the_round_moves_or_previews(province):
    request = request_for(province, WindowKind.EVIDENCE, "2024-01-16 00:00")
    for who in ("secretary", "council", "officer-SXD", "administrator", "supervisor"):
        with pytest.raises(NotPermitted):
            dry_run(request, province.people[who])
        with pytest.raises(NotPermitted):
            run(request, province.people[who])


def test_moving_one_case_or_three_takes_the_same_number_of_statements(province):
    """Nothing opens again here; what does is carried by the flow, case by case."""
    sweep(at("2024-01-01 00:00"))
    counts = []
    for scope in ({"unit": "SXD"}, {}):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            run(request_for(province, WindowKind.EVIDENCE, "2024-01-16 00:00", **scope), province.people["organiser"])
        counts.append(len(captured))
    assert counts[1] - counts[0] <= 3  # the period's own event among them


# The clock that stops


def ask(province: Province, moment: str) -> None:
    with clock.simulated(at(moment)):
        steps.request_supplement(
            branch=branch_of(province, "SXD", "Sở Tư pháp"),
            reason="Thiếu danh mục văn bản",
            items={"2.1": "Chưa có danh mục"},
            by=province.people["appraiser-STP"],
        )


def answer(province: Province, moment: str) -> None:
    with clock.simulated(at(moment)):
        branch = branch_of(province, "SXD", "Sở Tư pháp")
        steps.answer_supplement(branch=branch, answer="Đã bổ sung danh mục", by=province.people["officer-SXD"])


def test_the_days_of_a_supplement_are_given_back_to_the_body_that_waited(province):
    to_appraisal(province, "SXD")
    ask(province, "2024-01-15 10:00")
    answer(province, "2024-01-17 10:00")

    own, other = branch_of(province, "SXD", "Sở Tư pháp"), branch_of(province, "SXD", "Sở Nội vụ")
    # the two working days after the 15th; it closed on Thursday 15 February at 08:00
    assert appraisal_window_of(own).closes_at == at("2024-02-19 08:00")
    assert appraisal_window_of(other).closes_at == at("2024-02-15 08:00")
    moved = DeadlineMove.objects.get()
    assert (moved.cause, moved.working_days, moved.by, moved.state) == ("clock", 2, None, "applied")
    assert "10:00 ngày 15/01/2024 đến 10:00 ngày 17/01/2024" in moved.reason
    work = WorkItem.objects.open().get(assessment=province.case("SXD"), node="appraise", branch=own)
    assert work.closes_at == at("2024-02-19 08:00")


def test_a_supplement_that_nobody_answers_gives_its_days_back_too(province):
    to_appraisal(province, "SXD")
    ask(province, "2024-01-15 10:00")
    sweep(at("2024-01-18 17:00"))
    assert appraisal_window_of(branch_of(province, "SXD", "Sở Tư pháp")).closes_at == at("2024-02-20 08:00")


def test_a_stopped_clock_lets_a_supplement_outlast_the_appraisal(province):
    to_appraisal(province, "SXD")
    ask(province, "2024-02-07 10:00")
    branch = branch_of(province, "SXD", "Sở Tư pháp")
    # the 15th, the 16th and Monday the 19th: Tết is no working time
    assert branch.supplements.get().closes_at == at("2024-02-19 17:00")
    answer(province, "2024-02-19 09:00")
    assert appraisal_window_of(branch).closes_at == at("2024-02-20 08:00")
    with clock.simulated(at("2024-02-20 07:59")):
        appraise_one(province, branch_of(province, "SXD", "Sở Tư pháp"))


def test_two_rounds_add_up(province):
    to_appraisal(province, "SXD")
    ask(province, "2024-01-15 10:00")
    answer(province, "2024-01-16 10:00")
    ask(province, "2024-01-17 10:00")
    answer(province, "2024-01-18 10:00")
    assert appraisal_window_of(branch_of(province, "SXD", "Sở Tư pháp")).closes_at == at("2024-02-19 08:00")
    assert DeadlineMove.objects.count() == 2


def test_a_period_may_let_the_clock_run(province):
    AssessmentPeriod.objects.update(stops_clock_for_supplement=False)
    to_appraisal(province, "SXD")
    ask(province, "2024-01-15 10:00")
    answer(province, "2024-01-17 10:00")
    assert appraisal_window_of(branch_of(province, "SXD", "Sở Tư pháp")).closes_at == at("2024-02-15 08:00")
    assert DeadlineMove.objects.count() == 0


def test_the_case_page_says_since_when_the_clock_stands_and_what_was_given_back(client, province):
    to_appraisal(province, "SXD")
    ask(province, "2024-01-15 10:00")
    client.force_login(province.people["officer-SXD"])
    address = f"/ho-so/{province.case('SXD').pk}/"
    with clock.simulated(at("2024-01-16 10:00")):
        assert "đang tạm dừng từ 15/01/2024 10:00" in client.get(address).content.decode()
    answer(province, "2024-01-17 10:00")
    with clock.simulated(at("2024-01-17 11:00")):
        page = client.get(address).content.decode()
    assert "đang tạm dừng" not in page
    assert "Cộng 2 ngày làm việc từ 15/02/2024 08:00 đến 19/02/2024 08:00" in page
