"""Addresses of accounts and roles, under ``tai-khoan/``."""

from django.urls import path

from assessments.views import accounts

urlpatterns = [
    path("", accounts.accounts, name="accounts"),
    path("moi/", accounts.create, name="account_create"),
    path("cua-toi/", accounts.own, name="own_account"),
    path("cua-toi/mat-khau/", accounts.own_password, name="own_password"),
    path("<int:pk>/", accounts.account, name="account"),
    path("<int:pk>/sua/", accounts.describe, name="account_describe"),
    path("<int:pk>/giao-vai-tro/", accounts.grant, name="account_grant"),
    path("<int:pk>/thu-vai-tro/", accounts.withdraw, name="account_withdraw_role"),
    path("<int:pk>/mat-khau/", accounts.issue_password, name="account_password"),
    path("<int:pk>/ngung/", accounts.deactivate, name="account_deactivate"),
    path("<int:pk>/mo-lai/", accounts.reactivate, name="account_reactivate"),
]
