"""Scanning anywhere, choosing rows for labels, and a photo beside a record: on a tablet, with a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.factories import Shelf, make_picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SCANNER_GAP_MS = 5
PERSON_GAP_MS = 150


def test_a_scan_goes_to_its_record_wherever_the_focus_is(lab: Shelf, open_as: Callable[[str], Page]) -> None:
    page, code = open_as("ada"), lab.coated.code
    for scanned, focused in (
        (code, "body"),
        (f"https://lims.example.org/s/{code}", "tbody [name=code] >> nth=0"),
        (code.lower(), "tbody a >> nth=0"),
    ):
        page.goto("/powders/")
        page.locator(focused).focus()
        page.keyboard.type(scanned, delay=SCANNER_GAP_MS)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/powders/{code}/")


def test_typing_in_a_field_is_left_alone(lab: Shelf, open_as: Callable[[str], Page]) -> None:
    page = open_as("ada")
    page.goto("/powders/")
    page.locator("[name=name]").focus()
    page.keyboard.type("LPSC/fast", delay=SCANNER_GAP_MS)
    assert page.input_value("[name=name]") == "LPSC/fast"
    page.locator("[name=name]").fill("")
    page.locator("tbody [name=code] >> nth=0").focus()
    page.keyboard.type("slow", delay=PERSON_GAP_MS)
    assert page.input_value("#scan-code") == ""


def test_rows_are_chosen_for_labels_by_touch(lab: Shelf, open_as: Callable[[str], Page]) -> None:
    page = open_as("ada")
    page.goto("/powders/")
    button = page.get_by_role("button", name="Labels of the chosen")
    expect(button).to_be_disabled()
    page.locator(f"[name=code][value={lab.coated.code}]").check()
    button.click()
    page.wait_for_url(f"**/labels/?code={lab.coated.code}")
    page.get_by_text("Print on the sheet").wait_for()
    page.locator("[name=start][value='9']").check(force=True)
    with page.context.expect_page() as opened:
        page.get_by_text("Print on the sheet").click()
    assert f"size=a4&code={lab.coated.code}&start=9" in opened.value.url


def test_a_photo_and_a_file_are_attached_with_one_tap(
    lab: Shelf, open_as: Callable[[str], Page], tmp_path: Path
) -> None:
    photo, sheet = tmp_path / "photo.png", tmp_path / "<b>sheet.txt"
    photo.write_bytes(make_picture())
    sheet.write_text("8.1 mg")
    page = open_as("ada")
    page.goto(f"/powders/{lab.coated.code}/")
    panel = page.locator("#attachments")
    for _ in range(2):
        panel.locator("summary").click()
        panel.locator("[name=photo]").set_input_files(photo)
        panel.locator("[name=file]").set_input_files(sheet)
        panel.get_by_role("button", name="Attach").click()
        # The second time the same bytes are refused, each with its sentence.
        panel.locator(".attached li >> nth=1").wait_for()
    expect(panel.locator(".dropzone-files .field-errors")).to_have_count(2)
    assert sorted(panel.locator(".attached-name").all_inner_texts()) == ["<b>sheet.txt", "photo.png"]
    assert panel.locator("img").evaluate("image => image.complete && image.naturalWidth") > 0
