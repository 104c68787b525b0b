"""The fake Zalo's own calls: events to the site, signed as the real ones, tried again as they are, then given up."""

import hashlib
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from notifications.fake_zalo.account import Account, Letter, Person

PATIENCE = 2.0  # seconds for an answer with 200
WAITS = (30.0, 300.0, 900.0, 1800.0, 3600.0)  # seconds before each further try; then the hook is switched off
OK = 200


@dataclass
class Hook:
    """An address that is told of events; ``pace`` shortens the waits in tests, ``log`` keeps every answer."""

    account: Account
    address: str = ""
    bot_address: str = ""
    waits: Sequence[float] = WAITS
    pace: float = 1.0
    sleep: Callable[[float], None] = time.sleep
    is_off: bool = False
    log: list[tuple[str, int]] = field(default_factory=list)

    def probe(self) -> int:
        """Ask with an empty body, as the console does when an address is entered; return the status."""
        return self._post(self.address, b"", {})

    def received(self, person: Person, letter: Letter) -> None:
        """Tell that a template message has arrived."""
        stamp = self._stamp()
        event = {
            "event_name": "user_received_message",
            "app_id": self.account.app_id,
            "oa_id": self.account.oa_id,
            "sender": {"id": self.account.oa_id},
            "recipient": {"id": person.phone or person.user_id},
            "message": {"msg_id": letter.message_id, "tracking_id": letter.tracking_id, "delivery_time": stamp},
            "timestamp": stamp,
        }
        self.tell(event, zns=True)

    def seen(self, person: Person, letters: Sequence[Letter]) -> None:
        """Tell that messages were looked at."""
        for letter in letters:
            if letter.way == "bot":
                continue  # the bot's server tells nothing of this
            event = {
                "event_name": "user_seen_message",
                "app_id": self.account.app_id,
                "sender": {"id": person.user_id},
                "recipient": {"id": self.account.oa_id},
                "message": {"msg_id": letter.message_id, "msg_ids": [letter.message_id]},
                "timestamp": self._stamp(),
            }
            self.tell(event)

    def wrote(self, person: Person, letter: Letter) -> None:
        """Tell what a person wrote to the account."""
        event = {
            "event_name": "user_send_text",
            "app_id": self.account.app_id,
            "user_id_by_app": person.user_id[::-1],
            "sender": {"id": person.user_id},
            "recipient": {"id": self.account.oa_id},
            "message": {"msg_id": letter.message_id, "text": letter.text},
            "timestamp": self._stamp(),
        }
        self.tell(event)

    def followed(self, person: Person) -> None:
        """Tell whether a person follows the account now."""
        event = {
            "event_name": "follow" if person.follows else "unfollow",
            "app_id": self.account.app_id,
            "oa_id": self.account.oa_id,
            "follower": {"id": person.user_id},
            "source": "oa_profile",
            "timestamp": self._stamp(),
        }
        self.tell(event)

    def wrote_to_bot(self, person: Person, letter: Letter) -> None:
        """Tell the bot's webhook what a person wrote."""
        event = {
            "ok": True,
            "result": {
                "event_name": "message.text.received",
                "message": {
                    "from": {"id": person.user_id, "display_name": person.name, "is_bot": False},
                    "chat": {"id": person.user_id, "chat_type": "PRIVATE"},
                    "text": letter.text,
                    "message_id": letter.message_id,
                    "date": int(self._stamp()),
                },
            },
        }
        if self.bot_address:
            body = json.dumps(event, ensure_ascii=False).encode()
            headers = {"X-Bot-Api-Secret-Token": self.account.bot_secret}
            self._later(self.bot_address, body, headers)

    def tell(self, event: dict[str, Any], *, zns: bool = False) -> None:
        """Send one event, on a thread of its own."""
        if not self.address or self.is_off:
            return
        body = json.dumps(event, ensure_ascii=False).encode()
        headers = {"X-ZEvent-Signature": "mac=" + self.mac(body, event["timestamp"])}
        if zns:
            headers["X-ZEvent-Server"] = "ZNS"
        self._later(self.address, body, headers)

    def mac(self, body: bytes, stamp: str) -> str:
        """Return the signature: SHA-256 of app id, body, moment and secret, one after the other."""
        account = self.account
        return hashlib.sha256(account.app_id.encode() + body + stamp.encode() + account.app_secret.encode()).hexdigest()

    def _later(self, address: str, body: bytes, headers: dict[str, str]) -> None:
        threading.Thread(target=self._insist, args=(address, body, headers), daemon=True).start()

    def _insist(self, address: str, body: bytes, headers: dict[str, str]) -> None:
        for number, wait in enumerate((0.0, *self.waits)):
            self.sleep(wait * self.pace)
            if self.is_off:
                return
            extra = {"num_retry": str(number)} if number else {}
            if self._post(address, body, headers | extra) == OK:
                return
        self.is_off = True

    def _post(self, address: str, body: bytes, headers: dict[str, str]) -> int:
        request = urllib.request.Request(address, data=body, method="POST")  # noqa: S310 - http, given at the start
        for name, value in {"Content-Type": "application/json", **headers}.items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 - as above
                status = int(answer.status)
        except urllib.error.HTTPError as refusal:
            status = refusal.code
        except OSError:
            status = 0
        self.log.append((json.loads(body).get("event_name", "bot") if body else "probe", status))
        return status

    def _stamp(self) -> str:
        return str(int(self.account.clock() * 1000))
