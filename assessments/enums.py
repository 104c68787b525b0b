"""Words of the domain with their Vietnamese labels; no rule lives here."""

from django.db import models


class UnitKind(models.TextChoices):
    """Kind of a unit (loại đơn vị)."""

    PROVINCE = "province", "Tỉnh"
    DEPARTMENT = "so", "Sở, ban, ngành"
    DISTRICT = "huyen", "Huyện, thị xã, thành phố"
    COMMUNE = "xa", "Xã, phường, thị trấn"
    COUNCIL = "council", "Hội đồng, tổ thư ký"
    DIVISION = "phong", "Phòng chuyên môn"

    @classmethod
    def assessed(cls) -> list["UnitKind"]:
        """Kinds that are scored and ranked, each within its own group."""
        return [cls.DEPARTMENT, cls.DISTRICT, cls.COMMUNE]


class Role(models.TextChoices):
    """A role held on one unit; the value is the codename of the object permission on Unit."""

    OFFICER = "score_unit", "Cán bộ chấm điểm"
    HEAD = "sign_unit", "Lãnh đạo đơn vị"
    APPRAISER = "appraise_for_unit", "Người thẩm định"
    SECRETARY = "consolidate_for_unit", "Thư ký hội đồng"
    COUNCIL = "decide_for_unit", "Thành viên hội đồng"
    ORGANISER = "organise_unit", "Đơn vị tổ chức"
    SUPERVISOR = "supervise_unit", "Người theo dõi"
    ADMINISTRATOR = "administer_unit", "Quản trị"


class Stage(models.TextChoices):
    """Where the case of one unit stands (giai đoạn của hồ sơ)."""

    OPENED = "opened", "Mới mở"
    TRAINING = "training", "Tập huấn"
    SELF_SCORING = "self_scoring", "Tự chấm điểm"
    EVIDENCE = "evidence", "Tài liệu kiểm chứng"
    SIGN_OFF = "sign_off", "Trình lãnh đạo ký"
    HELD = "held", "Tạm khóa do quá hạn"
    SUBMITTED = "submitted", "Đã nộp, chờ thẩm định"
    APPRAISAL = "appraisal", "Thẩm định"
    CONSOLIDATION = "consolidation", "Tổng hợp kết quả"
    DISPUTE = "dispute", "Kiến nghị"
    RESOLUTION = "resolution", "Xem xét kiến nghị"
    COUNCIL = "council", "Chờ Hội đồng công bố"
    PUBLISHED = "published", "Đã công bố"
    CORRECTION = "correction", "Đính chính sau công bố"

    @classmethod
    def with_unit(cls) -> set["Stage"]:
        """Stages in which the assessed unit itself enters scores or evidence."""
        return {cls.SELF_SCORING, cls.EVIDENCE}

    @classmethod
    def before_submission(cls) -> set["Stage"]:
        """Stages in which nothing has been submitted yet."""
        return {cls.OPENED, cls.TRAINING, cls.SELF_SCORING, cls.EVIDENCE, cls.SIGN_OFF, cls.HELD}

    @classmethod
    def with_results(cls) -> set["Stage"]:
        """Stages in which the unit may see what the appraisal gave."""
        return {cls.DISPUTE, cls.RESOLUTION, cls.COUNCIL, cls.PUBLISHED, cls.CORRECTION}


class WindowKind(models.TextChoices):
    """A row of the timetable (mốc thời gian); each has its own opening, due and closing moment."""

    TRAINING = "training", "Tập huấn, xác nhận người tham gia"
    SELF_SCORING = "self_scoring", "Tự chấm điểm"
    EVIDENCE = "evidence", "Cung cấp tài liệu kiểm chứng, ký gửi"
    APPRAISAL = "appraisal", "Thẩm định"
    SUPPLEMENT = "supplement", "Giải trình, bổ sung"
    CONSOLIDATION = "consolidation", "Tổng hợp kết quả sơ bộ"
    DISPUTE = "dispute", "Kiến nghị"
    COUNCIL = "council", "Hội đồng đánh giá"
    PUBLICATION = "publication", "Công bố"


class LatePolicy(models.TextChoices):
    """What happens to a case that is not submitted when its window closes (xử lý khi quá hạn)."""

    SUBMIT_AS_IS = "submit_as_is", "Hệ thống tự nộp phần đã nhập"
    HOLD = "hold", "Tạm khóa đến khi được gia hạn"
    ZERO = "zero", "Nội dung chưa chấm tính 0 điểm"


class EndWording(models.TextChoices):
    """How the end of a step is worded; "trước ngày" leaves the day out, "chậm nhất ngày" takes it in."""

    EXACT = "exact", "Giờ chính xác"
    BEFORE = "before", "Trước ngày"
    LATEST = "latest", "Chậm nhất ngày"


class MoveScope(models.TextChoices):
    """Which cases a moved deadline is for (phạm vi)."""

    ALL = "all", "Tất cả đơn vị của kỳ"
    KIND = "kind", "Một loại đơn vị"
    UNIT = "unit", "Một đơn vị"
    BODY = "body", "Phần của một cơ quan thẩm định"


class MoveCause(models.TextChoices):
    """Why a deadline was moved (căn cứ)."""

    DECISION = "decision", "Văn bản của đơn vị tổ chức"
    CLOCK = "clock", "Cộng lại thời gian tạm dừng chờ bổ sung"


class MoveState(models.TextChoices):
    """State of a moved deadline; only an applied one counts."""

    PROPOSED = "proposed", "Chờ người thứ hai xác nhận"
    APPLIED = "applied", "Đã áp dụng"
    REFUSED = "refused", "Không được xác nhận"


class PeriodStatus(models.TextChoices):
    """State of an assessment period (kỳ đánh giá)."""

    DRAFT = "draft", "Đang chuẩn bị"
    OPEN = "open", "Đang thực hiện"
    PUBLISHED = "published", "Đã công bố"


class Level(models.TextChoices):
    """Level of a criteria item."""

    AREA = "area", "Lĩnh vực"
    CRITERION = "criterion", "Tiêu chí"
    COMPONENT = "component", "Tiêu chí thành phần"


class Part(models.TextChoices):
    """Part of a criteria set; only the base counts towards the maximum."""

    BASE = "base", "Điểm chuẩn"
    BONUS = "bonus", "Điểm cộng"
    PENALTY = "penalty", "Điểm trừ"


class Scoring(models.TextChoices):
    """Who gives the input of an item."""

    SELF = "self", "Đơn vị tự chấm, cơ quan thẩm định kiểm tra"
    SURVEY = "survey", "Điều tra xã hội học"
    ENTERED = "entered", "Cơ quan thẩm định nhập"


class RuleType(models.TextChoices):
    """Shape of a scoring rule (cách tính điểm)."""

    YES_NO = "yes_no", "Có / Không"
    CHOICE = "choice", "Chọn một mức"
    COUNT = "count", "Đếm số lượng"
    RATIO = "ratio", "Tỷ lệ"
    RATIO_FLOOR = "ratio_floor", "Tỷ lệ có ngưỡng"
    RELATIVE_TO_BEST = "relative_to_best", "So với đơn vị cao nhất"
    DEDUCT = "deduct", "Trừ điểm"
    MANUAL = "manual", "Nhập điểm"
    SUM_OF_CHILDREN = "sum_of_children", "Tổng các nội dung bên dưới"


class ScoreStage(models.TextChoices):
    """One of the sets of inputs that stand side by side."""

    SELF = "self", "Tự chấm"
    APPRAISED = "appraised", "Thẩm định"
    FINAL = "final", "Chính thức"


class BranchState(models.TextChoices):
    """State of one appraising body's part of a case (phần thẩm định)."""

    WAITING = "waiting", "Chưa đến lượt"
    APPRAISING = "appraising", "Đang thẩm định"
    SUPPLEMENT = "supplement", "Đơn vị đang bổ sung"
    DONE = "done", "Đã thẩm định xong"
    RECALLED = "recalled", "Đơn vị thu hồi hồ sơ"


class DisputeOutcome(models.TextChoices):
    """How a dispute (kiến nghị) was decided."""

    ACCEPTED = "accepted", "Chấp nhận"
    PARTLY_ACCEPTED = "partly_accepted", "Chấp nhận một phần"
    REJECTED = "rejected", "Không chấp nhận"


class RowState(models.TextChoices):
    """State of one row of the sheet, worked out from what is entered."""

    EMPTY = "empty", "Chưa chấm"
    SCORED = "scored", "Đủ"
    EVIDENCE_MISSING = "evidence_missing", "Thiếu minh chứng"
    NOT_APPLICABLE = "not_applicable", "Không áp dụng"
    ZEROED = "zeroed", "Hệ thống tính 0 điểm"
    RETURNED = "returned", "Trả bổ sung"
