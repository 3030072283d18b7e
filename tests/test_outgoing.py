"""Our own requests: they reach the machine that was allowed, and nothing that an attacker aims at."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from listening import Answer, Listening, certificate, listening, outgoing_settings, server_tls

from idp import outgoing
from idp.outgoing import OutgoingRefused, Reason
from idp.outgoing_addresses import is_public, parse_allow

HOST = "rp.exemple.fr"


@pytest.fixture
def internal(app: Flask) -> Iterator[Listening]:
    """A server inside, over HTTP, that nobody allowed."""
    with listening() as server:
        yield server


@pytest.fixture
def allowed(app: Flask) -> Iterator[Listening]:
    """A server on localhost, over HTTP, that the operator allowed by its name."""
    with listening() as server, outgoing_settings(app, "localhost"):
        yield server


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate of ``rp.exemple.fr`` and of localhost."""
    return certificate(tmp_path_factory.mktemp("tls"), HOST, "localhost")


def reason_of(url: str, within_s: float = 5) -> Reason:
    """Why a GET is refused."""
    with pytest.raises(OutgoingRefused) as refused:
        outgoing.fetch_json(url, within_s=within_s)
    return refused.value.reason


def names(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    """The name service: gives each address in turn, the last one for ever; returns what it was asked."""
    asked: list[str] = []
    real, left = socket.getaddrinfo, list(answers)

    def getaddrinfo(host: str, port: Any, *args: Any, **kwargs: Any) -> Any:
        if host != HOST:
            return real(host, port, *args, **kwargs)
        asked.append(host)
        address = left.pop(0) if len(left) > 1 else left[0]
        return [row for one in address.split() for row in real(one, port, *args, **kwargs)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


def test_an_allowed_server_is_read(allowed: Listening) -> None:
    allowed.answer = Answer(body=b'{"keys": []}', content_type="application/jwk-set+json")

    assert outgoing.fetch_json(allowed.url("/jwks?v=1")) == {"keys": []}
    [request] = allowed.requests
    assert (request.method, request.path) == ("GET", "/jwks?v=1")
    assert request.host == f"localhost:{allowed.port}"


def test_a_form_is_posted(allowed: Listening) -> None:
    allowed.answer = Answer(status=204, body=b"")

    assert outgoing.post_form(allowed.url("/logout"), {"logout_token": "a+b"}) == 204
    [request] = allowed.requests
    assert (request.method, request.body) == ("POST", b"logout_token=a%2Bb")
    assert request.content_type == "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0.0.0.0",  # noqa: S104 - reached, not bound
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:0:0:1]",
        "LOCALHOST",
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_this_machine_is_not_reached_under_any_writing(
    internal: Listening, host: str, scheme: str
) -> None:
    url = f"{scheme}://{host}:{internal.port}/"

    assert reason_of(url) is Reason.PRIVATE
    assert internal.requests == []


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.2.1",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "0.0.0.0",  # noqa: S104 - reached, not bound
        "::",
        "::1",
        "fe80::1",
        "fc00::1",
        "ff0e::1",
        "2001:db8::1",
        "::ffff:8.8.8.8",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::a00:1",
        "64:ff9b:1::a00:1",
    ],
)
def test_what_is_not_the_internet_is_refused(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2a00:1450:4007:80e::2004"])
def test_the_internet_is_reached(address: str) -> None:
    assert is_public(ip_address(address))


def test_a_name_that_leads_inside_is_refused(
    internal: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    names(monkeypatch, "127.0.0.1")

    assert reason_of(f"https://{HOST}:{internal.port}/") is Reason.PRIVATE


def test_one_address_inside_refuses_the_others_with_it(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    names(monkeypatch, "8.8.8.8 10.0.0.1")

    assert reason_of(f"https://{HOST}/") is Reason.PRIVATE


def test_a_name_is_asked_once_and_what_was_checked_is_reached(
    app: Flask, pem: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the second answer of the attacker's name server is never asked for."""
    asked = names(monkeypatch, "127.0.0.1", "127.0.0.2")

    with listening(server_tls(pem)) as server, outgoing_settings(app, "127.0.0.1", pem):
        assert outgoing.fetch_json(server.url(host=HOST)) == {}

    assert asked == [HOST]
    assert server.server_names == [HOST]
    assert server.requests[0].host == f"{HOST}:{server.port}"
    assert server.tls_version == "TLSv1.3"


def test_a_redirect_is_not_followed(allowed: Listening, internal: Listening) -> None:
    """To the inside least of all."""
    allowed.answer = Answer(status=307, headers={"Location": internal.url()})

    assert reason_of(allowed.url()) is Reason.STATUS
    assert outgoing.post_form(allowed.url(), {}) == 307
    assert internal.requests == []


def test_the_proxy_of_the_environment_is_not_asked(
    allowed: Listening, internal: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, internal.url())

    assert outgoing.fetch_json(allowed.url()) == {}
    assert internal.requests == []


def test_http_is_for_allowed_machines_alone(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, "8.8.8.8")

    assert reason_of(f"http://{HOST}/") is Reason.ADDRESS


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost",
        "ftp://localhost/",
        "file:///etc/passwd",
        "https:///path",
        "https://user@localhost/",
        "https://localhost:port/",
        "https://localhost/\r\nHost: other",
        "https://localhost\\@8.8.8.8/",
        "https://exämple.fr/",
    ],
)
def test_what_is_no_address_is_refused(app: Flask, url: str) -> None:
    with outgoing_settings(app, "localhost"):
        assert reason_of(url) is Reason.ADDRESS


def test_an_unknown_name_is_told(app: Flask) -> None:
    assert reason_of("https://nobody.invalid/") is Reason.UNKNOWN_HOST


def test_a_closed_door_is_told(app: Flask) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    with outgoing_settings(app, "localhost"):
        assert reason_of(f"http://localhost:{port}/") is Reason.UNREACHABLE


def test_a_silent_server_is_left(app: Flask) -> None:
    released = threading.Event()

    def silent(_handler: BaseHTTPRequestHandler, _server: Listening) -> None:
        released.wait(30)

    with listening(behaviour=silent) as server, outgoing_settings(app, "localhost"):
        assert reason_of(server.url(), within_s=0.3) is Reason.TOO_SLOW
        released.set()


@pytest.mark.parametrize("start", [b"HTTP/1.1 200 OK\r\nX-A: ", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_a_server_that_drips_is_left(app: Flask, start: bytes) -> None:
    """Each byte comes in time, the whole never does: the deadline is of the whole."""
    released = threading.Event()

    def dripping(handler: BaseHTTPRequestHandler, _server: Listening) -> None:
        handler.wfile.write(start)
        while not released.wait(0.05):
            handler.wfile.write(b"a")

    with listening(behaviour=dripping) as server, outgoing_settings(app, "localhost"):
        assert reason_of(server.url(), within_s=0.4) is Reason.TOO_SLOW
        released.set()


def test_a_name_server_that_drags_on_is_left(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: time.sleep(1) or [])

    assert reason_of(f"https://{HOST}/", within_s=0.1) is Reason.TOO_SLOW


def test_a_body_that_is_too_large_is_not_read_whole(allowed: Listening) -> None:
    allowed.answer = Answer(body=b'"' + b"a" * outgoing.BODY_MAX_BYTES + b'"')

    assert reason_of(allowed.url()) is Reason.TOO_LARGE


@pytest.mark.parametrize(
    "answer",
    [
        Answer(content_type="text/html"),
        Answer(content_type=None),
        Answer(body=b"{"),
        Answer(body=b"\xff"),
        Answer(body=b"[" * 60_000),
    ],
    ids=["html", "no type", "cut", "bytes", "deep"],
)
def test_what_is_not_json_is_told(allowed: Listening, answer: Answer) -> None:
    allowed.answer = answer

    assert reason_of(allowed.url()) is Reason.NOT_JSON


def test_what_is_not_http_is_told(app: Flask) -> None:
    def banner(handler: BaseHTTPRequestHandler, _server: Listening) -> None:
        handler.wfile.write(b"220 mail.exemple.fr ESMTP\r\n")

    with listening(behaviour=banner) as server, outgoing_settings(app, "localhost"):
        assert reason_of(server.url()) is Reason.UNREACHABLE


def test_a_certificate_of_nobody_is_refused(app: Flask, pem: Path) -> None:
    with listening(server_tls(pem)) as server, outgoing_settings(app, "localhost"):
        assert reason_of(server.url()) is Reason.CERTIFICATE

    assert server.requests == []


def test_the_certificate_of_another_host_is_refused(app: Flask, tmp_path: Path) -> None:
    other = certificate(tmp_path, "other.exemple.fr")

    with listening(server_tls(other)) as server, outgoing_settings(app, "localhost", other):
        assert reason_of(server.url()) is Reason.CERTIFICATE


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1:DeprecationWarning")
def test_an_old_tls_is_refused(app: Flask, pem: Path) -> None:
    """RFC 8996: neither 1.0 nor 1.1."""
    old = server_tls(pem)
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1

    with listening(old) as server, outgoing_settings(app, "localhost", pem):
        assert reason_of(server.url()) is Reason.TLS


def test_a_host_is_allowed_by_its_whole_name_and_a_network_by_its_addresses() -> None:
    allow = parse_allow("rp.internal 10.0.0.0/8", [])

    assert allow.names("RP.internal", ip_address("192.168.0.1"))
    assert allow.names("any", ip_address("10.1.2.3"))
    assert allow.names("any", ip_address("::ffff:10.1.2.3"))
    assert not allow.names("rp.internal.evil.example", ip_address("192.168.0.1"))
    assert not allow.names("x.rp.internal", ip_address("11.0.0.1"))
