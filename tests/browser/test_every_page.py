"""Every page that the navigation reaches opens, on a tablet, in time for gloves, without a serious fault."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.factories import Shelf, make_cell, make_test

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_every_page_in_reach_opens_without_a_serious_fault(
    lab: Shelf, open_as: Callable[[str], Page]
) -> None:
    cell = make_cell(lab)
    test = make_test(cell, lab.by)
    page = open_as("ada")
    axe = Axe()
    faults: list[str] = []
    for path in in_reach(page, [f"/cells/{cell.code}/", f"/tests/{test.code}/"]):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        found = axe.run(page).response["violations"]
        faults += [
            f"{path}: {v['id']} ({v['help']})" for v in found if v["impact"] in ("serious", "critical")
        ]
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{path} is {wide} px wider than the tablet."
    assert faults == []


def in_reach(page: Page, more: list[str]) -> list[str]:
    """Return the addresses of the navigation, of what its pages offer to do, and of ``more``."""
    page.goto("/")
    paths = set(_links(page, "header a[href^='/'], nav a[href^='/']"))
    for path in sorted(paths):
        page.goto(path)
        # Kinds that repeat are looked at once: the first record of each list.
        paths |= set(_links(page, "main a[href$='/new/'], main a[href*='/plan/'], main .btn[href^='/']"))
        paths |= set(_links(page, "main table a[href^='/']")[:1])
    return sorted(p for p in paths | set(more) if not p.startswith(("/accounts/logout", "/admin")))


def _links(page: Page, selector: str) -> list[str]:
    links: list[str] = page.eval_on_selector_all(selector, "all => all.map(a => a.getAttribute('href'))")
    return [link.partition("?")[0] for link in links if link]
