"""Addresses of the outbox."""

from django.urls import path

from notifications import views, views_preferences, views_undelivered

urlpatterns = [
    path("tai-khoan/cua-toi/nhan-thong-bao/", views_preferences.preferences, name="notification_preferences"),
    path("thong-bao/ngung/<str:token>/", views_preferences.unsubscribe, name="unsubscribe"),
    path("thu-khong-gui-duoc/", views_undelivered.undelivered, name="undelivered"),
    path("thu-khong-gui-duoc/dia-chi/", views_undelivered.addresses, name="failing_addresses"),
    path("thu-khong-gui-duoc/dia-chi/<int:state_id>/thu-lai/", views_undelivered.try_address, name="address_try_again"),
    path("thu-khong-gui-duoc/gui-lai/", views_undelivered.send_again, name="undelivered_send_again"),
    path("thu-khong-gui-duoc/<int:message_id>/", views_undelivered.undelivered_message, name="undelivered_message"),
    path("outbox/", views.outbox, name="outbox"),
    path("outbox/<int:message_id>/", views.outbox_message, name="outbox_message"),
    path("outbox/<int:message_id>/letter/", views.outbox_letter, name="outbox_letter"),
]
