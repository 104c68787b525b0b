"""The public pages of results, read by anybody through HTTP."""

import csv
import hashlib
import io
import json
import re
from decimal import Decimal

import pytest
from django.urls import reverse

from assessments.models import PublishedResult
from assessments.vietnamese import collation_key
from tests.province import Province, make_province
from tests.published import publish, publish_correction, to_council

pytestmark = pytest.mark.django_db
PERIOD = "/ket-qua/TINH-2023/"


@pytest.fixture
def province() -> Province:
    return make_province()


def text_of(response) -> str:
    """Return what a reader sees of a page, on one line."""
    body = re.sub(r"<(script|style).*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def test_anybody_reads_the_ranking_of_a_published_period(client, province):
    publication = publish(province)

    response = client.get(PERIOD)

    text = text_of(response)
    assert response.status_code == 200
    assert "100/QĐ-UBND, ngày 01/03/2024" in text
    assert publication.digest in text
    assert [(row.result.rank, row.result.unit_name, row.result.index) for row in response.context["rows"]] == [
        (1, "Sở Y tế", "82"),
        (2, "Sở Tư pháp", "80"),
        (2, "Sở Xây dựng", "80"),
    ]
    assert "82,00" in text
    assert "8,20 / 10,00" in text
    assert "(1, 1, 3)" in text


def test_a_period_that_is_not_published_does_not_exist_for_the_public(client, province):
    to_council(province)
    addresses = [PERIOD, "/ket-qua/TINH-2023.json", "/ket-qua/TINH-2023.csv", f"{PERIOD}SXD/", f"{PERIOD}SXD.json"]

    assert [client.get(each).status_code for each in addresses] == [404] * 5
    assert "Kỳ đánh giá năm 2023" not in text_of(client.get("/ket-qua/"))


def test_the_list_is_found_without_diacritics(client, province):
    publish(province)

    assert "Kỳ đánh giá năm 2023" in text_of(client.get("/ket-qua/", {"q": "ky danh gia HAI DUONG"}))
    assert "Không có kỳ nào khớp" in text_of(client.get("/ket-qua/", {"q": "thanh ha"}))


def test_units_are_found_without_diacritics_and_keep_their_rank(client, province):
    publish(province)

    rows = client.get(PERIOD, {"q": "xay dung"}).context["rows"]

    assert [(row.result.rank, row.result.unit_name) for row in rows] == [(2, "Sở Xây dựng")]


def test_the_ranking_is_sorted_by_its_heads_without_scripts(client, province):
    publish(province)

    def names(**query) -> list[str]:
        page = client.get(PERIOD, query)
        return [row.result.unit_name for row in page.context["rows"]]

    ranked = names()
    by_name = sorted(ranked, key=collation_key)
    assert len(ranked) > 1
    assert (names(xep="don-vi"), names(xep="-don-vi")) == (by_name, by_name[::-1])
    assert names(xep="-chi-so") == ranked
    lowest_first = client.get(PERIOD, {"xep": "chi-so"}).context["rows"]
    assert [row.index for row in lowest_first] == sorted(row.index for row in lowest_first)
    page = client.get(PERIOD, {"xep": "-don-vi", "q": "so"}).content.decode()
    assert '<th scope="col" aria-sort="descending"><a class="sort-head" href="/ket-qua/TINH-2023/?loai=' in page
    assert page.count("aria-sort=") == 1
    assert "xep=don-vi" in page
    assert "q=so" in page


def test_one_unit_is_shown_by_area_and_item(client, province):
    publish(province)

    response = client.get(f"{PERIOD}SXD/")

    assert [(area.code, area.achieved, area.index) for area in response.context["row"].areas] == [
        ("1", Decimal("3.4"), Decimal(85)),
        ("2", Decimal(3), Decimal(75)),
        ("3", Decimal("1.6"), Decimal(80)),
    ]
    assert [item.code for item in response.context["items"]] == ["1", "1.1", "1.2", "2", "2.1", "2.2", "3", "3.1"]
    assert "Bộ tiêu chí mẫu – minh họa" in text_of(response)
    assert client.get(f"{PERIOD}SNV/").status_code == 404


def test_the_digest_can_be_worked_out_from_the_json(client, province):
    publication = publish(province)

    answer = client.get("/ket-qua/TINH-2023.json").json()

    canonical = json.dumps(answer["results"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(canonical.encode()).hexdigest() == publication.digest
    assert answer["publication"]["digest"] == publication.digest
    assert answer["publication"]["decision_number"] == "100/QĐ-UBND"
    assert answer["unit_names"] == {"STP": "Sở Tư pháp", "SXD": "Sở Xây dựng", "SYT": "Sở Y tế"}


def test_the_csv_opens_in_a_spreadsheet_with_exact_numbers(client, province):
    publication = publish(province)

    response = client.get("/ket-qua/TINH-2023.csv")

    assert response.content.startswith(b"\xef\xbb\xbf")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert [(row["rank"], row["unit_code"], row["index_percent"]) for row in rows] == [
        ("1", "SYT", "82"),
        ("2", "STP", "80"),
        ("2", "SXD", "80"),
    ]
    assert rows[0]["digest"] == publication.digest
    assert (rows[0]["survey_points"], rows[0]["survey_max"], rows[0]["penalty"]) == ("1.8", "2", "0")


def test_no_cell_of_the_csv_can_be_a_formula(client, province):
    publish(province)
    PublishedResult.objects.filter(unit__code="SYT").update(unit_name="=HYPERLINK(A1)")
    result = PublishedResult.objects.get(unit__code="SYT")
    result.content["penalty"] = "-0.25"
    result.save()

    rows = list(csv.DictReader(io.StringIO(client.get("/ket-qua/TINH-2023.csv").content.decode("utf-8-sig"))))

    assert (rows[0]["unit_name"], rows[0]["penalty"]) == ("'=HYPERLINK(A1)", "-0.25")


def test_json_and_csv_of_one_unit_say_the_same(client, province):
    publish(province)

    answer = client.get(f"{PERIOD}SXD.json").json()
    rows = list(csv.DictReader(io.StringIO(client.get(f"{PERIOD}SXD.csv").content.decode("utf-8-sig"))))

    assert answer["unit_name"] == "Sở Xây dựng"
    assert [(row["code"], row["achieved"]) for row in rows] == [
        (item["code"], item["achieved"]) for item in answer["result"]["items"]
    ]


def test_a_correction_stands_beside_the_first_publication_with_what_changed(client, province):
    first = publish(province)
    second = publish_correction(province)

    newest, old = client.get(PERIOD), client.get(PERIOD, {"lan": "1"})

    assert [row.result.unit_name for row in newest.context["shown"].corrected] == [
        "Sở Xây dựng",
        "Sở Y tế",
        "Sở Tư pháp",
    ]
    assert "Lý do đính chính Đính chính Sở Xây dựng" in text_of(newest)
    assert "trước: hạng 2, chỉ số 80,00" in text_of(newest)
    assert "Đây là lần công bố cũ" in text_of(old)
    assert first.digest in text_of(old)
    assert second.digest not in text_of(old)
    assert [item.code for item in client.get(f"{PERIOD}SXD/").context["items"] if item.before is not None] == [
        "1",
        "1.2",
    ]
    assert client.get("/ket-qua/TINH-2023.json", {"lan": "1"}).json()["publication"]["is_newest"] is False
    assert client.get(PERIOD, {"lan": "3"}).status_code == 404


def test_the_previous_period_of_the_same_organiser_is_compared(client, province):
    publication = publish(province)
    previous = publication.period
    previous.pk, previous.code, previous.name, previous.year = None, "TINH-2022", "Kỳ đánh giá năm 2022", 2022
    previous.save()
    last = previous.publications.create(
        number=1,
        decision_number="9/QĐ-UBND",
        decision_date=publication.decision_date,
        published_at=publication.published_at,
        published_by=publication.published_by,
        digest="0" * 64,
    )
    for result in publication.results.all():
        result.pk, result.publication, result.index, result.rank = None, last, "81", 1
        result.save()

    response = client.get(PERIOD)

    assert [
        (row.rank_before, str(row.index_change.delta), row.index_change.word) for row in response.context["rows"]
    ] == [
        (1, "1", "tăng"),
        (1, "-1", "giảm"),
        (1, "-1", "giảm"),
    ]
    assert "+1,00" in text_of(response)
    assert client.get("/ket-qua/TINH-2022/").context["shown"].previous is None


def test_anonymous_pages_may_be_kept_by_caches_and_those_of_people_may_not(client, province):
    publish(province)
    anonymous = client.get(PERIOD)
    client.force_login(province.people["officer-SXD"])
    signed_in = client.get(PERIOD)

    assert anonymous["Cache-Control"] == "public, max-age=300"
    assert "Cookie" in anonymous["Vary"]
    assert signed_in["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("asked", [{"lan": "x"}, {"lan": "²"}, {"loai": "xa"}, {"page": "999"}, {"page": "x"}])
def test_odd_questions_are_answered(client, province, asked):
    publish(province)

    assert client.get(PERIOD, asked).status_code == 200


@pytest.mark.parametrize("kept", [1, 3])
def test_the_pages_take_a_fixed_number_of_queries(client, province, django_assert_num_queries, kept):
    publication = publish(province)
    extra = list(publication.results.values_list("pk", flat=True))[kept:]
    PublishedResult.objects.filter(pk__in=extra).delete()

    with django_assert_num_queries(1):
        client.get("/ket-qua/")
    with django_assert_num_queries(4):
        assert len(client.get(PERIOD).context["rows"]) == kept
    with django_assert_num_queries(4):
        client.get("/ket-qua/TINH-2023.csv")
    with django_assert_num_queries(4):
        client.get(reverse("result_unit", args=["TINH-2023", "SYT" if kept == 3 else "STP"]))
