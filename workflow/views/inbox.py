"""The inbox (việc của tôi)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments import clock
from assessments.queries.calendar import working_calendar
from assessments.rules import NotAllowed, NotPermitted
from workflow.addresses import page_of
from workflow.chart import step_titles
from workflow.forms import SnoozeForm
from workflow.models import WorkItem
from workflow.operations.inbox import claim, release, snooze, wake
from workflow.queries import inbox as queries
from workflow.queries.inbox import TAB_TONES, Tab
from workflow.rules import follow_up_days

ROWS_PER_PAGE = 50
NO_DAY_LEFT = "Việc đến hạn hôm nay hoặc đã quá hạn nên không hẹn sang ngày khác được."


class CountedPaginator(Paginator):
    """A paginator that was told how many rows there are."""

    def __init__(self, *args, count: int, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.count = count  # takes the place of Paginator's own, which asks the database


@require_safe
@login_required
def inbox(request: HttpRequest) -> HttpResponse:
    """Show one tab of the work of the person, fifty rows to a page."""
    return _inbox(request)


@require_safe
@login_required
def open_work(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead from a row or a link in a message to the page on which the work is done; what is done, to its case."""
    work = get_object_or_404(WorkItem.objects.visible_to(request.user), pk=pk)
    if work.closed_at:
        return redirect("case", pk=work.assessment_id)
    return redirect(page_of(work.node, case_id=work.assessment_id, branch_id=work.branch_id))


@require_POST
@login_required
def claim_work(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a piece of work out of the group queue."""
    work = get_object_or_404(WorkItem.objects.visible_to(request.user), pk=pk)
    try:
        work = claim(work=work, by=request.user)
    except (NotAllowed, NotPermitted) as refusal:
        return _inbox(request, refusal=str(refusal), status=422)
    messages.success(request, f"Bạn đã nhận việc “{work.title}”. Đồng nghiệp thấy tên bạn ở việc này.")
    return _back(request, work)


@require_POST
@login_required
def release_work(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a claimed piece of work back into the group queue."""
    work = get_object_or_404(WorkItem.objects.visible_to(request.user), pk=pk)
    try:
        work = release(work=work, by=request.user)
    except (NotAllowed, NotPermitted) as refusal:
        return _inbox(request, refusal=str(refusal), status=422)
    messages.success(request, f"Đã trả lại việc “{work.title}” cho hàng đợi chung.")
    return _back(request, work)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def snooze_work(request: HttpRequest, pk: int) -> HttpResponse:
    """Put work off to a day of one's own: only this person's inbox hides it until then."""
    mine = WorkItem.objects.visible_to(request.user).open().select_related("assessment__unit", "assessment__period")
    work = get_object_or_404(mine, pk=pk)
    first, last = follow_up_days(due_at=work.due_at, moment=clock.read())
    form = SnoozeForm(request.POST or None, first=first, last=last, initial={"until": first})
    if form.is_valid():
        try:
            snooze(work=work, by=request.user, **form.cleaned_data)
        except (NotAllowed, NotPermitted) as refusal:
            form.add_error(None, str(refusal))
        else:
            until = form.cleaned_data["until"]
            messages.success(request, f"Việc “{work.title}” hiện lại ngày {until:%d/%m/%Y}; nay ở mục Đã hẹn.")
            return HttpResponseRedirect(_list_before(request))
    page = {
        "work": work,
        "form": form,
        "closed_reason": "" if first <= last else NO_DAY_LEFT,
        "back": _list_before(request),
        "breadcrumbs": [{"label": "Việc của tôi", "url": reverse("inbox")}, {"label": "Hẹn sang ngày khác"}],
    }
    return render(request, "workflow/inbox/snooze.html", page, status=422 if form.is_bound else 200)


@require_POST
@login_required
def wake_work(request: HttpRequest, pk: int) -> HttpResponse:
    """Show work again before its day has come."""
    work = get_object_or_404(WorkItem.objects.visible_to(request.user), pk=pk)
    try:
        wake(work=work, by=request.user)
    except (NotAllowed, NotPermitted) as refusal:
        return _inbox(request, refusal=str(refusal), status=422)
    messages.success(request, f"Việc “{work.title}” đã trở lại mục Chờ xử lý.")
    return HttpResponseRedirect(_list_before(request))


def _inbox(request: HttpRequest, *, refusal: str = "", status: int = 200) -> HttpResponse:
    moment, calendar = clock.read(), working_calendar()
    asked = request.GET.get("muc", "")
    tab = Tab(asked) if asked in queries.tabs_of(request.user) else Tab.WAITING
    titles = step_titles()
    text = request.GET.get("q", "").strip()
    node = request.GET.get("buoc", "") if request.GET.get("buoc") in titles else ""
    found = queries.matching(queries.work_in(tab, request.user, moment=moment, calendar=calendar), text=text, node=node)
    counts, number = queries.counts(request.user, moment=moment, calendar=calendar, found=found)
    page = CountedPaginator(found, ROWS_PER_PAGE, count=number).get_page(request.GET.get("page"))
    page.object_list = queries.rows(page.object_list, request.user, moment=moment, calendar=calendar, tab=tab)
    here = reverse("inbox")
    kept = request.GET.copy()
    kept.pop("page", None)
    return render(
        request,
        "workflow/inbox/inbox.html",
        {
            "tabs": [
                {
                    "label": each.label,
                    "url": f"{here}?muc={each.value}",
                    "current": each == tab,
                    "count": counts[each],
                    "tone": TAB_TONES.get(each) if counts[each] else "",
                }
                for each in counts
            ],
            "tab": tab,
            "is_done": tab == Tab.DONE,
            "is_followed": tab in queries.OF_OTHERS,
            "is_put_off": tab == Tab.PUT_OFF,
            "is_reported": tab == Tab.REPORTED,
            "page": page,
            "caption": f"{tab.label}: {number} việc",
            "text": text,
            "steps": [{"node": name, "title": title, "chosen": name == node} for name, title in titles.items()],
            "here": here,
            "clear_url": f"{here}?muc={tab.value}" if text or node else "",
            "query": kept.urlencode(),
            "back": request.get_full_path() if request.method == "GET" else here,
            "refusals": [refusal] if refusal else [],
        },
        status=status,
    )


def _back(request: HttpRequest, work: WorkItem) -> HttpResponse:
    """Go back to the list from which the button was pressed, at the row it stood in."""
    return HttpResponseRedirect(f"{_list_before(request)}#viec-{work.pk}")


def _list_before(request: HttpRequest) -> str:
    """Return the list of this site from which the person came, the inbox where it is not known."""
    back = request.POST.get("back", "") or request.GET.get("back", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        back = reverse("inbox")
    return back.partition("#")[0]
