from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("assessments", "0001_kernel"),
        ("viewflow", "0015_task_scheduled"),
        ("workflow", "0002_reminder_rules_plans_and_follow_up"),
    ]

    operations = [
        migrations.AddField(
            model_name="workitem",
            name="announced_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="báo mở lúc"),
        ),
        migrations.AddIndex(
            model_name="workitem",
            index=models.Index(
                condition=models.Q(("announced_at__isnull", True), ("closed_at__isnull", True)),
                fields=["opens_at"],
                name="work_to_announce",
            ),
        ),
    ]
