"""The page of each human step, by the name of its node."""

from django.urls import reverse

PAGES = {
    "confirm_training": "case_training",
    "self_score": "case_sheet",
    "provide_evidence": "case_evidence",
    "sign": "case_sign",
    "appraise": "case_appraise",
    "supplement": "case_supplement",
    "consolidate": "case_consolidate",
    "dispute": "case_dispute",
    "answer_disputes": "case_answers",
    "decide_disputes": "case_decide",
    "correct": "case_correct",
}


def page_of(node: str, *, case_id: int, branch_id: int | None = None) -> str:
    """Return the address of the page on which a step of a case, or of one body's branch of it, is done."""
    return reverse(PAGES[node], args=[case_id] if branch_id is None else [case_id, branch_id])
