"""Examples for the page of components: each is a template of its own, shown beside its source."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.template.loader import render_to_string

from assessments.clock import PROVINCE_TIME

GROUPS: list[tuple[str, list[tuple[str, str]]]] = [
    (
        "Trạng thái và thời hạn",
        [
            ("badge", "Nhãn trạng thái"),
            ("state", "Trạng thái lấy từ dữ liệu"),
            ("deadline", "Thời hạn"),
            ("deadline_banner", "Dải thời hạn của bước"),
            ("notice", "Thông báo"),
            ("illustrative", "Lưu ý dữ liệu minh họa"),
        ],
    ),
    (
        "Nút và biểu mẫu",
        [
            ("button", "Nút"),
            ("button_closed", "Nút đang đóng, kèm lý do"),
            ("closed_reason", "Lý do đóng"),
            ("field", "Trường của biểu mẫu"),
            ("input", "Ô nhập rời"),
            ("error_summary", "Tóm tắt lỗi"),
            ("filter_bar", "Thanh lọc"),
            ("dropzone", "Khung tải tệp"),
            ("dialog", "Hộp xác nhận"),
        ],
    ),
    (
        "Danh sách và bảng",
        [
            ("table", "Bảng"),
            ("sort_head", "Đầu cột xếp thứ tự"),
            ("heat_cell", "Bảng nhiệt đơn vị × bước"),
            ("tabs", "Thẻ có số đếm"),
            ("pagination", "Chia trang"),
            ("empty_state", "Danh sách trống"),
            ("task_list", "Danh sách việc phải xong"),
            ("breadcrumbs", "Đường dẫn vị trí"),
        ],
    ),
    (
        "Số liệu",
        [("score", "Điểm"), ("progress", "Tiến độ"), ("stat", "Con số chính")],
    ),
    (
        "Hồ sơ",
        [
            ("timeline", "Thông tin luân chuyển"),
            ("post", "Ý kiến trong kiến nghị"),
            ("receipt", "Biên nhận"),
            ("file_row", "Tệp minh chứng"),
            ("icon", "Hình nét"),
        ],
    ),
]
ICON = re.compile(r'<symbol id="([\w-]+)"')


class ExampleForm(forms.Form):
    """Fields in each of their states."""

    reason = forms.CharField(
        label="Lý do trả lại",
        help_text="Nêu rõ tiêu chí và tài liệu còn thiếu; đơn vị sẽ đọc nguyên văn.",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Nhập lý do trả lại."},
    )
    share = forms.DecimalField(
        label="Tỷ lệ đúng hạn",
        localize=True,
        error_messages={"invalid": "Tỷ lệ đúng hạn phải là số, ví dụ 97,5."},
    )
    note = forms.CharField(label="Ghi chú", required=False)
    answer = forms.ChoiceField(
        label="Có ban hành kế hoạch trước ngày 31/01 không?",
        choices=[("yes", "Có"), ("no", "Không")],
        widget=forms.RadioSelect,
        error_messages={"required": "Chọn Có hoặc Không."},
    )


def _at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2024, 1, day, hour, minute, tzinfo=PROVINCE_TIME)


def sample() -> dict[str, Any]:
    """Return the invented facts that the examples show."""
    return {
        "ten_days": _at(10, 0),
        "handed_in": _at(8, 10, 32),
        "issued_on": date(2023, 2, 27),
        "form": ExampleForm({"share": "chín mươi", "note": "Đã gửi công văn"}),
        "page": Paginator(range(280), 25).page(4),
        "half": Decimal("0.5"),
        "exact_points": Decimal("1.285714285714"),
        "one": Decimal("1.50"),
        "fall": Decimal("-0.25"),
        "zero": Decimal(0),
        "icons": [
            name for name in ICON.findall((settings.BASE_DIR / "static" / "icons.svg").read_text()) if name != "mark"
        ],
        "crumbs": [
            {"label": "Việc của tôi", "url": "#"},
            {"label": "Kỳ đánh giá 2023", "url": "#"},
            {"label": "UBND huyện Thanh Hà"},
        ],
        "sort_heads": [
            {"label": "Đơn vị", "url": "#", "state": "ascending", "is_number": False},
            {"label": "Chỉ số (%)", "url": "#", "state": "", "is_number": True},
            {"label": "Ghi chú", "url": "", "state": "", "is_number": False},
        ],
        "tabs": [
            {"label": "Chờ xử lý", "url": "#", "count": 12, "current": True},
            {"label": "Sắp hết hạn", "url": "#", "count": 3, "tone": "warn"},
            {"label": "Quá hạn", "url": "#", "count": 1, "tone": "danger"},
            {"label": "Đã xử lý", "url": "#", "count": 48},
            {"label": "Theo dõi", "url": "#", "count": 0},
        ],
        "rules": [
            "Nhận PDF, DOCX, XLSX, JPG, PNG.",
            "Mỗi tệp không quá 20 MB; cả tiêu chí không quá 100 MB.",
            "Tệp đã gửi không bị ghi đè: bản mới đứng cạnh bản cũ.",
        ],
        "tasks": [
            {"label": "Chấm đủ 82 tiêu chí", "url": "#", "state": "Xong", "tone": "ok", "icon": "check"},
            {
                "label": "Đính kèm tài liệu kiểm chứng",
                "url": "#",
                "hint": "Còn thiếu ở 3 tiêu chí: 1.2.1, 3.1.4, 6.2.2",
                "state": "Thiếu 3",
                "tone": "warn",
                "icon": "alert",
            },
            {
                "label": "Trình lãnh đạo ký",
                "state": "Chưa mở",
                "tone": "neutral",
                "icon": "lock",
                "closed_reason": "Mở khi hai việc trên đã xong.",
            },
        ],
        "events": [
            {
                "at": _at(9, 16, 5),
                "by": "Nguyễn Thị Hòa",
                "role": "Lãnh đạo đơn vị",
                "sentence": "Ký và nộp bản tự chấm điểm: 78,25 điểm, 82 tiêu chí, 61 tệp.",
            },
            {
                "at": _at(8, 14, 20),
                "by": "Nguyễn Thị Hòa",
                "role": "Lãnh đạo đơn vị",
                "sentence": "Trả lại cho cán bộ chấm điểm.",
                "reason": "Tiêu chí 3.1.4 chưa có quyết định công bố danh mục thủ tục.",
            },
            {"at": _at(5, 0), "by": None, "sentence": "Nhắc hạn: còn 3 ngày làm việc."},
        ],
        "files": [{"name": "Quyết định 45.pdf", "url": "#"}],
    }


def rendered(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the groups of examples: each with its title, what it looks like and the source that made it."""
    facts = sample()
    folder = settings.BASE_DIR / "templates" / "_examples"
    return [
        {
            "title": title,
            "examples": [
                {
                    "name": name,
                    "title": heading,
                    "source": (folder / f"{name}.html").read_text().strip(),
                    "html": render_to_string(f"_examples/{name}.html", facts, request),
                }
                for name, heading in entries
            ],
        }
        for title, entries in GROUPS
    ]
