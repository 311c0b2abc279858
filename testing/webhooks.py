"""Posting to an address that a person gave, without becoming a way into the lab's own network."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ipaddress
import socket
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

TIMEOUT_S = 10
MOST_ANSWER_BYTES = 4096
PORTS = {"http": 80, "https": 443}


class WebhookRefused(ValueError):
    """The address must not be posted to; trying again would not help."""


class WebhookFailed(Exception):
    """Nobody took it this time; it may be tried again."""


@dataclass(frozen=True)
class Target:
    """An address whose host was looked up once; the connection goes to that very address."""

    scheme: str
    host: str
    port: int
    path: str
    ip: str


def judge_url(url: str) -> tuple[str, str, int, str]:
    """Return scheme, host, port and path of a webhook's address, or raise WebhookRefused."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise WebhookRefused(f"{url!r} is no address.") from error
    if parts.scheme not in PORTS or not parts.hostname:
        raise WebhookRefused("A webhook's address begins with https:// or http:// and names a host.")
    if parts.username or parts.password:
        raise WebhookRefused(
            "A webhook's address holds no user name or password: the signature says who posts."
        )
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii() or not path.isprintable() or " " in path:
        raise WebhookRefused("A webhook's address is written in plain letters, without spaces.")
    return parts.scheme, parts.hostname, port or PORTS[parts.scheme], path


def look_up(url: str, *, private_allowed: bool) -> Target:
    """Return where ``url`` leads now, or raise WebhookRefused where that is inside this machine or its network.

    Every address that the name has is judged, and the connection goes to the one that was: a name that answers
    differently the second time gains nothing.
    """
    scheme, host, port, path = judge_url(url)
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        raise WebhookFailed(f"{host} cannot be looked up: {error}.") from error
    for ip in found:
        if not private_allowed and not is_public(ip):
            raise WebhookRefused(
                f"{host} leads to {ip}, which is inside this machine or its network. An administrator may allow "
                "that with LIMS_WEBHOOK_PRIVATE=1."
            )
    return Target(scheme, host, port, path, min(found))


def is_public(ip: str) -> bool:
    """Return whether an address lies in the public internet.

    >>> [is_public(ip) for ip in ("93.184.216.34", "127.0.0.1", "10.0.0.7", "169.254.169.254", "::1")]
    [True, False, False, False, False]
    >>> is_public("::ffff:127.0.0.1"), is_public("64:ff9b::7f00:1"), is_public("fe80::1%eth0")
    (False, False, False)
    """
    address = ipaddress.ip_address(ip.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inside = address.ipv4_mapped or address.sixtofour or _translated(address)
        if inside is not None:
            return is_public(str(inside))
    return address.is_global and not address.is_multicast


def _translated(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that NAT64's well-known prefix wraps (RFC 6052), or None."""
    if address not in ipaddress.ip_network("64:ff9b::/96"):
        return None
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def signature(secret: str, *, at_s: int, body: bytes) -> str:
    """Return what proves to the receiver that the lab sent ``body`` at that second.

    >>> signature("secret", at_s=1700000000, body=b"{}")[:20]
    't=1700000000,v1=b856'
    """
    digest = hmac.new(secret.encode(), f"{at_s}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at_s},v1={digest}"


class _Pinned(http.client.HTTPConnection):
    """A connection to one address, whatever the name would say now."""

    def __init__(self, target: Target) -> None:
        super().__init__(target.host, target.port, timeout=TIMEOUT_S)
        self.target = target

    def connect(self) -> None:
        self.sock = socket.create_connection((self.target.ip, self.target.port), TIMEOUT_S)
        if self.target.scheme == "https":
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self.target.host)


def post(url: str, body: bytes, *, secret: str, at_s: int, private_allowed: bool = False) -> int:
    """Post ``body``, signed, and return the status; redirects are not followed.

    Raises WebhookRefused for an address that must not be reached and WebhookFailed for one that did not take it.
    """
    target = look_up(url, private_allowed=private_allowed)
    connection = _Pinned(target)
    try:
        connection.request(
            "POST",
            target.path,
            body,
            {
                "Content-Type": "application/json",
                "User-Agent": "lims-alerts/1",
                "X-Lab-Signature": signature(secret, at_s=at_s, body=body),
            },
        )
        answer = connection.getresponse()
        answer.read(MOST_ANSWER_BYTES)
    except (OSError, http.client.HTTPException) as error:
        raise WebhookFailed(f"{target.host} did not take it: {error or type(error).__name__}.") from error
    finally:
        connection.close()
    if not 200 <= answer.status < 300:
        raise WebhookFailed(f"{target.host} answered {answer.status}.")
    return answer.status
