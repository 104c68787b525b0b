"""Pages of criteria sets: who may come in, the import in two steps, the tree, copy and heading."""

import io
from datetime import timedelta

import openpyxl
import pytest
from django.core import signing
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from assessments.imports import kept
from assessments.models import CriteriaSet
from assessments.rules import NotAllowed
from tests.assessments.season import CRITERIA_CSV, small_workbook
from tests.province import make_criteria_set, make_province

pytestmark = pytest.mark.django_db
IMPORT = "criteria_import"


@pytest.fixture
def province():
    return make_province()


@pytest.fixture
def organiser(client, province):
    client.force_login(province.people["organiser"])
    return client


def upload(client, content, name="criteria_xa_2023.csv", **fields):
    file = SimpleUploadedFile(name, content)
    return client.post(reverse(IMPORT), {"file": file, "year": "2023", **fields})


def confirm(client, page, **changes):
    form = page.context["confirm"]
    values = {name: form[name].value() for name in form.fields}
    return client.post(
        reverse("criteria_import_confirm"),
        {name: value for name, value in {**values, **changes}.items() if value is not None},
    )


@pytest.mark.parametrize("person", ["officer-SXD", "appraiser-SNV", "council", "supervisor"])
def test_only_organisers_come_in_and_the_others_read_why(client, province, person):
    client.force_login(province.people[person])

    for name, args in (("criteria_sets", []), ("criteria_import", []), ("criteria_set", [province.criteria_set.pk])):
        response = client.get(reverse(name, args=args))
        assert response.status_code == 403
        assert "Việc này dành cho đơn vị tổ chức kỳ đánh giá" in response.text


def test_visitor_is_sent_to_sign_in(client):
    assert client.get(reverse("criteria_sets")).status_code == 302


def test_list_names_versions_use_and_illustration(organiser):
    page = organiser.get(reverse("criteria_sets"))

    assert page.status_code == 200
    for words in ("Bộ tiêu chí nhỏ", "Minh họa", "Đang dùng, không sửa được"):
        assert words in page.text


@pytest.mark.parametrize("copies", [0, 2])
def test_list_asks_the_same_number_of_questions_for_one_set_and_for_three(
    organiser, django_assert_num_queries, settings, copies
):
    settings.NAVIGATION = None  # the frame counts its own questions elsewhere
    for number in range(copies):
        make_criteria_set(series=f"khac-{number}")
    organiser.get(reverse("criteria_sets"))

    with django_assert_num_queries(5):  # session, person, roles, sets, unit of the person
        organiser.get(reverse("criteria_sets"))


def test_set_is_shown_as_a_tree_with_rules_in_words_and_why_it_is_closed(organiser, province):
    page = organiser.get(reverse("criteria_set", args=[province.criteria_set.pk]))

    for words in (
        "Tỷ lệ × 3,00; dưới 80 % được 0 điểm",
        "Mỗi văn bản được 0,50 điểm, tối đa 2,00 điểm",
        "Bộ này đang được dùng trong Kỳ đánh giá năm 2023 nên không sửa được nữa",
    ):
        assert words in page.text


def test_dry_run_stores_nothing_and_confirmation_stores_all(organiser):
    page = upload(organiser, CRITERIA_CSV["xa"].read_bytes())

    assert page.status_code == 200
    assert "Bộ tiêu chí mẫu – minh họa, không phải văn bản QĐ 3396/QĐ-UBND" in page.text
    assert CriteriaSet.objects.count() == 1

    answer = confirm(organiser, page)

    assert answer.url == reverse("criteria_sets")
    stored = CriteriaSet.objects.get(series="cchc-xa")
    assert (stored.items.count(), stored.is_illustrative, stored.source_name) == (119, True, "criteria_xa_2023.csv")
    assert default_storage.listdir("imports")[1] == []
    assert len(organiser.get(reverse("criteria_set", args=[stored.pk])).content) < 150 * 1024


def test_confirmed_file_cannot_be_confirmed_again(organiser):
    page = upload(organiser, CRITERIA_CSV["xa"].read_bytes())
    confirm(organiser, page)

    again = confirm(organiser, page)

    assert again.url == reverse(IMPORT)
    assert CriteriaSet.objects.filter(series="cchc-xa").count() == 1


def test_problems_are_listed_with_their_places_and_nothing_is_kept(organiser):
    book = openpyxl.load_workbook(io.BytesIO(small_workbook()))
    book["Sở"]["C11"] = "O,50"
    file = io.BytesIO()
    book.save(file)

    page = upload(organiser, file.getvalue(), name="sai.xlsx")

    assert page.status_code == 422
    assert "C – Điểm tối đa" in page.text
    assert "«O,50» không đọc được thành số; ghi điểm như 0,50." in page.text
    assert CriteriaSet.objects.count() == 1


def test_form_says_what_is_missing_and_refuses_big_files(organiser):
    missing = organiser.post(reverse(IMPORT), {"year": "x", "decision_date": "hôm qua"})
    big = upload(organiser, b"PK" + bytes(10 * 1024 * 1024))

    assert missing.status_code == 422
    for words in ("Chọn tệp bộ tiêu chí.", "Năm phải là số, ví dụ 2023.", "Ngày phải viết như 15/12/2022."):
        assert words in missing.text
    assert "Tệp lớn quá 10 MB" in big.text


def test_token_of_another_person_an_old_one_or_a_forged_one_is_refused(province):
    organiser, other = province.people["organiser"], province.people["council"]
    token = kept.keep(content=b"a", name="a.csv", by=organiser)

    assert kept.find(token, by=organiser).content == b"a"
    with pytest.raises(NotAllowed):
        kept.find(token, by=other)
    with pytest.raises(NotAllowed):
        kept.find(signing.dumps({"key": "x"}, salt="other"), by=organiser)
    kept.forget_old(at=timezone.now() + timedelta(hours=3))
    with pytest.raises(NotAllowed, match="không còn được giữ"):
        kept.find(token, by=organiser)


def test_forged_confirmation_stores_nothing(organiser):
    answer = organiser.post(reverse("criteria_import_confirm"), {"token": "x", "year": "2023"}, follow=True)

    assert "hãy chọn lại tệp" in answer.text
    assert CriteriaSet.objects.count() == 1


def test_copy_and_heading(organiser, province):
    address = reverse("criteria_set_copy", args=[province.criteria_set.pk])
    assert organiser.get(address).context["form"]["year"].value() == 2024

    organiser.post(address, {"title": "Bộ năm sau", "year": "2024"})
    copy = CriteriaSet.objects.get(title="Bộ năm sau")
    change = {"title": "Bộ 2024", "year": "2024", "decision_number": "1/QĐ", "decision_date": "15/12/2023"}
    organiser.post(reverse("criteria_set_describe", args=[copy.pk]), change)

    copy.refresh_from_db()
    assert (copy.title, copy.decision_number, copy.decision_date.isoformat()) == ("Bộ 2024", "1/QĐ", "2023-12-15")


def test_heading_of_a_set_in_use_is_refused_with_the_reason(organiser, province):
    address = reverse("criteria_set_describe", args=[province.criteria_set.pk])

    page = organiser.post(address, {"title": "Mới", "year": "2023"})

    assert page.status_code == 422
    assert "đang được dùng trong Kỳ đánh giá năm 2023 nên không sửa được" in page.text
