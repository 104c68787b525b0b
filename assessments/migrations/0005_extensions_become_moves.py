"""Every extension of one case becomes a row of the ledger with what it did to the case."""

from django.db import migrations


def to_moves(apps, schema_editor):
    DeadlineExtension = apps.get_model("assessments", "DeadlineExtension")
    DeadlineMove = apps.get_model("assessments", "DeadlineMove")
    MovedDeadline = apps.get_model("assessments", "MovedDeadline")
    StageWindow = apps.get_model("assessments", "StageWindow")
    due = {(row.period_id, row.unit_kind, row.kind): row.due_at for row in StageWindow.objects.all().iterator()}
    earlier = {}  # a second extension moved the due moment that the first had set
    for extension in DeadlineExtension.objects.select_related("assessment").order_by("id").iterator():
        case = extension.assessment
        planned = due.get((case.period_id, case.unit_kind, extension.window), extension.previous_closes_at)
        previous_due_at = earlier.get((case.pk, extension.window), planned)
        move = DeadlineMove.objects.create(
            period_id=case.period_id,
            scope="unit",
            assessment=case,
            window=extension.window,
            cause="decision",
            closes_at=extension.closes_at,
            reason=extension.reason or "(không ghi)",
            decision_number=extension.decision_number or "(không ghi)",
            state="applied",
            by_id=extension.by_id,
            at=extension.at,
        )
        MovedDeadline.objects.create(
            move=move,
            assessment=case,
            window=extension.window,
            previous_due_at=previous_due_at,
            previous_closes_at=extension.previous_closes_at,
            due_at=extension.closes_at,
            closes_at=extension.closes_at,
        )
        earlier[case.pk, extension.window] = extension.closes_at
    DeadlineExtension.objects.all().delete()


def to_extensions(apps, schema_editor):
    """What a body alone was given, and what only was proposed, the old table could not hold."""
    DeadlineExtension = apps.get_model("assessments", "DeadlineExtension")
    MovedDeadline = apps.get_model("assessments", "MovedDeadline")
    rows = MovedDeadline.objects.filter(branch__isnull=True).select_related("move").order_by("id")
    for row in rows.iterator():
        DeadlineExtension.objects.create(
            assessment_id=row.assessment_id,
            window=row.window,
            previous_closes_at=row.previous_closes_at,
            closes_at=row.closes_at,
            reason=row.move.reason,
            decision_number=row.move.decision_number,
            by_id=row.move.by_id,
            at=row.move.at,
        )
    MovedDeadline.objects.all().delete()
    apps.get_model("assessments", "DeadlineMove").objects.all().delete()


class Migration(migrations.Migration):

    dependencies = [
        ("assessments", "0004_deadline_moves"),
    ]

    operations = [migrations.RunPython(to_moves, to_extensions)]
