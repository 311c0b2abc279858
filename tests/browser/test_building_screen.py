"""Three replicates at the glovebox, on a tablet with a scanner and a balance that type, and a gloved finger."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from cells.actions.plan import plan_replicates
from cells.models import Cell, CellDesignEdition, Condition, Layer, PressStep
from tests.factories import PASSWORD, Shelf

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


class Bench:
    """A tablet that counts what a person does on it: a scan, a print-out of the balance or a tap is one."""

    def __init__(self, page: Page) -> None:
        self.page, self.done = page, 0

    def sends(self, text: str) -> None:
        """Type as a keyboard wedge does: all characters and Enter, with nothing chosen before."""
        self.done += 1
        self.page.keyboard.type(text)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def taps(self, name: str) -> None:
        self.done += 1
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name).first.tap()

    def presses(self, hold_s: int) -> None:
        """Start the hold and let its countdown run out, which nobody has to watch."""
        self.taps("start the hold")
        with self.page.expect_navigation():
            self.page.clock.run_for(1000 * hold_s + 1000)

    def waits_for(self, title: str) -> None:
        expect(self.page.locator("#now-title")).to_have_text(title, timeout=15_000)


@pytest.fixture
def tablet(browser: Browser, live_server: Any) -> Iterator[Page]:
    """A touch screen without a mouse, logged in as Ada; a fault of the page fails the test."""
    faults: list[str] = []
    context = browser.new_context(
        viewport={"width": 1024, "height": 768}, has_touch=True, base_url=live_server.url
    )
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto("/accounts/login/")
    page.fill("[name=login]", "ada")
    page.fill("[name=password]", PASSWORD)
    with page.expect_navigation():
        page.tap("main [type=submit]")
    # From here on time passes only when a test says so.
    page.clock.install()
    yield page
    context.close()
    assert faults == []


@pytest.fixture
def cells(lab: Shelf) -> list[Cell]:
    """Three planned replicates."""
    condition = Condition.objects.get(name="coated")
    edition = CellDesignEdition.objects.get()
    plan_replicates(condition=condition, edition=edition, replicates=3, by=lab.by)
    return list(Cell.objects.with_codes().order_by("pk"))


def built_by(bench: Bench, lab: Shelf, positive_mg: str) -> None:
    """Scan, weigh and press three layers; the countdown releases each hold by itself."""
    for title, jar, mass, hold_s in (
        ("SE separator", lab.lots["LPSC"].code, "N     +   48.6 mg", 10),
        ("Positive composite", lab.coated_composite.code, f"S S     {positive_mg} mg", 10),
        ("Negative composite", lab.anode_composite.code, "13.28", 600),
    ):
        bench.waits_for(title)
        bench.sends(jar)
        bench.sends(mass)
        bench.presses(hold_s)
    bench.waits_for("After assembly")
    bench.sends("1.234")
    bench.sends("52")


def test_three_replicates_are_built_with_scanner_balance_and_touch_alone(
    lab: Shelf, cells: list[Cell], tablet: Page
) -> None:
    bench = Bench(tablet)
    tablet.goto("/cells/bench/")
    for cell, mass in zip(cells, ("8.1", "8.2", "8.0"), strict=True):
        bench.sends(cell.code)
        built_by(bench, lab, mass)
        expect(tablet.locator("#now-title")).to_have_text(f"{cell.code} is built")
    assert list(Cell.objects.values_list("state", flat=True)) == ["built"] * 3
    assert sorted(Layer.objects.with_mass().filter(role="positive").values_list("mass_ug", flat=True)) == [
        8_000, 8_100, 8_200,
    ]  # fmt: skip
    assert PressStep.objects.filter(hold_started_at__isnull=False, hold_ended_at__isnull=False).count() == 9
    # Twelve a cell: its code, three times jar, mass and hold, voltage and resistance. At five seconds each with gloves
    # that is a minute a cell, holds apart.
    assert bench.done == 36


def test_a_reload_and_a_second_cell_lose_nothing(lab: Shelf, cells: list[Cell], tablet: Page) -> None:
    bench = Bench(tablet)
    tablet.goto(f"/cells/{cells[0].code}/build/")
    bench.sends("8.1")
    expect(tablet.locator("[role=alert]")).to_contain_text("Scan the jar first")
    bench.sends(lab.lots["PTFE"].code)
    expect(tablet.locator("[role=alert]")).to_contain_text("is not Li6PS5Cl")
    bench.sends(f"https://lab.example/s/{lab.lots['LPSC'].code}")
    tablet.reload()
    expect(tablet.locator(".weigh-jar")).to_contain_text(lab.lots["LPSC"].code)
    # the other cell, by its code in the same box, and back
    bench.sends(cells[1].code)
    bench.waits_for("SE separator")
    bench.taps(lab.lots["LPSC"].code)
    expect(tablet.locator(".bench-cell")).to_have_count(2)
    bench.sends("48.6")
    bench.sends(cells[0].code)
    expect(tablet.locator(".weigh-jar")).to_contain_text(lab.lots["LPSC"].code)
    for key in ("4", "8", ".", "6"):
        tablet.locator(f"[data-key='{key}']").tap()
    bench.taps("Enter")
    bench.taps("start the hold")
    # the tablet slept while the hold ran out: nobody knows when the press was released, so somebody says it
    tablet.clock.fast_forward(60_000)
    expect(tablet.locator("[data-clock-word]")).to_contain_text("when was it released?")
    bench.taps("Released on time")
    bench.waits_for("Positive composite")
    assert Layer.objects.get(cell=cells[0]).role == "separator"


def test_the_screen_fits_a_tablet_and_is_made_for_gloves(
    lab: Shelf, cells: list[Cell], open_as: Callable[[str], Page], tmp_path: Path
) -> None:
    page = open_as("ada")
    bench = Bench(page)
    page.goto(f"/cells/{cells[0].code}/build/")
    _fits(page)
    bench.sends(lab.lots["LPSC"].code)
    _fits(page)
    bench.sends("48.6")
    _fits(page)


def _fits(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    high = page.evaluate(
        "document.querySelector('.page').scrollHeight - document.querySelector('.page').clientHeight"
    )
    assert high <= 0, f"{high} px are below the edge of the tablet"
    small = page.eval_on_selector_all(
        ".weigh button, .weigh a", "all => all.filter(a => a.getBoundingClientRect().height < 44).length"
    )
    assert small == 0
