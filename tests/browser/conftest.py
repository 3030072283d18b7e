"""The demonstration, started as a newcomer starts it, and Debian's Chromium to walk through it."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from gestes import HOME, PHONE, PORT
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from visitor import Provider, served

from idp.config import Settings

START_S = 120
ROOT = Path(__file__).parents[2]
READY = "Pour jouer le guide"


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """``idp demo`` in a folder of its own; gives the address of the home page."""
    folder = tmp_path_factory.mktemp("demonstration")
    with (folder / "output.txt").open("wb") as output:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "idp",
                "demo",
                "--dir",
                str(folder / "place"),
                "--port",
                str(PORT),
            ],
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        try:
            _wait_for(process, folder / "output.txt")
            yield HOME
        finally:
            process.terminate()
            process.wait(20)


def _wait_for(process: "subprocess.Popen[bytes]", output: Path) -> None:
    deadline = time.monotonic() + START_S
    # It says what to type once everything answers; it ends at once when a port is already taken.
    while READY not in output.read_text(encoding="utf-8"):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the demonstration did not start:\n{output.read_text()[-4000:]}")
        time.sleep(0.2)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the run; ``CHROMIUM`` names another than Debian's."""
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if executable is None:
        raise RuntimeError("Chromium is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable,
            args=[
                "--no-sandbox",
                "--disable-background-networking",
                "--disable-component-update",
                # A tenth less work: no drawing for a screen, no process per site.
                "--disable-gpu",
                "--disable-features=IsolateOrigins,site-per-process,Translate",
                "--renderer-process-limit=1",
            ],
        )
        yield browser
        browser.close()


def _new_context(chromium: Browser) -> BrowserContext:
    context = chromium.new_context(locale="fr-FR", timezone_id="Europe/Paris")
    context.set_default_timeout(15_000)
    return context


@pytest.fixture
def browser_context(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser without history, in French."""
    context = _new_context(chromium)
    yield context
    context.close()


@pytest.fixture
def page(browser_context: BrowserContext) -> Page:
    """An empty tab."""
    return browser_context.new_page()


@pytest.fixture
def another_page(chromium: Browser) -> Iterator[Page]:
    """The browser of somebody else."""
    context = _new_context(chromium)
    yield context.new_page()
    context.close()


@pytest.fixture
def provider(settings: Settings, tmp_path: Path) -> Iterator[Provider]:
    """An identity provider of this test alone, without a worker."""
    with served(settings, tmp_path) as started:
        yield started


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    """360 px wide, without JavaScript."""
    context = chromium.new_context(
        locale="fr-FR", timezone_id="Europe/Paris", viewport=PHONE, java_script_enabled=False
    )
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()
