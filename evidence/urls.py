"""Addresses of the evidence pages, under ``minh-chung/``."""

from django.urls import path

from evidence import views

app_name = "evidence"
urlpatterns = [
    path("noi-dung/<int:score_id>/", views.item, name="item"),
    path("noi-dung/<int:score_id>/tai-len/", views.upload, name="upload"),
    path("van-ban/<uuid:document_id>/tai-ve/", views.decision, name="decision"),
    path("<uuid:file_id>/tai-ve/", views.download, name="download"),
    path("<uuid:file_id>/xem/", views.view, name="view"),
    path("<uuid:file_id>/rut/", views.withdraw, name="withdraw"),
]
