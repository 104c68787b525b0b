"""Addresses of the site; includes only."""

from django.urls import URLPattern, URLResolver, include, path

from config import pages, source

urlpatterns: list[URLPattern | URLResolver] = [
    path("dang-nhap/", pages.sign_in, name="sign_in"),
    path("dang-nhap/dung-thu/", pages.demo_sign_in, name="demo_sign_in"),
    path("dang-xuat/", pages.sign_out, name="sign_out"),
    path("gioi-thieu/", pages.about, name="about"),
    path("ma-nguon/", source.source, name="source"),
    path("components/", pages.components, name="components"),
    path("minh-chung/", include("evidence.urls")),
    path("", include("notifications.urls")),
    path("", include("assessments.urls")),
    path("ket-qua/", include("assessments.urls_results")),
    path("tai-khoan/", include("assessments.urls_accounts")),
    path("", include("workflow.urls_periods")),
    path("", include("workflow.urls")),
]

handler400 = "config.pages.bad_request"
handler403 = "config.pages.permission_denied"
handler404 = "config.pages.page_not_found"
handler500 = "config.pages.server_error"
