"""The addresses of the outbox with those that the base page links to."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

urlpatterns = [
    path("", include("notifications.urls")),
    path("sign-in/", LoginView.as_view(), name="sign_in"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
    path("about/", LoginView.as_view(), name="about"),
]
