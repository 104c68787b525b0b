"""A mail server on a socket: takes letters as SMTP says, or refuses, or falls silent, as told."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message as Letter

CRLF = b"\r\n"


@dataclass
class MailServer:
    """Listens on ``port`` and keeps what it accepted; ``answers`` maps a recipient to what RCPT is answered with.

    ``after_data`` is called when a letter has come in whole, before it is answered.
    """

    port: int
    listener: socket.socket
    letters: list[Letter] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    answers: dict[str, bytes] = field(default_factory=dict)
    after_data: Callable[[], None] = lambda: None

    @property
    def message_ids(self) -> list[str]:
        """Return the Message-ID of every letter that came in, in order."""
        return [letter["Message-ID"] for letter in self.letters]

    def serve(self) -> None:
        """Answer each connection on a thread of its own until the listener is closed."""
        with suppress(OSError):  # closed: the test is over
            while True:
                peer, _ = self.listener.accept()
                threading.Thread(target=self._talk, args=(peer,), daemon=True).start()

    def _talk(self, peer: socket.socket) -> None:
        with suppress(OSError), peer, peer.makefile("rb") as lines:  # the worker was killed: nobody is there to answer
            peer.sendall(b"220 mail.haiduong.example ESMTP" + CRLF)
            sender = ""
            for line in lines:
                verb = line[:4].upper()
                if verb == b"MAIL":
                    sender = line.decode().partition("<")[2].partition(">")[0]
                if verb == b"RCPT":
                    address = line.decode().partition("<")[2].partition(">")[0]
                    peer.sendall(self.answers.get(address, b"250 ok") + CRLF)
                elif verb == b"DATA":
                    peer.sendall(b"354 go on" + CRLF)
                    self.letters.append(message_from_bytes(b"".join(iter(lines.readline, b".\r\n"))))
                    self.senders.append(sender)
                    self.after_data()
                    peer.sendall(b"250 taken" + CRLF)
                elif verb == b"QUIT":
                    peer.sendall(b"221 bye" + CRLF)
                    return
                else:
                    peer.sendall(b"250 ok" + CRLF)


@contextmanager
def mail_server(port: int = 0) -> Iterator[MailServer]:
    """Listen while the block runs; port 0 takes a free one."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        server = MailServer(listener.getsockname()[1], listener)
        threading.Thread(target=server.serve, daemon=True).start()
        yield server
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits for a connection
