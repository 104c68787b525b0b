"""Components refuse what they do not know, and say states in words."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template, TemplateSyntaxError

from assessments.clock import PROVINCE_TIME
from assessments.templatetags.components import COMPONENTS, STATE_LOOKS, deadline_look

TEN_JANUARY = datetime(2024, 1, 10, tzinfo=PROVINCE_TIME)


def show(source, **values):
    return Template("{% load components %}" + source).render(Context(values))


def test_every_component_is_declared_and_every_declaration_has_a_file(settings):
    files = {path.stem for path in (settings.BASE_DIR / "templates" / "_components").glob("*.html")}
    assert files == set(COMPONENTS)


def test_every_component_is_explained_and_has_an_example(settings):
    guide = (settings.BASE_DIR / "docs" / "design.md").read_text()
    examples = {path.stem for path in (settings.BASE_DIR / "templates" / "_examples").glob("*.html")}
    assert [name for name in COMPONENTS if f"`{name}`" not in guide] == []
    assert set(COMPONENTS) - examples == set()


@pytest.mark.parametrize(
    ("source", "refusal"),
    [
        ('{% component "bagde" text="Đủ" %}', "There is no component 'bagde'"),
        ('{% component "badge" %}', "needs text"),
        ('{% component "badge" text="Đủ" colour="red" %}', "does not take colour"),
        ('{% component "badge" text="Đủ" tone="red" %}', "There is no tone 'red'"),
    ],
)
def test_a_misspelt_component_is_an_error(source, refusal):
    with pytest.raises(TemplateSyntaxError, match=refusal):
        show(source)


def test_text_is_escaped():
    assert "&lt;b&gt;" in show('{% component "badge" text=text %}', text="<b>")


@pytest.mark.parametrize(
    ("days", "tone", "word", "remaining"),
    [
        (8, "ok", "Còn hạn", "còn 8 ngày làm việc"),
        (4, "ok", "Còn hạn", "còn 4 ngày làm việc"),
        (3, "warn", "Sắp hết hạn", "còn 3 ngày làm việc"),
        (2, "warn", "Sắp hết hạn", "còn 2 ngày làm việc"),
        (1, "danger", "Rất gấp", "còn 1 ngày làm việc"),
        (0, "danger", "Rất gấp", "còn dưới 1 ngày làm việc"),
    ],
)
def test_a_deadline_turns_amber_at_three_working_days_and_red_at_one(days, tone, word, remaining):
    look = deadline_look(working_days_left=days)
    assert (look["tone"], look["word"], look["remaining"]) == (tone, word, remaining)


def test_a_closed_or_overdue_deadline_says_so_and_counts_no_days():
    closed = deadline_look(working_days_left=5, is_closed=True)
    overdue = deadline_look(working_days_left=0, is_overdue=True)
    assert (closed["word"], closed["remaining"]) == ("Đã đóng", "")
    assert (overdue["word"], overdue["remaining"]) == ("Quá hạn", "")


def test_a_deadline_shows_its_exact_local_moment():
    shown = show('{% component "deadline" at=at working_days_left=2 %}', at=TEN_JANUARY)
    assert '<time datetime="2024-01-10T00:00+07:00">09/01/2024 24:00</time>' in shown
    assert "Sắp hết hạn – còn 2 ngày làm việc" in shown


def test_a_closed_button_says_why_and_cannot_be_sent():
    shown = show('{% component "button" text="Nộp" closed_reason="Đã hết hạn lúc 00:00 ngày 10/01/2024." %}')
    assert 'type="button" aria-disabled="true" aria-describedby="reason-' in shown
    assert "Đã hết hạn lúc 00:00 ngày 10/01/2024." in shown


def test_a_score_shows_its_change_with_icon_and_word():
    shown = show(
        '{% component "score" value=value max=max change=change %}',
        value=Decimal("0.5"),
        max=Decimal("1.50"),
        change=Decimal("-0.25"),
    )
    assert "0,50" in shown
    assert "/ 1,5" in shown
    assert "#down" in shown
    assert '<span class="visually-hidden">giảm </span>-0,25' in shown


def test_the_error_summary_links_to_each_field():
    class ReasonForm(forms.Form):
        reason = forms.CharField(error_messages={"required": "Nhập lý do trả lại."})

    form = ReasonForm({})
    form.add_error(None, "Hồ sơ không ở bước thẩm định.")
    shown = show('{% component "error_summary" form=form %}', form=form)
    assert "<li>Hồ sơ không ở bước thẩm định.</li>" in shown
    assert '<li><a href="#id_reason">Nhập lý do trả lại.</a></li>' in shown
    assert show('{% component "error_summary" form=form %}', form=ReasonForm()).strip() == ""


def test_pages_keep_the_filter():
    page = Paginator(range(60), 25).page(2)
    shown = show('{% component "pagination" page=page query="q=thanh+ha" %}', page=page)
    assert 'href="?q=thanh+ha&amp;page=3"' in shown
    assert "Dòng 26–50 trong 60" in shown


def test_one_page_needs_no_pagination():
    assert show('{% component "pagination" page=page %}', page=Paginator([1], 25).page(1)).strip() == ""


def test_a_block_component_holds_what_stands_between_its_tags():
    shown = show('{% component_block "notice" tone="danger" %}<p>Chưa lưu</p>{% endcomponent_block %}')
    assert "<p>Chưa lưu</p>" in shown


def test_every_state_shown_has_an_icon_and_a_label():
    for kind, looks in STATE_LOOKS.items():
        assert set(looks) == set(kind)
    assert "Thiếu minh chứng" in show('{% state "row" "evidence_missing" %}')
    assert show('{% state "dispute" "" %}') == ""


def test_every_icon_used_is_drawn(settings):
    drawn = (settings.BASE_DIR / "static" / "icons.svg").read_text()
    used = {icon for looks in STATE_LOOKS.values() for _tone, icon in looks.values()}
    for path in Path(settings.BASE_DIR / "templates").rglob("*.html"):
        source = path.read_text()
        used |= {part.split('"')[0] for part in source.split('icon="')[1:]}
        used |= {part.split('"')[0] for part in source.split('component "icon" name="')[1:]}
    assert [icon for icon in sorted(used) if f'<symbol id="{icon}"' not in drawn] == []
