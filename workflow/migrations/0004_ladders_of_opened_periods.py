"""Give opened periods the common ladder, and say of work that was announced when; its reminders are planned hourly."""

from django.db import migrations
from django.db.models import F
from django.utils import timezone

LADDER = [
    ("before", 7, "assignees"),
    ("before", 3, "assignees"),
    ("before", 1, "assignees"),
    ("on", 0, "assignees"),
    ("after", 1, "assignees"),
    ("after", 2, "head"),
    ("after", 3, "assignees"),
    ("after", 5, "organiser"),
]


def carry_over(apps, schema_editor):
    period_model = apps.get_model("assessments", "AssessmentPeriod")
    rule_model = apps.get_model("workflow", "ReminderRule")
    work_model = apps.get_model("workflow", "WorkItem")
    work_model.objects.exclude(last_rung="").update(announced_at=F("created_at"))
    now = timezone.now()
    for period in period_model.objects.exclude(status="draft").filter(reminder_rules=None):
        rule_model.objects.bulk_create(
            rule_model(period=period, timing=timing, days=days, audience=audience, created_at=now)
            for timing, days, audience in LADDER
        )


def carry_back(apps, schema_editor):
    """Say of announced work that its opening was told; rules and plans go with their tables."""
    work_model = apps.get_model("workflow", "WorkItem")
    work_model.objects.exclude(announced_at=None).update(last_rung="opening")


class Migration(migrations.Migration):

    dependencies = [("workflow", "0003_work_announced_at")]

    operations = [migrations.RunPython(carry_over, carry_back)]
