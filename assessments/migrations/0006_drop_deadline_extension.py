from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("assessments", "0005_extensions_become_moves"),
    ]

    operations = [migrations.DeleteModel(name="DeadlineExtension")]
