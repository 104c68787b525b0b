"""Make faults and print what they found; see the package."""

import argparse
import json
import logging
import os
import random
import sys
import time
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")


def main() -> int:
    """Return 0 when no fault found a problem, 1 otherwise."""
    import django

    django.setup()
    from django.conf import settings
    from django.urls import get_resolver

    from tests.bench.database import benchmark_database
    from tests.faults import closing, letters, queue, server, statements, telephones  # noqa: F401 - they enter their faults
    from tests.faults.findings import FAULTS, LIMIT

    get_resolver().url_patterns  # noqa: B018 - messages carry links: the addresses are loaded once
    parser = argparse.ArgumentParser(prog="make faults", description="Break real parts and judge what is left.")
    parser.add_argument("faults", nargs="*", metavar="fault", help=f"all, or some of: {', '.join(FAULTS)}")
    parser.add_argument("--rounds", type=int, default=20, help="of each fault (default: 20)")
    parser.add_argument("--seed", type=int, default=None, help="of the random moments (default: another each time)")
    parser.add_argument("--output", type=Path, default=Path(settings.VAR_DIR) / "faults.json")
    asked = parser.parse_args()
    unknown = set(asked.faults) - set(FAULTS)
    if unknown:
        parser.error(f"no fault {', '.join(sorted(unknown))}; there are {', '.join(FAULTS)}")
    logging.disable(logging.WARNING)  # what workers say of those that died is expected here
    seed = random.SystemRandom().randrange(10**6) if asked.seed is None else asked.seed
    print(f"Seed {seed}, {asked.rounds} rounds of each fault, recovery at most {LIMIT:.0f} s", flush=True)

    rows, passed = [], True
    with benchmark_database():
        for name in asked.faults or list(FAULTS):
            began = time.monotonic()
            findings = FAULTS[name](asked.rounds, random.Random(f"{seed}:{name}"))  # noqa: S311 - no secret
            passed &= findings.passed
            rows.append({"seed": seed, **findings.as_json()})
            counted = "".join(f"; {number} {what}" for what, number in findings.counted.items())
            print(
                f"{name:<16} {'passed' if findings.passed else 'FAILED'}  {findings.rounds:>3} rounds  "
                f"recovery {findings.slowest:5.2f} s at most  ({time.monotonic() - began:.0f} s)\n"
                f"                 {findings.what}{counted}",
                flush=True,
            )
            for problem in findings.problems[:10]:
                print(f"                 ! {problem}", flush=True)
    asked.output.parent.mkdir(parents=True, exist_ok=True)
    asked.output.write_text(json.dumps(rows, ensure_ascii=False, indent=2) + "\n")
    print(f"Written to {asked.output}")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
