"""Addresses of the outbox."""

from django.urls import path

from notifications import views

urlpatterns = [
    path("outbox/", views.outbox, name="outbox"),
    path("outbox/<int:message_id>/", views.outbox_message, name="outbox_message"),
    path("outbox/<int:message_id>/letter/", views.outbox_letter, name="outbox_letter"),
]
