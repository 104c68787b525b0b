"""Shares of the social survey (điều tra xã hội học) for a whole period, until the survey itself runs here."""

from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction

from assessments.models import AssessmentPeriod, Official
from assessments.operations.scores import record_survey_shares
from assessments.queries.surveys import SurveyShare


@transaction.atomic
def record_period_shares(
    *, period: AssessmentPeriod, shares: Mapping[str, Mapping[str, SurveyShare]], by: Official
) -> int:
    """Write the shares of ``{unit code: {item code: share}}``, all or nothing; return how many.

    Raise NotAllowed or NotPermitted as ``record_survey_shares`` does for a single case.
    """
    count = 0
    cases = period.assessments.select_related("period__organiser", "period__secretariat", "unit")
    for case in cases.filter(unit__code__in=list(shares)).order_by("pk"):
        wanted = shares[case.unit.code]
        values: dict[str, Decimal] = {code: each.share for code, each in wanted.items()}
        answers = {code: each.answers for code, each in wanted.items() if each.answers is not None}
        count += record_survey_shares(assessment=case, shares=values, answers=answers, by=by)
    return count
