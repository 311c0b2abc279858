"""Three replicates from the bench's spreadsheet: planned, pasted, checked and entered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from cells.actions.plan import plan_replicates
from cells.models import Cell, CellDesignEdition, Condition, Layer
from tests.browser.test_grid import paste
from tests.factories import Shelf, make_picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_three_cells_are_planned_and_entered_in_the_grid_with_nine_touches(
    lab: Shelf, open_as: Callable[[str], Page], tmp_path: Path
) -> None:
    plan_replicates(
        condition=Condition.objects.get(name="coated"), edition=CellDesignEdition.objects.get(), replicates=3,
        by=lab.by,
    )  # fmt: skip
    page = open_as("ada")
    page.goto("/import/cells/grid/?study=STUDY-0001")
    codes = [page.get_by_label("Cell, row " + str(n), exact=True).input_value() for n in (1, 2, 3)]
    assert codes == list(Cell.objects.order_by("pk").values_list("identity__code", flat=True))
    sheet = "Cell\tSeparator jar\tSeparator mass (mg)\tPositive jar\tPositive mass (mg)\t"
    sheet += "Negative jar\tNegative mass (mg)\tOpen circuit (V)\tAt 1 kHz (ohm)\tPositive lost (mg)\n"
    jars = lab.lots["LPSC"].code, lab.coated_composite.code, lab.anode_composite.code
    for code, mass in zip(codes, ("8.1", "8.2", "80.0"), strict=True):
        sheet += f"{code}\t{jars[0]}\t48.6\t{jars[1]}\t{mass}\t{jars[2]}\t13.28\t1.23\tn.m.\t81\n".replace(
            "\t81\n", "\t81\n" if mass == "80.0" else "\t0\n"
        )
    page.get_by_label("Cell, row 1", exact=True).focus()
    paste(page, sheet)
    page.click("[data-check]")
    expect(page.get_by_role("alert")).to_contain_text("1 row is not right yet")
    expect(page.locator("td.is-wrong")).to_contain_text("81 mg lost of 80 mg dispensed leaves nothing")
    assert not Layer.objects.exists(), "nothing was written"
    page.get_by_label("Positive mass, row 3", exact=True).fill("8.0")
    page.locator("td.is-wrong input").fill("0")
    page.click("[data-check]")
    photo = tmp_path / "sheet.png"
    photo.write_bytes(make_picture())
    page.set_input_files("[name=photos]", photo)
    page.click("text=Enter all 3 rows")
    page.get_by_role("heading", name="3 records entered").wait_for()
    cells = list(Cell.objects.order_by("pk"))
    assert [cell.state for cell in cells] == ["built"] * 3
    assert {cell.blanks.get("resistance_1khz_ohm") for cell in cells} == {"not_measured"}
    assert all(cell.identity.attachments.count() == 1 for cell in cells)
