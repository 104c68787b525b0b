"""Addresses of the organiser: preparing, opening and publishing periods; moved deadlines, reopening of cases."""

from django.urls import path

from workflow.views import moves, periods, publishing, rehearsal, reminder_rules, survey_shares, timetables

urlpatterns = [
    path("ky/", periods.periods, name="periods"),
    path("ky/moi/", periods.create, name="period_create"),
    path("ky/<slug:code>/", periods.period, name="period"),
    path("ky/<slug:code>/thong-tin/", periods.describe, name="period_describe"),
    path("ky/<slug:code>/don-vi/", periods.units, name="period_units"),
    path("ky/<slug:code>/bo-tieu-chi/", periods.criteria, name="period_criteria"),
    path("ky/<slug:code>/thoi-gian/<slug:kind>/", timetables.timetable, name="period_timetable"),
    path("ky/<slug:code>/thoi-gian/<slug:kind>/sao-chep/", timetables.copy, name="period_timetable_copy"),
    path("ky/<slug:code>/co-quan-tham-dinh/", periods.bodies, name="period_bodies"),
    path("ky/<slug:code>/co-quan-tham-dinh/ghep/", periods.match_bodies, name="period_match_bodies"),
    path("ky/<slug:code>/nhac-viec/", reminder_rules.reminders, name="period_reminders"),
    path("ky/<slug:code>/nhac-viec/bo/", reminder_rules.withdraw, name="period_reminder_withdraw"),
    path("ky/<slug:code>/nhac-viec/sao-chep/", reminder_rules.copy, name="period_reminders_copy"),
    path("ky/<slug:code>/dien-tap/", rehearsal.rehearsal, name="period_rehearsal"),
    path("ky/<slug:code>/dien-tap/ket-qua.xlsx", rehearsal.workbook, name="period_rehearsal_workbook"),
    path("ky/<slug:code>/mo/", periods.open_period, name="period_open"),
    path("ky/<slug:code>/khao-sat/", survey_shares.survey_shares, name="period_survey"),
    path("ky/<slug:code>/khao-sat/xac-nhan/", survey_shares.confirm, name="period_survey_confirm"),
    path("ky/<slug:code>/cong-bo/", publishing.publish, name="period_publish"),
    path("ky/<slug:code>/thoi-han/", moves.moves, name="period_moves"),
    path("ky/<slug:code>/thoi-han/xac-nhan/", moves.confirm, name="period_move_confirm"),
    path("ky/<slug:code>/thoi-han/xem-truoc.xlsx", moves.preview_workbook, name="period_move_workbook"),
    path("thoi-han/<int:pk>/", moves.move, name="move"),
    path("thoi-han/<int:pk>/khong-xac-nhan/", moves.refuse, name="move_refuse"),
    path("ho-so/<int:pk>/mo-lai/", publishing.reopen, name="case_reopen"),
]
