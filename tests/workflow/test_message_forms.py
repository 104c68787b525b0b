"""Every message has its long form and its short one, and neither carries a score."""

import re
from dataclasses import fields

import pytest

from notifications.rendering import render, render_short, short_texts
from workflow.messages import MESSAGES, DigestLine, MovedWork

LINES = tuple(
    DigestLine(
        title="Tự chấm điểm",
        assessed_unit=f"Xã {number}",
        period_name="Kỳ năm 2023",
        standing="còn 3 ngày làm việc",
        due="24:00 ngày 09/01/2024",
        link=f"https://cchc.example/viec/{number}/",
    )
    for number in range(40)
)
WORKS = tuple(
    MovedWork(
        title="Tự chấm điểm", assessed_unit=f"Xã {number}", was_due="ngày 01/01/2024", due="24:00 ngày 09/01/2024"
    )
    for number in range(3)
)
VALUES = {
    "recipient_name": "Nguyễn Thị Hòa",
    "unit_name": "Sở Văn hóa, Thể thao và Du lịch",
    "period_name": "Kỳ đánh giá năm 2023",
    "link": "https://cchc.example/viec/5/",
    "title": "Tự chấm điểm",
    "assessed_unit": "UBND huyện Thanh Hà",
    "due": "24:00 ngày 09/01/2024",
    "standing": "còn 3 ngày làm việc",
    "closes": "24:00 ngày 12/01/2024",
    "doing_unit": "Sở Nội vụ",
    "decision_number": "12/QĐ-SNV",
    "decision_date": "05/01/2024",
    "works": WORKS,
    "others": 2,
    "lines": LINES,
    "count": 40,
    "late_count": 2,
}
SCORE = re.compile(r"điểm (?:số|thẩm định|tự chấm là)|\d[,.]\d+ *điểm|score|points|index", re.IGNORECASE)


def letter_of(message):
    return message(**{field.name: VALUES[field.name] for field in fields(message)})


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.kind)
class TestEachMessage:
    def test_the_short_form_says_step_or_count_unit_deadline_and_link(self, message):
        text = render_short(message.kind, letter_of(message)).text

        assert "Sở Văn hóa, Thể thao và Du lịch" in text
        assert text.endswith("Mở việc: https://cchc.example/viec/5/")
        assert "09/01/2024" in text
        assert ("Tự chấm điểm" in text, len(text) <= 2000) == (True, True)

    def test_the_parameters_of_a_template_are_the_plain_fields_on_one_line(self, message):
        short = render_short(message.kind, letter_of(message))

        plain = {field.name for field in fields(message)} - {"lines", "works"}
        assert set(short.fields) == plain
        assert all(isinstance(value, str) and "\n" not in value for value in short.fields.values())

    def test_no_form_carries_a_score(self, message):
        long, short = render(message.kind, letter_of(message)), render_short(message.kind, letter_of(message))

        texts = (long.subject, long.text, long.html, short.text)
        assert [found for text in texts for found in SCORE.findall(text)] == []
        assert [field.name for field in fields(message) if SCORE.search(field.name)] == []

    def test_e_mail_needs_no_short_form(self, message):
        letter = letter_of(message)

        assert short_texts("email", message.kind, letter) == {}
        assert short_texts("zalo", message.kind, letter)["short_text"] == render_short(message.kind, letter).text


def test_a_long_digest_names_eight_pieces_of_work_and_says_that_there_are_more():
    message = next(message for message in MESSAGES if message.kind == "step_digest")

    text = render_short("step_digest", letter_of(message)).text

    assert text.count("\n- ") == 8
    assert "… và các việc khác trong danh sách." in text
