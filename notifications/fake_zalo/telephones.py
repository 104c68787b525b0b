"""What the people of the fake Zalo see on their telephones: one page per person, and a line to write in."""

from datetime import datetime
from html import escape
from urllib.parse import quote, unquote

from notifications.fake_zalo.account import VIETNAM, Account, Letter, Person
from notifications.fake_zalo.webhooks import Hook

ACCOUNT, BOT = "oa", "bot"
NAMES = {ACCOUNT: "Cải cách hành chính Hải Dương", BOT: "Bot CCHC Hải Dương"}
STYLE = """
:root{color-scheme:light}
*{box-sizing:border-box}
body{margin:0;background:#e7edf3;color:#14202b;font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,Arial,sans-serif}
main{max-width:440px;margin:0 auto;min-height:100vh;background:#f4f7fa;display:flex;flex-direction:column}
header{background:#005ae0;color:#fff;padding:12px 16px}
header a{color:#fff}
h1{margin:0;font-size:18px}
header p{margin:2px 0 0;font-size:14px}
.demo{background:#fff3cd;color:#4d3800;padding:8px 16px;font-size:14px;margin:0}
ol,ul{list-style:none;margin:0;padding:12px 16px;display:flex;flex-direction:column;gap:12px}
ol,.fill{flex:1}
li.letter{max-width:86%;background:#fff;border:1px solid #cdd8e3;border-radius:14px;padding:10px 12px}
li.letter{overflow-wrap:anywhere}
li.mine{align-self:flex-end;background:#d6e8ff;border-color:#a9cdf7}
li p{margin:0;white-space:pre-line}
li .when{font-size:13px;color:#44535f;margin-top:4px}
li .way{font-size:13px;color:#44535f;margin-bottom:4px;font-weight:600}
.people li{background:#fff;border:1px solid #cdd8e3;border-radius:10px}
.people a{display:block;padding:12px;color:#0046ad;min-height:44px}
.people span{color:#44535f;font-size:14px;display:block}
form{display:flex;flex-wrap:wrap;gap:8px;padding:12px 16px;background:#fff;border-top:1px solid #cdd8e3}
label{flex:1 0 100%;font-size:14px}
input{flex:1 1 180px;min-height:44px;padding:8px 12px;border:1px solid #5b6b78;border-radius:8px;font:inherit}
button{min-height:44px;padding:8px 16px;border:0;border-radius:8px;background:#005ae0;color:#fff;font:inherit}
button.quiet{background:#fff;color:#0046ad;border:1px solid #0046ad}
:focus-visible{outline:3px solid #b35900;outline-offset:2px}
.empty{padding:16px;color:#44535f}
"""


def page(account: Account, hook: Hook, path: str) -> tuple[int, str]:
    """Return status and HTML of the list of people, or of one telephone; looking at it marks its messages as seen."""
    if path == "/":
        return 200, _document("Zalo giả lập", _everybody(account))
    person, side = _asked(account, path)
    if person is None:
        return 404, _document("Không có máy này", '<p class="empty">Không có điện thoại nào ở địa chỉ này.</p>')
    hook.seen(person, account.look(person))
    return 200, _document(f"Zalo của {person.name}", _telephone(person, side))


def typed(account: Account, hook: Hook, path: str, form: dict[str, str]) -> str:
    """Take what was typed or pressed on a telephone; return where to go on."""
    if path == "/may/":
        phone = "".join(letter for letter in form.get("so", "") if letter.isdecimal())
        if phone.startswith("0"):
            phone = f"84{phone[1:]}"
        return f"/may/{quote(account.person_with(phone, form.get('ten', '')).user_id)}/" if phone else "/"
    person, side = _asked(account, path)
    if person is None:
        return "/"
    text = form.get("chu", "").strip()
    if form.get("quan-tam"):
        with account.lock:
            person.follows = form["quan-tam"] == "1"
            account.save()
        hook.followed(person)
    elif text and side == BOT:
        hook.wrote_to_bot(person, account.wrote(person, text, to_bot=True))
    elif text:
        hook.wrote(person, account.wrote(person, text))
    return f"/may/{quote(person.user_id)}/{'bot/' if side == BOT else ''}"


def _asked(account: Account, path: str) -> tuple[Person | None, str]:
    parts = [unquote(part) for part in path.strip("/").split("/")]
    side = BOT if parts[2:] == [BOT] else ACCOUNT
    return account.people.get(parts[1]) if len(parts) > 1 else None, side


def _document(title: str, inside: str) -> str:
    return (
        f'<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f"<style>{STYLE}</style></head><body><main>{inside}</main></body></html>"
    )


def _everybody(account: Account) -> str:
    people = sorted(account.people.values(), key=lambda person: person.name)
    rows = "".join(
        f'<li><a href="/may/{quote(person.user_id)}/">{escape(person.name)}'
        f"<span>{escape(person.phone)} – {len(person.letters)} tin</span></a></li>"
        for person in people
    )
    shown = f'<ul class="people">{rows}</ul>' if rows else '<p class="empty">Chưa có điện thoại nào.</p>'
    return (
        "<header><h1>Zalo giả lập</h1><p>Điện thoại của cán bộ trong bản trình diễn</p></header>"
        '<p class="demo">Máy chủ này đóng vai Zalo trên máy của bạn; không có tin nào ra ngoài.</p>'
        f"{shown}"
        '<form method="post" action="/may/"><label for="so">Thêm điện thoại của một người (số di động)</label>'
        '<input id="so" name="so" inputmode="tel" autocomplete="off" required><button>Mở máy</button></form>'
    )


def _telephone(person: Person, side: str) -> str:
    other = "" if side == BOT else "bot/"
    other_name = NAMES[ACCOUNT] if side == BOT else NAMES[BOT]
    letters = [letter for letter in person.letters if (letter.way == BOT) == (side == BOT)]
    shown = "".join(_bubble(letter) for letter in letters)
    nothing = '<p class="empty">Chưa có tin nhắn nào.</p><div class="fill"></div>'
    talk = f'<ol aria-label="Tin nhắn">{shown}</ol>' if shown else nothing
    pressed = "0" if person.follows else "1"
    follow = (
        f'<form method="post"><input type="hidden" name="quan-tam" value="{pressed}">'
        f'<button class="quiet">{"Bỏ quan tâm" if person.follows else "Quan tâm"}</button></form>'
    )
    return (
        f"<header><h1>{escape(NAMES[side])}</h1><p>Điện thoại của {escape(_called(person))}. "
        f'<a href="/">Máy khác</a> · <a href="/may/{quote(person.user_id)}/{other}">{escape(other_name)}</a>'
        "</p></header>"
        '<p class="demo">Zalo giả lập trên máy của bạn: không có tin nào ra ngoài.</p>'
        f"{talk}"
        '<form method="post"><label for="chu">Nhắn tin</label>'
        '<input id="chu" name="chu" autocomplete="off" required maxlength="500"><button>Gửi</button></form>'
        f"{'' if side == BOT else follow}"
    )


def _called(person: Person) -> str:
    """Return name and number; the number alone for who is known by nothing else."""
    return person.phone if person.name == person.phone else f"{person.name}, {person.phone}"


def _bubble(letter: Letter) -> str:
    when = datetime.fromtimestamp(letter.at, VIETNAM)
    way = {"template": "Tin theo mẫu", "consultation": "Tin tư vấn", "bot": "Bot"}[letter.way]
    return (
        f'<li class="letter{" mine" if letter.mine else ""}"><p class="way">{"Bạn" if letter.mine else way}</p>'
        f'<p>{_linked(letter.text)}</p><p class="when">{when:%H:%M %d/%m/%Y}</p></li>'
    )


def _linked(text: str) -> str:
    """Return ``text`` for HTML, each address in it a link."""
    words = [
        f'<a href="{escape(word)}">{escape(word)}</a>' if word.startswith(("http://", "https://")) else escape(word)
        for word in text.replace("\n", " \n ").split(" ")
    ]
    return " ".join(words).replace(" \n ", "\n")
