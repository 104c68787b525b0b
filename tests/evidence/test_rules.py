"""Names, sizes, types: what is let in, and the exact sentence of each refusal."""

import io
import stat
import unicodedata
import zipfile
from pathlib import Path

import pytest
from django.conf import settings as project

from assessments.rules import NotAllowed
from evidence import rules
from evidence.enums import FileType
from tests.evidence.world import EXE, HTML, JPG, PDF, PNG, SVG, archive, office

SAMPLES = Path(project.BASE_DIR) / "season" / "hai_duong_2023" / "evidence"
LIMITS = rules.Limits()
ALL = "PDF, DOCX (Word), XLSX (Excel), PPTX (PowerPoint), JPG, PNG, ZIP"


def sentence_of(call, **arguments) -> str:
    with pytest.raises(NotAllowed) as refusal:
        call(**arguments)
    return str(refusal.value)


def refusal_of_content(name: str, content: bytes, limits: rules.Limits = LIMITS) -> str:
    claimed = rules.check_extension(name=name, limits=limits)
    with pytest.raises(NotAllowed) as refusal:
        rules.check_content(io.BytesIO(content), name=name, claimed=claimed, limits=limits)
    return str(refusal.value)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("bao_cao_cchc_nam_2023.pdf", FileType.PDF),
        ("Giải trình bổ sung 2023.docx", FileType.DOCX),
        ("thong_ke_tthc_2023.xlsx", FileType.XLSX),
        ("thong_bao_ket_luan_kiem_tra_scan.jpg", FileType.JPG),
    ],
)
def test_the_type_of_a_real_file_is_told_by_its_content(name, kind):
    with (SAMPLES / name).open("rb") as stream:
        assert rules.detect_type(stream, LIMITS) == kind


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, FileType.PDF),
        (JPG, FileType.JPG),
        (PNG, FileType.PNG),
        (office("word/document2.xml"), FileType.DOCX),
        (office("xl/workbook.xml"), FileType.XLSX),
        (office("ppt/presentation.xml"), FileType.PPTX),
        (archive({"quyết định.pdf": PDF}), FileType.ZIP),
        (archive({"mimetype": b"application/vnd.oasis.opendocument.text"}), None),
        (archive({"META-INF/MANIFEST.MF": b"", "A.class": b""}), None),
        (EXE, None),
        (HTML, None),
        (SVG, None),
        (b"", None),
        (b" %PDF-1.7", None),
    ],
)
def test_the_type_is_told_by_content(content, kind):
    assert rules.detect_type(io.BytesIO(content), LIMITS) == kind


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("a.pdf", EXE, "chương trình Windows (exe)"),
        ("a.pdf", b"\x7fELF" + b"\x00" * 60, "chương trình Linux"),
        ("a.pdf", HTML, "trang web (html)"),
        ("a.jpg", b"\xef\xbb\xbf  " + HTML, "trang web (html)"),
        ("a.png", SVG, "hình vẽ có thể chứa mã (svg)"),
        ("a.png", b"<?xml version='1.0'?>\n" + SVG, "hình vẽ có thể chứa mã (svg)"),
        ("a.docx", b"<?xml version='1.0'?><a/>", "văn bản XML"),
        (
            "a.docx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600,
            "tệp Office kiểu cũ (doc, xls, ppt) hoặc tệp Office đặt mật khẩu",
        ),
        ("a.zip", b"Rar!\x1a\x07\x00" + b"\x00" * 60, "tệp nén RAR"),
        ("a.docx", office("xl/workbook.xml"), "tệp XLSX (Excel)"),
        ("a.pdf", PNG, "tệp PNG"),
        ("a.pdf", b"abc", "loại không nhận ra được"),
    ],
)
def test_content_that_is_not_what_the_name_says_is_refused(name, content, what):
    extension = name.rpartition(".")[2]

    assert refusal_of_content(name, content) == (
        f"Tệp “{name}” có phần mở rộng .{extension} nhưng nội dung là {what}. Hãy tải lên tệp gốc thuộc loại: {ALL}."
    )


def symlink() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        member = zipfile.ZipInfo("lien_ket")
        member.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr(member, "/etc/passwd")
    return packed.getvalue()


def locked() -> bytes:
    content = bytearray(archive({"a.pdf": PDF}))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (
            archive({"a.pdf": PDF})[:-30],
            "bị hỏng hoặc tải lên chưa trọn vẹn nên không mở được. Hãy mở thử tệp gốc rồi tải lên lại.",
        ),
        (archive({}), "là tệp nén không có gì bên trong. Hãy nén lại rồi tải lên."),
        (locked(), "có đặt mật khẩu nên người thẩm định không mở được. Hãy bỏ mật khẩu rồi tải lên lại."),
        (archive({"../../x.pdf": PDF}), "chứa đường dẫn ra ngoài thư mục giải nén. Hãy nén lại từ các tệp gốc."),
        (archive({"/etc/x.pdf": PDF}), "chứa đường dẫn ra ngoài thư mục giải nén. Hãy nén lại từ các tệp gốc."),
        (symlink(), "chứa liên kết thay cho tệp. Hãy nén lại từ các tệp gốc."),
        (
            archive({"tai_lieu/cai_dat.EXE": EXE}),
            "chứa tệp không được nhận bên trong (“cai_dat.EXE”). Hãy bỏ tệp đó rồi nén lại.",
        ),
        (archive({"a.txt": b"0" * 5000}), "giải nén ra quá lớn hoặc quá nhiều tệp. Hãy tách thành các tệp nhỏ hơn."),
        (
            archive({f"{n}.txt": b"" for n in range(9)}),
            "giải nén ra quá lớn hoặc quá nhiều tệp. Hãy tách thành các tệp nhỏ hơn.",
        ),
    ],
)
def test_an_archive_that_hides_something_is_refused(content, why):
    limits = rules.Limits(max_unpacked_bytes=4000, max_unpacked_files=8)

    assert refusal_of_content("tai_lieu.zip", content, limits) == f"Tệp “tai_lieu.zip” {why}"


@pytest.mark.parametrize("name", ["a.svg ", "a.svg.", "tai_lieu/a.SVG . .", "a.svg  "])
def test_a_name_in_an_archive_that_windows_would_mend_is_judged_as_mended(name):
    shown = name.rpartition("/")[2].rstrip(" .")

    assert refusal_of_content("tai_lieu.zip", archive({name: SVG})) == (
        f"Tệp “tai_lieu.zip” chứa tệp không được nhận bên trong (“{shown}”). Hãy bỏ tệp đó rồi nén lại."
    )


@pytest.mark.parametrize("name", ["x.html.", "x.exe ", "x.js. "])
def test_a_program_in_an_archive_is_not_hidden_by_a_trailing_dot_or_space(name):
    assert "chứa tệp không được nhận bên trong" in refusal_of_content("a.zip", archive({name: HTML}))


def test_a_macro_in_an_archive_is_not_hidden_by_a_trailing_dot():
    assert "chứa macro" in refusal_of_content("a.zip", archive({"word/vbaProject.bin.": b"x"}))


def test_a_dot_or_space_after_the_name_of_an_honest_file_in_an_archive_is_let_in():
    content = archive({"ke_hoach.pdf ": PDF, "Phụ lục 1.": PDF, "thu_muc./": b""})

    assert rules.detect_type(io.BytesIO(content), LIMITS) == FileType.ZIP


def test_an_office_file_with_a_macro_is_refused_whatever_its_extension():
    assert refusal_of_content("a.docx", archive({"[Content_Types].xml": b"", "word/vbaProject.bin": b"x"})) == (
        "Tệp “a.docx” chứa macro. Hãy lưu lại thành tệp không có macro hoặc PDF rồi tải lên lại."
    )


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("Báo cáo năm 2023.pdf", "Báo cáo năm 2023.pdf"),
        (unicodedata.normalize("NFD", "Giải trình.docx"), "Giải trình.docx"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\ha\\Kế hoạch.pdf", "Kế hoạch.pdf"),
        ("bao_cao\u202efdp.exe", "bao_caofdp.exe"),
        ("a\u200bb\x00c\x07.pdf", "abc.pdf"),
        ("hai\ndòng\t.pdf", "hai dòng .pdf"),
        ("  bao   cao.pdf. ", "bao cao.pdf"),
        ('a<b>"c|d?.pdf', "a_b__c_d_.pdf"),
        ("a" * 300 + ".pdf", "a" * 196 + ".pdf"),
        ("khong_duoi", "khong_duoi"),
    ],
)
def test_a_name_is_cleaned_for_display(raw, kept):
    assert rules.clean_name(raw) == kept


@pytest.mark.parametrize("raw", ["", "..", "../", "\u202e\u200b", "/", " . ", "___.pdf"])
def test_a_name_of_which_nothing_is_left_is_refused(raw):
    assert sentence_of(rules.clean_name, raw=raw) == (
        "Không đọc được tên tệp. Hãy đặt lại tên tệp, ví dụ “bao_cao.pdf”, rồi tải lên lại."
    )


def test_an_empty_file_is_refused():
    assert sentence_of(rules.check_size, name="a.pdf", size=0, limits=LIMITS) == (
        "Tệp “a.pdf” rỗng (0 byte). Hãy mở lại tệp gốc, kiểm tra nội dung rồi tải lên lại."
    )


def test_a_file_over_the_limit_is_refused_with_both_sizes():
    with pytest.raises(rules.TooLarge) as refusal:
        rules.check_size(name="a.pdf", size=55_312_384, limits=LIMITS)
    assert str(refusal.value) == (
        "Tệp “a.pdf” có dung lượng 52,8 MB, vượt giới hạn 50 MB mỗi tệp. "
        "Hãy nén, giảm độ phân giải bản quét hoặc tách thành nhiều tệp."
    )


def test_a_file_of_exactly_the_limit_is_let_in():
    rules.check_size(name="a.pdf", size=LIMITS.max_bytes, limits=LIMITS)


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("a.exe", "Không nhận tệp loại .exe (“a.exe”)"),
        ("a.svg", "Không nhận tệp loại .svg (“a.svg”)"),
        ("a.pdf.html", "Không nhận tệp loại .html (“a.pdf.html”)"),
        ("quyet_dinh", "Tên tệp “quyet_dinh” không có phần mở rộng"),
    ],
)
def test_a_type_that_is_not_allowed_is_refused(name, start):
    assert sentence_of(rules.check_extension, name=name, limits=LIMITS) == (
        f"{start}. Chỉ nhận: {ALL}. Hãy chuyển tệp sang một trong các loại này."
    )


def test_extensions_may_be_written_in_capitals():
    assert rules.check_extension(name="QUÉT.JPEG", limits=LIMITS) == FileType.JPG


def test_one_file_too_many_is_refused():
    assert sentence_of(rules.check_count, attached=20, code="1.1", limits=LIMITS) == (
        "Nội dung 1.1 đã có 20 tệp, là số tệp tối đa của một nội dung. "
        "Hãy rút bớt tệp không cần thiết hoặc gộp các tệp lại."
    )


def test_the_rules_are_said_before_the_upload(settings):
    settings.EVIDENCE_ALLOWED_TYPES = ["pdf", "jpg"]
    settings.EVIDENCE_MAX_BYTES = 20 * 1024 * 1024
    settings.EVIDENCE_MAX_FILES_PER_ITEM = 5

    assert rules.rules_in_words() == [
        "Loại tệp được nhận: PDF, JPG.",
        "Mỗi tệp không quá 20 MB; mỗi nội dung không quá 5 tệp.",
        "Tệp không đặt mật khẩu, không chứa macro. Tệp đã rút vẫn được lưu cùng lý do.",
    ]
    assert rules.accepted_extensions() == ".pdf,.jpg,.jpeg"


def test_a_type_that_cannot_be_told_by_content_cannot_be_allowed(settings):
    settings.EVIDENCE_ALLOWED_TYPES = ["pdf", "exe"]

    with pytest.raises(ValueError, match="exe"):
        rules.current_limits()
