"""The site and one page that uses the scripts of the frame."""

import time

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import engines
from django.urls import include, path

from config.urls import handler403, handler404, handler500

__all__ = ["handler403", "handler404", "handler500"]

PAGE = """{% extends "base.html" %}{% load components %}{% block title %}Thử{% endblock %}
{% block content %}
<h1>Thử</h1>
<form method="post" data-module="draft" data-draft="reason" id="plain">{% csrf_token %}
  <label for="reason">Lý do</label><textarea id="reason" name="reason"></textarea>
  <label class="choice"><input type="checkbox" name="sure" value="1"> Đã kiểm tra</label>
  {% component "button" text="Gửi" %}
</form>
<form hx-post="{% url 'fragment' %}" hx-target="#answer" id="with-htmx">{% component "button" text="Gửi ngay" %}</form>
<div id="answer"></div>
{% component "dropzone" id="zone" url="/upload/" max_bytes=1048576 %}
{% endblock %}"""
received: list[str] = []


@login_required
def work(request: HttpRequest) -> HttpResponse:
    """Take the form slowly, as a busy server does."""
    if request.method == "POST":
        received.append(request.POST["reason"])
        time.sleep(0.4)
    return HttpResponse(engines["django"].from_string(PAGE).render({}, request))


@login_required
def fragment(request: HttpRequest) -> HttpResponse:
    """Answer htmx."""
    return HttpResponse("<p>Đã ghi.</p>")


@login_required
def upload(request: HttpRequest) -> JsonResponse:
    """Take a file, refuse an .exe."""
    file = request.FILES["file"]
    if file.name.endswith(".exe"):
        return JsonResponse({"message": "Không nhận tệp .exe. Gửi bản PDF hoặc DOCX."}, status=422)
    return JsonResponse({"message": "Đã nhận, đang chờ quét."}, status=201)


urlpatterns = [
    path("work/", work),
    path("fragment/", fragment, name="fragment"),
    path("upload/", upload),
    path("", include("config.urls")),
]
