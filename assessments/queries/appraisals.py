"""What an appraising body has before it."""

from django.db.models import QuerySet

from assessments.enums import Scoring
from assessments.models import AppraisalBranch, ItemScore


def branch_scores(branch: AppraisalBranch) -> QuerySet[ItemScore]:
    """Return the rows that one body appraises in one case, in the order of the criteria."""
    return (
        ItemScore.objects.filter(assessment=branch.assessment_id, item__appraising_body=branch.body_name)
        .exclude(item__scoring=Scoring.SURVEY)
        .select_related("item", "appraised_by", "self_by")
        .order_by("item__position")
    )


def unappraised_codes(branch: AppraisalBranch) -> list[str]:
    """Return the codes of a branch's items that have no appraised input yet."""
    return list(branch_scores(branch).filter(appraised_at__isnull=True).values_list("item__code", flat=True))
