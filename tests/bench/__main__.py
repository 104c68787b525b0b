"""Run scenarios and print their figures; see the package."""

import argparse
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")


def main() -> int:
    """Return 0 when every goal is reached, 1 otherwise."""
    import django

    django.setup()
    from django.conf import settings

    from tests.bench import delivery, reminders, sweep  # noqa: F401 - they enter their scenarios
    from tests.bench.database import benchmark_database
    from tests.bench.figures import SCENARIOS

    parser = argparse.ArgumentParser(prog="make bench", description="Measure the product against its ceilings.")
    parser.add_argument("scenarios", nargs="*", metavar="scenario", help=f"all, or some of: {', '.join(SCENARIOS)}")
    parser.add_argument("--small", action="store_true", help="few rows: shows that a scenario works, not how fast")
    parser.add_argument("--output", type=Path, default=Path(settings.VAR_DIR) / "bench.json")
    arguments = parser.parse_args()
    unknown = set(arguments.scenarios) - set(SCENARIOS)
    if unknown:
        parser.error(f"no scenario {', '.join(sorted(unknown))}; there are {', '.join(SCENARIOS)}")

    rows, all_hold = [], True
    with benchmark_database():
        for name in arguments.scenarios or list(SCENARIOS):
            print(f"\n{name}", flush=True)
            for figure in SCENARIOS[name](arguments.small):
                rows.append(figure.as_json())
                all_hold &= figure.holds
                mark = "holds" if figure.holds else "NOT REACHED"
                print(f"  {figure.value:8.2f} {figure.unit:<40} goal {figure.goal_in_words:<8} {mark}")
                print(f"           {figure.told}", flush=True)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(rows, ensure_ascii=False, indent=2) + "\n")
    print(f"\nWritten to {arguments.output}")
    return 0 if all_hold else 1


if __name__ == "__main__":
    sys.exit(main())
