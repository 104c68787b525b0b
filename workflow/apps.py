from django.apps import AppConfig


class WorkflowConfig(AppConfig):
    name = "workflow"
    verbose_name = "Quy trình"

    def ready(self) -> None:
        """Register the system checks and the names of the messages."""
        from notifications import kinds  # models are loaded only now
        from workflow import checks, webhook_events  # noqa: F401 - checks register themselves
        from workflow.messages import MESSAGES

        webhook_events.register()
        for message in MESSAGES:
            kinds.register(
                message.kind,
                message.label,
                required=message.required,
                group=message.group,
                is_digest=message.is_digest,
            )
