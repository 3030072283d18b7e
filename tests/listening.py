"""Real HTTP and HTTPS servers on this machine, for what the application sends out."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from flask import Flask

from idp.extensions import ground
from idp.outgoing_addresses import parse_allow


@dataclass(frozen=True)
class Request:
    """What a server was sent."""

    method: str
    path: str
    host: str
    content_type: str | None
    body: bytes


@dataclass
class Answer:
    """What it answers."""

    status: int = 200
    content_type: str | None = "application/json"
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Listening:
    """A server; ``requests`` grows, ``answer`` may be changed, ``tls_version`` is the last one negotiated."""

    port: int
    scheme: str
    answer: Answer = field(default_factory=Answer)
    requests: list[Request] = field(default_factory=list)
    server_names: list[str | None] = field(default_factory=list)
    tls_version: str | None = None

    def url(self, path: str = "/", host: str = "localhost") -> str:
        """An address of this server."""
        return f"{self.scheme}://{host}:{self.port}{path}"


Behaviour = Callable[[BaseHTTPRequestHandler, Listening], None]


def answering(handler: BaseHTTPRequestHandler, server: Listening) -> None:
    """Note the request and send ``server.answer``."""
    length = int(handler.headers.get("Content-Length") or 0)
    server.requests.append(
        Request(
            handler.command,
            handler.path,
            handler.headers["Host"],
            handler.headers["Content-Type"],
            handler.rfile.read(length),
        )
    )
    if isinstance(handler.connection, ssl.SSLSocket):
        server.tls_version = handler.connection.version()
    answer = server.answer
    handler.send_response(answer.status)
    if answer.content_type:
        handler.send_header("Content-Type", answer.content_type)
    for name, value in answer.headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(answer.body)))
    handler.end_headers()
    handler.wfile.write(answer.body)


@contextmanager
def listening(
    tls: ssl.SSLContext | None = None, behaviour: Behaviour = answering
) -> Iterator[Listening]:
    """Listen on a free port of 127.0.0.1, in threads."""

    class Handler(BaseHTTPRequestHandler):
        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                # The client hung up, or refused our certificate: that is its right.
                self.close_connection = True

        def do_GET(self) -> None:
            behaviour(self, told)

        def do_POST(self) -> None:
            behaviour(self, told)

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def get_request(self) -> tuple[Any, Any]:
            accepted, address = super().get_request()
            if tls:
                # The handshake comes with the first byte read, in the thread of the request.
                accepted = tls.wrap_socket(
                    accepted, server_side=True, do_handshake_on_connect=False
                )
            return accepted, address

    server = Server(("127.0.0.1", 0), Handler)
    told = Listening(server.server_port, "https" if tls else "http")
    if tls:
        tls.sni_callback = lambda _socket, name, _context: told.server_names.append(name)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@cache
def certificate(folder: Path, *names: str) -> Path:
    """A self-signed certificate for these names, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([_alternative(name) for name in names]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{names[0]}.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def server_tls(certificate_file: Path) -> ssl.SSLContext:
    """What an HTTPS server presents."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate_file)
    return context


@contextmanager
def outgoing_settings(app: Flask, allow: str, ca_bundle: Path | None = None) -> Iterator[None]:
    """Within the block, the application's own requests may reach what ``allow`` names."""
    before = ground(app)
    settings = replace(before.settings, outgoing_allow=parse_allow(allow, []), ca_bundle=ca_bundle)
    app.extensions["ground"] = replace(before, settings=settings)
    try:
        yield
    finally:
        app.extensions["ground"] = before
