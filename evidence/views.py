"""Pages of evidence files: the list of an item, upload, download, view in the page, withdrawal."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from assessments import clock
from assessments.models import ItemScore
from assessments.rules import NotAllowed, NotPermitted
from assessments.templatetags.formats import filesize_vi
from evidence import operations, queries, rules, storage
from evidence.enums import AccessKind
from evidence.forms import WithdrawForm
from evidence.models import DecisionDocument, EvidenceFile

FORM_ROOM = 64 * 1024  # bytes of a multipart body beside the file itself
# What a file holds can do nothing here: no script, no request, no form, no frame. Chromium's PDF viewer works within
# this sandbox (seen with version 156, and in tests/evidence/test_browser.py).
_SEALED = "default-src 'none'; sandbox; frame-ancestors 'none'"
_SEALED_IN_FRAME = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'"


def item_context(request: HttpRequest, score: ItemScore) -> dict[str, Any]:
    """Return what ``evidence/_files.html`` and ``evidence/_dropzone.html`` need for one item and one reader."""
    openness = queries.openness(score=score, user=request.user, at=clock.read())
    return {
        "score": score,
        "score_key": str(score.pk),  # a template cannot join text and a number
        "openness": openness,
        "rows": queries.item_files(score=score, user=request.user, openness=openness),
        "rules": rules.rules_in_words(),
        "accept": rules.accepted_extensions(),
        "max_bytes": rules.current_limits().max_bytes,
    }


@login_required
@require_GET
def item(request: HttpRequest, score_id: int) -> HttpResponse:
    """Show the files of one item: a whole page, or for htmx only the list."""
    score = get_object_or_404(queries.scores_visible_to(request.user), pk=score_id)
    template = "evidence/_files.html" if request.htmx else "evidence/item.html"
    return render(request, template, item_context(request, score))


@csrf_exempt  # the token is checked by _receive: here nothing of the body may be read yet
@require_POST
def upload(request: HttpRequest, score_id: int) -> HttpResponse:
    """Refuse nobody in particular and a body that declares too many bytes before reading it, then receive the file."""
    if not request.user.is_authenticated:
        sentence = "Phiên làm việc đã hết hạn, tệp chưa được nhận. Hãy đăng nhập lại rồi chọn lại tệp."
        return _refused(request, score_id, sentence, status=401)
    limits = rules.current_limits()
    declared = declared_bytes(request)
    if declared > limits.max_bytes + FORM_ROOM:
        sentence = (
            f"Lượt tải lên này nặng {filesize_vi(declared)}, vượt giới hạn {filesize_vi(limits.max_bytes)}; tệp chưa "
            "được nhận. Hãy chọn tệp nhỏ hơn, hoặc tải lên từng tệp một."
        )
        return _refused(request, score_id, sentence, status=413)
    return _receive(request, score_id)


def declared_bytes(request: HttpRequest) -> int:
    """Return the length that Django would read (0 where it reads nothing), from the same header in the same way."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


@csrf_protect
def _receive(request: HttpRequest, score_id: int) -> HttpResponse:
    score = get_object_or_404(queries.scores_visible_to(request.user), pk=score_id)
    uploads = request.FILES.getlist("file")
    if not uploads:
        return _refused(request, score_id, "Chưa chọn tệp nào. Hãy chọn tệp rồi bấm Tải lên.", status=400)
    if not _wants_json(request):
        for received in uploads:  # a form without scripts sends all chosen files at once
            _attach_and_tell(request, score, received)
        return HttpResponseRedirect(_back(request, score_id))
    try:
        operations.attach(score=score, upload=uploads[0], by=request.user, **_facts(request))
    except NotAllowed as refusal:
        return _refused(request, score_id, refusal.sentence, status=_status_of(refusal))
    html = render_to_string("evidence/_files.html", item_context(request, score), request)
    return JsonResponse({"ok": True, "message": "Đã đính kèm.", "html": html}, status=201)


def _attach_and_tell(request: HttpRequest, score: ItemScore, received: UploadedFile) -> None:
    try:
        file = operations.attach(score=score, upload=received, by=request.user, **_facts(request))
    except NotAllowed as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, f"Đã đính kèm “{file.original_name}” vào nội dung {score.item.code}.")


def _facts(request: HttpRequest) -> dict[str, str]:
    """Return what was said beside the file, without the NUL that no database keeps."""
    note, pages = (request.POST.get(name, "").replace("\x00", "") for name in ("note", "pages"))
    return {"note": note[:500], "pages": pages[:60]}


def _wants_json(request: HttpRequest) -> bool:
    return request.accepts("application/json") and not request.accepts("text/html")


def _refused(request: HttpRequest, score_id: int, sentence: str, *, status: int) -> HttpResponse:
    if _wants_json(request):
        return JsonResponse({"ok": False, "message": sentence, "sentence": sentence}, status=status)
    messages.error(request, sentence)
    return HttpResponseRedirect(_back(request, score_id, read_body=status not in (401, 413)))


def _back(request: HttpRequest, score_id: int, *, read_body: bool = True) -> str:
    wanted = request.POST.get("next", "") if read_body else ""
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return reverse("evidence:item", args=[score_id])


def _status_of(refusal: NotAllowed) -> int:
    known = {rules.TooLarge: 413, NotPermitted: 403, storage.StorageFailed: 503}
    return known.get(type(refusal), 422)


@login_required
@require_GET
def download(request: HttpRequest, file_id: UUID) -> HttpResponseBase:
    """Send a file as an attachment to somebody who may read it."""
    file = _readable(request, file_id)
    response = _send(request, file, AccessKind.DOWNLOAD)
    response["Content-Security-Policy"] = _SEALED
    return response


@login_required
@require_GET
def view(request: HttpRequest, file_id: UUID) -> HttpResponseBase:
    """Show a PDF or a picture inside a page of this site; every other type is downloaded."""
    file = _readable(request, file_id)
    if not file.is_shown_in_browser:
        return redirect("evidence:download", file_id=file.pk)
    response = _send(request, file, AccessKind.VIEW)
    response["Content-Security-Policy"] = _SEALED_IN_FRAME
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response


@login_required
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """Ask for the reason and withdraw a file."""
    file = _readable(request, file_id)
    openness = queries.openness(score=file.score, user=request.user, at=clock.read())
    if not openness.may_change:
        raise PermissionDenied("Chỉ cán bộ, lãnh đạo của đơn vị được đánh giá mới rút được tài liệu của đơn vị.")
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            operations.withdraw(file=file, by=request.user, reason=form.cleaned_data["reason"])
        except NotAllowed as refusal:
            form.add_error("reason", refusal.sentence)
        else:
            messages.success(request, f"Đã rút “{file.original_name}”. Tệp và lý do vẫn được lưu.")
            return HttpResponseRedirect(_back(request, file.score_id))
    context = {"file": file, "form": form, "row": queries.file_row(file, openness)}
    return render(request, "evidence/withdraw.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def decision(request: HttpRequest, document_id: UUID) -> HttpResponseBase:
    """Send the document of a decision as an attachment to somebody who may read the move."""
    document = get_object_or_404(DecisionDocument.objects.visible_to(request.user), pk=document_id)
    response = _stream(document, as_attachment=True)
    response["Content-Security-Policy"] = _SEALED
    return response


def _readable(request: HttpRequest, file_id: UUID) -> EvidenceFile:
    files = EvidenceFile.objects.visible_to(request.user).select_related(
        "score__item", "score__assessment__unit", "uploaded_by", "withdrawn_by"
    )
    return get_object_or_404(files, pk=file_id)


def _send(request: HttpRequest, file: EvidenceFile, kind: AccessKind) -> HttpResponseBase:
    """Stream the bytes through the site, from a folder and from S3 alike.

    A signed link of the store would be quicker, but works for whoever holds it until it ends, outside this check and
    these headers; evidence is read by few people.
    """
    response = _stream(file, as_attachment=kind == AccessKind.DOWNLOAD)
    if response.status_code == 200:
        operations.record_access(file=file, by=request.user, kind=kind)
    return response


def _stream(file: EvidenceFile | DecisionDocument, *, as_attachment: bool) -> HttpResponseBase:
    """Return the stored bytes, or a sentence with 503 when the store does not give them."""
    try:
        content = storage.open_object(file.storage_key)
    except storage.StorageFailed as refusal:
        return HttpResponse(refusal.sentence, status=503, content_type="text/plain; charset=utf-8")
    response = FileResponse(
        content,
        as_attachment=as_attachment,
        filename=file.original_name,
        content_type=file.detected_type,
    )
    response["Content-Length"] = file.size
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
