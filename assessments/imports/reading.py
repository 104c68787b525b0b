"""What a reader hands back: sets of drafts, and problems with their places."""

from dataclasses import dataclass

from assessments.rules.criteria import CriterionDraft, check_criteria
from assessments.rules.problems import Place, Problem
from assessments.vietnamese import fold

KIND_WORDS = {"so": "Sở", "huyen": "Huyện", "xa": "Xã"}
"""Sheet of the workbook per kind of unit."""

MOST_FILE_ROWS = 5000


@dataclass(frozen=True)
class ReadSet:
    """One criteria set as a file holds it; it can be imported when ``problems`` is empty."""

    unit_kind: str
    sheet: str
    drafts: tuple[CriterionDraft, ...]
    problems: tuple[Problem, ...]
    title: str = ""
    notice: str = ""
    notes: tuple[str, ...] = ()
    """What was passed over or read together, with the rows: for the person who checks the preview."""

    @property
    def is_illustrative(self) -> bool:
        """Say whether the file itself calls the set illustrative (minh họa)."""
        return is_notice(self.notice)


@dataclass(frozen=True)
class Reading:
    """Everything read from one file (or folder), and what is wrong with the file itself."""

    source_name: str
    sets: tuple[ReadSet, ...] = ()
    file_problems: tuple[Problem, ...] = ()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All problems, those of the file first."""
        return (*self.file_problems, *(p for s in self.sets for p in s.problems))


def refused(source_name: str, kind: str, sentence: str, place: Place | None = None) -> Reading:
    """Return a reading of a file that could not be read at all."""
    return Reading(source_name, file_problems=(Problem(kind, sentence, place or Place(sheet=source_name)),))


def read_set(
    *,
    unit_kind: str,
    sheet: str,
    drafts: list[CriterionDraft],
    problems: list[Problem],
    title: str = "",
    notice: str = "",
    notes: tuple[str, ...] = (),
) -> ReadSet:
    """Check the whole set and join its problems to those of reading, one per cell, in the order of the rows."""
    known = {p.place for p in problems if p.place.column}
    found = problems + [p for p in check_criteria(drafts) if p.place not in known]
    found.sort(key=lambda p: (p.place.sheet != sheet, p.place.sheet, p.place.row or 0))
    return ReadSet(unit_kind, sheet, tuple(drafts), tuple(found), title[:200], notice[:300], notes)


def is_notice(text: str) -> bool:
    """Say whether ``text`` tells that a set is illustrative."""
    return "minh hoa" in fold(text)


def notice_in(text: str) -> str:
    """Return the sentence of ``text`` that says the set is illustrative, or nothing."""
    for sentence in text.replace("\n", ". ").split(". "):
        if is_notice(sentence):
            return sentence.strip(" .()")
    return ""


def rows_in_words(rows: list[int]) -> str:
    """Return row numbers as "dòng 5–7, 12", neighbours put together."""
    spans: list[list[int]] = []
    for row in sorted(rows):
        if spans and row == spans[-1][-1] + 1:
            spans[-1] = [spans[-1][0], row]
        else:
            spans.append([row])
    return "dòng " + ", ".join("–".join(map(str, span)) for span in spans)
