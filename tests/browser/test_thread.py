"""The whole thread, from a lot to a PDF, done by hand in a browser as a newcomer would."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from lims import jobs
from materials.models import MassEntry, Powder
from testing.demo.simulator import simulate_formation
from testing.demo.squidstat_writer import write_squidstat
from testing.models import Report
from tests.factories import Shelf

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def choose(page: Page, name: str, text: str) -> None:
    """Choose the option whose label holds ``text``."""
    option = page.locator(f"select[name={name}] option", has_text=text).first
    page.select_option(f"select[name={name}]", value=option.get_attribute("value"))


def submit(page: Page) -> None:
    page.locator("main form[method=post] [type=submit]").last.click()
    page.wait_for_load_state()


def test_a_newcomer_goes_from_a_lot_to_a_pdf(
    lab: Shelf, open_as: Callable[[str], Page], tmp_path: Path
) -> None:
    page = open_as("ada")
    lot = receive_lot(page)
    coated = coat(page, lot)
    composite = mix(page, coated)
    cell = build_cell(page, composite)
    add_formation(page, cell, tmp_path)
    page.goto(f"/cells/{cell}/")
    main = page.locator("main")
    expect(main).to_contain_text("91.60")
    expect(main).to_contain_text("18.23")
    expect(main).to_contain_text("28.65")
    expect(page.locator(".plot canvas").first).to_be_visible()
    page.get_by_role("button", name=re.compile("Export report")).click()
    page.wait_for_url("**/reports/**")
    jobs.work_all()
    page.reload()
    expect(page.locator("main")).to_contain_text("Ready")
    report = Report.objects.get()
    assert report.pdf is not None
    assert report.pdf.path.read_bytes().startswith(b"%PDF-")


def receive_lot(page: Page) -> str:
    page.goto("/powders/receive/")
    choose(page, "material", "NMC532")
    choose(page, "supplier", "MSE")
    choose(page, "project", "NB-COAT")
    page.fill("[name=lot_number]", "T-NMC-01")
    page.fill("[name=mass_ug]", "25000")
    page.get_by_text("More about it").click()
    page.fill("[name=particle_size_min_um]", "2")
    page.fill("[name=particle_size_max_um]", "5")
    submit(page)
    return code_of(page)


def code_of(page: Page) -> str:
    """Return the code in the page's address."""
    found = re.search(r"/([A-Z]+-\d{4,})/?$", page.url)
    assert found, f"{page.url}: {page.locator('main').inner_text()[:500]}"
    return found.group(1)


def coat(page: Page, lot: str) -> str:
    page.goto("/powders/coat/")
    choose(page, "edition", "30 cycles")
    choose(page, "parent", lot)
    choose(page, "project", "NB-COAT")
    page.fill("[name=load_mass_ug]", "2000")
    page.fill("[name=recovered_mass_ug]", "1950")
    page.get_by_text("What was measured already").click()
    page.fill("[name=thickness_measured_nm]", "5")
    submit(page)
    code = code_of(page)
    expect(page.locator("main")).to_contain_text("1.67")
    return code


def mix(page: Page, coated: str) -> str:
    page.goto("/powders/mix/")
    option = page.locator("select[name=formulation] option", has_text="70:30:5:5").first
    page.select_option("select[name=formulation]", value=option.get_attribute("value"))
    page.locator("main form [type=submit]").last.click()
    page.wait_for_load_state()
    choose(page, "powder_1", coated)
    for part in (2, 3, 4):
        page.locator(f"select[name=powder_{part}]").select_option(index=1)
    for part, mass_mg in enumerate(("140", "60", "10", "10"), start=1):
        page.fill(f"[name=mass_{part}]", mass_mg)
    choose(page, "balance", "balance")
    choose(page, "project", "NB-COAT")
    submit(page)
    return code_of(page)


def build_cell(page: Page, composite: str) -> str:
    page.goto("/cells/plan/")
    choose(page, "condition", "coated")
    page.locator("select[name=edition]").select_option(index=1)
    page.fill("[name=replicates]", "1")
    submit(page)
    page.goto("/cells/")
    page.locator("main a[href*='/cells/CELL-']").first.click()
    page.wait_for_load_state()
    cell = code_of(page)
    for mass_mg, powder in (("48.6", ""), ("8.1", composite), ("13.28", "")):
        page.goto(f"/cells/{cell}/press/")
        if powder:
            choose(page, "powder", powder)
        else:
            page.locator("select[name=powder]").select_option(index=1)
        choose(page, "balance", "balance")
        page.fill("[name=mass_ug]", mass_mg)
        submit(page)
        assert code_of(page) == cell
    page.goto(f"/cells/{cell}/finish/")
    submit(page)
    expect(page.locator("main")).to_contain_text("Built")
    return cell


def add_formation(page: Page, cell: str, folder: Path) -> None:
    page.goto(f"/cells/{cell}/tests/new/")
    page.fill("[name=one_c_current_ma]", "0.8482")
    submit(page)
    code_of(page)
    trace = simulate_formation("Nb2O5-coated, 4.3 V", 2)
    export = write_squidstat(trace, element_name="Formation", started_at=datetime(2026, 1, 5, 9, tzinfo=UTC))
    path = folder / export.name
    path.write_bytes(export.content)
    test_url = page.url
    page.set_input_files("input[type=file]", path)
    page.wait_for_timeout(300)
    button = page.locator("form[enctype='multipart/form-data'] [type=submit]")
    if button.count() and button.first.is_visible():
        button.first.click()
    page.wait_for_timeout(1500)
    jobs.work_all()
    page.goto(test_url)
    expect(page.locator("main")).to_contain_text("Read")


def test_a_double_tap_draws_once(lab: Shelf, open_as: Callable[[str], Page]) -> None:
    powder = lab.lots["LPSC"]
    before = MassEntry.objects.filter(powder=powder, kind="drawn").count()
    page = open_as("ada")
    page.goto(f"/powders/{powder.code}/draw/")
    page.fill("[name=mass_ug]", "1.5")
    page.fill("[name=purpose]", "XRD")
    page.locator("main form[method=post] [type=submit]").last.dblclick()
    page.wait_for_url(f"**/powders/{powder.code}/")
    assert MassEntry.objects.filter(powder=powder, kind="drawn").count() == before + 1


def test_drawing_too_much_says_what_the_powder_holds(lab: Shelf, open_as: Callable[[str], Page]) -> None:
    powder = Powder.objects.with_codes().with_balance().get(pk=lab.lots["LPSC"].pk)
    held_mg = powder.balance_ug / 1000
    page = open_as("ada")
    page.goto(f"/powders/{powder.code}/draw/")
    page.fill("[name=mass_ug]", f"{held_mg + 0.001:.3f}")
    page.fill("[name=purpose]", "everything and a bit")
    submit(page)
    expect(page.locator("main")).to_contain_text(f"{powder.code} holds only {held_mg:g} mg")
    assert Powder.objects.with_balance().get(pk=powder.pk).balance_ug == powder.balance_ug


def test_scanning_a_code_goes_to_its_record(lab: Shelf, open_as: Callable[[str], Page]) -> None:
    page = open_as("ada")
    code = lab.coated_composite.code
    # A keyboard-wedge scanner types the code and ends it with Enter, wherever the focus is.
    page.keyboard.press("/")
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/powders/{code}/")
