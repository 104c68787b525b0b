"""What is still missing before a dossier can be handed in."""

from assessments.enums import Scoring
from assessments.models import Assessment, ItemScore


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
