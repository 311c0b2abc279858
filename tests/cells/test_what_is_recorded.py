"""What is written down of a cell besides its masses, and what may be changed of it, when and by whom."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from cells import actions
from cells.exposure import exposure_of
from cells.models import Cell, CellBasis, Deviation, Layer, PressStep
from cells.passport import passport_of
from cells.pellets import pellets_of
from lims.late_changes import AT_ONCE
from lims.models import LogEntry, Project, User
from lims.records import StaleRecord
from materials import actions as powder_actions
from materials.models import Equipment
from tests.factories import Shelf, make_cell, make_shelf, make_test, plan_cell, press

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(ada: User, project: Project) -> Shelf:
    return make_shelf(ada, project)


@pytest.fixture
def cell(shelf: Shelf) -> Cell:
    return make_cell(shelf)


def now(cell: Cell) -> Cell:
    return Cell.objects.with_codes().with_study().get(pk=cell.pk)


def long_ago(cell: Cell) -> None:
    Layer.objects.filter(cell=cell).update(recorded_at=timezone.now() - timedelta(minutes=16))


# --- a late change says why -------------------------------------------------------------------------------


def test_a_slip_mended_at_once_needs_no_reason_and_is_logged(cell: Cell, ada: User) -> None:
    actions.correct_layer(cell=cell, role="positive", mass_ug=8_200, by=ada)
    entry = LogEntry.objects.get(verb="corrected a mass")
    assert (entry.actor_name, entry.reason) == ("ada", AT_ONCE)


def test_after_fifteen_minutes_a_change_says_why(cell: Cell, ada: User) -> None:
    long_ago(cell)
    with pytest.raises(ValidationError, match="entered more than 15 minutes ago"):
        actions.correct_layer(cell=cell, role="positive", mass_ug=8_200, by=ada)
    actions.correct_layer(cell=cell, role="positive", mass_ug=8_200, reason="Misread", by=ada)


def test_once_something_rests_on_the_cell_a_change_says_why(cell: Cell, ada: User, api: APIClient) -> None:
    """The same rule by form, API and action: it has one home."""
    test = make_test(cell, ada)
    with pytest.raises(ValidationError, match=f"{test.code} rests on it"):
        actions.correct_layer(cell=cell, role="positive", mass_ug=8_200, by=ada)
    with pytest.raises(ValidationError, match=test.code):
        actions.correct_press(cell=cell, number=1, pressure_mpa=110, by=ada)
    url, tag = f"/api/v1/cells/{cell.code}/", api.get(f"/api/v1/cells/{cell.code}/").headers["ETag"]
    answer = api.patch(f"{url}layer/", {"role": "positive", "mass_mg": 8.2}, headers={"If-Match": tag})
    assert (answer.status_code, test.code in answer.json()["reason"][0]) == (400, True)


def test_a_corrected_die_changes_the_area_and_all_that_rests_on_it(
    cell: Cell, ada: User, shelf: Shelf
) -> None:
    wide = powder_actions.create_equipment(
        by=ada, kind="die", name="Wide", diameter_mm=10.0, tolerance_mm=0.05
    )
    make_test(cell, ada)
    with pytest.raises(ValidationError, match="Say why"):
        actions.change_cell(cell=cell, die=wide, by=ada)
    actions.change_cell(cell=cell, die=wide, reason="Scanned the wrong die", by=ada)
    basis = CellBasis.objects.get(cell=cell, current=True)
    # 8.1 mg over 0.7854 cm2.
    assert round(basis.composite_loading_mg_cm2 or 0, 2) == 10.31


def test_the_second_of_two_people_is_told_what_changed_and_overwrites_nothing(
    cell: Cell, ada: User, grace: User, api: APIClient
) -> None:
    seen = now(cell).version
    actions.change_cell(cell=cell, open_circuit_voltage_v=1.2, by=grace, expected_version=seen)
    with pytest.raises(StaleRecord):
        actions.change_cell(cell=cell, open_circuit_voltage_v=1.3, by=ada, expected_version=seen)
    url = f"/api/v1/cells/{cell.code}/"
    body = {"open_circuit_voltage_v": 1.3}
    assert api.patch(url, body).status_code == 428
    assert api.patch(url, body, headers={"If-Match": f'"{seen}"'}).status_code == 412
    assert now(cell).open_circuit_voltage_v == 1.2


# --- pressing in the unit of the press ---------------------------------------------------------------------


def make_press(by: User, **facts: float) -> Equipment:
    return powder_actions.create_equipment(by=by, kind="press", name="Hand press", **facts)


@pytest.mark.parametrize(
    ("typed", "mpa"),
    [({"force_tonnes": 1.5}, 520.25), ({"gauge_bar": 74.88}, 520.0), ({"pressure_mpa": 520.0}, 520.0)],
)
def test_one_unit_is_typed_and_the_others_are_computed(
    shelf: Shelf, ada: User, api: APIClient, typed: dict[str, float], mpa: float
) -> None:
    """520 MPa on 6 mm are 14.70 kN, 1.50 t and 74.9 bar on a ram of 50 mm (golden check G12)."""
    cell = plan_cell(shelf)
    press(
        shelf,
        cell,
        "separator",
        "48.6",
        **{"pressure_mpa": None, "press": make_press(ada, diameter_mm=50.0), **typed},
    )
    told = api.get(f"/api/v1/cells/{cell.code}/").json()["press_steps"][0]
    assert round(told["pressure_mpa"], 0) == round(mpa, 0)
    assert (round(told["force_kn"], 1), round(told["force_tonnes"], 2), round(told["gauge_bar"], 0)) == (
        14.7,
        1.5,
        75,
    )


def test_a_gauge_needs_its_ram_and_two_units_at_once_are_refused(shelf: Shelf, ada: User) -> None:
    cell = plan_cell(shelf)
    for facts, sentence in (
        ({"gauge_bar": 75}, "needs the press"),
        ({"gauge_bar": 75, "press": make_press(ada)}, "no ram diameter"),
        ({"pressure_mpa": 100, "force_tonnes": 1}, "Give one of"),
        ({"pressure_mpa": None}, "Say how hard"),
    ):
        with pytest.raises(ValidationError, match=sentence):
            press(shelf, cell, "separator", "48.6", **{"pressure_mpa": None, **facts})
    assert not Layer.objects.exists(), "nothing was drawn either"


def test_a_hold_is_as_long_as_its_start_and_end_say(shelf: Shelf) -> None:
    cell, start = plan_cell(shelf), timezone.now() - timedelta(hours=1)
    times = {"hold_started_at": start, "hold_ended_at": start + timedelta(seconds=12)}
    with pytest.raises(ValidationError, match="are not the 12 s"):
        press(shelf, cell, "separator", "48.6", hold_s=600, **times)
    press(shelf, cell, "separator", "48.6", hold_s=None, pressure_end=98.5, **times)
    step = PressStep.objects.get(cell=cell)
    assert (step.hold_s, step.pressure_end_mpa) == (12.0, 98.5)


def test_the_boat_s_two_masses_are_the_dispensed_one(shelf: Shelf) -> None:
    cell = plan_cell(shelf)
    with pytest.raises(ValidationError, match=r"The boat lost 48\.6 mg"):
        press(shelf, cell, "separator", "50", boat_full_ug=1_048_600, boat_after_ug=1_000_000)
    press(shelf, cell, "separator", "48.6", boat_full_ug=1_048_600, boat_after_ug=1_000_000)
    assert Layer.objects.with_mass().get(cell=cell).dispensed_ug == 48_600


# --- heights, stack pressure, glovebox, exposure -------------------------------------------------------------


def test_heights_with_and_without_the_pellet_give_each_layer_and_the_stack(cell: Cell, ada: User) -> None:
    for after, height_mm in (("", 20.0), ("separator", 21.02), ("positive", 21.12), ("negative", 21.35)):
        actions.measure_height(
            cell=cell, after=after, height_mm=height_mm, loaded=False, uncertainty_um=5, by=ada
        )
    pellets = {pellet.name: pellet for pellet in pellets_of(now(cell))}
    assert round(pellets["Positive composite"].thickness.thickness_um) == 100  # type: ignore[union-attr]
    assert round(pellets["whole stack"].thickness.thickness_um) == 1350  # type: ignore[union-attr]
    cathode = pellets["Positive composite"].pressed
    assert cathode is not None
    # 8.1 mg / (0.2827 cm2 · 100 µm · 3.08 g/cm3), ± 7 µm: the coating's Nb2O5 makes it a little denser.
    assert (round(cathode.relative_density, 2), round(cathode.uncertainty or 0, 2)) == (0.93, 0.07)


def test_heights_under_load_and_unloaded_are_never_subtracted(cell: Cell, ada: User) -> None:
    actions.measure_height(cell=cell, height_mm=20.0, loaded=True, by=ada)
    actions.measure_height(cell=cell, after="separator", height_mm=21.0, loaded=False, by=ada)
    [only] = pellets_of(now(cell))
    assert only.pressed is None
    assert "empty die without load was not measured" in only.reason


def test_stack_pressure_stands_apart_from_fabrication_and_begins_by_being_set(cell: Cell, ada: User) -> None:
    frame = powder_actions.create_equipment(by=ada, kind="frame", name="Frame 3")
    with pytest.raises(ValidationError, match="has not been set yet"):
        actions.read_stack(cell=cell, moment="hot", pressure_mpa=7.6, by=ada)
    actions.read_stack(cell=cell, moment="set", pressure_mpa=7.0, temperature_c=25, frame=frame, by=ada)
    actions.read_stack(
        cell=cell, moment="hot", pressure_mpa=7.6, temperature_c=60, soak_h=2, frame=frame, by=ada
    )
    assert [r.pressure_mpa for r in now(cell).stack_readings.all()] == [7.0, 7.6]
    assert PressStep.objects.filter(cell=cell).count() == 3


def test_the_last_reading_of_the_glovebox_stands_with_each_layer(shelf: Shelf, ada: User) -> None:
    box = powder_actions.create_equipment(by=ada, kind="glovebox", name="Argon box")
    powder_actions.record_reading(glovebox=box, oxygen_ppm=0.3, water_ppm=0.1, by=ada)
    cell = actions.change_cell(cell=plan_cell(shelf), glovebox=box, by=ada)
    press(shelf, cell, "separator", "48.6")
    assert Layer.objects.get(cell=cell).glovebox_reading.oxygen_ppm == 0.3  # type: ignore[union-attr]


def test_exposure_is_told_along_the_genealogy_and_added_to_no_dose(
    cell: Cell, shelf: Shelf, ada: User, otto: User, api: APIClient
) -> None:
    for subject, facts in (
        (shelf.coated_composite, {"how": "open", "hours": 1.5, "highest_oxygen_ppm": 0.4}),
        (shelf.lots["LPSC"], {"how": "sealed", "hours": 240}),
        (now(cell), {"how": "open", "hours": 0.5, "highest_oxygen_ppm": 0.2}),
    ):
        actions.record_exposure(subject=subject, by=ada, **facts)
    story = exposure_of(now(cell), ada)
    assert (story.open_h, story.sealed_h, story.highest_oxygen_ppm) == (2.0, 240.0, 0.4)
    assert story.highest_water_ppm is None, "nobody wrote it down, which is not 0"
    assert shelf.coated.code in story.not_recorded
    assert (story.oldest_composite_h or 0) >= 0
    told = api.get(f"/api/v1/cells/{cell.code}/").json()["exposure"]
    assert told["open_h"] == 2.0
    client = APIClient()
    client.force_authenticate(otto)
    assert (
        client.post(f"/api/v1/records/{cell.code}/exposures/", {"how": "open", "hours": 1}).status_code == 404
    )


# --- states and deviations -----------------------------------------------------------------------------------


def test_battinfo_s_categories_are_all_there() -> None:
    assert set(Deviation.Category.values) == {
        "power_outage", "equipment_failure", "temperature_excursion", "software_error", "operator_intervention",
        "premature_termination", "communication_loss", "parameter_drift", "setpoint_deviation", "calibration_issue",
        "out_of_tolerance", "dimensional", "other",
    }  # fmt: skip
    assert set(Deviation.Impact.values) == {"minor", "moderate", "major"}


def test_a_cell_built_anew_takes_the_old_one_s_place_and_leaves_it_its_tests(cell: Cell, ada: User) -> None:
    with pytest.raises(ValidationError, match="Say why"):
        actions.rebuild_cell(cell=cell, reason=" ", by=ada)
    test = make_test(cell, ada)
    with pytest.raises(ValidationError, match="is under test"):
        actions.rebuild_cell(cell=cell, reason="Cracked", by=ada)
    actions.fail_cell(cell=cell, state="failed", reason="Cracked", by=ada)
    fresh = actions.rebuild_cell(cell=cell, reason="Cracked", by=ada)
    assert (fresh.supersedes, fresh.condition, fresh.state) == (cell, cell.condition, "planned")
    test.refresh_from_db()
    assert test.cell == cell
    with pytest.raises(ValidationError, match=f"already, as {fresh.code}"):
        actions.rebuild_cell(cell=cell, reason="Again", by=ada)


# --- the passport --------------------------------------------------------------------------------------------


def test_the_passport_says_what_was_not_recorded(cell: Cell, ada: User) -> None:
    told = passport_of(now(cell), ada)
    assert "plunger heights" in told["not_recorded"]
    assert "the open-circuit voltage after assembly" in told["not_recorded"]
    assert {layer["mass_mg"] for layer in told["layers"]} == {48.6, 8.1, 13.28}
    codes = {node["code"] for node in told["lineage"]}
    assert {layer["powder"] for layer in told["layers"]} <= codes
    actions.change_cell(
        cell=cell, open_circuit_voltage_v=1.2, blank={"resistance_1khz_ohm": "not_measured"}, by=ada
    )
    told = passport_of(now(cell), ada)
    assert "the open-circuit voltage after assembly" not in told["not_recorded"]
    assert "resistance at 1 kHz (not measured)" in told["not_recorded"]


def test_a_passport_shows_old_and_new_of_what_was_corrected(cell: Cell, ada: User) -> None:
    actions.correct_layer(cell=cell, role="positive", mass_ug=8_300, reason="Misread", by=ada)
    [correction] = passport_of(now(cell), ada)["corrections"]
    assert (correction["changes"][0]["old"], correction["changes"][0]["new"]) == ("8.1 mg", "8.3 mg")
    assert correction["reason"] == "Misread"


# --- two people, by the form -----------------------------------------------------------------------------------


def test_the_form_shows_the_second_what_the_first_has_changed(cell: Cell, ada: User, grace: User) -> None:
    client = Client()
    client.force_login(ada)
    url, seen = f"/cells/{cell.code}/correct/positive/", now(cell).version
    actions.correct_layer(cell=cell, role="positive", mass_ug=8_200, by=grace)
    typed = {"mass_ug": "8.3", "lost_ug": "0", "expected_version": seen, "idempotency_key": "a"}
    answer = client.post(url, typed)
    told = answer.content.decode()
    assert answer.status_code == 400
    assert "Somebody else has changed" in told
    assert "8.1 mg → 8.2 mg" in told
    assert Layer.objects.with_mass().get(cell=cell, role="positive").mass_ug == 8_200
    again = typed | {"expected_version": now(cell).version, "idempotency_key": "b"}
    assert client.post(url, again).status_code == 302
    page = client.get(f"/cells/{cell.code}/").content.decode()
    assert "was 8.1 mg until" in page, "the old value stays beside the new one"
