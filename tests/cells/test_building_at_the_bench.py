"""Building live: every tap is kept in the database, so that a reload, a lost tablet or a second cell loses nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from cells.actions import create_design, live
from cells.bench import Stage, stand
from cells.models import Cell, CellDesignEdition, Layer, PressStep, StepUnderWay
from lims.models import Project, User
from materials import actions as powder_actions
from materials.models import Equipment, Powder
from tests.factories import Shelf, design_layers, make_lot, make_material, make_shelf, plan_cell

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(ada: User, project: Project) -> Shelf:
    return make_shelf(ada, project)


def make_press(by: User, ram_mm: float | None = 50.0) -> Equipment:
    return powder_actions.create_equipment(by=by, kind="press", name="Hand press", diameter_mm=ram_mm)


def make_foil(shelf: Shelf) -> Powder:
    lithium = make_material(shelf.by, "Lithium foil", "foil", density_g_cm3=0.534)
    return make_lot(
        shelf.by, shelf.project, material=lithium, received_mg=None, counted_in="disc", count_milli=20_000
    )


def make_half_cell_design(shelf: Shelf, foil: Powder) -> CellDesignEdition:
    """The paper's half cell: a disc of lithium against the cathode, laid in under its own press."""
    layers = [layer for layer in design_layers(shelf) if layer["role"] != "negative"]
    layers.append(
        {
            "role": "negative", "kind": "foil", "material": foil.material, "thickness_um": 100, "counted_in": "disc",
            "count_milli": 1000, "specific_capacity_mah_g": 3861, "capacity_reference": "handbook",
        }
    )  # fmt: skip
    return create_design(
        by=shelf.by, project=shelf.project, name="Li | LPSC | NMC532", architecture="half_cell", die=shelf.die,
        layers=layers,
        press_schedule=[("separator", 100.0, 10.0), ("positive", 520.0, 600.0), ("negative", 25.0, 60.0)],
        upper_cut_off_v_vs_li=4.3, lower_cut_off_v_vs_li=3.0, reference_offset_v=0.0, reference_offset_source="Li",
        np_target=None, np_basis="", coating_counted_as_active=True, stack_pressure_mpa=7.0, temperature_c=60.0,
    )  # fmt: skip


def now(cell: Cell) -> Cell:
    return Cell.objects.with_codes().with_study().get(pk=cell.pk)


def build_step(cell: Cell, shelf: Shelf, powder: object, mass_ug: int) -> None:
    """Scan, weigh, press and release one layer."""
    live.scan_jar(cell=cell, powder=powder, by=shelf.by)  # type: ignore[arg-type]
    live.weigh_layer(cell=cell, mass_ug=mass_ug, by=shelf.by)
    live.begin_hold(cell=cell, by=shelf.by)
    live.end_hold(cell=cell, by=shelf.by)


def build_pellet(cell: Cell, shelf: Shelf, positive_ug: int = 8_100) -> None:
    build_step(cell, shelf, shelf.lots["LPSC"], 48_600)
    build_step(cell, shelf, shelf.coated_composite, positive_ug)
    build_step(cell, shelf, shelf.anode_composite, 13_280)


def test_a_cell_is_scanned_weighed_pressed_and_measured_to_its_end(shelf: Shelf, ada: User) -> None:
    cell = plan_cell(shelf)
    assert stand(now(cell)).stage == Stage.POWDER
    build_pellet(cell, shelf)
    assert stand(now(cell)).stage == Stage.VOLTAGE
    live.measure_assembly(cell=cell, value=1.21, by=ada)
    built = live.measure_assembly(cell=cell, blank="not_measured", by=ada)
    assert (built.state, built.open_circuit_voltage_v) == (Cell.State.BUILT, 1.21)
    assert built.blanks == {"resistance_1khz_ohm": "not_measured"}
    assert [layer.use.balance for layer in Layer.objects.filter(cell=cell)] == [shelf.balance] * 3, (
        "the only balance"
    )


def test_the_hold_is_written_down_from_its_start_to_its_end(shelf: Shelf, ada: User) -> None:
    cell = plan_cell(shelf)
    live.scan_jar(cell=cell, powder=shelf.lots["LPSC"], by=ada)
    live.weigh_layer(cell=cell, mass_ug=48_600, by=ada)
    live.begin_hold(cell=cell, by=ada)
    began = timezone.now() - timedelta(seconds=30)
    StepUnderWay.objects.filter(cell=cell).update(hold_started_at=began)
    live.end_hold(cell=cell, by=ada, on_time=True)
    step = PressStep.objects.get(cell=cell)
    assert (step.hold_started_at, step.hold_s) == (began, 10.0)
    assert step.hold_ended_at == began + timedelta(seconds=10), "on time: after the design's ten seconds"


def test_nothing_is_drawn_until_the_press_is_released(shelf: Shelf, ada: User) -> None:
    before_ug = shelf.lots["LPSC"].balance_now_ug()
    cell = plan_cell(shelf)
    live.scan_jar(cell=cell, powder=shelf.lots["LPSC"], by=ada)
    live.weigh_layer(cell=cell, mass_ug=48_600, by=ada)
    live.begin_hold(cell=cell, by=ada)
    assert shelf.lots["LPSC"].balance_now_ug() == before_ug
    assert stand(now(cell)).stage == Stage.HOLD, "another tablet finds the hold running"
    live.end_hold(cell=cell, by=ada)
    assert shelf.lots["LPSC"].balance_now_ug() == before_ug - 48_600


def test_the_counter_electrode_is_proposed_for_the_cathode_just_weighed(shelf: Shelf, ada: User) -> None:
    """8.3 mg of 70/110 cathode at 165 mAh/g ask for 1.1 · 8.3 · 165/155 · (70/110)/(50/110) = 13.607 mg."""
    cell = plan_cell(shelf)
    build_step(cell, shelf, shelf.lots["LPSC"], 48_600)
    build_step(cell, shelf, shelf.plain_composite, 8_300)
    live.scan_jar(cell=cell, powder=shelf.anode_composite, by=ada)
    standing = stand(now(cell))
    assert standing.proposed
    assert standing.target_ug == 13_610


def test_boat_full_and_after_give_the_mass_and_what_was_lost_is_taken_off(shelf: Shelf, ada: User) -> None:
    cell = plan_cell(shelf)
    live.scan_jar(cell=cell, powder=shelf.lots["LPSC"], by=ada)
    live.weigh_layer(cell=cell, mass_ug=1_048_800, boat=True, by=ada)
    assert stand(now(cell)).stage == Stage.BOAT_AFTER
    with pytest.raises(ValidationError, match="emptied it is lighter"):
        live.weigh_layer(cell=cell, mass_ug=1_048_800, by=ada)
    live.weigh_layer(cell=cell, mass_ug=1_000_000, by=ada)
    live.weigh_layer(cell=cell, mass_ug=200, lost=True, by=ada)
    live.begin_hold(cell=cell, by=ada)
    live.end_hold(cell=cell, by=ada)
    layer = Layer.objects.with_mass().get(cell=cell)
    assert (layer.dispensed_ug, layer.lost_ug, layer.mass_ug) == (48_800, 200, 48_600)
    assert (layer.boat_full_ug, layer.boat_after_ug) == (1_048_800, 1_000_000)


def test_the_press_is_read_in_the_unit_of_its_gauge(shelf: Shelf, ada: User) -> None:
    """74.88 bar on a ram of 50 mm are 520 MPa on a die of 6 mm."""
    press = make_press(ada)
    cell = plan_cell(shelf)
    live.choose_tool(cell=cell, tool=press, by=ada)
    live.choose_unit(cell=cell, unit="bar", by=ada)
    live.scan_jar(cell=cell, powder=shelf.lots["LPSC"], by=ada)
    live.weigh_layer(cell=cell, mass_ug=48_600, by=ada)
    live.begin_hold(cell=cell, value=74.88, by=ada)
    live.read_end_pressure(cell=cell, value=72.0, by=ada)
    live.end_hold(cell=cell, by=ada)
    step = PressStep.objects.get(cell=cell)
    assert (round(step.pressure_mpa, 1), round(step.pressure_end_mpa or 0, 1)) == (520.0, 500.0)
    assert (step.entered_unit, step.press) == ("bar", press)


def test_two_cells_are_under_way_at_once_and_keep_their_own_steps(shelf: Shelf, ada: User) -> None:
    first = plan_cell(shelf)
    second = plan_cell(shelf, condition=first.condition, edition=first.edition)
    live.scan_jar(cell=first, powder=shelf.lots["LPSC"], by=ada)
    live.weigh_layer(cell=first, mass_ug=48_600, by=ada)
    live.begin_hold(cell=first, by=ada)
    live.scan_jar(cell=second, powder=shelf.lots["LPSC"], by=ada)
    live.weigh_layer(cell=second, mass_ug=48_700, by=ada)
    live.end_hold(cell=first, by=ada)
    assert stand(now(second)).stage == Stage.PRESS
    assert Layer.objects.with_mass().get(cell=first).mass_ug == 48_600


def test_a_screen_left_open_elsewhere_changes_nothing_it_has_not_seen(
    shelf: Shelf, ada: User, grace: User
) -> None:
    cell = plan_cell(shelf)
    seen = stand(now(cell)).version
    live.scan_jar(cell=cell, powder=shelf.lots["LPSC"], by=grace, expected=seen)
    live.weigh_layer(cell=cell, mass_ug=48_600, by=grace)
    with pytest.raises(ValidationError, match="Grace has gone on"):
        live.enter_at_bench(cell=cell, mass_ug=8_100, reading="8.1", by=ada, expected=seen)
    assert StepUnderWay.objects.get(cell=cell).mass_ug == 48_600


def test_the_wrong_jar_is_refused_and_a_tap_is_taken_back(shelf: Shelf, ada: User) -> None:
    cell = plan_cell(shelf)
    with pytest.raises(ValidationError, match="is not Li6PS5Cl"):
        live.scan_jar(cell=cell, powder=shelf.lots["PTFE"], by=ada)
    with pytest.raises(ValidationError, match="nothing to take back"):
        live.step_back(cell=cell, by=ada)
    live.scan_jar(cell=cell, powder=shelf.lots["LPSC"], by=ada)
    live.weigh_layer(cell=cell, mass_ug=1_000, by=ada)
    live.step_back(cell=cell, by=ada)
    assert stand(now(cell)).stage == Stage.WEIGH
    live.step_back(cell=cell, by=ada)
    assert stand(now(cell)).stage == Stage.POWDER


def test_a_foil_is_scanned_and_pressed_on_without_a_weighing(shelf: Shelf, ada: User) -> None:
    foil = make_foil(shelf)
    cell = plan_cell(shelf, edition=make_half_cell_design(shelf, foil))
    build_step(cell, shelf, shelf.lots["LPSC"], 48_600)
    build_step(cell, shelf, shelf.coated_composite, 8_100)
    live.scan_jar(cell=cell, powder=foil, by=ada)
    assert stand(now(cell)).stage == Stage.PRESS, "a disc is counted"
    live.begin_hold(cell=cell, by=ada)
    live.end_hold(cell=cell, by=ada)
    assert stand(now(cell)).stage == Stage.VOLTAGE
    assert foil.count_now_milli() == 19_000


def test_a_die_is_scanned_and_stays_once_something_lies_in_it(shelf: Shelf, ada: User) -> None:
    other = powder_actions.create_equipment(
        by=ada, kind="die", name="Other die", diameter_mm=10.0, tolerance_mm=0.05
    )
    cell = plan_cell(shelf)
    live.choose_tool(cell=cell, tool=other, by=ada)
    assert now(cell).die == other
    build_step(cell, shelf, shelf.lots["LPSC"], 48_600)
    with pytest.raises(ValidationError, match="lies in"):
        live.choose_tool(cell=cell, tool=shelf.die, by=ada)
