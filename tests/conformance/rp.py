"""The servers of a relying party of the suite: an HTTPS site on this machine, with its own authority."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from listening import Answer, Listening, certificate, listening, outgoing_settings, server_tls


@contextmanager
def site(app: Flask, folder: Path) -> Iterator[Listening]:
    """A site that the provider may reach: named by ``IDP_OUTGOING_ALLOW``, certified by ``IDP_CA_BUNDLE``."""
    authority = certificate(folder, "localhost")
    with (
        listening(server_tls(authority)) as server,
        outgoing_settings(app, "localhost", authority),
    ):
        server.answer = Answer(status=200)
        yield server
