"""The schedule of a season as windows of our timetable.

How the file's stages become windows (docs/adr/0005):

- ``due_at`` inclusive: the window closes one second later, so that 23:59:59 closes at midnight; exclusive: it closes
  at ``due_at`` itself. ``due_at`` stays what the file says: it is what people are shown and reminded of.
- ``explanation`` is the supplement window, ``synthesis`` the consolidation; where a round has no synthesis it lasts
  from the opening of the appraisal to the opening of the disputes; where it has no evidence, self-scoring's counts.
- ``appraisal`` is due as the file says and closes when disputes open: a body looks a second time after supplements.
- ``survey_setup``, ``survey`` and ``complaint`` are no windows; the end of ``survey`` says when its shares are kept.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from assessments.enums import EndWording, UnitKind, WindowKind
from assessments.rules.calendar import is_midnight
from assessments.rules.timetable import refusals_of
from workflow.season.faults import SeasonFault
from workflow.season.files import read_text

DISTRICT = "{district}"
WINDOW_OF_STAGE = {
    "training": WindowKind.TRAINING,
    "self_scoring": WindowKind.SELF_SCORING,
    "evidence": WindowKind.EVIDENCE,
    "appraisal": WindowKind.APPRAISAL,
    "explanation": WindowKind.SUPPLEMENT,
    "synthesis": WindowKind.CONSOLIDATION,
    "dispute": WindowKind.DISPUTE,
    "council": WindowKind.COUNCIL,
    "publication": WindowKind.PUBLICATION,
}
NO_WINDOW = {"survey_setup", "survey", "complaint"}
REQUIRED = [
    WindowKind.TRAINING,
    WindowKind.SELF_SCORING,
    WindowKind.APPRAISAL,
    WindowKind.DISPUTE,
    WindowKind.COUNCIL,
    WindowKind.PUBLICATION,
]


@dataclass(frozen=True)
class Span:
    """A window: opens, is due (shown, reminded), closes (exclusive, enforced)."""

    opens_at: datetime
    due_at: datetime
    closes_at: datetime
    wording: EndWording = EndWording.EXACT  # of the close: the file's due moment is inclusive, ours is not


@dataclass(frozen=True)
class Round:
    """One round of the schedule, or the template of one per district (``{district}`` in its code and assessor)."""

    code: str
    name: str
    year: int
    assessor: str
    groups: tuple[str, ...]
    districts: frozenset[str]
    windows: dict[WindowKind, Span]
    survey_ends_at: datetime

    @property
    def is_template(self) -> bool:
        """Say whether each district holds a round of its own."""
        return DISTRICT in self.assessor

    @property
    def opens_at(self) -> datetime:
        """Return the first moment of the round."""
        return min(span.opens_at for span in self.windows.values())

    def of_district(self, code: str) -> "Round":
        """Return the round that one district holds."""
        return replace(self, code=self.code.replace(DISTRICT, code), assessor=code)


def read_schedule(path: Path) -> list[Round]:
    """Return the rounds of a schedule. Raise SeasonFault with what is wrong."""
    try:
        content = json.loads(read_text(path))
        return [_round(path.name, each, int(content["round"])) for each in content["rounds"]]
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise SeasonFault(
            f"Tệp {path.name} không đúng dạng kế hoạch thời gian ({type(fault).__name__}: {fault})."
        ) from fault


def _round(name: str, content: dict[str, Any], year: int) -> Round:
    spans: dict[WindowKind, Span] = {}
    survey_ends_at = None
    for stage in content["stages"]:
        key = stage["stage"]
        if key not in WINDOW_OF_STAGE and key not in NO_WINDOW:
            raise SeasonFault(f"Tệp {name}, đợt {content['code']}: không có giai đoạn “{key}”.")
        if stage["opens_at"] is None or stage["due_at"] is None or not stage.get("enabled", True):
            continue
        span = _span(name, content["code"], stage)
        if key == "survey":
            survey_ends_at = span.closes_at
        if key in WINDOW_OF_STAGE:
            spans[WINDOW_OF_STAGE[key]] = span
    missing = [kind.value for kind in REQUIRED if kind not in spans]
    if missing:
        raise SeasonFault(f"Tệp {name}, đợt {content['code']} thiếu giai đoạn {', '.join(missing)}.")
    unknown = [group for group in content["groups"] if group not in UnitKind.assessed()]
    if unknown or not content["groups"]:
        raise SeasonFault(f"Tệp {name}, đợt {content['code']}: nhóm đơn vị {', '.join(unknown) or 'trống'}.")
    windows = _completed(spans)
    for problem in refusals_of(windows):
        raise SeasonFault(f"Tệp {name}, đợt {content['code']}: {problem}")
    return Round(
        code=content["code"],
        name=content["name"],
        year=year,
        assessor=content["assessor"],
        groups=tuple(content["groups"]),
        districts=frozenset(content.get("template_for", ())),
        windows=windows,
        survey_ends_at=survey_ends_at or windows[WindowKind.COUNCIL].opens_at,
    )


def _span(name: str, code: str, stage: dict[str, Any]) -> Span:
    opens_at, due_at = datetime.fromisoformat(stage["opens_at"]), datetime.fromisoformat(stage["due_at"])
    if opens_at.tzinfo is None or due_at.tzinfo is None:
        raise SeasonFault(f"Tệp {name}, đợt {code}: mốc của “{stage['stage']}” thiếu múi giờ, ví dụ +07:00.")
    if not opens_at < due_at:
        raise SeasonFault(f"Tệp {name}, đợt {code}: hạn của “{stage['stage']}” phải sau lúc mở.")
    inclusive = stage.get("due_inclusive", True)
    closes_at = due_at + timedelta(seconds=1) if inclusive else due_at
    midnight = EndWording.LATEST if inclusive else EndWording.BEFORE
    return Span(opens_at, due_at, closes_at, midnight if is_midnight(closes_at) else EndWording.EXACT)


def _completed(spans: dict[WindowKind, Span]) -> dict[WindowKind, Span]:
    """Add the windows that a round leaves out, and let the appraisal last until disputes open."""
    windows = dict(spans)
    appraisal, dispute = windows[WindowKind.APPRAISAL], windows[WindowKind.DISPUTE]
    windows.setdefault(WindowKind.EVIDENCE, windows[WindowKind.SELF_SCORING])
    windows.setdefault(WindowKind.CONSOLIDATION, Span(appraisal.opens_at, dispute.opens_at, dispute.opens_at))
    if dispute.opens_at > appraisal.closes_at:
        windows[WindowKind.APPRAISAL] = replace(appraisal, closes_at=dispute.opens_at, wording=EndWording.EXACT)
    return windows


def start_of(rounds: Iterable[Round]) -> datetime:
    """Return when the preparation begins: 8:00 on the first of the month in which the first window opens."""
    first = min(each.opens_at for each in rounds)
    start = first.replace(day=1, hour=8, minute=0, second=0, microsecond=0)
    return start if start < first else first - timedelta(hours=1)
