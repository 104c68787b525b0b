"""Zalo's HTTP interface: each call of it that we use. Which server answers is only a matter of base addresses."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from notifications.zalo.configuration import Configuration
from notifications.zalo.errors import RateLimited, Refused, TokenRefused, Unreachable, ZaloError
from notifications.zalo.parameters import Parameter, parameters_of

CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 15.0
# The token is asked for under a lock of the database: short, for others may be waiting.
TOKEN_CONNECT_SECONDS, TOKEN_ANSWER_SECONDS = 3.0, 8.0
LONGEST_TEXT = 2000  # characters of a consultation message or a bot's
TOO_MANY = 429
SERVER_FAULT = 500
LIMIT_CODE = -32
ANSWER_KEPT = 300  # characters of an answer that is quoted


@dataclass(frozen=True, kw_only=True)
class TokenPair:
    """What the token address gives: the access token, how long it lasts, and the next refresh token."""

    access_token: str
    refresh_token: str
    lasts: timedelta


@dataclass(frozen=True, kw_only=True)
class Quota:
    """How many template messages may be sent today, and how many are left."""

    daily: int
    remaining: int


@dataclass(frozen=True, kw_only=True)
class TemplateInfo:
    """A template as Zalo describes it; prices in đồng before tax, None where Zalo names none."""

    name: str
    status: str
    listed: list[dict[str, Any]]
    price_phone: int | None
    price_user: int | None

    @property
    def parameters(self) -> list[Parameter]:
        """Return its parameters."""
        return parameters_of(self.listed)


class Zalo:
    """A conversation with Zalo; keeps its connections open until it is closed."""

    def __init__(self, configuration: Configuration) -> None:
        self._settings = configuration
        self._http = httpx.Client(timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def exchange(self, grant: Mapping[str, str]) -> TokenPair:
        """Return a pair of tokens for ``grant``: a refresh token, or a code with its verifier.

        Raise TokenRefused when Zalo says no in whatever form (it may be HTTP 200 without the tokens), Unreachable when
        there is no answer: the grant may then have been spent.
        """
        answer = self._answer(
            "POST",
            f"{self._settings.oauth_url}/v4/oa/access_token",
            data={"app_id": self._settings.app_id, **grant},
            headers={"secret_key": self._settings.app_secret},
            timeout=httpx.Timeout(TOKEN_ANSWER_SECONDS, connect=TOKEN_CONNECT_SECONDS),
        )
        access, fresh = answer.get("access_token"), answer.get("refresh_token")
        if not (isinstance(access, str) and access and isinstance(fresh, str) and fresh):
            said = ": ".join(
                str(answer[key]) for key in ("error_name", "error_reason", "error_description") if key in answer
            )
            raise TokenRefused(said or str(answer.get("message") or answer)[:ANSWER_KEPT])
        try:
            lasts = timedelta(seconds=int(str(answer.get("expires_in", ""))))
        except ValueError:
            lasts = timedelta(hours=1)  # as short as older pages say: better asked too often than too late
        return TokenPair(access_token=access, refresh_token=fresh, lasts=lasts)

    def send_consultation(self, *, token: str, user_id: str, text: str) -> str:
        """Send a free text to somebody who wrote within the last days; return the id of the message."""
        body = {"recipient": {"user_id": user_id}, "message": {"text": text}}
        sent = self._call("POST", f"{self._settings.oa_url}/v3.0/oa/message/cs", token=token, json=body)
        return str(sent.get("message_id", ""))

    def send_template_to_user(self, *, token: str, user_id: str, template_id: str, fields: Mapping[str, str]) -> str:
        """Send a template to a Zalo account; return the id of the message. No tracking id goes with it."""
        body = {"user_id": user_id, "template_id": template_id, "template_data": dict(fields)}
        sent = self._call("POST", f"{self._settings.oa_url}/v3.0/oa/message/template", token=token, json=body)
        return str(sent.get("message_id", ""))

    def send_template_to_phone(
        self, *, token: str, phone: str, template_id: str, fields: Mapping[str, str], tracking_id: str
    ) -> str:
        """Send a template to a phone number (ZNS); return the id of the message."""
        body = {
            "phone": phone,
            "template_id": template_id,
            "template_data": dict(fields),
            "tracking_id": tracking_id,
        }
        sent = self._call("POST", f"{self._settings.template_url}/message/template", token=token, json=body)
        return str(sent.get("msg_id", ""))

    def template(self, *, token: str, template_id: str) -> TemplateInfo:
        """Return what Zalo knows about a template."""
        address = f"{self._settings.template_url}/template/info/v2"
        found = self._call("GET", address, token=token, params={"template_id": template_id})
        return TemplateInfo(
            name=str(found.get("templateName", "")),
            status=str(found.get("status", "")),
            listed=[dict(each) for each in found.get("listParams") or []],
            price_phone=_price(found.get("price_sdt", found.get("price"))),
            price_user=_price(found.get("price_uid")),
        )

    def quota(self, *, token: str) -> Quota:
        """Return today's quota of template messages."""
        found = self._call("GET", f"{self._settings.template_url}/message/quota", token=token)
        return Quota(daily=int(found.get("dailyQuota") or 0), remaining=int(found.get("remainingQuota") or 0))

    def send_by_bot(self, *, chat_id: str, text: str) -> str:
        """Send a text by the bot; return the id of the message."""
        address = f"{self._settings.bot_url}/bot{self._settings.bot_token}/sendMessage"
        answer = self._answer("POST", address, json={"chat_id": chat_id, "text": text})
        if answer.get("ok") is not True:
            code = answer.get("error_code")
            words = str(answer.get("description", ""))
            if code == TOO_MANY:
                raise RateLimited(f"Zalo Bot {code}: {words}")
            raise BotRefused(int(code) if isinstance(code, int) else 0, words)
        result = answer.get("result")
        return str(result.get("message_id", "")) if isinstance(result, dict) else ""

    def _call(self, method: str, address: str, *, token: str, **request: Any) -> dict[str, Any]:
        """Call one address of the Official Account; return ``data``. Raise Refused, RateLimited or Unreachable."""
        answer = self._answer(method, address, headers={"access_token": token}, **request)
        code = answer.get("error")
        if not isinstance(code, int):
            raise Unreachable(f"Zalo trả lời không có mã lỗi: {answer!s}"[:ANSWER_KEPT])
        words = str(answer.get("message", ""))
        refusal = Refused(code, words)
        if code == LIMIT_CODE and refusal.is_later:
            raise RateLimited(str(refusal))
        if code != 0:
            raise refusal
        found = answer.get("data")
        return found if isinstance(found, dict) else {}

    def _answer(self, method: str, address: str, **request: Any) -> dict[str, Any]:
        """Return the JSON object that an address answers with, whatever its status says."""
        try:
            answer = self._http.request(method, address, **request)
        except (httpx.HTTPError, httpx.InvalidURL) as failure:
            raise Unreachable(f"{type(failure).__name__}: {failure}"[:ANSWER_KEPT]) from failure
        if answer.status_code == TOO_MANY:
            raise RateLimited("HTTP 429")
        if answer.status_code >= SERVER_FAULT:
            raise Unreachable(f"HTTP {answer.status_code}")
        try:
            found = answer.json()
        except ValueError as failure:
            raise Unreachable(f"HTTP {answer.status_code}, không phải JSON") from failure
        if not isinstance(found, dict):
            raise Unreachable(f"HTTP {answer.status_code}, không phải đối tượng JSON")
        return found


class BotRefused(ZaloError):
    """The bot's server refused a message."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"Zalo Bot {code}: {text}")
        self.code = code


def _price(written: object) -> int | None:
    """Return a price in đồng that Zalo writes as a number or a text such as "800", "800.0"; None for none."""
    try:
        return round(float(str(written)))
    except ValueError:
        return None
