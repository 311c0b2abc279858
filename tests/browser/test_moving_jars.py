"""Moving jars with a keyboard-wedge scanner alone: each scan ends with Enter, and the box waits for the next."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from materials.actions import create_place
from materials.models import Powder
from tests.factories import Shelf

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def wedge(page: Page, code: str) -> None:
    """Type as a scanner does: fast, into whatever has the focus, with Enter at the end."""
    # Nobody scans before the page is there; a browser under load gives the box its focus a moment after that.
    page.wait_for_function("document.activeElement?.name === 'scanned'")
    with page.expect_navigation():
        page.keyboard.type(code, delay=2)
        page.keyboard.press("Enter")


def test_a_place_and_two_jars_are_scanned_without_a_hand_on_the_tablet(
    lab: Shelf, open_as: Callable[[str], Page]
) -> None:
    room = create_place(by=lab.by, name="Room 12")
    shelf = create_place(by=lab.by, name="Shelf 2", inside=room)
    lots = [lab.lots["LPSC"], lab.lots["CNF"]]
    page = open_as("ada")
    page.goto("/places/move/")
    wedge(page, lots[0].code)
    assert "Scan the place first" in page.inner_text("main")
    wedge(page, shelf.code)
    for lot in lots:
        wedge(page, lot.code)
        assert f"{lot.code} {lot.name} stands in Room 12 > Shelf 2 now." in page.inner_text("main")
        assert page.evaluate("document.activeElement.name") == "scanned"
        assert page.input_value("[name=scanned]") == ""
    assert set(Powder.objects.filter(place=shelf)) == set(lots)
