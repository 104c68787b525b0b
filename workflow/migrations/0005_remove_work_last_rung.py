from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("workflow", "0004_ladders_of_opened_periods")]

    operations = [migrations.RemoveField(model_name="workitem", name="last_rung")]
