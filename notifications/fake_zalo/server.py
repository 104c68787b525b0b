"""The fake Zalo's addresses: those of the real one on a single port, and the telephones of its people to look at."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from notifications.fake_zalo import telephones
from notifications.fake_zalo.account import Account, Error, Letter, Person
from notifications.fake_zalo.webhooks import Hook

MOST_BYTES = 1024 * 1024
Answer = dict[str, Any]


class FakeZalo(ThreadingHTTPServer):
    """Listens on one port of this machine; ``script`` holds faults, each taken by the next call to the interface.

    A number is an HTTP status to answer with, an Error is a refusal, a callable is called before the call is answered.
    """

    daemon_threads = True

    def __init__(self, account: Account, hook: Hook, *, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.account, self.hook = account, hook
        self.calls: list[tuple[str, Any]] = []
        self.after_token: Callable[[], None] = lambda: None

    @property
    def address(self) -> str:
        """Return the base address of every one of its services."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    """Answers one call."""

    server: FakeZalo
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer a question of the interface, or show a telephone."""
        path, query = self._asked()
        if path == "/" or path.startswith("/may/"):
            self._page(*telephones.page(self.server.account, self.server.hook, path))
            return
        match path:
            case "/message/quota":
                self._api(lambda account: account.quota())
            case "/message/status":
                self._api(lambda account: account.status_of(query.get("message_id", "")))
            case "/quality":
                self._api(lambda _account: {"oaCurrentQuality": "HIGH", "oa7dayQuality": "HIGH"})
            case "/template/info/v2":
                self._api(lambda account: account.describe(query.get("template_id", "")))
            case _:
                self._json({"error": -404, "message": "Not found"}, status=404)

    def do_POST(self) -> None:
        """Take a message, give tokens, or take what somebody typed on a telephone."""
        path, _ = self._asked()
        length = int(self.headers.get("Content-Length") or 0)
        if length > MOST_BYTES:
            self._json({"error": -201, "message": "Body is too large"}, status=413)
            return
        body = self.rfile.read(length)
        if path.startswith("/may/"):
            self._typed(path, dict(parse_qsl(body.decode("utf-8", "replace"))))
        elif path == "/v4/oa/access_token":
            self._token(dict(parse_qsl(body.decode("utf-8", "replace"))))
        elif path.startswith("/bot"):
            self._bot(path, _object(body))
        else:
            self._message(path, _object(body))

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the site's own log tells what was sent."""

    def _token(self, form: dict[str, str]) -> None:
        if self._fault():
            return
        self.server.calls.append(("/v4/oa/access_token", form))
        answer = self.server.account.token_for(secret_key=self.headers.get("secret_key", ""), form=form)
        self.server.after_token()
        self._json(answer)

    def _message(self, path: str, sent: Answer) -> None:
        ways: dict[str, tuple[Callable[[Account], tuple[Person, Letter]], str]] = {
            "/v3.0/oa/message/cs": (lambda account: account.consult(sent), "message_id"),
            "/v3.0/oa/message/template": (lambda account: account.template_to_user(sent), "message_id"),
            "/message/template": (lambda account: account.template_to_phone(sent), "msg_id"),
        }
        if path not in ways:  # transaction and promotion by user id ended on 1 March 2026
            self._json({"error": -404, "message": "API does not exist"}, status=404)
            return
        take, name = ways[path]
        told: list[tuple[Person, Letter]] = []

        def answer(account: Account) -> Answer:
            person, letter = take(account)
            told.append((person, letter))
            found: Answer = {name: letter.message_id, "sent_time": str(int(letter.at * 1000))}
            if letter.way == "template":
                quota = account.quota()
                found["quota"] = {key: str(value) for key, value in quota.items()}
            else:
                found["user_id"] = person.user_id
            return found

        self._api(answer, sent=(path, sent))
        for person, letter in told:
            if letter.way == "template":
                self.server.hook.received(person, letter)

    def _bot(self, path: str, sent: Answer) -> None:
        account = self.server.account
        if self._fault():
            return
        self.server.calls.append((path.rpartition("/")[2], sent))
        if path != f"/bot{account.bot_token}/sendMessage":
            self._json({"ok": False, "error_code": 401, "description": "Unauthorized"}, status=401)
            return
        try:
            _, letter = account.bot_message(sent)
        except Error as error:
            self._json({"ok": False, "error_code": error.code, "description": str(error)})
            return
        self._json({"ok": True, "result": {"message_id": letter.message_id, "date": int(letter.at * 1000)}})

    def _api(self, answer: Callable[[Account], Answer], *, sent: tuple[str, Any] | None = None) -> None:
        """Answer a call that needs an access token: always HTTP 200, refusals in ``error``."""
        account = self.server.account
        if self._fault():
            return
        self.server.calls.append(sent or (urlsplit(self.path).path, None))
        try:
            account.check_access(self.headers.get("access_token", ""))
            found: Answer = {"error": 0, "message": "Success", "data": answer(account)}
        except Error as error:
            found = {"error": error.code, "message": str(error)}
        self._json(found)

    def _fault(self) -> bool:
        """Do the next fault of the script; say whether the call is answered with it."""
        with self.server.account.lock:
            fault = self.server.account.faults.popleft() if self.server.account.faults else None
        if isinstance(fault, Error):
            self._json({"error": fault.code, "message": str(fault)})
        elif isinstance(fault, int):
            self._json({"message": "fault"}, status=fault)
        elif fault is not None:
            fault()
            return False
        return fault is not None

    def _typed(self, path: str, form: dict[str, str]) -> None:
        back = telephones.typed(self.server.account, self.server.hook, path, form)
        self.send_response(303)
        self.send_header("Location", back)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _asked(self) -> tuple[str, dict[str, str]]:
        parts = urlsplit(self.path)
        return parts.path, dict(parse_qsl(parts.query))

    def _json(self, found: Answer, *, status: int = 200) -> None:
        body = json.dumps(found, ensure_ascii=False).encode()
        self._send(status, "application/json; charset=utf-8", body)

    def _page(self, status: int, page: str) -> None:
        self._send(status, "text/html; charset=utf-8", page.encode())

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-RateLimit-Remain", str(self.server.account.requests_left))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def running(account: Account | None = None, *, port: int = 0, webhook: str = "", **options: Any) -> Iterator[FakeZalo]:
    """Listen while the block runs; port 0 takes a free one. ``options`` go to the hook."""
    account = account or Account()
    with FakeZalo(account, Hook(account, address=webhook, **options), port=port) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def _object(body: bytes) -> Answer:
    """Return the JSON object of a body, or an empty one."""
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
