from importlib import import_module

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = "Nhắc việc"

    def ready(self) -> None:
        """Make the task known wherever messages are written: it is woken by its name."""
        import_module("notifications.tasks")
