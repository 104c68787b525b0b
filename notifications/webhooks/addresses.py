"""Which addresses an event may be sent to: none by which somebody could reach into our own network (SSRF).

What counts is where a name leads at the moment of sending: every address it resolves to must be public, and the
connection is made to one of those very addresses. A name that answers differently the next time (DNS rebinding) gains
nothing, for there is no next time.
"""

import ipaddress
import socket
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from notifications.rules import NotAllowed

MOST_PORT = 65535
DEFAULT_PORTS = {"https": 443, "http": 80}
_PUBLIC_6 = ipaddress.ip_network("2000::/3")  # all that is given out; leaves out loopback, local, mapped, multicast
_NOT_PUBLIC_6 = [
    ipaddress.ip_network(text)
    for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")  # tunnels carry an IPv4 address inside
]
_NOT_PUBLIC_4 = [
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",  # multicast, reserved, broadcast
    )
]


class Forbidden(Exception):
    """An address to which nothing is sent; the text is the Vietnamese sentence that says why."""


def is_public(address: str) -> bool:
    """Say whether ``address`` (of an interface, not a name) is one of the open Internet; what is unclear is not."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv4Address):
        return not any(found in network for network in _NOT_PUBLIC_4)
    return found in _PUBLIC_6 and not any(found in network for network in _NOT_PUBLIC_6)


def is_named(host: str) -> bool:
    """Say whether the settings name ``host`` as one that may be private and without https (``WEBHOOK_HOSTS``)."""
    return host.lower() in {named.lower() for named in settings.WEBHOOK_HOSTS}


def check_url(url: str) -> SplitResult:
    """Return the parts of an address that may be stored and tried. Raise NotAllowed."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        sentence = "Địa chỉ không đọc được; hãy chép lại nguyên văn, ví dụ https://he-thong.example.vn/su-kien."
        raise NotAllowed(sentence) from None
    host = parts.hostname or ""
    if parts.scheme not in DEFAULT_PORTS or not host:
        raise NotAllowed("Địa chỉ phải bắt đầu bằng https:// và có tên máy, ví dụ https://he-thong.example.vn/su-kien.")
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise NotAllowed("Địa chỉ có ký tự không dùng được (dấu cách, chữ có dấu, gạch chéo ngược); hãy viết lại.")
    if parts.username is not None or parts.password is not None:
        raise NotAllowed("Không ghi tên và mật khẩu trong địa chỉ: nơi nhận tin sự kiện nhờ chữ ký.")
    if parts.fragment or "#" in url:
        raise NotAllowed("Bỏ phần từ dấu # trong địa chỉ: phần ấy không được gửi đi.")
    if port == 0:
        raise NotAllowed(f"Cổng phải từ 1 đến {MOST_PORT}.")
    if parts.scheme != "https" and not is_named(host):
        raise NotAllowed("Địa chỉ phải dùng https:// để nội dung không bị đọc trên đường đi.")
    if not is_named(host):
        try:
            ipaddress.ip_address(host)
        except ValueError:
            return parts
        if not is_public(host):
            raise NotAllowed(_inside(host))
    return parts


def reachable(host: str, port: int) -> list[str]:
    """Return the addresses of a host to which a connection may be made now, all of them checked. Raise Forbidden."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Forbidden(f"Không tìm thấy máy “{host}”.") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not addresses:
        raise Forbidden(f"Không tìm thấy máy “{host}”.")
    if not is_named(host) and not all(is_public(address) for address in addresses):
        raise Forbidden(_inside(host))
    return addresses


def _inside(host: str) -> str:
    return (
        f"“{host}” dẫn vào mạng nội bộ hoặc chính máy này nên không được gửi tới. Nếu đó đúng là hệ thống của tỉnh, "
        "người quản trị máy chủ khai tên máy ấy trong cài đặt PAR_WEBHOOK_HOSTS."
    )
