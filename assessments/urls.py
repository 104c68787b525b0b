"""Addresses of the subject's own pages."""

from django.urls import path

from assessments.views import criteria

urlpatterns = [
    path("bo-tieu-chi/", criteria.criteria_sets, name="criteria_sets"),
    path("bo-tieu-chi/nhap/", criteria.import_criteria, name="criteria_import"),
    path("bo-tieu-chi/nhap/xac-nhan/", criteria.confirm_import, name="criteria_import_confirm"),
    path("bo-tieu-chi/<int:pk>/", criteria.criteria_set, name="criteria_set"),
    path("bo-tieu-chi/<int:pk>/sao-chep/", criteria.copy_criteria, name="criteria_set_copy"),
    path("bo-tieu-chi/<int:pk>/sua/", criteria.describe_criteria, name="criteria_set_describe"),
]
