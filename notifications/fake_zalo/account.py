"""What the fake Zalo knows: tokens, templates, people with their telephones and messages, quota, and its rules.

All moments are seconds since 1970 and come from ``clock``, so that a test can let time pass. One lock guards it all.
"""

import json
import os
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

VIETNAM = timezone(timedelta(hours=7))
CODE_SECONDS = 600
ACCESS_SECONDS = 90_000
REFRESH_SECONDS = 90 * 86_400
CONSULTATION_SECONDS = 7 * 86_400
MINUTE = 60
REQUESTS_A_MINUTE = 4000
LONGEST_TEXT = 2000
LONGEST_TRACKING = 48
NIGHT_FROM, NIGHT_UNTIL = 22, 6  # hours in Vietnam


class Error(Exception):
    """An answer of Zalo's own: a code other than 0 with its words."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code = code


@dataclass
class Template:
    """A template: its parameters as ``listParams``, whether it may go out at night, and to a Zalo account."""

    template_id: str
    name: str
    parameters: list[dict[str, Any]]
    status: str = "ENABLE"
    at_night: bool = False
    to_user: bool = True
    price_phone: str = "200"
    price_user: str = "150"
    text: str = ""  # how a telephone shows it, with {parameter} in it


@dataclass
class Letter:
    """One message on a telephone; ``mine`` was written by its owner."""

    message_id: str
    text: str
    at: float
    way: str
    mine: bool = False
    seen: bool = False
    tracking_id: str = ""


@dataclass
class Person:
    """A person with Zalo: the number, the id that this account sees, and what is on the telephone."""

    user_id: str
    phone: str
    name: str
    follows: bool = False
    refuses: list[str] = field(default_factory=list)  # template ids
    wrote_at: float = 0.0
    talks_to_bot: bool = False
    letters: list[Letter] = field(default_factory=list)


@dataclass
class Account:
    """The app, its Official Account and its bot."""

    app_id: str = "4076318520097531"
    app_secret: str = "fake-app-secret"  # noqa: S105 - of a server that exists on this machine only
    oa_id: str = "2491302017465"
    oa_secret: str = "fake-oa-secret"  # noqa: S105 - as above
    code_verifier: str = "fake-code-verifier-of-forty-three-characters"
    bot_token: str = "12345:fake-bot-token"  # noqa: S105 - as above
    bot_secret: str = "fake-bot-secret"  # noqa: S105 - as above
    daily_quota: int = 500
    everybody_has_zalo: bool = False
    clock: Callable[[], float] = time.time
    state_file: Path | None = None

    def __post_init__(self) -> None:
        self.lock = threading.RLock()
        self.codes: dict[str, float] = {}
        self.access: dict[str, float] = {}
        self.refresh: dict[str, float] = {}
        self.refreshes = 0  # pairs given for a refresh token
        self.templates: dict[str, Template] = {}
        self.people: dict[str, Person] = {}  # by user id
        self.sent_today: dict[str, int] = {}
        self.requests: deque[float] = deque()
        self.faults: deque[Callable[[], None] | int | Error] = deque()
        self.numbers = 0
        if self.state_file is not None and self.state_file.exists():
            self._load(self.state_file)

    # tokens

    def new_code(self, code: str = "") -> str:
        """Return a fresh authorization code, as the console's consent page gives one."""
        with self.lock:
            code = code or secrets.token_urlsafe(24)
            self.codes[code] = self.clock() + CODE_SECONDS
            self.save()
            return code

    def token_for(self, *, secret_key: str, form: dict[str, str]) -> dict[str, Any]:
        """Answer the token address. A refusal has three fields of its own and comes with HTTP 200."""
        with self.lock:
            now = self.clock()
            try:
                self._check_grant(secret_key, form, now)
            except Error as error:
                words = str(error)
                return {"error_name": "invalid_grant", "error_reason": words, "error_description": words}
            access, fresh = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
            self.access[access] = now + ACCESS_SECONDS
            self.refresh[fresh] = now + REFRESH_SECONDS
            self.save()
            return {"access_token": access, "refresh_token": fresh, "expires_in": str(ACCESS_SECONDS)}

    def _check_grant(self, secret_key: str, form: dict[str, str], now: float) -> None:
        """Spend a code or a refresh token. Raise Error."""
        if secret_key != self.app_secret:
            raise Error(-14002, "Invalid secret key")
        if form.get("app_id") != self.app_id:
            raise Error(-14001, "Invalid app id")
        match form.get("grant_type"):
            case "authorization_code":
                if self.codes.pop(form.get("code", ""), 0.0) <= now:
                    raise Error(-14019, "Invalid authorized code")
                if form.get("code_verifier", "") != self.code_verifier:
                    raise Error(-14003, "Invalid code verifier")
            case "refresh_token":
                if self.refresh.pop(form.get("refresh_token", ""), 0.0) <= now:
                    raise Error(-14014, "Invalid refresh token")
                self.refreshes += 1
            case _:
                raise Error(-14005, "Invalid grant type")

    def expire_access(self) -> None:
        """Let every access token run out."""
        with self.lock:
            self.access = dict.fromkeys(self.access, 0.0)
            self.save()

    def check_access(self, token: str) -> None:
        """Refuse a call without a token that holds, or one too many in a minute. Raise Error."""
        with self.lock:
            now = self.clock()
            if token not in self.access:
                raise Error(-216, "Access token is invalid")
            if self.access[token] <= now:
                raise Error(-220, "Access token has expired")
            while self.requests and self.requests[0] <= now - MINUTE:
                self.requests.popleft()
            if len(self.requests) >= REQUESTS_A_MINUTE:
                raise Error(-32, "Request rate limit exceeded")
            self.requests.append(now)

    @property
    def requests_left(self) -> int:
        """Return how many calls this minute still takes."""
        return REQUESTS_A_MINUTE - len(self.requests)

    # people

    def person_with(self, phone: str, name: str = "") -> Person:
        """Return the person with a number, who gets a Zalo account the first time."""
        with self.lock:
            for person in self.people.values():
                if person.phone == phone:
                    return person
            person = Person(self._number("7"), phone, name or phone)
            self.people[person.user_id] = person
            self.save()
            return person

    def wrote(self, person: Person, text: str, *, to_bot: bool = False) -> Letter:
        """Put what a person wrote on their telephone; it opens the window for consultation messages."""
        with self.lock:
            person.talks_to_bot = person.talks_to_bot or to_bot
            if not to_bot:
                person.wrote_at = self.clock()
                person.follows = True
            return self._put(person, text, "bot" if to_bot else "consultation", mine=True)

    def look(self, person: Person) -> list[Letter]:
        """Mark everything as seen; return what was not seen before."""
        with self.lock:
            fresh = [letter for letter in person.letters if not (letter.seen or letter.mine)]
            for letter in fresh:
                letter.seen = True
            if fresh:
                self.save()
            return fresh

    # sending

    def consult(self, body: dict[str, Any]) -> tuple[Person, Letter]:
        """Take a consultation message. Raise Error."""
        with self.lock:
            person = self.people.get(str(body.get("recipient", {}).get("user_id", "")))
            text = str(body.get("message", {}).get("text", ""))
            if person is None:
                raise Error(-201, "Params is invalid: user_id")
            if not text or len(text) > LONGEST_TEXT:
                raise Error(-201, "Params is invalid: text")
            if not person.follows:
                raise Error(-213, "User has not followed OA")
            if person.wrote_at + CONSULTATION_SECONDS <= self.clock():
                raise Error(-230, "User has not interacted with the OA in the past 7 days")
            return person, self._put(person, text, "consultation")

    def template_to_phone(self, body: dict[str, Any]) -> tuple[Person, Letter]:
        """Take a template message by phone number (ZNS). Raise Error."""
        with self.lock:
            template = self._template(body)
            phone = str(body.get("phone", ""))
            if not (phone.startswith("84") and phone.isdecimal() and len(phone) == len("84912345678")):
                raise Error(-108, "Phone number is invalid")
            tracking_id = str(body.get("tracking_id", ""))
            if not 0 < len(tracking_id) <= LONGEST_TRACKING:
                raise Error(-1124, "tracking_id is invalid")
            person = next((each for each in self.people.values() if each.phone == phone), None)
            if person is None and self.everybody_has_zalo:
                person = self.person_with(phone)
            if person is None:
                raise Error(-118, "Zalo account does not exist or has been disabled")
            text = self._filled(template, body, person)
            if self._is_night() and not template.at_night:
                raise Error(-133, "Mẫu ZNS này không được phép gửi vào ban đêm (từ 22h-6h)")
            self._spend()
            return person, self._put(person, text, "template", tracking_id=tracking_id)

    def template_to_user(self, body: dict[str, Any]) -> tuple[Person, Letter]:
        """Take a template message by user id; a tracking id is not known here. Raise Error."""
        with self.lock:
            template = self._template(body)
            if not template.to_user:
                raise Error(-249, "Template is not enabled for sending by user id")
            person = self.people.get(str(body.get("user_id", "")))
            if person is None or not (person.follows or person.wrote_at):
                raise Error(-213, "User has not followed OA")
            text = self._filled(template, body, person)
            self._spend()
            return person, self._put(person, text, "template")

    def bot_message(self, body: dict[str, Any]) -> tuple[Person, Letter]:
        """Take a message of the bot. Raise Error."""
        with self.lock:
            person = self.people.get(str(body.get("chat_id", "")))
            text = str(body.get("text", ""))
            if person is None or not person.talks_to_bot:
                raise Error(404, "chat not found")
            if not text or len(text) > LONGEST_TEXT:
                raise Error(400, "text is invalid")
            return person, self._put(person, text, "bot")

    def quota(self) -> dict[str, Any]:
        """Return today's quota."""
        with self.lock:
            return {
                "dailyQuota": self.daily_quota,
                "remainingQuota": max(0, self.daily_quota - self.sent_today.get(self._day(), 0)),
            }

    def describe(self, template_id: str) -> dict[str, Any]:
        """Return a template as the console describes it. Raise Error."""
        with self.lock:
            template = self._template({"template_id": template_id})
            return {
                "templateId": int(template_id) if template_id.isdecimal() else template_id,
                "templateName": template.name,
                "status": template.status,
                "templateTag": "TRANSACTION",
                "price_sdt": template.price_phone,
                "price_uid": template.price_user,
                "applyTemplateQuota": True,
                "listParams": template.parameters,
            }

    def status_of(self, message_id: str) -> dict[str, Any]:
        """Return whether a message has arrived: 1 delivered, -1 unknown."""
        with self.lock:
            known = any(each.message_id == message_id for person in self.people.values() for each in person.letters)
            return {"status": 1 if known else -1}

    # inside

    def _template(self, body: dict[str, Any]) -> Template:
        template = self.templates.get(str(body.get("template_id", "")))
        if template is None:
            raise Error(-112, "Template does not exist")
        if template.status != "ENABLE":
            raise Error(-131, "Template is not approved")
        return template

    def _filled(self, template: Template, body: dict[str, Any], person: Person) -> str:
        values = body.get("template_data")
        if not isinstance(values, dict):
            raise Error(-1121, "template_data is invalid")
        for parameter in template.parameters:
            name, value = parameter["name"], values.get(parameter["name"], "")
            if not value and parameter.get("require", True):
                raise Error(-1121, f"template_data is missing {name}")
            if not isinstance(value, str) or len(value) > parameter.get("maxLength", 200):
                raise Error(-1122, f"template_data {name} exceeds the limit length")
        if template.template_id in person.refuses:
            raise Error(-139, "User has refused to receive this type of message")
        names = [parameter["name"] for parameter in template.parameters]
        shown = template.text or "\n".join(f"{name}: {{{name}}}" for name in names)
        return shown.format_map({name: values.get(name, "") for name in names})

    def _spend(self) -> None:
        day = self._day()
        if self.sent_today.get(day, 0) >= self.daily_quota:
            raise Error(-144, "Daily quota exceeded")
        self.sent_today[day] = self.sent_today.get(day, 0) + 1

    def _put(self, person: Person, text: str, way: str, *, mine: bool = False, tracking_id: str = "") -> Letter:
        letter = Letter(self._number("f"), text, self.clock(), way, mine=mine, tracking_id=tracking_id)
        person.letters.append(letter)
        self.save()
        return letter

    def _local(self) -> datetime:
        return datetime.fromtimestamp(self.clock(), VIETNAM)

    def _day(self) -> str:
        return self._local().date().isoformat()

    def _is_night(self) -> bool:
        hour = self._local().hour
        return hour >= NIGHT_FROM or hour < NIGHT_UNTIL

    def _number(self, prefix: str) -> str:
        self.numbers += 1
        return f"{prefix}{self.oa_id}{self.numbers:06d}"

    def save(self) -> None:
        """Write what must outlive a restart: an old pair of tokens must not be all that the site has."""
        if self.state_file is None:
            return
        kept = {
            "codes": self.codes,
            "access": self.access,
            "refresh": self.refresh,
            "numbers": self.numbers,
            "sent_today": self.sent_today,
            "people": [asdict(person) for person in self.people.values()],
        }
        self.state_file.parent.mkdir(parents=True, exist_ok=True)
        aside = self.state_file.with_suffix(".new")
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(kept, file, ensure_ascii=False)
        aside.replace(self.state_file)

    def _load(self, path: Path) -> None:
        kept = json.loads(path.read_text())
        self.codes, self.access, self.refresh = kept["codes"], kept["access"], kept["refresh"]
        self.numbers, self.sent_today = kept["numbers"], kept["sent_today"]
        for each in kept["people"]:
            letters = [Letter(**letter) for letter in each.pop("letters")]
            self.people[each["user_id"]] = Person(**each, letters=letters)
