"""Print docs/states.md from the table of transitions; --check fails when the file is stale."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from assessments.enums import Stage
from assessments.rules.stages import TRANSITIONS

HEAD = """# Stages of a case

Printed by `manage.py state_diagram --write` from `assessments/rules/stages.py`; a test fails when it is stale.
"""


def state_diagram() -> str:
    """Return the text of docs/states.md."""
    lines = [HEAD, "```mermaid", "stateDiagram-v2"]
    lines += [f"    {stage.value}: {stage.label}" for stage in Stage]
    lines.append(f"    [*] --> {Stage.OPENED.value}")
    for stage in Stage:
        following = [each for each in Stage if each in TRANSITIONS[stage]]
        lines += [f"    {stage.value} --> {each.value}" for each in following]
    return "\n".join([*lines, "```", ""])


class Command(BaseCommand):
    """``manage.py state_diagram [--write | --check]``."""

    help = "Vẽ sơ đồ các giai đoạn của hồ sơ"

    def add_arguments(self, parser):
        parser.add_argument("--write", action="store_true", help="write docs/states.md")
        parser.add_argument("--check", action="store_true", help="fail when docs/states.md is stale")

    def handle(self, *args, **options):
        path = Path(settings.BASE_DIR) / "docs" / "states.md"
        text = state_diagram()
        if options["check"]:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                raise CommandError("docs/states.md is stale: run manage.py state_diagram --write")
        elif options["write"]:
            path.write_text(text, encoding="utf-8")
        else:
            self.stdout.write(text)
