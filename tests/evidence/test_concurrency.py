"""Two people of one unit at the same moment, on a database with row locks."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from django.db import connection, transaction

from assessments import clock
from assessments.models import AuditEvent, Official
from assessments.operations import guards
from assessments.rules import NotAllowed
from evidence import operations
from evidence.models import EvidenceFile
from tests.evidence.world import CLOSES, JPG, NOON, PDF, make_world, upload

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def open_world(transactional_db):
    """Return a case whose rows other connections see."""
    return make_world()


def attempt(world, barrier: Barrier, name: str, content: bytes) -> str:
    """Attach in a thread and a connection of its own; return "" or the sentence of the refusal."""
    person = Official.objects.get(pk=world.officer.pk)
    barrier.wait(timeout=20)
    try:
        with clock.simulated(NOON):
            operations.attach(score=world.scores[0], upload=upload(name, content), by=person)
    except NotAllowed as refusal:
        return refusal.sentence
    finally:
        connection.close()
    return ""


def both(world, files: list[tuple[str, bytes]]) -> list[str]:
    barrier = Barrier(len(files))
    with ThreadPoolExecutor(len(files)) as pool:
        return list(pool.map(lambda file: attempt(world, barrier, *file), files))


@pytest.mark.slow
def test_the_same_bytes_from_six_at_once_are_kept_once(open_world, objects):
    answers = both(open_world, [(f"ban_{number}.pdf", PDF) for number in range(6)])

    assert answers.count("") == 1
    kept = EvidenceFile.objects.get()
    refusal = (
        f"Tệp này đã có ở nội dung 1.1 với tên “{kept.original_name}” (nội dung tệp giống hệt), "
        "nên không cần tải lên lại."
    )
    assert answers.count(refusal) == 5
    assert len(objects()) == AuditEvent.objects.count() == 1


@pytest.mark.slow
def test_the_last_place_of_an_item_is_given_once(open_world, objects, settings):
    settings.EVIDENCE_MAX_FILES_PER_ITEM = 3

    answers = both(open_world, [(f"ban_{number}.jpg", JPG + bytes([number])) for number in range(6)])

    assert answers.count("") == EvidenceFile.objects.count() == len(objects()) == 3


@pytest.mark.slow
def test_who_waits_for_the_lock_across_the_close_is_late(open_world, objects):
    """The clock is read only after the lock is held, however early the upload came."""
    moment, waits = [NOON], Event()

    def late() -> str:
        waits.set()
        try:
            operations.attach(score=open_world.scores[0], upload=upload(), by=open_world.officer)
        except NotAllowed as refusal:
            return refusal.sentence
        finally:
            connection.close()
        return ""

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(1) as pool:
        patch.setattr(clock, "read", lambda: moment[0])
        with transaction.atomic():
            guards.lock(open_world.case.pk)
            answer = pool.submit(late)
            assert waits.wait(timeout=20)
            while not objects():  # its bytes are stored, next it asks for the lock
                assert not answer.done()
            moment[0] = CLOSES
        sentence = answer.result(timeout=20)

    assert sentence.startswith("Đã hết hạn bước “Cung cấp tài liệu kiểm chứng, ký gửi” lúc 17:00 ngày 19/01/2024.")
    assert not EvidenceFile.objects.exists()
    assert objects() == []
