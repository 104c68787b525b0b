from dataclasses import dataclass
from pathlib import Path

import pytest
from django.template import TemplateDoesNotExist

from notifications import rendering
from notifications.rendering import Letter, MissingField, Rendered


@dataclass(frozen=True, kw_only=True)
class Sample(Letter):
    title: str


@pytest.fixture(autouse=True)
def sample_templates(settings):
    """Look for templates in the folder of these tests too."""
    here = Path(__file__).parent / "templates"
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [here, *settings.TEMPLATES[0]["DIRS"]]}]


def letter(**fields):
    return Sample(
        **{
            "recipient_name": "Nguyễn Thị Hòa",
            "unit_name": "UBND huyện Thanh Hà",
            "period_name": "Kỳ đánh giá năm 2023",
            "title": "Tự chấm điểm",
            "link": "https://cchc.example/viec/5/?a=1&b=2",
            **fields,
        }
    )


def test_a_letter_has_subject_text_and_html_with_the_footer_of_unit_and_period():
    rendered = rendering.render("sample", letter())

    assert rendered.subject == "Việc mới: Tự chấm điểm"
    assert rendered.text == (
        "Kính gửi ông/bà Nguyễn Thị Hòa,\n\n"
        "Bước Tự chấm điểm.\n\n"
        "Mở việc này trên hệ thống:\n"
        "https://cchc.example/viec/5/?a=1&b=2\n\n"
        "--\n"
        "UBND huyện Thanh Hà\n"
        "Kỳ đánh giá năm 2023\n"
        "Hệ thống đánh giá Chỉ số cải cách hành chính. Thư gửi tự động, vui lòng không trả lời thư này.\n"
    )
    assert "<p>Bước Tự chấm điểm.</p>" in rendered.html
    assert '<a href="https://cchc.example/viec/5/?a=1&amp;b=2"' in rendered.html
    assert "UBND huyện Thanh Hà<br>Kỳ đánh giá năm 2023<br>" in rendered.html


def test_html_is_escaped_and_text_is_not():
    rendered = rendering.render("sample", letter(title="Điều 5 <b>&</b>"))

    assert rendered.subject == "Việc mới: Điều 5 <b>&</b>"
    assert "Bước Điều 5 <b>&</b>." in rendered.text
    assert "<p>Bước Điều 5 &lt;b&gt;&amp;&lt;/b&gt;.</p>" in rendered.html


def test_a_letter_without_a_link_has_no_button():
    rendered = rendering.render("sample", letter(link=""))

    assert "Mở việc này" not in rendered.text
    assert "<a " not in rendered.html


def test_the_html_loads_nothing_from_elsewhere():
    html = rendering.render("sample", letter()).html

    assert [word for word in ("<img", "src=", "url(", "<link", "<script", "@import") if word in html] == []


@pytest.mark.parametrize(
    ("template", "name"),
    [("printed", "titel"), ("asked", "titel"), ("looped", "titel"), ("filtered", "titel"), ("attribute", "title.nme")],
)
def test_a_name_that_the_letter_lacks_is_an_error_wherever_it_stands(template, name):
    with pytest.raises(MissingField) as refusal:
        rendering.render(f"gap_{template}", letter())

    assert str(refusal.value) == f"Thư không có trường “{name}”."


def test_any_dataclass_will_do_but_the_layout_must_find_its_fields():
    @dataclass
    class Bare:
        title: str

    with pytest.raises(MissingField, match="recipient_name"):
        rendering.render("sample", Bare(title="Tự chấm điểm"))


def test_a_missing_template_is_an_error():
    with pytest.raises(TemplateDoesNotExist):
        rendering.render("no_such_kind", letter())


@pytest.mark.parametrize("not_a_letter", [{"title": "x"}, Sample, None])
def test_only_a_dataclass_instance_is_a_letter(not_a_letter):
    with pytest.raises(TypeError, match="instance of a dataclass"):
        rendering.render("sample", not_a_letter)


def test_a_rendered_letter_cannot_be_changed():
    rendered = rendering.render("sample", letter())

    with pytest.raises(AttributeError):
        rendered.subject = "khác"
    assert isinstance(rendered, Rendered)
