"""The one place that sends HTTP requests to addresses that others wrote: key sets, sectors, logout addresses.

OpenID Connect Dynamic Client Registration 1.0 §9, OWASP « Server-Side Request Forgery Prevention ». Which machines
may be reached is decided in ``outgoing_addresses.py``. On ``http.client`` alone, which asks the environment for no
proxy, follows no redirect, and lets us connect to the very address that was checked.
"""

import io
import json
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlencode, urlsplit

from idp import __version__
from idp.config import Settings
from idp.extensions import ground
from idp.outgoing_addresses import Address, is_public

CONNECT_S = 3.0
TOTAL_S = 5.0
BODY_MAX_BYTES = 64 * 1024
_PORTS = {"https": 443, "http": 80}
_HEADERS = {
    "User-Agent": f"mon-compte-partenaire/{__version__}",
    "Accept-Encoding": "identity",
    "Connection": "close",
}


class Reason(StrEnum):
    """Why nothing was sent, or nothing could be made of the answer."""

    ADDRESS = "address"
    """Not an address that we would write to."""
    UNKNOWN_HOST = "unknown_host"
    PRIVATE = "private"
    """A machine that is not of the Internet, and that ``IDP_OUTGOING_ALLOW`` does not name."""
    UNREACHABLE = "unreachable"
    CERTIFICATE = "certificate"
    TLS = "tls"
    TOO_SLOW = "too_slow"
    TOO_LARGE = "too_large"
    STATUS = "status"
    NOT_JSON = "not_json"


class OutgoingRefused(Exception):
    """The request failed; ``reason`` and ``detail`` are for the log, never for whoever wrote the address."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


def fetch_json(url: str, *, within_s: float = TOTAL_S) -> Any:
    """The JSON document at that address; raises ``OutgoingRefused``."""
    answer = _send(url, "GET", {"Accept": "application/json"}, None, within_s)
    if answer.status != HTTPStatus.OK:
        raise OutgoingRefused(Reason.STATUS, f"{url} answered {answer.status}")
    if not _is_json(answer.content_type):
        raise OutgoingRefused(Reason.NOT_JSON, f"{url} is {answer.content_type or 'of no type'}")
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise OutgoingRefused(Reason.NOT_JSON, f"{url} cannot be read as JSON") from error


def post_form(url: str, fields: dict[str, str], *, within_s: float = TOTAL_S) -> int:
    """Send a form and return the status of the answer, a redirect included; raises ``OutgoingRefused``."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return _send(url, "POST", headers, urlencode(fields).encode(), within_s).status


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    content_type: str
    body: bytes


def _send(
    url: str, method: str, headers: dict[str, str], body: bytes | None, within_s: float
) -> _Answer:
    deadline = _Deadline(within_s)
    settings = ground().settings
    parts = _parsed(url)
    addresses = _checked_addresses(parts, settings, deadline)
    connection = _Connection(parts, addresses, settings.ca_bundle, deadline)
    try:
        connection.request(method, _target(parts), body, {**_HEADERS, **headers})
        with connection.getresponse() as response:
            content = response.read(BODY_MAX_BYTES + 1)
    except TimeoutError as error:
        raise OutgoingRefused(Reason.TOO_SLOW, url) from error
    except ssl.SSLCertVerificationError as error:
        raise OutgoingRefused(Reason.CERTIFICATE, f"{url}: {error.verify_message}") from error
    except ssl.SSLError as error:
        raise OutgoingRefused(Reason.TLS, f"{url}: {error.reason}") from error
    except (OSError, HTTPException, ValueError) as error:
        raise OutgoingRefused(Reason.UNREACHABLE, f"{url}: {error!r}") from error
    finally:
        connection.close()
    if len(content) > BODY_MAX_BYTES:
        raise OutgoingRefused(Reason.TOO_LARGE, f"{url} answers more than {BODY_MAX_BYTES} bytes")
    return _Answer(response.status, response.headers.get_content_type(), content)


def _is_json(content_type: str) -> bool:
    # RFC 6839 §3.1; a key set is application/jwk-set+json (RFC 7517 §8.5).
    return content_type == "application/json" or content_type.endswith("+json")


def _parsed(url: str) -> SplitResult:
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise OutgoingRefused(Reason.ADDRESS, "printable ASCII without spaces is expected")
    try:
        parts = urlsplit(url)
        _port = parts.port
    except ValueError as error:
        raise OutgoingRefused(Reason.ADDRESS, f"{url} is not a valid address") from error
    if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc:
        raise OutgoingRefused(Reason.ADDRESS, f"{url} is not an https address without user")
    return parts


def _target(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _checked_addresses(
    parts: SplitResult, settings: Settings, deadline: "_Deadline"
) -> list[Address]:
    """Every address of the host, all of them allowed: one that is not refuses the others with it."""
    host = parts.hostname or ""
    found = _resolved(host, parts.port or _PORTS[parts.scheme], deadline)
    for address in found:
        allowed = settings.outgoing_allow.names(host, address)
        if not allowed and not is_public(address):
            raise OutgoingRefused(Reason.PRIVATE, f"{host} is {address}")
        if not allowed and parts.scheme != "https":
            raise OutgoingRefused(Reason.ADDRESS, f"{host} must be reached by https")
    return found


def _resolved(host: str, port: int, deadline: "_Deadline") -> list[Address]:
    # In a thread, since getaddrinfo knows no deadline and the name's owner may be slow on purpose.
    found: list[Address] = []

    def ask() -> None:
        try:
            rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return
        found.extend(dict.fromkeys(ip_address(row[4][0]) for row in rows))

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(deadline.left_s())
    if asking.is_alive():
        raise OutgoingRefused(Reason.TOO_SLOW, f"the name of {host}")
    if not found:
        raise OutgoingRefused(Reason.UNKNOWN_HOST, host)
    return found


class _Deadline:
    """The instant by which everything must be over, by the clock that never jumps."""

    def __init__(self, within_s: float) -> None:
        self._at = time.monotonic() + within_s

    def left_s(self, at_most: float = TOTAL_S) -> float:
        """How many seconds are left; raises ``TimeoutError`` when none is."""
        left = self._at - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return min(left, at_most)


class _Connection(HTTPConnection):
    """To the addresses that were checked, under the host's own name (Host, SNI and certificate)."""

    def __init__(
        self,
        parts: SplitResult,
        addresses: list[Address],
        ca_bundle: Path | None,
        deadline: _Deadline,
    ) -> None:
        # The port of the scheme is told, so that the header Host leaves it out.
        self.default_port = _PORTS[parts.scheme]
        super().__init__(parts.hostname or "", parts.port or self.default_port)
        self._addresses = addresses
        self._tls = _tls(ca_bundle) if parts.scheme == "https" else None
        self._deadline = deadline
        self.response_class = self._response  # type: ignore[assignment] # a factory will do

    def connect(self) -> None:
        """Connect to the first address that answers."""
        self.sock = self._connected()
        if self._tls is None:
            return
        self.sock.settimeout(self._deadline.left_s())
        self.sock = self._tls.wrap_socket(self.sock, server_hostname=self.host)

    def _connected(self) -> socket.socket:
        last: OSError = OSError("no address")
        for address in self._addresses:
            try:
                return socket.create_connection(
                    (str(address), self.port), self._deadline.left_s(CONNECT_S)
                )
            except OSError as error:
                last = error
        raise last

    def _response(self, sock: socket.socket, *args: Any, **kwargs: Any) -> HTTPResponse:
        response = HTTPResponse(sock, *args, **kwargs)
        response.fp = io.BufferedReader(_Paced(response.fp.detach(), sock, self._deadline))
        return response


class _Paced(io.RawIOBase):
    """A socket's bytes, until the deadline: a server that sends one byte at a time gains nothing."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, deadline: _Deadline) -> None:
        self._raw = raw
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        """Asked by the buffer."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read what there is, waiting no longer than the deadline."""
        self._sock.settimeout(self._deadline.left_s())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        """Release the socket."""
        self._raw.close()
        super().close()


@cache
def _tls(ca_bundle: Path | None) -> ssl.SSLContext:
    """The authorities of the system, and those of ``IDP_CA_BUNDLE``."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_bundle:
        context.load_verify_locations(ca_bundle)
    return context
