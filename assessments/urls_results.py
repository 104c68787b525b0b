"""Addresses of what everybody may read: the published results, under ``ket-qua/``."""

from django.urls import path

from assessments.views import results

urlpatterns = [
    path("", results.results, name="results"),
    path("<slug:code>.json", results.period_json, name="result_period_json"),
    path("<slug:code>.csv", results.period_csv, name="result_period_csv"),
    path("<slug:code>/", results.period, name="result_period"),
    path("<slug:code>/<str:unit>.json", results.unit_json, name="result_unit_json"),
    path("<slug:code>/<str:unit>.csv", results.unit_csv, name="result_unit_csv"),
    path("<slug:code>/<str:unit>/", results.unit, name="result_unit"),
]
