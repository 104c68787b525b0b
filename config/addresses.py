"""Where a request comes from."""

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Return the address that a request comes from, of IPv6 the /64 network (one subscriber has that many), "" unknown.

    ``X-Forwarded-For`` is what anybody may write: only the entries that our own servers in front added count, as many
    from the right as ``settings.PROXIES_IN_FRONT``.
    """
    address = request.META.get("REMOTE_ADDR", "")
    proxies: int = settings.PROXIES_IN_FRONT
    if proxies:
        passed = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        if len(passed) >= proxies:
            address = passed[-proxies]
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ip_network((int(found), 64), strict=False).network_address)
    return str(found)
