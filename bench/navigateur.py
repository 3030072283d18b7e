"""A browser that is timed: one connection, its cookies, and how long the answers take to be read whole."""

import http.client
import statistics
import time
from dataclasses import dataclass
from urllib.parse import urlencode

from processeur import used_s
from served import PORT

Form = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Reponse:
    """What came back; ``fichier`` when it is to be kept, and is no page."""

    status: int
    texte: str
    fichier: bool


@dataclass(frozen=True, slots=True)
class Temps:
    """In milliseconds."""

    p50: float
    p95: float
    max: float
    cpu: float
    """Of processor, for one request: a busy machine changes it little."""


class Navigateur:
    """Signed in by this session; a form is posted when there is one."""

    def __init__(self, session: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
        self._cookies = {"mcp_session": session}

    def get(self, address: str) -> Reponse:
        return self.send(address, ())

    def send(self, address: str, form: Form) -> Reponse:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = urlencode(form) if form else None
        self._connection.request("POST" if form else "GET", address, body, headers)
        answer = self._connection.getresponse()
        content = answer.read().decode("utf-8", "replace")
        for line in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name] = value
        disposition = answer.getheader("Content-Disposition") or ""
        return Reponse(answer.status, content, disposition.startswith("attachment"))

    def timed(self, address: str, form: Form, requests: int, server: set[int]) -> Temps:
        """Of that many requests, one after the other; ``server`` are the processes that answer."""
        times, before = [], used_s(server)
        for _request in range(requests):
            start = time.perf_counter()
            self.send(address, form)
            times.append((time.perf_counter() - start) * 1000)
        cpu = (used_s(server) - before) * 1000 / requests
        p95 = statistics.quantiles(times, n=20, method="inclusive")[-1]
        return Temps(statistics.median(times), p95, max(times), cpu)
