"""Pictures in Chromium: chosen with one click, zoomed, toggled, saved, compared, and changed by leaving a cell out."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from cells.models import Cell, Study
from lims.models import Project
from testing.models import CellTest, Cycle, Metric
from tests.factories import Shelf, make_design, make_test, plan_cell, press

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Where the twenty-first point of the first line on the left axis is drawn.
FIRST_POINT = """(() => {
  const { u } = document.querySelector(".gallery .plot").view;
  const n = u.series.findIndex((series) => series.told?.axis === "y");
  return [u.valToPos(u.data[0][20], "x"), u.valToPos(u.data[n][20], "y")];
})()"""
EFFICIENCIES = {"coated": (0.911, 0.916, 0.921), "uncoated": (0.822, 0.828, 0.834)}


@pytest.fixture
def study(lab: Shelf) -> Study:
    """Two conditions of three cells with an efficiency and forty long-term cycles each, of a simulated project."""
    Project.objects.update(simulated=True)
    made, edition = Study.objects.get(), make_design(lab, cut_off_v=4.5)
    for condition in made.conditions.all():
        powder = lab.coated_composite if condition.name == "coated" else lab.plain_composite
        for value in EFFICIENCIES[condition.name]:
            cell = plan_cell(lab, condition=condition, edition=edition)
            press(lab, cell, "positive", "8.1", powder=powder)
            Cell.objects.filter(pk=cell.pk).update(state="built")
            cell.state = "built"
            test = make_test(cell, lab.by, phase="long_term")
            Metric.objects.create(
                cell=cell, name="initial_coulombic_efficiency", value=value, unit="fraction", method="by_hand",
                method_version="1", inputs_sha256="0" * 64, software_version="0",
            )  # fmt: skip
            Cycle.objects.bulk_create(
                Cycle(
                    test=test, cycle_number=n, phase="long_term", charge_capacity_mah=0.8 * value,
                    discharge_capacity_mah=0.79 * value - n / 1000, coulombic_efficiency=value, duration_s=60,
                    complete=True, first_row=n, last_row=n,
                )
                for n in range(1, 41)
            )  # fmt: skip
    return made


def shown(page: Page) -> None:
    page.wait_for_selector(".plot[data-state=shown] .u-over")


def place_of_plot(page: Page) -> dict[str, float]:
    """Bring the plot onto the screen, where a mouse can reach it, and return where it is."""
    page.locator(".plot-canvas").evaluate(
        "canvas => canvas.scrollIntoView({ block: 'center', behavior: 'instant' })"
    )
    found = page.locator(".u-over").bounding_box()
    assert found is not None
    return found


def state(page: Page, what: str) -> object:
    """Return something of the plot that is on the screen."""
    return page.evaluate(f"document.querySelector('.gallery .plot').view.{what}")


def test_a_picture_is_chosen_zoomed_toggled_and_saved(
    study: Study, open_as: Callable[[str], Page], tmp_path: Path
) -> None:
    page = open_as("ada")
    page.goto(f"/studies/{study.code}/")
    shown(page)
    page.get_by_role("radio", name="Long-term cycling").check()
    page.wait_for_selector(".plot[data-picture=cycles] .u-over")
    assert "picture=long-term" in page.url
    assert page.locator(".plot .plot-note").inner_text().startswith("Dotted: efficiency")

    # Zoom by dragging, by the buttons and by the keyboard; "Whole" brings all of it back.
    box = place_of_plot(page)
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 60, steps=4)
    page.mouse.up()
    dragged = state(page, "u.scales.x.max") - state(page, "u.scales.x.min")
    assert 5 < dragged < 20
    page.get_by_role("button", name="Zoom in around").click()
    assert state(page, "u.scales.x.max") - state(page, "u.scales.x.min") < dragged
    page.get_by_role("button", name="Whole").click()
    assert state(page, "u.scales.x.max") - state(page, "u.scales.x.min") == 39
    page.locator(".plot-canvas").press("+")
    assert state(page, "u.scales.x.max") - state(page, "u.scales.x.min") < 39

    # The unit follows without a word to the server.
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    before = state(page, "u.data[1][0]")
    page.get_by_label("Capacity in").select_option("cell")
    assert state(page, "u.data[1][0]") == pytest.approx(before) or state(page, "state.unit") == "cell"
    page.get_by_role("button", name="Mean ± sd").click()
    assert state(page, "state.means") is True
    page.get_by_role("button", name="uncoated", exact=True).click()
    assert state(page, "state.hidden.size") == 1
    assert asked == []

    # Hovering names the cell.
    page.get_by_role("button", name="Mean ± sd").click()
    page.get_by_role("button", name="Whole").click()
    place = page.evaluate(FIRST_POINT)
    box = place_of_plot(page)
    page.mouse.move(box["x"] + place[0], box["y"] + place[1] + 2)
    expect(page.locator(".plot-tip")).to_contain_text("CELL-")

    saved = {}
    for kind in ("SVG", "PNG", "CSV"):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=f"{kind}: ").click()
        saved[kind] = tmp_path / f"plot.{kind}"
        waiting.value.save_as(saved[kind])
    svg = saved["SVG"].read_text()
    assert "simulated data" in svg
    assert "Discharge capacity (mAh)" in svg
    assert "uncoated" not in svg.replace("uncoated_", ""), "what is hidden on the screen is not in the file"
    assert saved["PNG"].read_bytes()[:4] == b"\x89PNG"
    rows = list(csv.reader(saved["CSV"].read_text(encoding="utf-8-sig").splitlines()))
    assert rows[0][0].startswith("# simulated data")
    assert len(rows) > 240


def test_chosen_cells_are_compared_and_the_comparison_is_kept(
    study: Study, open_as: Callable[[str], Page]
) -> None:
    page = open_as("ada")
    page.goto("/cells/")
    for box in page.locator("td.choose input").all()[:3]:
        box.check()
    page.get_by_role("button", name="Compare the chosen").click()
    page.wait_for_url("**/compare/**")
    shown(page)
    assert page.locator(".compared .chip").count() == 3
    page.get_by_text("Keep this comparison under a name").click()
    page.fill("[name=name]", "Three of them")
    page.get_by_role("button", name="Keep it").click()
    page.wait_for_url("**/comparisons/CMP-0001/")
    shown(page)
    assert "simulated" in page.locator(".simulated-band").inner_text().lower()


def test_a_cell_is_left_out_with_a_reason_and_both_results_are_shown(
    study: Study, open_as: Callable[[str], Page]
) -> None:
    page = open_as("ada")
    page.goto(f"/studies/{study.code}/")
    code = Cell.objects.filter(condition__name="coated").order_by("pk").last().code
    page.locator("#statistics details.every-value summary").click()
    page.locator(f"#statistics li:has-text('{code}')").get_by_role("link", name="Leave out").click()
    page.fill("[name=reason]", "The sleeve had cracked.")
    page.locator("main [type=submit]").click()
    page.goto(f"/studies/{study.code}/")
    statistics = page.locator("#statistics")
    expect(statistics).to_contain_text("2 cells / 1 mix / 1 ALD run")
    expect(statistics).to_contain_text("with what was left out: 91.6")
    expect(statistics).to_contain_text("No test below 3 values a group")
    statistics.locator("details.every-value summary").click()
    expect(statistics).to_contain_text("The sleeve had cracked. (Ada")
    assert CellTest.objects.exists()
