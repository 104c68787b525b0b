from importlib import import_module

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = "Nhắc việc"

    def ready(self) -> None:
        """Make the task known wherever messages are written: it is woken by its name. Register kinds and checks."""
        from notifications import checks, kinds  # noqa: F401 - models are loaded only now; checks register themselves

        import_module("notifications.tasks")
        kinds.register("zalo_linked", "Liên kết Zalo", required=True, is_listed=False)
        kinds.register("webhook_off", "Kết nối tự tắt", required=True, is_listed=False)
        kinds.register("zalo_disconnected", "Zalo mất kết nối", required=True, is_listed=False)
        kinds.register("zalo_trouble", "Zalo cần xử lý", required=True, is_listed=False)
