"""Addresses of the outbox."""

from django.urls import path

from notifications.views import outbox, preferences, undelivered, webhooks, zalo

urlpatterns = [
    path("tai-khoan/cua-toi/nhan-thong-bao/", preferences.preferences, name="notification_preferences"),
    path("tai-khoan/cua-toi/zalo/", zalo.own, name="own_zalo"),
    path("tai-khoan/cua-toi/zalo/ma/", zalo.new_code, name="own_zalo_code"),
    path("tai-khoan/cua-toi/zalo/huy/", zalo.unlink, name="own_zalo_unlink"),
    path("ket-noi/", webhooks.endpoints, name="webhooks"),
    path("ket-noi/them/", webhooks.add, name="webhook_add"),
    path("ket-noi/<int:endpoint_id>/", webhooks.endpoint, name="webhook"),
    path("ket-noi/<int:endpoint_id>/gui-thu/", webhooks.send_test, name="webhook_test"),
    path("ket-noi/<int:endpoint_id>/doi-khoa/", webhooks.rotate, name="webhook_rotate"),
    path("ket-noi/<int:endpoint_id>/tat/", webhooks.switch_off, name="webhook_switch_off"),
    path("ket-noi/<int:endpoint_id>/bat/", webhooks.switch_on, name="webhook_switch_on"),
    path("ket-noi/su-kien/<int:delivery_id>/", webhooks.delivery, name="webhook_delivery"),
    path("ket-noi/su-kien/<int:delivery_id>/gui-lai/", webhooks.send_again, name="webhook_send_again"),
    path("zalo/", zalo.status, name="zalo_status"),
    path("zalo/ket-noi/", zalo.connect, name="zalo_connect"),
    path("zalo/da-xu-ly/", zalo.settle, name="zalo_settle"),
    path("zalo/webhook/", zalo.webhook, name="zalo_webhook"),
    path("zalo/bot/", zalo.bot_webhook, name="zalo_bot_webhook"),
    path("thong-bao/ngung/<str:token>/", preferences.unsubscribe, name="unsubscribe"),
    path("thu-khong-gui-duoc/", undelivered.undelivered, name="undelivered"),
    path("thu-khong-gui-duoc/dia-chi/", undelivered.addresses, name="failing_addresses"),
    path("thu-khong-gui-duoc/dia-chi/<int:state_id>/thu-lai/", undelivered.try_address, name="address_try_again"),
    path("thu-khong-gui-duoc/gui-lai/", undelivered.send_again, name="undelivered_send_again"),
    path("thu-khong-gui-duoc/<int:message_id>/", undelivered.undelivered_message, name="undelivered_message"),
    path("outbox/", outbox.outbox, name="outbox"),
    path("outbox/<int:message_id>/", outbox.outbox_message, name="outbox_message"),
    path("outbox/<int:message_id>/letter/", outbox.outbox_letter, name="outbox_letter"),
]
