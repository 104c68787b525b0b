"""Addresses of the process."""

from django.urls import path

from workflow.views import appraisal, cases, home, inbox, incidents, preparation, progress, sheet

urlpatterns = [
    path("", home.home, name="home"),
    path("viec/", inbox.inbox, name="inbox"),
    path("viec/<int:pk>/", inbox.open_work, name="work"),
    path("viec/<int:pk>/nhan/", inbox.claim_work, name="work_claim"),
    path("viec/<int:pk>/tra-lai/", inbox.release_work, name="work_release"),
    path("ho-so/", cases.cases, name="cases"),
    path("ho-so/<int:pk>/", cases.case, name="case"),
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
    path("ho-so/<int:pk>/tham-dinh/<int:branch_pk>/", appraisal.appraise, name="case_appraise"),
    path("ho-so/<int:pk>/tham-dinh/<int:branch_pk>/dong-y/", appraisal.agree, name="case_appraise_agree"),
    path("ho-so/<int:pk>/tham-dinh/<int:branch_pk>/hoan-thanh/", appraisal.complete, name="case_appraise_complete"),
    path(
        "ho-so/<int:pk>/tham-dinh/<int:branch_pk>/yeu-cau-bo-sung/",
        appraisal.return_to_unit,
        name="case_appraise_return",
    ),
    path("ho-so/<int:pk>/tham-dinh/<int:branch_pk>/<int:score_pk>/", appraisal.appraise, name="case_appraise_item"),
    path(
        "ho-so/<int:pk>/tham-dinh/<int:branch_pk>/<int:score_pk>/khong-diem/",
        appraisal.zero,
        name="case_appraise_zero",
    ),
    path("tien-do/", progress.progress, name="progress"),
    path("tien-do/tai-ve/", progress.export, name="progress_export"),
    path("su-co/", incidents.incidents, name="incidents"),
    path("su-co/<int:pk>/thu-lai/", incidents.try_again, name="incident_try_again"),
]
