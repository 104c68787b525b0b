from importlib import import_module

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = "Nhắc việc"

    def ready(self) -> None:
        """Make the task known wherever messages are written: it is woken by its name; name our own kinds."""
        from notifications import kinds  # models are loaded only now

        import_module("notifications.tasks")
        kinds.register("zalo_linked", "Liên kết Zalo", required=True, is_listed=False)
        kinds.register("zalo_disconnected", "Zalo mất kết nối", required=True, is_listed=False)
