"""Addresses of the process."""

from django.urls import path

from workflow.views import inbox, preparation, sheet

urlpatterns = [
    path("viec/<int:pk>/", inbox.open_work, name="work"),
    path("ho-so/<int:pk>/tap-huan/", preparation.training, name="case_training"),
    path("ho-so/<int:pk>/cham-diem/", sheet.sheet, name="case_sheet"),
    path("ho-so/<int:pk>/cham-diem/hoan-thanh/", sheet.hand_in, name="case_hand_in"),
    path("ho-so/<int:pk>/cham-diem/<int:score_pk>/", sheet.save_row, name="case_row_save"),
    path("ho-so/<int:pk>/cham-diem/<int:score_pk>/chi-tiet/", sheet.row_detail, name="case_row"),
    path("ho-so/<int:pk>/cham-diem/<int:score_pk>/giai-trinh/", sheet.save_explanation, name="case_explanation"),
    path("ho-so/<int:pk>/minh-chung/", preparation.evidence, name="case_evidence"),
    path("ho-so/<int:pk>/ky-gui/", preparation.sign, name="case_sign"),
    path("ho-so/<int:pk>/thu-hoi/", preparation.withdraw, name="case_withdraw"),
    path("ho-so/<int:pk>/bien-nhan/<int:number>/", preparation.receipt, name="case_receipt"),
]
