"""What a period consists of."""

from assessments.enums import Scoring
from assessments.models import AssessmentPeriod, CriteriaItem


def body_names(period: AssessmentPeriod) -> list[str]:
    """Return the appraising bodies that the period's criteria name, survey items left out."""
    return list(
        CriteriaItem.objects.filter(criteria_set__uses__period=period, is_leaf=True)
        .exclude(scoring=Scoring.SURVEY)
        .order_by("appraising_body")
        .values_list("appraising_body", flat=True)
        .distinct()
    )
