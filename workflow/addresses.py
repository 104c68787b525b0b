"""The page of each human step, by the name of its node."""

from django.urls import NoReverseMatch, reverse

PAGES = {
    "confirm_training": "case_training",
    "self_score": "case_sheet",
    "provide_evidence": "case_evidence",
    "sign": "case_sign",
    "withdraw": "case_withdraw",
    "appraise": "case_appraise",
    "supplement": "case_supplement",
    "consolidate": "case_consolidate",
    "dispute": "case_dispute",
    "answer_disputes": "case_answers",
    "decide_disputes": "case_decide",
    "correct": "case_correct",
}


def page_of(node: str, *, case_id: int, branch_id: int | None = None) -> str:
    """Return the address of the page on which a step is done; the case page where the step has none of its own."""
    arguments = [case_id] if branch_id is None else [case_id, branch_id]
    return address(PAGES[node], *arguments) or reverse("case", args=[case_id])


def address(name: str, *arguments: object) -> str:
    """Return the address of a named page, or "" on a site that does not have it."""
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return ""
