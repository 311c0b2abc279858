"""Chromium against a live lab; every request that leaves this machine is a failure."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import chromium
from tests.factories import PASSWORD, Shelf, make_design, make_instrument, make_shelf, make_study

# Playwright's loop makes Django believe that its own threads are asynchronous.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
TABLET = {"width": 1024, "height": 768}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Debian's Chromium once."""
    flags = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=flags)
        yield started
        started.close()


@pytest.fixture
def open_as(browser: Browser, live_server: Any) -> Iterator[Callable[[str], Page]]:
    """Return a function that logs a person in on a tablet of their own; complaints of the page fail the test."""
    complaints: list[str] = []
    contexts = []

    def enter(username: str) -> Page:
        context = browser.new_context(viewport=TABLET, base_url=live_server.url)
        contexts.append(context)
        page = context.new_page()
        page.on(
            "console", lambda m: complaints.append(f"{page.url}: {m.text}") if m.type == "error" else None
        )
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on("request", lambda r: complaints.append(f"left the lab: {r.url}") if _foreign(r.url) else None)
        page.goto("/accounts/login/")
        page.fill("[name=login]", username)
        page.fill("[name=password]", PASSWORD)
        page.click("main [type=submit]")
        page.wait_for_url("**/")
        return page

    yield enter
    for context in contexts:
        context.close()
    # A refused form answers 400, which the browser reports as a failed resource.
    assert [c for c in complaints if "status of 400" not in c] == []


def _foreign(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and parts.hostname not in ("localhost", "127.0.0.1")


@pytest.fixture
def lab(transactional_db: None, request: pytest.FixtureRequest) -> Shelf:
    """A lab with the paper's powders, a study, its design and an instrument, entered by Ada."""
    ada, project = request.getfixturevalue("ada"), request.getfixturevalue("project")
    shelf = make_shelf(ada, project)
    make_study(ada, project)
    make_design(shelf)
    make_instrument(ada, project)
    return shelf
