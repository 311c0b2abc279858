"""The weighing screen on a tablet, with a scanner and a balance that type like a keyboard, and a gloved finger."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from materials import actions
from materials.actions import Amount, PartFacts
from materials.models import MassEntry, Powder, WeighingSheet
from tests.factories import PASSWORD, Shelf

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def sheet(lab: Shelf) -> WeighingSheet:
    """220 mg of the 70:30:5:5 cathode, ± 2 %: 140, 60, 10 and 10 mg; the plan chose the coated powder."""
    materials = [lab.materials[key] for key in ("NMC", "LPSC", "PTFE", "CNF")]
    edition = actions.create_formulation(
        by=lab.by,
        name="Cathode, 2 %",
        parts=[PartFacts(m, p, 0.02) for m, p in zip(materials, (70, 30, 5, 5), strict=True)],
    )
    return actions.plan_sheet(
        project=lab.project, edition=edition, amount=Amount(total_ug=220_000), balance=lab.balance, by=lab.by,
        powders={1: lab.coated},
    )  # fmt: skip


@pytest.fixture
def tablet(browser: Browser, live_server: Any) -> Iterator[Page]:
    """A tablet with a touch screen and no mouse, logged in as Ada; a fault of the page fails the test."""
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
    yield page
    context.close()
    assert faults == []


def sent(page: Page, text: str) -> None:
    """Type as a keyboard wedge does: all characters and Enter, with nothing chosen before."""
    page.keyboard.type(text)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def tapped(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=name).tap()


def test_the_cathode_is_weighed_with_scanner_and_touch_alone_and_ends_in_a_batch(
    lab: Shelf, sheet: WeighingSheet, tablet: Page
) -> None:
    page = tablet
    before = {key: lab.lots[key].balance_now_ug() for key in ("LPSC", "PTFE", "CNF")}
    page.goto(f"/weighing/{sheet.code}/")
    expect(page.locator("[name=entry]")).to_be_focused()

    # a weight before the jar, the wrong lot, the right one
    sent(page, "140.0")
    expect(page.locator("[role=alert]")).to_contain_text("Scan the jar first")
    sent(page, lab.lots["PTFE"].code)
    expect(page.locator("[role=alert]")).to_contain_text(
        f"{lab.lots['PTFE'].code} is PTFE; this part is NMC532."
    )
    sent(page, f"https://lab.example/s/{lab.coated.code}")
    expect(page.locator(".weigh-jar")).to_contain_text(lab.coated.code)

    # an unstable print-out, then a stable one that is below: the screen stays until it is enough
    sent(page, "N     +   140.0")
    expect(page.locator("[role=alert]")).to_contain_text("still moving")
    sent(page, "N     +   120.0 mg")
    expect(page.locator("[data-word]")).to_have_text("below")
    expect(page.locator(".weigh-numbers")).to_contain_text("20.0")
    sent(page, "N     +   140.0 mg")

    # the next row opens by itself; too much of it, and one tap takes the new targets
    expect(page.locator("#now-title")).to_have_text("Li6PS5Cl")
    sent(page, lab.lots["LPSC"].code.lower())
    sent(page, "S S     63.0 mg")
    expect(page.locator("[data-word]")).to_have_text("over")
    expect(page.locator(".weigh-proposal")).to_contain_text("NMC532 7 mg more")
    tapped(page, "Take the new targets")

    # a jar that is tapped, and a number from the keypad
    expect(page.locator("#now-title")).to_have_text("PTFE")
    expect(page.locator(".weigh-numbers")).to_contain_text("10.5")
    tapped(page, lab.lots["PTFE"].code)
    for key in ("1", "0", ".", "7"):
        page.locator(f"[data-key='{key}']").tap()
    page.get_by_role("button", name="Delete the last character").tap()
    page.locator("[data-key='6']").tap()
    expect(page.locator("[name=entry]")).to_have_value("10.6")
    expect(page.locator("[data-word]")).to_contain_text("within")
    tapped(page, "Enter")

    # a wrong number is undone
    sent(page, lab.lots["CNF"].code)
    sent(page, "ST,+00010.50  mg")
    expect(page.locator("#now-title")).to_have_text("NMC532, top-up")
    tapped(page, "Undo the last")
    expect(page.locator("#now-title")).to_have_text("CNF")
    sent(page, lab.lots["CNF"].code)
    sent(page, "ST,+00010.40  mg")

    # a reload loses nothing; the top-up goes by boat, full and after
    page.reload()
    expect(page.locator("#now-title")).to_have_text("NMC532, top-up")
    sent(page, lab.coated.code)
    with page.expect_navigation():
        page.get_by_role("link", name="Boat full and after").tap()
    sent(page, "5007.0 mg")
    sent(page, "5000,0")
    expect(page.locator(".weigh-now")).to_contain_text("Everything has been weighed")
    ratio = page.locator(".weigh-ratio")
    for parts in ("70.00", "30.00", "5.05", "4.95"):
        expect(ratio).to_contain_text(parts)

    with page.expect_navigation():
        page.get_by_role("link", name="Mix").tap()
    page.fill("[name=method]", "mortar")
    page.fill("[name=recovered_mass_ug]", "229.5")
    tapped(page, "Enter the mix")
    made = Powder.objects.order_by("-pk").first()
    assert made is not None
    page.wait_for_url(f"**/powders/{made.code}/")
    assert made.code.startswith("MIX-")
    assert made.balance_now_ug() == 229_500
    drawn = MassEntry.objects.filter(use__consumer=made.identity, kind="drawn").order_by("pk")
    assert [entry.change_ug for entry in drawn] == [-147_000, -63_000, -10_600, -10_400]
    after = {key: lab.lots[key].balance_now_ug() for key in before}
    assert {key: before[key] - after[key] for key in before} == {
        "LPSC": 63_000,
        "PTFE": 10_600,
        "CNF": 10_400,
    }


def test_the_screen_fits_a_tablet_and_is_made_for_gloves(
    lab: Shelf, sheet: WeighingSheet, open_as: Callable[[str], Page]
) -> None:
    page = open_as("ada")
    for query in ("", f"?row=1&jar={lab.coated.code}"):
        page.goto(f"/weighing/{sheet.code}/{query}")
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


def test_whatever_was_tapped_a_scan_still_goes_into_the_box(
    lab: Shelf, sheet: WeighingSheet, open_as: Callable[[str], Page]
) -> None:
    page = open_as("ada")
    page.goto(f"/weighing/{sheet.code}/")
    page.locator(".weigh-ratio").click()
    page.evaluate("document.activeElement.blur()")
    sent(page, lab.coated.code)
    expect(page.locator(".weigh-jar")).to_contain_text(lab.coated.code)


def test_another_jar_of_the_right_powder_is_taken_with_one_tap(
    lab: Shelf, sheet: WeighingSheet, open_as: Callable[[str], Page]
) -> None:
    page = open_as("ada")
    page.goto(f"/weighing/{sheet.code}/")
    sent(page, lab.lots["NMC"].code)
    expect(page.locator("[role=alert]")).to_contain_text(f"The plan chose {lab.coated.code}")
    page.get_by_role("button", name="Take it instead").click()
    expect(page.locator(".weigh-jar")).to_contain_text(lab.lots["NMC"].code)
