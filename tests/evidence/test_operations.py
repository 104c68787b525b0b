"""Attaching and withdrawing: order, refusals, and that nothing is half saved."""

import hashlib
from contextlib import contextmanager

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import DatabaseError, IntegrityError, OperationalError, transaction

from assessments import clock
from assessments.enums import Role, Stage
from assessments.models import AuditEvent
from assessments.rules import NotAllowed, NotPermitted
from evidence import operations, storage
from evidence.enums import AccessKind
from evidence.models import EvidenceAccess, EvidenceFile
from tests.evidence.world import CLOSES, EXE, JPG, NOON, PDF, official, upload

pytestmark = pytest.mark.django_db


def refusal_of(call, **arguments) -> str:
    with pytest.raises(NotAllowed) as refusal:
        call(**arguments)
    return refusal.value.sentence


def attach(world, **changes) -> EvidenceFile:
    wanted = {"score": world.scores[0], "upload": upload(), "by": world.officer, **changes}
    return operations.attach(**wanted)


def test_an_attached_file_is_a_row_an_object_and_an_event(world, folder, objects):
    file = attach(world, upload=upload("../Kế hoạch.pdf"), note=" Bản ký số ", pages="2-3")

    file.refresh_from_db()
    assert (file.original_name, file.size, file.sha256) == ("Kế hoạch.pdf", len(PDF), hashlib.sha256(PDF).hexdigest())
    assert (file.detected_type, file.note, file.pages) == ("application/pdf", "Bản ký số", "2-3")
    assert (file.occasion, file.round, file.uploaded_by, file.uploaded_at) == ("self_scoring", 1, world.officer, NOON)
    assert [path.read_bytes() for path in objects()] == [PDF]
    assert objects() == [folder / file.storage_key]
    event = AuditEvent.objects.get()
    assert event.sentence == "Đính kèm “Kế hoạch.pdf” vào nội dung 1.1."
    assert (event.by, event.at, event.assessment, event.item_code) == (world.officer, NOON, world.case, "1.1")


def test_a_key_holds_neither_name_nor_content(world):
    first = attach(world, upload=upload("bi_mat.pdf"))
    second = attach(world, upload=upload("bi_mat.pdf"), score=world.scores[1])

    period, unit, rest = first.storage_key.split("/")
    assert (period, unit, len(rest)) == ("tinh-2023", world.department.code, 32)
    assert first.storage_key != second.storage_key
    assert "bi_mat" not in first.storage_key
    assert first.sha256[:8] not in first.storage_key


@pytest.mark.parametrize(
    ("received", "sentence"),
    [
        (upload("a.pdf", b""), "Tệp “a.pdf” rỗng (0 byte). Hãy mở lại tệp gốc, kiểm tra nội dung rồi tải lên lại."),
        (
            upload("a.pdf", PDF + b"0" * 3000),
            "Tệp “a.pdf” có dung lượng 3 KB, vượt giới hạn 2 KB mỗi tệp. "
            "Hãy nén, giảm độ phân giải bản quét hoặc tách thành nhiều tệp.",
        ),
        (
            upload("a.pdf", EXE),
            "Tệp “a.pdf” có phần mở rộng .pdf nhưng nội dung là chương trình Windows (exe). "
            "Hãy tải lên tệp gốc thuộc loại: PDF, JPG.",
        ),
        (
            upload("a.exe", EXE),
            "Không nhận tệp loại .exe (“a.exe”). Chỉ nhận: PDF, JPG. Hãy chuyển tệp sang một trong các loại này.",
        ),
        (
            upload("___.pdf"),
            "Không đọc được tên tệp. Hãy đặt lại tên tệp, ví dụ “bao_cao.pdf”, rồi tải lên lại.",
        ),
    ],
    ids=["empty", "too large", "exe named pdf", "exe", "no name"],
)
def test_a_refused_file_leaves_neither_row_nor_object_nor_event(world, objects, settings, received, sentence):
    settings.EVIDENCE_ALLOWED_TYPES = ["pdf", "jpg"]
    settings.EVIDENCE_MAX_BYTES = 2048

    assert refusal_of(attach, world=world, upload=received) == sentence
    assert nothing_saved(objects)


def nothing_saved(objects) -> bool:
    return not EvidenceFile.objects.exists() and not AuditEvent.objects.exists() and not objects()


def test_a_file_after_the_close_is_refused_and_its_object_deleted(world, objects):
    with clock.simulated(CLOSES):
        sentence = refusal_of(attach, world=world)

    assert sentence == (
        "Đã hết hạn bước “Cung cấp tài liệu kiểm chứng, ký gửi” lúc 17:00 ngày 19/01/2024. "
        "Chỉ Sở Nội vụ có thể gia hạn."
    )
    assert nothing_saved(objects)


def test_the_clock_is_read_after_the_bytes_are_stored(world, objects, monkeypatch):
    """A store that is slow across the close does not let a late file in."""
    store = storages["evidence"]
    token = []

    def slow_save(name, content, max_length=None):
        saved = type(store).save(store, name, content, max_length)
        late = clock.simulated(CLOSES)
        late.__enter__()
        token.append(late)
        return saved

    monkeypatch.setattr(store, "save", slow_save)
    try:
        assert refusal_of(attach, world=world).startswith("Đã hết hạn bước")
    finally:
        token[0].__exit__(None, None, None)
    assert nothing_saved(objects)


def test_a_file_in_a_stage_of_others_is_refused(world, objects):
    world.move_to(Stage.CONSOLIDATION)

    assert refusal_of(attach, world=world) == (
        "Không thể thay đổi tài liệu kiểm chứng: hồ sơ đang ở bước “Tổng hợp kết quả”, việc này chỉ làm được ở bước "
        "“Tự chấm điểm” hoặc “Tài liệu kiểm chứng”."
    )
    assert nothing_saved(objects)


def test_a_person_of_another_unit_attaches_nothing_and_no_byte_is_stored(world, objects, monkeypatch):
    stranger = official(role=Role.OFFICER, at=world.justice)
    stored = []
    monkeypatch.setattr(storage, "put", lambda **given: stored.append(given))

    with pytest.raises(NotPermitted):
        attach(world, by=stranger)
    assert stored == []
    assert nothing_saved(objects)


def test_the_same_bytes_on_the_same_item_are_refused_kindly(world, objects):
    attach(world, upload=upload("ban_goc.pdf"))

    assert refusal_of(attach, world=world, upload=upload("ban_sao.pdf")) == (
        "Tệp này đã có ở nội dung 1.1 với tên “ban_goc.pdf” (nội dung tệp giống hệt), nên không cần tải lên lại."
    )
    assert len(objects()) == EvidenceFile.objects.count() == 1


def test_the_same_bytes_may_prove_another_item_or_come_back_after_withdrawal(world):
    first = attach(world)
    attach(world, score=world.scores[1])
    operations.withdraw(file=first, by=world.officer, reason="Nhầm nội dung")

    again = attach(world)

    assert again.sha256 == first.sha256


def test_two_uploads_of_the_same_bytes_at_once_leave_one_row_and_one_object(world, objects, monkeypatch):
    """The second arrives whole while the first is being stored, before the first takes the row lock."""
    store = storages["evidence"]

    def save_while_another_arrives(name, content, max_length=None):
        monkeypatch.undo()
        attach(world, upload=upload("nhanh_hon.pdf"))
        return store.save(name, content, max_length)

    monkeypatch.setattr(store, "save", save_while_another_arrives)

    assert refusal_of(attach, world=world, upload=upload("cham_hon.pdf")) == (
        "Tệp này đã có ở nội dung 1.1 với tên “nhanh_hon.pdf” (nội dung tệp giống hệt), nên không cần tải lên lại."
    )
    assert [file.original_name for file in EvidenceFile.objects.all()] == ["nhanh_hon.pdf"]
    assert len(objects()) == 1


def test_two_different_uploads_at_once_both_stand(world, objects, monkeypatch):
    store = storages["evidence"]

    def save_while_another_arrives(name, content, max_length=None):
        monkeypatch.undo()
        attach(world, upload=upload("anh.jpg", JPG))
        return store.save(name, content, max_length)

    monkeypatch.setattr(store, "save", save_while_another_arrives)
    attach(world)

    assert sorted(EvidenceFile.objects.values_list("original_name", flat=True)) == ["anh.jpg", "ke_hoach.pdf"]
    assert len(objects()) == 2


def test_one_file_too_many_is_refused(world, objects, settings):
    settings.EVIDENCE_MAX_FILES_PER_ITEM = 1
    attach(world)

    assert refusal_of(attach, world=world, upload=upload("anh.jpg", JPG)) == (
        "Nội dung 1.1 đã có 1 tệp, là số tệp tối đa của một nội dung. "
        "Hãy rút bớt tệp không cần thiết hoặc gộp các tệp lại."
    )
    assert len(objects()) == 1


def test_a_fault_while_writing_the_row_deletes_the_object(world, objects, monkeypatch):
    def fail(**fields):
        raise DatabaseError("disk full")

    monkeypatch.setattr(operations.events, "record", fail)

    with pytest.raises(DatabaseError):
        attach(world)
    assert nothing_saved(objects)


def test_when_nobody_knows_whether_the_row_stands_the_object_is_kept(world, objects, monkeypatch):
    """The connection breaks while the commit is answered: an object too many is harmless, a missing one is not."""

    @contextmanager
    def breaks_at_commit():
        yield
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(operations.transaction, "atomic", breaks_at_commit)

    with pytest.raises(OperationalError):
        attach(world)
    assert len(objects()) == 1


@pytest.mark.parametrize("fault", [OSError("no space left"), "truncated"])
def test_a_store_that_fails_or_keeps_half_leaves_nothing(world, objects, monkeypatch, fault):
    store = storages["evidence"]

    def save(name, content, max_length=None):
        saved = type(store).save(store, name, upload("x", content.read(20)), max_length)
        if isinstance(fault, OSError):
            raise fault
        return saved

    monkeypatch.setattr(store, "save", save)

    assert refusal_of(attach, world=world) == (
        "Chưa lưu được tệp vì kho tài liệu đang gặp sự cố; tệp chưa được ghi nhận. Hãy tải lên lại sau ít phút."
    )
    assert nothing_saved(objects)


def test_a_large_upload_on_disk_is_stored_and_counted_in_chunks(world, objects):
    received = TemporaryUploadedFile("lon.pdf", "application/pdf", 0, None)
    content = PDF + b"0" * 3_000_000
    received.write(content)
    received.size = len(content)

    file = attach(world, upload=received)

    assert (file.size, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert storage.is_intact(key=file.storage_key, sha256=file.sha256)
    received.close()


def test_a_supplement_takes_files_of_the_named_items_only(world):
    request = world.ask_for_supplement(world.scores[0], round_=2)

    file = attach(world)

    assert (file.occasion, file.round) == ("supplement", request.round)
    assert refusal_of(attach, world=world, score=world.scores[1]) == (
        "Hồ sơ đang được thẩm định; chỉ bổ sung được tài liệu cho nội dung mà cơ quan thẩm định đã yêu cầu bổ sung."
    )


def test_the_dispute_window_takes_files_until_it_closes(world):
    world.move_to(Stage.DISPUTE, dispute_closes_at=CLOSES)

    assert attach(world).occasion == "dispute"
    with clock.simulated(CLOSES):
        assert refusal_of(attach, world=world, upload=upload("b.jpg", JPG)) == (
            "Đã hết hạn kiến nghị lúc 17:00 ngày 19/01/2024."
        )


def test_withdrawal_keeps_bytes_and_row_with_who_when_and_why(world, objects):
    file = attach(world)

    operations.withdraw(file=file, by=world.officer, reason="  Nhầm văn bản ")

    file.refresh_from_db()
    assert (file.withdrawn_at, file.withdrawn_by, file.withdrawal_reason) == (NOON, world.officer, "Nhầm văn bản")
    assert [path.read_bytes() for path in objects()] == [PDF]
    assert storage.is_intact(key=file.storage_key, sha256=file.sha256)
    event = AuditEvent.objects.get(kind="evidence_withdrawn")
    assert (event.sentence, event.reason) == ("Rút “ke_hoach.pdf” khỏi nội dung 1.1.", "Nhầm văn bản")


def test_changed_bytes_are_noticed(world, objects):
    file = attach(world)
    objects()[0].chmod(0o600)
    objects()[0].write_bytes(PDF + b"x")

    assert not storage.is_intact(key=file.storage_key, sha256=file.sha256)


def test_a_withdrawal_needs_a_reason(world):
    file = attach(world)

    assert refusal_of(operations.withdraw, file=file, by=world.officer, reason=" ") == (
        "Hãy ghi lý do rút tài liệu (ít nhất 5 ký tự)."
    )
    file.refresh_from_db()
    assert not file.is_withdrawn


def test_a_file_is_withdrawn_once(world):
    file = attach(world)
    operations.withdraw(file=file, by=world.officer, reason="Nhầm văn bản")

    assert refusal_of(operations.withdraw, file=file, by=world.officer, reason="Nhầm lần nữa") == (
        "Tệp “ke_hoach.pdf” đã được rút lúc 12:00 ngày 08/01/2024."
    )


def test_what_was_submitted_is_not_withdrawn_in_a_supplement(world):
    submitted = attach(world)
    world.ask_for_supplement(world.scores[0])
    added = attach(world, upload=upload("b.jpg", JPG))

    assert refusal_of(operations.withdraw, file=submitted, by=world.officer, reason="Muốn thay") == (
        "Không rút được “ke_hoach.pdf”: tệp thuộc hồ sơ đã nộp. Nếu tệp chưa đúng, hãy đính kèm thêm tệp thay thế và "
        "nêu rõ trong phần giải trình."
    )
    assert operations.withdraw(file=added, by=world.officer, reason="Nhầm ảnh").is_withdrawn


def test_a_file_is_not_withdrawn_after_the_close(world):
    file = attach(world)

    with clock.simulated(CLOSES):
        assert refusal_of(operations.withdraw, file=file, by=world.officer, reason="Nhầm văn bản").startswith(
            "Đã hết hạn bước"
        )
    file.refresh_from_db()
    assert not file.is_withdrawn


def test_the_database_refuses_half_a_withdrawal(world):
    file = attach(world)

    with pytest.raises(IntegrityError), transaction.atomic():
        EvidenceFile.objects.filter(pk=file.pk).update(withdrawn_at=NOON)


def test_reading_is_recorded(world):
    file = attach(world)

    operations.record_access(file=file, by=world.officer, kind=AccessKind.DOWNLOAD)

    access = EvidenceAccess.objects.get()
    assert (access.file, access.by, access.at, access.kind) == (file, world.officer, NOON, "download")
