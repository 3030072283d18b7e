"""Logs: one line of JSON per event, and no secret in any."""

import json
import logging
import subprocess
import sys

import pytest

from idp.logs import HIDDEN, hide_secrets

SCRIPT = """
import logging, structlog
from idp import logs
logs.configure(readable={readable})
structlog.get_logger("idp.test").info("seen", mot_de_passe="Trois girafes", request_id="ab12")
logging.getLogger("a.library").warning("told by %s", "a library")
def fail(password):
    raise RuntimeError("a fault")
try:
    fail("Trois girafes")
except RuntimeError:
    structlog.get_logger("idp.test").error("fault", exc_info=True)
"""


def logged(readable: bool) -> str:
    """What a process of its own writes on its standard error."""
    script = SCRIPT.format(readable=readable)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == ""
    return done.stderr


@pytest.mark.parametrize(
    ("name", "hidden"),
    [
        ("password", True),
        ("mot_de_passe", True),
        ("refresh_token", True),
        ("Authorization", True),
        ("code_verifier", True),
        ("client_secret", True),
        ("status_code", False),
        ("path", False),
    ],
)
def test_value_whose_name_speaks_of_a_secret_is_hidden(name: str, hidden: bool) -> None:
    event = hide_secrets(logging.getLogger(), "info", {name: "value"})

    assert event[name] == (HIDDEN if hidden else "value")


def test_each_line_is_an_event_in_json_whoever_wrote_it() -> None:
    seen, library, fault = (json.loads(line) for line in logged(readable=False).splitlines())

    assert (seen["event"], seen["level"], seen["request_id"]) == ("seen", "info", "ab12")
    assert (library["event"], library["logger"]) == ("told by a library", "a.library")
    assert "RuntimeError: a fault" in fault["exception"]


@pytest.mark.parametrize("readable", [True, False])
def test_no_secret_is_written_even_by_a_traceback(readable: bool) -> None:
    written = logged(readable)

    assert "a fault" in written
    # Only where the source itself says it.
    assert "'Trois girafes'" not in written
    assert HIDDEN in written
