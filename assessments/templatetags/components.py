"""The component tags: ``{% component "badge" text="Đủ" %}``, and ``{% component_block "table" … %}`` around content.

A component is a file of ``templates/_components/``. Its parameters are declared here, so that a missing or misspelt
one is an error when the page is written and not a gap when it is read. ``docs/design.md`` explains each of them.
"""

from collections.abc import Callable
from datetime import datetime
from secrets import token_hex
from typing import Any, NamedTuple

from django import template
from django.db.models import TextChoices
from django.template import Context, TemplateSyntaxError
from django.utils.safestring import SafeString

from assessments.enums import BranchState, DisputeOutcome, PeriodStatus, RowState, Stage

register = template.Library()

AMBER_WORKING_DAYS = 3
RED_WORKING_DAYS = 1
TONES = frozenset({"ok", "info", "warn", "danger", "neutral"})
TONE_ICONS = {"ok": "check-circle", "info": "info", "warn": "alert", "danger": "x-circle", "neutral": "info"}


class Parameters(NamedTuple):
    """Names that a component needs and names that it also takes."""

    required: frozenset[str]
    optional: frozenset[str]


def _takes(required: str, optional: str = "") -> Parameters:
    return Parameters(frozenset(required.split()), frozenset(optional.split()))


COMPONENTS = {
    "badge": _takes("text", "tone icon"),
    "breadcrumbs": _takes("items"),
    "button": _takes("text", "tone type href icon name value form id small closed_reason label"),
    "closed_reason": _takes("text", "id"),
    "deadline": _takes("at working_days_left", "is_overdue is_closed"),
    "deadline_banner": _takes(
        "stage at working_days_left",
        "is_overdue is_closed extended_by contacts_url document_number document_url note receipt",
    ),
    "dialog": _takes("id title action", "confirm_text tone cancel_text body"),
    "dropzone": _takes("url id", "rules label name accept max_bytes closed_reason"),
    "empty_state": _takes("title", "text icon action_url action_text"),
    "error_summary": _takes("", "form errors title no_focus"),
    "field": _takes("field", "suffix"),
    "file_row": _takes(
        "name size at by", "url state tone icon document issuer issued_on withdrawn_at withdrawn_by reason body"
    ),
    "filter_bar": _takes("action", "search search_label placeholder body clear_url"),
    "heat_cell": _takes("text", "tone icon url label"),
    "icon": _takes("name", "label"),
    "illustrative": _takes("", "text"),
    "input": _takes("id name label", "value type hint error autocomplete inputmode suffix required"),
    "notice": _takes("", "tone title text icon body role"),
    "pagination": _takes("page", "query label"),
    "post": _takes("author role at text", "side unit attachments"),
    "progress": _takes("value max label", "text"),
    "receipt": _takes("title at by", "unit digest number note body"),
    "score": _takes("value", "max places change"),
    "sort_head": _takes("head"),
    "stat": _takes("label value", "hint tone url"),
    "table": _takes("caption body", "sticky cards dense hide_caption id list_keys"),
    "tabs": _takes("items label"),
    "task_list": _takes("items", "label"),
    "timeline": _takes("events", "label"),
}


def deadline_look(
    *, working_days_left: int | None, is_overdue: bool = False, is_closed: bool = False
) -> dict[str, str]:
    """Return the tone, icon, word and remaining time of a deadline; amber at 3 working days or less, red at 1."""
    if is_closed:
        return {"tone": "neutral", "icon": "lock", "word": "Đã đóng", "remaining": ""}
    if is_overdue:
        return {"tone": "danger", "icon": "alert", "word": "Quá hạn", "remaining": ""}
    if working_days_left is None:
        return {"tone": "neutral", "icon": "calendar", "word": "Chưa đến hạn", "remaining": ""}
    remaining = f"còn {working_days_left} ngày làm việc" if working_days_left > 0 else "còn dưới 1 ngày làm việc"
    if working_days_left <= RED_WORKING_DAYS:
        return {"tone": "danger", "icon": "hourglass", "word": "Rất gấp", "remaining": remaining}
    if working_days_left <= AMBER_WORKING_DAYS:
        return {"tone": "warn", "icon": "clock", "word": "Sắp hết hạn", "remaining": remaining}
    return {"tone": "ok", "icon": "calendar", "word": "Còn hạn", "remaining": remaining}


def _deadline(values: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(values["at"], datetime):
        raise TypeError("A deadline needs its moment.")
    look = deadline_look(
        working_days_left=values["working_days_left"],
        is_overdue=bool(values.get("is_overdue")),
        is_closed=bool(values.get("is_closed")),
    )
    return {**values, **look}


def _notice(values: dict[str, Any]) -> dict[str, Any]:
    tone = values.get("tone") or "info"
    return {**values, "tone": tone, "icon": values.get("icon") or TONE_ICONS[tone]}


def _error_summary(values: dict[str, Any]) -> dict[str, Any]:
    """List the errors of a form: those of the whole form first, then each field's with the id to jump to."""
    found = [{"text": text, "id": ""} for text in values.get("errors") or () if isinstance(text, str)]
    found += [error for error in values.get("errors") or () if not isinstance(error, str)]
    form = values.get("form")
    if form is not None and form.is_bound:
        found += [{"text": text, "id": ""} for text in form.non_field_errors()]
        for field in form:
            found += [{"text": text, "id": field.id_for_label or field.auto_id} for text in field.errors]
    return {**values, "found": found}


def _dialog(values: dict[str, Any]) -> dict[str, Any]:
    """Let a destructive confirmation open with the focus on the way back."""
    return {**values, "careful": values.get("tone") == "danger"}


def _pagination(values: dict[str, Any]) -> dict[str, Any]:
    page = values["page"]
    numbers = list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1))
    query = values.get("query") or ""
    return {**values, "numbers": numbers, "gap": page.paginator.ELLIPSIS, "prefix": f"?{query}&" if query else "?"}


def _button(values: dict[str, Any]) -> dict[str, Any]:
    """Give a closed button an id for its reason, different each time because the same button may stand on each row."""
    return {**values, "reason_id": f"reason-{token_hex(4)}"} if values.get("closed_reason") else values


def _score(values: dict[str, Any]) -> dict[str, Any]:
    change = values.get("change")
    look = {"tone": "neutral", "icon": "same", "word": "giữ nguyên"}
    if change is not None and change > 0:
        look = {"tone": "ok", "icon": "up", "word": "tăng"}
    elif change is not None and change < 0:
        look = {"tone": "danger", "icon": "down", "word": "giảm"}
    return {"places": 2, **values, "look": look}


PREPARATIONS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "button": _button,
    "deadline": _deadline,
    "deadline_banner": _deadline,
    "dialog": _dialog,
    "error_summary": _error_summary,
    "notice": _notice,
    "pagination": _pagination,
    "score": _score,
}


def _render(context: Context, name: str, values: dict[str, Any]) -> SafeString:
    parameters = COMPONENTS.get(name)
    if parameters is None:
        raise TemplateSyntaxError(f"There is no component {name!r}.")
    if missing := parameters.required - values.keys():
        raise TemplateSyntaxError(f"Component {name!r} needs {', '.join(sorted(missing))}.")
    if unknown := values.keys() - parameters.required - parameters.optional:
        raise TemplateSyntaxError(f"Component {name!r} does not take {', '.join(sorted(unknown))}.")
    if values.get("tone") and values["tone"] not in TONES | {"primary", "quiet"}:
        raise TemplateSyntaxError(f"There is no tone {values['tone']!r}.")
    if prepare := PREPARATIONS.get(name):
        values = prepare(values)
    assert context.template is not None, "a tag is rendered within a template"  # noqa: S101 - told to the type checker
    inner = context.new({**values, "csrf_token": context.get("csrf_token")})
    return context.template.engine.get_template(f"_components/{name}.html").render(inner)


@register.simple_tag(takes_context=True)
def component(context: Context, which: str, **parameters: Any) -> SafeString:
    """Render a component; a parameter it does not know, or one it needs and lacks, is an error."""
    return _render(context, which, parameters)


@register.simple_block_tag(takes_context=True)
def component_block(context: Context, content: SafeString, which: str, **parameters: Any) -> SafeString:
    """Render a component around the content between the tags, which it receives as ``body``."""
    return _render(context, which, {**parameters, "body": content})


MESSAGE_TONES = {"success": "ok", "info": "info", "warning": "warn", "error": "danger"}


@register.filter
def message_tone(level_tag: str) -> str:
    """Return the tone of a message of django.contrib.messages."""
    return MESSAGE_TONES.get(level_tag, "info")


STATE_LOOKS: dict[type[TextChoices], dict[TextChoices, tuple[str, str]]] = {
    RowState: {
        RowState.EMPTY: ("neutral", "circle"),
        RowState.SCORED: ("ok", "check"),
        RowState.EVIDENCE_MISSING: ("warn", "alert"),
        RowState.NOT_APPLICABLE: ("neutral", "minus-circle"),
        RowState.ZEROED: ("danger", "robot"),
        RowState.RETURNED: ("warn", "return"),
    },
    Stage: {
        Stage.OPENED: ("neutral", "circle"),
        Stage.TRAINING: ("info", "people"),
        Stage.SELF_SCORING: ("info", "pen"),
        Stage.EVIDENCE: ("info", "file"),
        Stage.SIGN_OFF: ("warn", "seal"),
        Stage.HELD: ("danger", "lock"),
        Stage.SUBMITTED: ("ok", "send"),
        Stage.APPRAISAL: ("info", "search"),
        Stage.CONSOLIDATION: ("info", "chart"),
        Stage.DISPUTE: ("warn", "chat"),
        Stage.RESOLUTION: ("warn", "chat"),
        Stage.COUNCIL: ("info", "people"),
        Stage.PUBLISHED: ("ok", "check-circle"),
        Stage.CORRECTION: ("warn", "refresh"),
    },
    BranchState: {
        BranchState.WAITING: ("neutral", "circle"),
        BranchState.APPRAISING: ("info", "half"),
        BranchState.SUPPLEMENT: ("warn", "return"),
        BranchState.DONE: ("ok", "check-circle"),
        BranchState.RECALLED: ("neutral", "return"),
    },
    PeriodStatus: {
        PeriodStatus.DRAFT: ("neutral", "pen"),
        PeriodStatus.OPEN: ("info", "half"),
        PeriodStatus.PUBLISHED: ("ok", "check-circle"),
    },
    DisputeOutcome: {
        DisputeOutcome.ACCEPTED: ("ok", "check-circle"),
        DisputeOutcome.PARTLY_ACCEPTED: ("warn", "half"),
        DisputeOutcome.REJECTED: ("danger", "x-circle"),
    },
}
STATE_KINDS = {
    "row": RowState,
    "stage": Stage,
    "branch": BranchState,
    "period": PeriodStatus,
    "dispute": DisputeOutcome,
}


@register.simple_tag(takes_context=True)
def state(context: Context, kind: str, value: str) -> SafeString:
    """Render the badge of a stored state: ``{% state "stage" assessment.stage %}``; nothing where there is none yet."""
    if not value:
        return SafeString()
    member: TextChoices = STATE_KINDS[kind](value)
    tone, icon = STATE_LOOKS[type(member)].get(member, ("neutral", "circle"))
    return _render(context, "badge", {"text": member.label, "tone": tone, "icon": icon})
