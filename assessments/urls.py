"""Addresses of the subject's own pages."""

from django.urls import path

from assessments.views import calendar, criteria

urlpatterns = [
    path("lich-lam-viec/", calendar.year, name="calendar"),
    path("lich-lam-viec/them/", calendar.add, name="calendar_add"),
    path("lich-lam-viec/nhap/", calendar.import_days, name="calendar_import"),
    path("lich-lam-viec/nhap/xac-nhan/", calendar.confirm_import, name="calendar_import_confirm"),
    path("lich-lam-viec/<int:pk>/", calendar.change, name="calendar_day"),
    path("lich-lam-viec/<int:pk>/bo/", calendar.withdraw, name="calendar_day_withdraw"),
    path("bo-tieu-chi/", criteria.criteria_sets, name="criteria_sets"),
    path("bo-tieu-chi/nhap/", criteria.import_criteria, name="criteria_import"),
    path("bo-tieu-chi/nhap/xac-nhan/", criteria.confirm_import, name="criteria_import_confirm"),
    path("bo-tieu-chi/<int:pk>/", criteria.criteria_set, name="criteria_set"),
    path("bo-tieu-chi/<int:pk>/sao-chep/", criteria.copy_criteria, name="criteria_set_copy"),
    path("bo-tieu-chi/<int:pk>/sua/", criteria.describe_criteria, name="criteria_set_describe"),
]
