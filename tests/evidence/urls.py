"""The addresses of the site with those of the evidence pages where the site has them."""

from django.urls import include, path

from config.urls import handler403, handler404, handler500
from config.urls import urlpatterns as site

__all__ = ["handler403", "handler404", "handler500", "urlpatterns"]
urlpatterns = [path("minh-chung/", include("evidence.urls")), *site]
