"""Public pages of published results: list, ranking by group, one unit; the same as JSON and CSV."""

import csv
import io
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.views.decorators.http import require_safe

from assessments import charts
from assessments.enums import PeriodStatus, UnitKind
from assessments.models import AssessmentPeriod, PublishedResult
from assessments.queries import results as queries
from assessments.queries.results import PublishedPeriod
from assessments.rules.ordering import Column, Ordering
from assessments.templatetags.formats import points
from assessments.vietnamese import collation_key

ROWS_PER_PAGE = 60
MAX_AGE = 300  # seconds; a new publication is seen after at most this long
FIELDS = [
    ("period, publication", "mã kỳ và lần công bố"),
    ("decision_number, decision_date", "số và ngày quyết định công bố"),
    ("digest", "mã băm SHA-256 của toàn bộ nội dung công bố"),
    ("group", "nhóm: so (sở, ban, ngành), huyen (cấp huyện), xa (cấp xã)"),
    ("rank", "hạng trong nhóm; bằng nhau thì cùng hạng"),
    ("unit_code, unit_name", "mã và tên đơn vị"),
    ("self_points, self_max", "điểm tự chấm và điểm tối đa của phần tự chấm"),
    ("appraised_points, appraised_max", "điểm thẩm định trước kiến nghị"),
    ("final_appraised_points, final_appraised_max", "điểm thẩm định sau kiến nghị"),
    ("survey_points, survey_max", "điểm điều tra xã hội học"),
    ("base_points, bonus, penalty", "điểm chuẩn, điểm cộng, điểm trừ"),
    ("achieved, max_after_na", "điểm đạt và điểm tối đa sau khi trừ nội dung không áp dụng"),
    ("index_percent", "chỉ số, bằng điểm đạt / điểm tối đa × 100, không làm tròn"),
]
UNIT_COLUMNS = (
    "period publication decision_number decision_date digest group rank unit_code unit_name self_points self_max "
    "appraised_points appraised_max final_appraised_points final_appraised_max survey_points survey_max base_points "
    "bonus penalty achieved max_after_na index_percent"
).split()
ITEM_COLUMNS = (
    "period publication digest unit_code unit_name code level part scoring name max_points achieved max_after_na na"
).split()
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def cached(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let shared caches keep what anonymous readers get; a signed-in reader's page has their name in its frame."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if request.user.is_authenticated and response["Content-Type"].startswith("text/html"):
            patch_cache_control(response, private=True, no_store=True)
        else:
            patch_cache_control(response, public=True, max_age=MAX_AGE)
        if response["Content-Type"].startswith("text/html"):
            patch_vary_headers(response, ["Cookie"])
        return response

    return answered


@require_safe
@cached
def results(request: HttpRequest) -> HttpResponse:
    """List the published periods."""
    text = request.GET.get("q", "").strip()
    page = {
        "publications": queries.published_periods(text),
        "text": text,
        "here": reverse("results"),
        "clear_url": reverse("results") if text else "",
    }
    return render(request, "assessments/results/list.html", page)


@require_safe
@cached
def period(request: HttpRequest, code: str) -> HttpResponse:
    """Show the ranking of one group of a period, with its areas and a chart."""
    shown = _published(request, code)
    asked = request.GET.get("loai", "")
    kind = UnitKind(asked) if asked in shown.kinds else shown.kinds[0]
    text = request.GET.get("q", "").strip()
    order = Ordering.read(_columns(shown), request.GET.get("xep", ""), default="hang")
    paging = Paginator(order.sort(shown.ranking(kind, text)), ROWS_PER_PAGE).get_page(request.GET.get("page"))
    rows = list(paging.object_list)
    here = reverse("result_period", args=[code])
    kept = request.GET.copy()
    kept.pop("page", None)
    first_areas = rows[0].areas if rows else []
    page = {
        "shown": shown,
        "period": shown.period,
        "publication": shown.publication,
        "kind": kind,
        "rows": rows,
        "page": paging,
        "query": kept.urlencode(),
        "heads": order.heads(lambda asked: f"{here}?{_query(request, loai=kind.value, q=text, xep=asked)}"),
        "area_heads": first_areas,
        "area_rows": [_area_row(row.result, first_areas) for row in rows],
        "chart": charts.bars(
            [charts.Mark(f"{row.result.rank}. {row.result.unit_name}", row.index, points(row.index)) for row in rows],
            title=f"Chỉ số của {kind.label.lower()}, {shown.period.name}",
            chart_id="ranking",
        ),
        "tabs": [
            {"label": each.label, "url": f"{here}?{_query(request, loai=each.value)}", "current": each == kind}
            for each in shown.kinds
        ],
        "versions": [
            {"publication": each, "url": f"{here}?lan={each.number}", "current": each == shown.publication}
            for each in shown.publications
        ],
        "text": text,
        "here": here,
        "clear_url": f"{here}?{_query(request)}" if text else "",
        "number": _number(request),
        "suffix": _suffix(request),
        "fields": FIELDS,
        "breadcrumbs": [{"label": "Kết quả công bố", "url": reverse("results")}, {"label": shown.period.name}],
    }
    return render(request, "assessments/results/period.html", page)


def _columns(shown: PublishedPeriod) -> list[Column]:
    """Return the columns of the ranking; the last compares with the period before, where there is one."""
    columns = [
        Column("hang", "Hạng", lambda row: row.result.rank),
        Column("don-vi", "Đơn vị", lambda row: collation_key(row.result.unit_name)),
        Column("chi-so", "Chỉ số (%)", lambda row: row.index, largest_first=True),
        Column("diem", "Điểm đạt / tối đa", lambda row: row.result.achieved, largest_first=True),
    ]
    if shown.previous:
        change = Column("thay-doi", f"So với {shown.previous.year}", lambda row: row.rank_change, largest_first=True)
        columns.append(change)
    return columns


@require_safe
@cached
def unit(request: HttpRequest, code: str, unit: str) -> HttpResponse:
    """Show the result of one unit by area and item."""
    shown = _published(request, code)
    result = _result(shown, unit)
    row = shown.ranked(result)
    items = queries.items_of(result, shown.earlier.get(result.unit_id))
    here = reverse("result_unit", args=[code, unit])
    back = reverse("result_period", args=[code]) + f"?{_query(request, loai=result.unit_kind)}"
    marks = [charts.Mark(area.code, area.index, points(area.index)) for area in row.areas]
    page = {
        "shown": shown,
        "period": shown.period,
        "publication": shown.publication,
        "row": row,
        "result": result,
        "kind": UnitKind(result.unit_kind),
        "items": items,
        "group_size": sum(each.unit_kind == result.unit_kind for each in shown.results),
        "chart": charts.radar(marks, title=f"Chỉ số theo lĩnh vực của {result.unit_name}", chart_id="areas"),
        "criteria": result.content.get("criteria", {}),
        "versions": [
            {"publication": each, "url": f"{here}?lan={each.number}", "current": each == shown.publication}
            for each in shown.publications
        ],
        "suffix": _suffix(request),
        "breadcrumbs": [
            {"label": "Kết quả công bố", "url": reverse("results")},
            {"label": shown.period.name, "url": back},
            {"label": result.unit_name},
        ],
    }
    return render(request, "assessments/results/unit.html", page)


@require_safe
@cached
def period_json(request: HttpRequest, code: str) -> HttpResponse:
    """Answer everything published of a period; ``results`` is exactly what the digest covers."""
    shown = _published(request, code)
    answer = _head(shown) | {
        "unit_names": {result.unit.code: result.unit_name for result in shown.results},
        "results": [queries.canonical_content(result) for result in shown.results],
    }
    return _json(answer, shown)


@require_safe
@cached
def unit_json(request: HttpRequest, code: str, unit: str) -> HttpResponse:
    """Answer the published result of one unit."""
    shown = _published(request, code)
    result = _result(shown, unit)
    answer = _head(shown) | {"unit_name": result.unit_name, "result": queries.canonical_content(result)}
    return _json(answer, shown)


@require_safe
@cached
def period_csv(request: HttpRequest, code: str) -> HttpResponse:
    """Answer the ranking of all groups, one row for each unit."""
    shown = _published(request, code)
    head = _csv_head(shown)
    rows = (
        [
            *(*head[:2], *head[3:], head[2], result.unit_kind, str(result.rank), result.unit.code, result.unit_name),
            *(result.content[part][value] for part in _PAIRS for value in ("achieved", "maximum")),
            *(result.content["base"], result.content["bonus"], result.content["penalty"]),
            *(result.achieved, result.maximum, result.index),
        ]
        for result in sorted(shown.results, key=lambda result: (shown.kinds.index(result.unit_kind), result.rank))
    )
    return _csv(f"ket-qua-{code}-lan-{shown.publication.number}", UNIT_COLUMNS, rows)


@require_safe
@cached
def unit_csv(request: HttpRequest, code: str, unit: str) -> HttpResponse:
    """Answer the published result of one unit, one row for each area and item."""
    shown = _published(request, code)
    result = _result(shown, unit)
    head = _csv_head(shown)[:3]
    rows = (
        [
            *(*head, result.unit.code, result.unit_name),
            *(row["code"], row["level"], row.get("part", ""), row.get("scoring", ""), row["name"]),
            *(row["max_points"], row["achieved"], row["maximum"], "1" if row["na"] else "0"),
        ]
        for row in result.content["items"]
    )
    return _csv(f"ket-qua-{code}-{unit}-lan-{shown.publication.number}", ITEM_COLUMNS, rows)


_PAIRS = ("self", "appraised", "final_appraised", "survey")


def _published(request: HttpRequest, code: str) -> PublishedPeriod:
    """Return a published period, as the publication that ``?lan=`` names or as the newest; 404 otherwise."""
    found = get_object_or_404(
        AssessmentPeriod.objects.filter(status=PeriodStatus.PUBLISHED).select_related("organiser"), code=code
    )
    shown = queries.published_period(found, _number(request))
    if shown is None or not shown.results:
        raise Http404
    return shown


def _number(request: HttpRequest) -> int | None:
    asked = request.GET.get("lan", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 5 else None


def _result(shown: PublishedPeriod, code: str) -> PublishedResult:
    result = next((result for result in shown.results if result.unit.code == code), None)
    if result is None:
        raise Http404
    return result


def _area_row(result: PublishedResult, heads: list[queries.Area]) -> dict[str, Any]:
    """Return the areas of one unit in the order of the heads; units of one group may have different versions."""
    areas = {area.code: area for area in queries.areas_of(result)}
    return {"result": result, "areas": [areas.get(head.code) for head in heads]}


def _query(request: HttpRequest, **changes: str) -> str:
    """Return the query of a link that stays in the publication that is shown."""
    kept = {"lan": str(number)} if (number := _number(request)) else {}
    return urlencode({name: value for name, value in {**kept, **changes}.items() if value})


def _suffix(request: HttpRequest) -> str:
    number = _number(request)
    return f"?lan={number}" if number else ""


def _head(shown: PublishedPeriod) -> dict[str, Any]:
    publication = shown.publication
    return {
        "period": {
            "code": shown.period.code,
            "name": shown.period.name,
            "year": shown.period.year,
            "organiser": shown.period.organiser.name,
            "organiser_code": shown.period.organiser.code,
            "is_illustrative": shown.period.is_illustrative,
        },
        "publication": {
            "number": publication.number,
            "is_newest": shown.is_newest,
            "decision_number": publication.decision_number,
            "decision_date": publication.decision_date.isoformat(),
            "published_at": publication.published_at.isoformat(),
            "correction_reason": publication.reason,
            "digest": publication.digest,
            "digest_method": "SHA-256 of the period's `results` as JSON: keys sorted, no spaces, UTF-8",
        },
        "notices": shown.notices,
    }


def _csv_head(shown: PublishedPeriod) -> list[str]:
    publication = shown.publication
    return [
        shown.period.code,
        str(publication.number),
        publication.digest,
        publication.decision_number,
        publication.decision_date.isoformat(),
    ]


def _json(answer: dict[str, Any], shown: PublishedPeriod) -> HttpResponse:
    response = JsonResponse(answer, json_dumps_params={"ensure_ascii": False})
    response["Access-Control-Allow-Origin"] = "*"  # public data, read by anybody's page
    response["X-Publication-Digest"] = shown.publication.digest
    return response


def _csv(name: str, columns: Iterable[str], rows: Iterable[list[str]]) -> HttpResponse:
    """Answer rows as CSV that Excel opens as UTF-8; no cell can be taken for a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    response = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _harmless(cell: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would run as a formula; a negative number stays a number."""
    if not cell.startswith(_FORMULA) or cell.removeprefix("-").replace(".", "", 1).isdigit():
        return cell
    return f"'{cell}"
