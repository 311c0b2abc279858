"""Rows pasted into the grid on a tablet are checked, marked, mended and entered."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from materials.models import Powder
from tests.factories import Shelf

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def paste(page: Page, text: str) -> None:
    page.evaluate(
        """text => {
            const data = new DataTransfer();
            data.setData("text/plain", text);
            const event = new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true});
            document.activeElement.dispatchEvent(event);
        }""",
        text,
    )


def test_a_paste_fills_cells_and_adds_rows_until_all_are_entered(
    lab: Shelf, open_as: Callable[[str], Page]
) -> None:
    page = open_as("ada")
    page.goto("/import/lots/grid/")
    heads = [head.split("\n")[0] for head in page.locator(".grid thead th").all_inner_texts()]
    row = {
        "Material": "NMC532", "Supplier": "MSE Supplies", "Lot number": "G-{n}", "Mass received (mg)": "100",
        "Done at": "2026-03-02 14:30", "Note": '"two\nlines"',
    }  # fmt: skip
    lines = ["\t".join(row.get(head, "").replace("{n}", str(n)) for head in heads[1:]) for n in range(12)]
    page.locator(".grid tbody input").first.focus()
    paste(page, "\n".join(lines).replace("G-11\t100", "G-11\t-1") + "\n")
    rows = page.locator(".grid tbody tr")
    expect(rows).to_have_count(12)
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Material, row 2"

    page.click("[data-check]")
    expect(page.get_by_role("alert")).to_contain_text("1 row is not right yet")
    expect(page.locator("td.is-wrong")).to_have_count(1)
    assert page.locator("[data-enter]").count() == 0

    page.locator("td.is-wrong input").fill("100")
    page.click("[data-check]")
    page.get_by_role("button", name="Enter all 12 rows").wait_for()
    page.get_by_label("Lot number, row 1", exact=True).fill("G-99")
    assert page.locator("[data-enter]").count() == 0, "what was checked is no longer what stands there"
    page.click("[data-check]")
    page.click("text=Enter all 12 rows")
    page.get_by_role("heading", name="12 records entered").wait_for()
    assert page.locator("main table tbody tr").count() == 12
    made = Powder.objects.filter(lot__lot_number__startswith="G-")
    assert made.count() == 12
    assert made.get(lot__lot_number="G-99").note == "two lines"


def test_a_paste_with_its_heads_finds_its_columns(lab: Shelf, open_as: Callable[[str], Page]) -> None:
    page = open_as("ada")
    page.goto("/import/lots/grid/")
    page.locator(".grid tbody input").nth(3).focus()
    paste(page, "Lot number\tMaterial\nH-1\tNMC532\n")
    assert page.get_by_label("Lot number, row 1", exact=True).input_value() == "H-1"
    assert page.get_by_label("Material, row 1", exact=True).input_value() == "NMC532"
