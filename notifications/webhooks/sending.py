"""Sending one event: signed after Standard Webhooks, to a checked address, within a time and a size, no redirect.

httpcore and not httpx, because httpcore lets us make the connection ourselves: to the address that was checked, while
the certificate is still that of the name. It reads no proxy from the environment and follows nothing.
"""

import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpcore
from standardwebhooks.webhooks import Webhook

from notifications.webhooks import addresses

SECONDS = 10.0  # for all of it, from the connection to the end of the answer
ANSWER_BYTES = 4096  # of an answer are read; a receiver has nothing to tell us
ANSWER_KEPT = 500  # characters
AGENT = "par-index-engine-webhooks/1"


class NotReached(Exception):
    """Nothing came back; the text is the Vietnamese sentence that says why."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the other system said: its HTTP status, the first words of its answer, how long it took."""

    status: int
    text: str
    milliseconds: int
    retry_after: timedelta | None

    @property
    def is_ok(self) -> bool:
        """Say whether it took the event: any 2xx; a redirect is none."""
        return 200 <= self.status < 300


def signed_headers(*, uid: str, body: str, secrets: Iterable[str], at: datetime) -> dict[str, str]:
    """Return the three headers of Standard Webhooks; each of ``secrets`` gives a signature of its own."""
    moment = at.astimezone(UTC)
    return {
        "webhook-id": uid,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(uid, moment, body) for secret in secrets),
    }


def send(*, url: str, body: str, headers: dict[str, str]) -> Answer:
    """Post ``body`` (JSON) to ``url`` and return the answer. Raise NotReached when there is none."""
    started = time.monotonic()
    try:
        addresses.check_url(url)  # the settings may have changed since it was stored
    except addresses.NotAllowed as refusal:
        raise NotReached(str(refusal)) from None
    ours = {"content-type": "application/json", "user-agent": AGENT, "accept": "*/*"}
    fields_sent: list[tuple[bytes | str, bytes | str]] = [*ours.items(), *headers.items()]
    backend = _Pinned(until=started + SECONDS)
    try:
        with (
            httpcore.ConnectionPool(ssl_context=ssl.create_default_context(), network_backend=backend) as pool,
            pool.stream("POST", url, headers=fields_sent, content=body.encode()) as response,
        ):
            text = _beginning_of(response)
            fields = {name.lower(): value for name, value in response.headers}
            status = response.status
    except addresses.Forbidden as refusal:
        raise NotReached(str(refusal)) from None
    except httpcore.TimeoutException:
        raise NotReached(f"Nơi nhận không trả lời trong {SECONDS:g} giây.") from None
    except (httpcore.ConnectError, ConnectionError) as failure:
        raise NotReached(f"Không kết nối được với nơi nhận ({_short(failure)}).") from None
    except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError, OSError, ValueError) as failure:
        raise NotReached(f"Nơi nhận ngắt kết nối hoặc trả lời sai quy cách ({_short(failure)}).") from None
    return Answer(
        status=status,
        text=text,
        milliseconds=round((time.monotonic() - started) * 1000),
        retry_after=_seconds(fields.get(b"retry-after", b"")),
    )


def _beginning_of(response: httpcore.Response) -> str:
    """Return the first characters of an answer; what comes too late or is too long is left: the status counts."""
    read = b""
    try:
        for part in response.iter_stream():
            read += part
            if len(read) >= ANSWER_BYTES:
                break
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError):
        pass
    text = read[:ANSWER_BYTES].decode(errors="replace")
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:ANSWER_KEPT]


def _seconds(text: bytes) -> timedelta | None:
    """Return what Retry-After asks for where it is a number of seconds."""
    return timedelta(seconds=int(text)) if text.isdigit() and len(text) < 7 else None


def _short(failure: Exception) -> str:
    return str(failure)[:120] or type(failure).__name__


class _Pinned(httpcore.NetworkBackend):
    """Connects to an address that was checked a moment ago, by no name; and lets nothing take longer than ``until``."""

    def __init__(self, *, until: float) -> None:
        self._until = until
        self._real = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        """Resolve, check, connect. Raise Forbidden before anything is sent."""
        found = addresses.reachable(host, port)
        for place, address in enumerate(found):
            try:
                stream = self._real.connect_tcp(address, port, _left(self._until), local_address, socket_options)
                return _Bounded(stream, until=self._until)
            except httpcore.ConnectError:
                if place == len(found) - 1:
                    raise
        raise httpcore.ConnectError(host)

    def connect_unix_socket(self, *_args: Any, **_options: Any) -> httpcore.NetworkStream:
        """Refuse: nothing is sent to a socket of this machine."""
        raise httpcore.ConnectError("unix socket")

    def sleep(self, seconds: float) -> None:
        """Wait between attempts, which are not made here."""


class _Bounded(httpcore.NetworkStream):
    """A connection whose every step ends at one moment: an answer that drips is not waited for."""

    def __init__(self, stream: httpcore.NetworkStream, *, until: float) -> None:
        self._stream = stream
        self._until = until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._until))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._until))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, _left(self._until))
        return _Bounded(stream, until=self._until)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(until: float) -> float:
    """Return the seconds that are left. Raise a timeout when there are none."""
    left = until - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout
    return left
