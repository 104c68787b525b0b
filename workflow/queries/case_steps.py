"""What one person can do in one case now, and of everything else why not, until when and who can change it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from assessments.enums import BranchState, Role, Stage, WindowKind
from assessments.models import AppraisalBranch, Assessment, Official
from assessments.queries.calendar import working_calendar
from assessments.rules.calendar import PROVINCE_TIME
from assessments.rules.deadlines import Window, in_words, opening_in_words, urgency
from workflow.addresses import page_of
from workflow.models import WorkItem
from workflow.queries.cases import Sight
from workflow.queries.deadlines import Deadline, move_url
from workflow.queries.preparation import withdrawal_closed

# node, title while there is no work row yet, window that says when it opens
UNIT_STEPS = [
    ("confirm_training", "Xác nhận người tham gia tập huấn", WindowKind.TRAINING),
    ("self_score", "Tự chấm điểm", WindowKind.SELF_SCORING),
    ("provide_evidence", "Cung cấp tài liệu kiểm chứng, trình lãnh đạo", WindowKind.EVIDENCE),
    ("sign", "Ký, gửi hồ sơ", WindowKind.EVIDENCE),
    ("dispute", "Kiến nghị hoặc chấp nhận kết quả sơ bộ", WindowKind.DISPUTE),
]
SECRETARY_STEPS = [
    ("consolidate", "Tổng hợp, công bố kết quả sơ bộ", WindowKind.CONSOLIDATION),
    ("decide_disputes", "Xem xét, quyết định kiến nghị", WindowKind.COUNCIL),
]


@dataclass(frozen=True)
class CaseStep:
    """One step of a case for one person, ready for ``_components/task_list.html``."""

    label: str
    state: str
    tone: str
    icon: str
    url: str = ""
    hint: str = ""
    closed_reason: str = ""
    is_next: bool = False


@dataclass(frozen=True)
class Waiting:
    """Somebody else's open step: what, by whom, until when."""

    title: str
    who: str
    due_at: datetime | None


@dataclass(frozen=True)
class Setting:
    """What every step is judged by."""

    case: Assessment
    user: Official
    sight: Sight
    windows: Mapping[WindowKind, Window]
    moment: datetime

    @property
    def organiser(self) -> str:
        """Return who can change the timetable."""
        return self.case.period.organiser.name


def latest_work(case: Assessment) -> list[WorkItem]:
    """Return the newest row of each step and branch of a case; one query."""
    rows = (
        WorkItem.objects.filter(assessment=case)
        .select_related("branch", "role_unit", "claimed_by", "closed_by")
        .order_by("id")
    )
    return list({(work.node, work.branch_id): work for work in rows}.values())


def steps_of(setting: Setting, work: list[WorkItem]) -> list[CaseStep]:
    """Return the steps of the person's roles in the order of the process; at most two queries."""
    by_node: dict[str, list[WorkItem]] = {}
    for item in work:
        by_node.setdefault(item.node, []).append(item)
    steps = []
    sight = setting.sight
    if sight.is_unit:
        again = _to_be_done_again(by_node)
        for node, title, window in UNIT_STEPS:
            if node in again:
                steps.append(_again(setting, title))
                continue
            if node == "dispute":
                steps += _withdrawal(setting)
                steps += [_step(setting, item) for item in by_node.get("supplement", [])]
            steps += _steps(setting, by_node.get(node, []), node, title, window)
    bodies = {branch.pk for branch in sight.bodies}
    for node in ("appraise", "answer_disputes"):
        steps += [_step(setting, item) for item in by_node.get(node, []) if item.branch_id in bodies]
    if sight.is_secretary:
        for node, title, window in SECRETARY_STEPS:
            steps += _steps(setting, by_node.get(node, []), node, title, window)
        steps += [_step(setting, item) for item in by_node.get("correct", [])]
    if sight.is_organiser:
        steps += [_extension(setting), _reopening(setting)]
    return steps


def own_deadline(setting: Setting, work: list[WorkItem]) -> Deadline | None:
    """Return the deadline of the person's own most urgent step, if one is open to them; at most one query."""
    mine = [
        (item.due_at, item.pk, item) for item in work if not item.closed_at and item.due_at and _is_mine(setting, item)
    ]
    if not mine:
        return None
    due_at, _, item = min(mine)
    closes_at = item.closes_at or datetime.max.replace(tzinfo=PROVINCE_TIME)
    level, left = urgency(due_at=due_at, closes_at=closes_at, moment=setting.moment, calendar=working_calendar())
    window = setting.windows.get(WindowKind(item.window)) if item.window else None
    note = f"Bước này mở từ {opening_in_words(item.opens_at)}." if setting.moment < item.opens_at else ""
    return Deadline(
        stage=_title(item, item.branch),
        at=due_at,
        working_days_left=left,
        is_overdue=level == "overdue",
        is_closed=level == "closed",
        extended_by=setting.organiser,
        document_number=window.extended_by if window else "",
        note=note,
        document_url=move_url(window),
    )


def waiting_for(setting: Setting, work: list[WorkItem]) -> list[Waiting]:
    """Return the open steps of others that the person may know of, and what the case itself waits for; no query."""
    sight, case = setting.sight, setting.case
    found = [
        Waiting(_title(item, item.branch), f"{item.get_role_display()}, {item.role_unit.name}", item.due_at)
        for item in work
        if not item.closed_at
        and not _is_mine(setting, item)
        and (sight.follows or item.branch is None or item.branch in sight.bodies)
    ]
    if case.stage == Stage.HELD and not sight.is_organiser:
        found.append(Waiting("Gia hạn để hồ sơ đi tiếp", setting.organiser, None))
    if case.stage == Stage.SUBMITTED and WindowKind.APPRAISAL in setting.windows:
        opens = opening_in_words(setting.windows[WindowKind.APPRAISAL].opens_at)
        found.append(Waiting(f"Mở thẩm định lúc {opens}", "Hệ thống", None))
    if case.stage == Stage.COUNCIL and not sight.is_organiser:
        found.append(Waiting("Hội đồng xem xét, công bố cả kỳ", setting.organiser, None))
    return found


def _steps(setting: Setting, rows: list[WorkItem], node: str, title: str, window: WindowKind) -> list[CaseStep]:
    return [_step(setting, item) for item in rows] or [_not_reached(setting, title, setting.windows.get(window))]


def _to_be_done_again(by_node: Mapping[str, list[WorkItem]]) -> set[str]:
    """Return the unit's steps that were done once but come after one that is open again."""
    nodes = [node for node, _, _ in UNIT_STEPS]
    still_open = [nodes.index(node) for node in nodes if any(not item.closed_at for item in by_node.get(node, []))]
    return {node for node in nodes[min(still_open) + 1 :] if by_node.get(node)} if still_open else set()


def _again(setting: Setting, title: str) -> CaseStep:
    reason = f"Hồ sơ trở lại bước “{setting.case.get_stage_display()}”; việc này mở lại khi bước đó xong."
    return CaseStep(title, "Sẽ làm lại", "neutral", "return", closed_reason=reason)


def _not_reached(setting: Setting, title: str, window: Window | None) -> CaseStep:
    stage = setting.case.get_stage_display()
    reason = f"Việc này mở khi hồ sơ đến bước đó; hồ sơ đang ở bước “{stage}”."
    if window and setting.moment < window.opens_at:
        reason += (
            f" Theo kế hoạch mở từ {opening_in_words(window.opens_at)}; chỉ {setting.organiser} đổi được kế hoạch."
        )
    return CaseStep(label=title, state="Chưa đến", tone="neutral", icon="circle", closed_reason=reason)


def _step(setting: Setting, item: WorkItem) -> CaseStep:
    label = _title(item, item.branch)
    url = page_of(item.node, case_id=setting.case.pk, branch_id=item.branch_id)
    hint = f"Hạn {in_words(item.due_at)}" if item.due_at else ""
    if item.closed_at:
        return _closed(setting, item, item.closed_at, label, url)
    if setting.moment < item.opens_at:
        reason = f"Mở từ {opening_in_words(item.opens_at)}; chỉ {setting.organiser} đổi được thời gian này."
        return CaseStep(label, "Chưa mở", "neutral", "lock", url=url, hint=hint, closed_reason=reason)
    if item.closes_at and setting.moment >= item.closes_at:
        reason = f"Đã hết hạn lúc {in_words(item.closes_at)}; chỉ {setting.organiser} gia hạn được."
        return CaseStep(label, "Hết hạn", "danger", "lock", url=url, closed_reason=reason)
    if not _is_mine(setting, item):
        who = f"“{item.get_role_display()}” của {item.role_unit.name}"
        reason = f"Việc này dành cho vai trò {who}; bạn xem được, người có vai trò đó thực hiện."
        return CaseStep(label, "Đang chờ", "info", "half", url=url, hint=hint, closed_reason=reason)
    if item.claimed_by and item.claimed_at and item.claimed_by != setting.user:
        who = item.claimed_by.display_name
        since = opening_in_words(item.claimed_at)
        reason = f"{who} đã nhận việc này từ {since}; khi {who} trả lại, người khác mới làm được."
        return CaseStep(label, "Có người giữ", "info", "person", url=url, hint=hint, closed_reason=reason)
    is_late = item.due_at is not None and setting.moment >= item.due_at
    state, tone, icon = ("Quá hạn", "danger", "alert") if is_late else ("Cần làm", "warn", "pen")
    return CaseStep(label, state, tone, icon, url=url, hint=hint, is_next=True)


def _closed(setting: Setting, item: WorkItem, closed_at: datetime, label: str, url: str) -> CaseStep:
    when = opening_in_words(closed_at)
    if item.node == "appraise" and item.branch and item.branch.state == BranchState.SUPPLEMENT:
        hint = "Việc trở lại khi đơn vị trả lời hoặc khi hết hạn bổ sung"
        return CaseStep(label, "Đã trả lại đơn vị", "info", "return", url=url, hint=hint)
    if item.outcome == WorkItem.Outcome.DONE:
        by = item.closed_by.display_name if item.closed_by else "Hệ thống"
        return CaseStep(label, "Đã xong", "ok", "check-circle", url=url, hint=f"{by}, {when}")
    mend = f"chỉ {setting.organiser} gia hạn được" if setting.case.stage == Stage.HELD else "bước này không mở lại"
    reason = f"Hết hạn, hệ thống chuyển bước lúc {when}; {mend}."
    return CaseStep(label, "Hết hạn", "neutral", "robot", url=url, closed_reason=reason)


def _withdrawal(setting: Setting) -> list[CaseStep]:
    """Return the step "thu hồi" while a dossier lies with the appraisers."""
    if setting.case.stage not in (Stage.SUBMITTED, Stage.APPRAISAL):
        return []
    reason = withdrawal_closed(setting.case, setting.user, setting.moment)
    url = reverse("case_withdraw", args=[setting.case.pk])
    if reason:
        return [CaseStep("Thu hồi hồ sơ đã gửi", "Đã đóng", "neutral", "lock", closed_reason=reason)]
    closes = in_words(setting.windows[WindowKind.EVIDENCE].closes_at)
    hint = f"Được đến {closes}, khi chưa có kết luận thẩm định nào"
    return [CaseStep("Thu hồi hồ sơ đã gửi", "Có thể làm", "neutral", "return", url=url, hint=hint)]


def _extension(setting: Setting) -> CaseStep:
    label, stage = "Dời thời hạn của hồ sơ này", Stage(setting.case.stage)
    if stage in (Stage.PUBLISHED, Stage.CORRECTION):
        reason = f"Hồ sơ đang ở bước “{stage.label}”, không còn bước nào có hạn để dời."
        return CaseStep(label, "Đã đóng", "neutral", "lock", closed_reason=reason)
    url = f"{reverse('period_moves', args=[setting.case.period.code])}?ho-so={setting.case.pk}"
    if stage == Stage.HELD:
        return CaseStep(label, "Cần làm", "danger", "alert", url=url, hint="Hồ sơ tạm khóa do quá hạn", is_next=True)
    return CaseStep(label, "Có thể làm", "neutral", "calendar", url=url, hint="Cần số văn bản và lý do")


def _reopening(setting: Setting) -> CaseStep:
    label, stage = "Mở lại hồ sơ để đính chính", Stage(setting.case.stage)
    if stage != Stage.PUBLISHED:
        reason = f"Chỉ mở lại được sau khi công bố; hồ sơ đang ở bước “{stage.label}”."
        return CaseStep(label, "Chưa đến", "neutral", "lock", closed_reason=reason)
    url = reverse("case_reopen", args=[setting.case.pk])
    return CaseStep(label, "Có thể làm", "neutral", "refresh", url=url, hint="Kết quả đã công bố vẫn giữ nguyên")


def _is_mine(setting: Setting, item: WorkItem) -> bool:
    if not setting.user.holds(item.role_as_enum, item.role_unit_id):
        return False
    return setting.sight.may_judge or item.role not in (Role.APPRAISER, Role.SECRETARY)


def _title(item: WorkItem, branch: AppraisalBranch | None) -> str:
    return f"{item.title} – {branch.body_name}" if branch else item.title
