"""Addresses of the process."""

from django.urls import path

from workflow.views import inbox

urlpatterns = [
    path("viec/<int:pk>/", inbox.open_work, name="work"),
]
