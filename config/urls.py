"""Addresses of the site; includes only."""

from django.urls import path

urlpatterns: list[path] = []
