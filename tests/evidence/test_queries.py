"""Who may read which file, what is missing, and how many queries each list takes."""

import pytest
from django.contrib.auth.models import AnonymousUser, Permission
from django.template.loader import render_to_string
from guardian.shortcuts import assign_perm

from assessments.enums import BranchState, Role, Scoring, Stage, UnitKind
from assessments.models import CriteriaItem, ItemScore
from evidence import operations, queries
from evidence.models import EvidenceFile
from tests.evidence.world import CLOSES, JPG, NOON, PDF, PNG, official, unit, upload

pytestmark = pytest.mark.django_db

JUSTICE_ITEMS, INTERIOR_ITEMS = {"1.1", "1.2"}, {"2.1"}
EVERYTHING = JUSTICE_ITEMS | INTERIOR_ITEMS


@pytest.fixture
def submitted(world):
    """Return the case in appraisal, one file on each item; one body for each area, and nothing half answered."""
    for score in world.scores:
        operations.attach(score=score, upload=upload(), by=world.officer)
    world.move_to(Stage.APPRAISAL)
    world.branch("Sở Tư pháp", world.justice)
    world.branch("Sở Nội vụ", world.interior)
    return world


PEOPLE = {
    "officer": (Role.OFFICER, "department", EVERYTHING),
    "head": (Role.HEAD, "department", EVERYTHING),
    "secretary": (Role.SECRETARY, "council", EVERYTHING),
    "council": (Role.COUNCIL, "council", EVERYTHING),
    "organiser": (Role.ORGANISER, "interior", EVERYTHING),
    "appraiser of one body": (Role.APPRAISER, "justice", JUSTICE_ITEMS),
    "appraiser of the other body": (Role.APPRAISER, "interior", INTERIOR_ITEMS),
    "appraiser of no body here": (Role.APPRAISER, "department", set()),
    "supervisor": (Role.SUPERVISOR, "province", set()),
    "administrator": (Role.ADMINISTRATOR, "province", set()),
    "officer of another unit": (Role.OFFICER, "justice", set()),
    "head of another unit": (Role.HEAD, "justice", set()),
    "secretary elsewhere": (Role.SECRETARY, "justice", set()),
    "council elsewhere": (Role.COUNCIL, "justice", set()),
    "organiser elsewhere": (Role.ORGANISER, "justice", set()),
    "nobody in particular": (None, "department", set()),
}


def codes_seen_by(person) -> set[str]:
    return set(EvidenceFile.objects.visible_to(person).values_list("score__item__code", flat=True))


@pytest.mark.parametrize(("role", "place", "seen"), PEOPLE.values(), ids=PEOPLE)
def test_a_person_reads_exactly_the_files_of_their_part(submitted, role, place, seen):
    person = official(role=role, at=getattr(submitted, place))

    assert codes_seen_by(person) == seen
    assert {score.item.code for score in queries.scores_visible_to(person)} == seen


def test_nobody_reads_the_files_of_a_unit_they_work_for_as_its_appraiser(submitted):
    colleague = official(role=Role.APPRAISER, at=submitted.justice, unit=submitted.department)

    assert codes_seen_by(colleague) == set()


def test_an_appraiser_reads_nothing_before_the_dossier_is_submitted(submitted):
    appraiser = official(role=Role.APPRAISER, at=submitted.justice)
    submitted.move_to(Stage.SELF_SCORING)

    assert codes_seen_by(appraiser) == set()


@pytest.mark.parametrize("stage", sorted(Stage.before_submission()))
def test_only_the_unit_itself_reads_files_that_are_not_submitted_or_no_longer(submitted, stage):
    readers = {name: official(role=role, at=getattr(submitted, place)) for name, (role, place, _) in PEOPLE.items()}
    submitted.move_to(stage)

    assert {name for name, person in readers.items() if codes_seen_by(person)} == {"officer", "head"}
    assert {name for name, person in readers.items() if queries.scores_visible_to(person)} == {"officer", "head"}


@pytest.mark.parametrize("stage", sorted(set(Stage) - Stage.before_submission()))
@pytest.mark.parametrize("name", ["organiser", "secretary", "council"])
def test_those_who_lead_the_period_read_the_files_of_a_submitted_case(submitted, stage, name):
    role, place, _ = PEOPLE[name]
    submitted.move_to(stage)

    assert codes_seen_by(official(role=role, at=getattr(submitted, place))) == EVERYTHING


def test_who_works_for_the_unit_and_leads_the_period_reads_the_files_of_their_unit_at_any_time(submitted):
    both = official(role=Role.ORGANISER, at=submitted.interior)
    assign_perm(Role.OFFICER.value, both, submitted.department)
    submitted.move_to(Stage.HELD)

    assert codes_seen_by(both) == EVERYTHING


def test_a_person_who_was_deactivated_or_is_not_signed_in_reads_nothing(submitted):
    gone = official(role=Role.OFFICER, at=submitted.department)
    gone.is_active = False
    gone.save(update_fields=["is_active"])

    assert codes_seen_by(gone) == codes_seen_by(AnonymousUser()) == set()
    assert list(queries.scores_visible_to(AnonymousUser())) == []


def test_a_global_permission_opens_nothing(submitted):
    person = official()
    person.user_permissions.add(*Permission.objects.filter(codename__in=[role.value for role in Role]))

    assert codes_seen_by(person) == set()


def test_a_substitute_reads_the_part_of_the_body_it_stands_for(world):
    operations.attach(score=world.scores[0], upload=upload(), by=world.officer)
    world.move_to(Stage.APPRAISAL)
    world.branch("Sở Tư pháp", world.council, BranchState.APPRAISING)

    assert codes_seen_by(official(role=Role.APPRAISER, at=world.council)) == {"1.1"}
    assert codes_seen_by(official(role=Role.APPRAISER, at=world.justice)) == set()


def test_missing_are_required_items_without_file_explanation_or_na(world, django_assert_num_queries):
    operations.attach(score=world.scores[0], upload=upload(), by=world.officer)
    assert queries.missing_for(world.case) == ["1.2", "2.1"]

    ItemScore.objects.filter(pk=world.scores[1].pk).update(explanation="Không phát sinh văn bản.")
    ItemScore.objects.filter(pk=world.scores[2].pk).update(self_na=True)

    with django_assert_num_queries(1):
        assert queries.missing_for(world.case) == []


def test_a_withdrawn_file_is_missing_again(world):
    file = operations.attach(score=world.scores[0], upload=upload(), by=world.officer)
    operations.withdraw(file=file, by=world.officer, reason="Nhầm văn bản")

    assert queries.missing_for(world.case) == ["1.1", "1.2", "2.1"]


def test_items_that_the_unit_does_not_score_or_that_need_nothing_are_never_missing(world):
    CriteriaItem.objects.filter(code="1.1").update(scoring=Scoring.ENTERED)
    CriteriaItem.objects.filter(code="1.2").update(evidence_required=False)

    assert queries.missing_for(world.case) == ["2.1"]


def test_files_are_counted_by_item_without_the_withdrawn(world, django_assert_num_queries):
    first, second, _ = world.scores
    operations.attach(score=first, upload=upload(), by=world.officer)
    operations.attach(score=first, upload=upload("b.jpg", JPG), by=world.officer)
    gone = operations.attach(score=second, upload=upload(), by=world.officer)
    operations.withdraw(file=gone, by=world.officer, reason="Nhầm văn bản")

    with django_assert_num_queries(1):
        assert queries.counts_by_score(world.case) == {first.pk: 2}


def test_the_manifest_lists_live_files_in_the_order_of_the_sheet(world):
    last = operations.attach(score=world.scores[2], upload=upload("b.jpg", JPG), by=world.officer)
    first = operations.attach(score=world.scores[0], upload=upload("a.pdf", PDF), by=world.officer)
    gone = operations.attach(score=world.scores[0], upload=upload("c.png", PNG), by=world.officer)
    operations.withdraw(file=gone, by=world.officer, reason="Nhầm văn bản")

    assert queries.manifest(world.case) == [
        {
            "item": code,
            "name": file.original_name,
            "sha256": file.sha256,
            "size": file.size,
            "uploaded_at": "2024-01-08T05:00:00+00:00",
            "by": world.officer.username,
        }
        for code, file in [("1.1", first), ("2.1", last)]
    ]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_a_case_takes_two_queries(world, django_assert_num_queries, rows):
    """One for the roles of the person, one for the files, their items and people."""
    for number in range(rows):
        operations.attach(score=world.scores[0], upload=upload(content=PDF + b"%" * number), by=world.officer)
    reader = type(world.officer).objects.get(pk=world.officer.pk)

    with django_assert_num_queries(2):
        files = list(queries.files_of(world.case, reader))
        shown = [f"{file.score.item.code} {file.uploaded_by} {file.withdrawn_by}" for file in files]
    assert shown == [f"1.1 {world.officer} None"] * rows


@pytest.mark.parametrize("rows", [1, 3])
def test_the_manifest_takes_one_query(world, django_assert_num_queries, rows):
    for number in range(rows):
        operations.attach(score=world.scores[0], upload=upload(content=PDF + b"%" * number), by=world.officer)

    with django_assert_num_queries(1):
        assert len(queries.manifest(world.case)) == rows


def test_a_file_of_another_case_is_not_listed(world):
    operations.attach(score=world.scores[0], upload=upload(), by=world.officer)
    world.move_to(Stage.SUBMITTED)
    other = unit("Sở Y tế", UnitKind.DEPARTMENT, world.province)
    case = type(world.case).objects.create(
        period=world.period,
        unit=other,
        unit_kind=UnitKind.DEPARTMENT,
        criteria_set=world.case.criteria_set,
        stage=Stage.SUBMITTED,
        stage_since=NOON,
        opened_at=NOON,
    )
    organiser = official(role=Role.ORGANISER, at=world.interior)

    assert list(queries.files_of(case, organiser)) == []
    assert len(queries.files_of(world.case, organiser)) == 1


def test_openness_says_what_the_guard_of_writes_would_say(world):
    score = world.scores[0]
    appraiser = official(role=Role.APPRAISER, at=world.justice)

    assert queries.openness(score=score, user=world.officer, at=NOON) == queries.Openness(
        may_change=True, occasion="self_scoring", round=1
    )
    assert queries.openness(score=score, user=appraiser, at=NOON) == queries.Openness(may_change=False)
    assert queries.openness(score=score, user=world.officer, at=CLOSES).closed_reason == (
        "Đã hết hạn bước “Cung cấp tài liệu kiểm chứng, ký gửi” lúc 17:00 ngày 19/01/2024. "
        "Chỉ Sở Nội vụ có thể gia hạn."
    )


def test_in_a_supplement_the_submitted_files_say_why_they_stay(world):
    score = world.scores[0]
    operations.attach(score=score, upload=upload(), by=world.officer)
    world.ask_for_supplement(score)
    operations.attach(score=score, upload=upload("b.jpg", JPG), by=world.officer)
    open_now = queries.openness(score=score, user=world.officer, at=NOON)

    rows = queries.item_files(score=score, user=world.officer, openness=open_now)

    assert {row.file.original_name: row.withdraw_closed for row in rows} == {
        "ke_hoach.pdf": "Không rút được “ke_hoach.pdf”: tệp thuộc hồ sơ đã nộp. Nếu tệp chưa đúng, hãy đính kèm thêm "
        "tệp thay thế và nêu rõ trong phần giải trình.",
        "b.jpg": "",
    }


def test_the_checklist_names_what_is_missing_in_one_query(world, django_assert_num_queries):
    CriteriaItem.objects.filter(code="1.2").update(evidence_hint="Kế hoạch được ký")
    operations.attach(score=world.scores[0], upload=upload(), by=world.officer)

    with django_assert_num_queries(1):
        page = render_to_string("evidence/_missing.html", {"missing": queries.missing_scores(world.case)})

    assert "1.1 Nội dung 1.1" not in page
    assert '1.2 Nội dung 1.2</a>: <span class="muted">Kế hoạch được ký</span>' in page
    assert "2.1 Nội dung 2.1</a>" in page
    assert "Mọi nội dung bắt buộc đều đã có" in render_to_string("evidence/_missing.html", {"missing": []})
