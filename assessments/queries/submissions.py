"""What is still missing before a dossier can be handed in."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from assessments.enums import Scoring
from assessments.models import Assessment, AssessmentPeriod, CriteriaSet, ItemScore, Unit
from assessments.rules.seen import marks_of


def unscored_codes(assessment: Assessment) -> list[str]:
    """Return the codes of the self-scored items without an input, N/A or a zero given by the late policy."""
    return list(
        ItemScore.objects.filter(
            assessment=assessment, item__scoring=Scoring.SELF, self_input__isnull=True, self_na=False, self_zeroed=False
        )
        .order_by("item__position")
        .values_list("item__code", flat=True)
    )


def decided_count(assessment: Assessment) -> int:
    """Return how many appraisal decisions a case has: appraised items and requests for supplement."""
    decided = ItemScore.objects.filter(assessment=assessment, appraised_at__isnull=False).count()
    return decided + assessment.branches.filter(supplements__isnull=False).count()


def dossier_contents(
    cases: Sequence[Assessment], manifests: Mapping[int, list[dict[str, Any]]]
) -> Iterator[tuple[Assessment, dict[str, Any]]]:
    """Yield each case with everything that the digest of its receipt covers; four queries for any number of cases.

    ``manifests`` are the files by case id, as evidence lists them.
    """
    scored: dict[int, list[dict[str, Any]]] = defaultdict(list)
    rows = (
        ItemScore.objects.filter(assessment__in=cases, item__scoring=Scoring.SELF)
        .order_by("item__position")
        .values_list("assessment_id", "item__code", "self_input", "self_na", "self_zeroed", "explanation")
    )
    for case_id, code, entered, na, zeroed, text in rows:
        scored[case_id].append({"code": code, "input": entered, "na": na, "zeroed": zeroed, "explanation": text})
    periods = AssessmentPeriod.objects.in_bulk({case.period_id for case in cases})
    units = Unit.objects.in_bulk({case.unit_id for case in cases})
    sets = CriteriaSet.objects.in_bulk({case.criteria_set_id for case in cases})
    for case in cases:
        yield (
            case,
            {
                "period": periods[case.period_id].code,
                "unit": units[case.unit_id].code,
                "round": case.round,
                "criteria_set": str(sets[case.criteria_set_id]),
                "scores": scored[case.pk],
                "evidence": manifests.get(case.pk, []),
            },
        )


def dossier_content(assessment: Assessment, manifest: list[dict[str, Any]]) -> dict[str, Any]:
    """Return everything that the digest of one receipt covers; ``manifest`` is what evidence says of the files."""
    ((_case, content),) = dossier_contents([assessment], {assessment.pk: manifest})
    return content


def dossier_marks(content: dict[str, Any]) -> str:
    """Return the marks of a dossier for the form that signs it: one per item with its files, one for the rest."""
    rows = {row["code"]: [row] for row in content["scores"]}
    for file in content["evidence"]:
        rows.setdefault(file["item"], []).append(file)
    rest = {name: value for name, value in content.items() if name not in ("scores", "evidence")}
    return marks_of(rows | {"hồ-sơ": rest})
