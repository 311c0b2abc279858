"""Designs: whole stacks in editions that never change, targets that become masses, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from rest_framework.test import APIClient

from cells.actions import create_design, press_layer, set_assembly_limits, write_design_edition
from cells.differences import differences
from cells.limits import judge_assembly
from cells.models import CellBasis, CellDesignEdition, Layer
from lims.models import Project, User
from materials.actions import add_capacity
from materials.models import Powder
from tests.factories import (
    Shelf,
    design_layers,
    make_design,
    make_lot,
    make_material,
    make_shelf,
    plan_cell,
    press,
)

pytestmark = pytest.mark.django_db
SCHEDULE = [("separator", 100.0, 10.0), ("positive", 100.0, 10.0), ("negative", 520.0, 600.0)]


@pytest.fixture
def shelf(ada: User, project: Project) -> Shelf:
    return make_shelf(ada, project)


def edition(shelf: Shelf, **facts: Any) -> CellDesignEdition:
    """Write a design, the paper's where nothing else is said."""
    said: dict[str, Any] = {
        "name": "Design", "die": shelf.die, "layers": design_layers(shelf), "press_schedule": SCHEDULE,
        "upper_cut_off_v_vs_li": 4.3, "lower_cut_off_v_vs_li": 3.0, "reference_offset_v": 1.55,
        "reference_offset_source": "LTO plateau", "np_target": 1.1, "np_basis": "reversible",
        "coating_counted_as_active": True, "stack_pressure_mpa": 7.0, "temperature_c": 60.0,
    }  # fmt: skip
    return create_design(by=shelf.by, project=shelf.project, **{**said, **facts})


@pytest.fixture
def foil(shelf: Shelf) -> Powder:
    lithium = make_material(shelf.by, "Lithium foil", "foil", density_g_cm3=0.534)
    return make_lot(
        shelf.by, shelf.project, material=lithium, received_mg=None, counted_in="disc", count_milli=20_000
    )


def half_cell(shelf: Shelf, foil: Powder, **facts: Any) -> CellDesignEdition:
    layers = [layer for layer in design_layers(shelf) if layer["role"] != "negative"]
    layers.append(
        {
            "role": "negative", "kind": "foil", "material": foil.material, "thickness_um": 100, "counted_in": "disc",
            "count_milli": 1000, "specific_capacity_mah_g": 3861, "capacity_reference": "handbook",
        }
    )  # fmt: skip
    schedule = [("separator", 100.0, 10.0), ("positive", 520.0, 600.0), ("negative", 25.0, 60.0)]
    return edition(
        shelf, architecture="half_cell", layers=layers, press_schedule=schedule, np_target=None, np_basis="",
        reference_offset_v=0.0, reference_offset_source="Li", **facts,
    )  # fmt: skip


def test_a_target_per_area_becomes_a_mass_and_the_anode_follows_from_n_to_p(shelf: Shelf) -> None:
    """3.0 mAh/cm² · 0.282743 cm² / (165 · 70/110) = 8.08 mg; 1.1 · 8.08 · 105 / 70.4545 = 13.25 mg."""
    layers = design_layers(shelf)
    layers[0]["mass_ug"] = None
    layers[2] |= {"mass_ug": None, "areal_capacity_mah_cm2": 3.0}
    made = edition(shelf, layers=layers)
    assert made.target_mass_ug("positive") == 8_080
    assert made.target_mass_ug("negative") == 13_250
    said = {layer.role: layer.target_from for layer in made.layers.all()}
    assert said == {"negative": "np", "separator": "mass", "positive": "areal_capacity"}
    # Pinned: the composite without pores, and the separator's own.
    assert [round(layer.density_g_cm3 or 0, 2) for layer in made.layers.all()] == [2.39, 1.86, 3.08]


def test_targets_are_rounded_to_the_design_s_balance(shelf: Shelf) -> None:
    layers = design_layers(shelf)
    layers[0]["mass_ug"] = None
    assert edition(shelf, layers=layers, balance=shelf.balance).target_mass_ug("negative") == 13_300


def test_a_capacity_left_out_is_the_data_sheet_s_for_the_cut_off(shelf: Shelf) -> None:
    for cut_off_v, capacity in ((4.3, 165), (4.5, 185)):
        add_capacity(
            material=shelf.materials["NMC"], specific_capacity_mah_g=capacity, upper_cut_off_v=cut_off_v,
            reference="paper", by=shelf.by,
        )  # fmt: skip
    layers = design_layers(shelf)
    del layers[2]["specific_capacity_mah_g"], layers[2]["capacity_reference"]
    made = edition(shelf, layers=layers, upper_cut_off_v_vs_li=4.5)
    positive = made.layer("positive")
    assert positive is not None
    assert positive.specific_capacity_mah_g == 185
    with pytest.raises(ValidationError, match=r"no specific capacity up to 4\.7 V"):
        edition(shelf, layers=layers, upper_cut_off_v_vs_li=4.7)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"np_basis": ""}, "N/P target needs its basis"),
        ({"np_target": None, "np_basis": ""}, "A full cell needs an N/P target"),
        ({"reference_offset_v": None, "reference_offset_source": ""}, "turns them into voltages"),
        ({"reference_offset_source": ""}, "needs its source"),
        ({"upper_cut_off_v_vs_li": 2.0}, "lies above the lower one"),
        ({"press_schedule": SCHEDULE[:2]}, "leaves out: Negative composite"),
        ({"press_schedule": [*SCHEDULE, ("negative", 5.0, 1.0)]}, "lays in twice"),
        ({"press_schedule": [*SCHEDULE[:2], ("negative", None, None)]}, "never pressed"),
        (
            {"architecture": "half_cell", "np_target": None, "np_basis": ""},
            "negative of a half cell is a foil",
        ),
        (
            {"np_basis": "first_charge", "follows": True},
            "neither what that passes nor the initial efficiency",
        ),
    ],
)
def test_what_makes_no_cell_is_refused_in_words(shelf: Shelf, change: dict[str, Any], sentence: str) -> None:
    if change.pop("follows", False):
        change["layers"] = design_layers(shelf)
        change["layers"][0]["mass_ug"] = None
    with pytest.raises(ValidationError, match=sentence):
        edition(shelf, **change)


def test_the_cut_offs_at_the_cell_are_less_the_counter_electrode_s_potential(
    shelf: Shelf, foil: Powder
) -> None:
    """G13: 3.0 to 4.3 V vs Li are 1.45 to 2.75 V against LTO, and themselves against lithium."""
    full, half = edition(shelf), half_cell(shelf, foil)
    assert (full.lower_cell_voltage_v, full.upper_cell_voltage_v) == (1.45, 2.75)
    assert (half.lower_cell_voltage_v, half.upper_cell_voltage_v) == (3.0, 4.3)


def test_a_schedule_may_press_in_any_order_again_and_later(shelf: Shelf) -> None:
    made = edition(
        shelf,
        press_schedule=[
            ("negative", 50.0, 5.0), ("separator", None, None), ("positive", 300.0, 60.0), ("", 520.0, 600.0),
        ],
    )  # fmt: skip
    told = [step.presses_text() for step in made.press_schedule.all()]
    assert told == ["Negative composite", "", "whole stack", "whole stack"]


def test_a_new_edition_tells_what_changed_and_the_first_stays(shelf: Shelf, ada: User) -> None:
    first = edition(shelf)
    layers = design_layers(shelf)
    layers[2]["mass_ug"] = 9_000
    said = {
        "design": first.design, "by": ada, "die": first.die, "layers": layers, "press_schedule": SCHEDULE,
        "upper_cut_off_v_vs_li": 4.3, "lower_cut_off_v_vs_li": 3.0, "reference_offset_v": 1.55,
        "reference_offset_source": "LTO plateau", "np_target": 1.2, "np_basis": "reversible",
        "coating_counted_as_active": True, "stack_pressure_mpa": 7.0, "temperature_c": 60.0,
    }  # fmt: skip
    with pytest.raises(ValidationError, match="Say why"):
        write_design_edition(**said, reason=" ")
    second = write_design_edition(**said, reason="Thicker", based_on=1)
    changed = {one.label: (one.old, one.new) for one in differences(first, second)}
    assert changed == {"Np target": ("1.1", "1.2"), "Positive composite: mass": ("8.1 mg", "9 mg")}
    assert first.target_mass_ug("positive") == 8_100
    with pytest.raises(ValidationError, match=r"Edition 2 .* has been written meanwhile \(Thicker\)"):
        write_design_edition(**said, reason="Once more", based_on=1)
    with pytest.raises(ValidationError, match="nothing new to write"):
        write_design_edition(**said, reason="Once more", based_on=2)


def test_a_half_cell_is_built_from_a_counted_foil(shelf: Shelf, foil: Powder) -> None:
    """G40: 100 µm · 0.534 g/cm³ · 3861 mAh/g = 20.6 mAh/cm², 6.9 times the cathode's 3.008."""
    cell = plan_cell(shelf, edition=half_cell(shelf, foil))
    press(shelf, cell, "separator", "48.6")
    press(shelf, cell, "positive", "8.1")
    wrong = make_lot(shelf.by, shelf.project, material=foil.material, received_mg=None, counted_in="cm2",
                     count_milli=50_000)  # fmt: skip
    with pytest.raises(ValidationError, match="not counted in discs"):
        press_layer(cell=cell, role="negative", powder=wrong, pressure_mpa=25.0, hold_s=60.0, by=shelf.by)
    press_layer(cell=cell, role="negative", powder=foil, pressure_mpa=25.0, hold_s=60.0, by=shelf.by)
    assert foil.count_now_milli() == 19_000
    layer = Layer.objects.with_mass().get(cell=cell, role="negative")
    assert (layer.count_milli, layer.mass_ug) == (1000, 0)
    basis = CellBasis.objects.get(cell=cell, current=True)
    assert round(basis.negative_areal_capacity_mah_cm2 or 0, 1) == 20.6
    assert round(basis.counter_excess or 0, 2) == 6.85
    assert basis.np_ratio is None
    assert "foil" in basis.missing["np_ratio"]


def test_a_blocking_cell_has_an_area_and_a_separator_and_no_capacity(shelf: Shelf) -> None:
    """G10: 48.6 mg over 0.282743 cm² are 171.9 mg/cm², dense 924 µm at 1.86 g/cm³."""
    layers = [layer for layer in design_layers(shelf) if layer["role"] == "separator"]
    made = edition(
        shelf, architecture="blocking", layers=layers, press_schedule=[("separator", 520.0, 600.0)],
        upper_cut_off_v_vs_li=None, lower_cut_off_v_vs_li=None, reference_offset_v=None, reference_offset_source="",
        np_target=None, np_basis="",
    )  # fmt: skip
    cell = plan_cell(shelf, edition=made)
    press(shelf, cell, "separator", "48.6")
    basis = CellBasis.objects.get(cell=cell, current=True)
    assert round(basis.area_cm2 or 0, 4) == 0.2827
    assert round(basis.separator_areal_mass_mg_cm2 or 0, 1) == 171.9
    assert round(basis.separator_dense_thickness_um or 0) == 924
    assert basis.areal_capacity_mah_cm2 is None


def test_limits_raise_a_suspicion_at_their_own_temperature_only(shelf: Shelf, ada: User) -> None:
    """A6: a reading outside is no verdict, and limits of 60 °C say nothing at 25 °C."""
    made = make_design(shelf)
    set_assembly_limits(
        edition=made, temperature_c=60.0, ocv_low_v=0.0, ocv_high_v=1.6, resistance_1khz_high_ohm=200.0,
        source="thirty cells of 2025", by=ada,
    )  # fmt: skip

    def said(temperature_c: float, ohm: float) -> list[str]:
        return judge_assembly(
            made, temperature_c=temperature_c, open_circuit_voltage_v=0.2, resistance_1khz_ohm=ohm
        )

    made.refresh_from_db()
    assert said(60.0, 90.0) == []
    assert "above the design's 200" in said(60.0, 900.0)[0]
    assert "confirm it" in said(60.0, 900.0)[1]
    assert said(25.0, 900.0) == []
    with pytest.raises(ValidationError, match="say why they change"):
        set_assembly_limits(edition=made, temperature_c=60.0, ocv_high_v=1.5, source="x", by=ada)


def test_the_api_writes_a_half_cell_and_its_next_edition(shelf: Shelf, foil: Powder, api: APIClient) -> None:
    body: dict[str, Any] = {
        "project": shelf.project.code, "name": "Li | LPSC | NMC532", "architecture": "half_cell", "die": shelf.die.code,
        "upper_cut_off_v_vs_li": 4.3, "lower_cut_off_v_vs_li": 3.0, "reference_offset_v": 0,
        "reference_offset_source": "Li", "coating_counted_as_active": True, "stack_pressure_mpa": 7,
        "temperature_c": 60,
        "layers": [
            {"role": "positive", "material": shelf.materials["NMC"].code, "mass_mg": 8.1,
             "formulation": shelf.cathode.formulation.code, "specific_capacity_mah_g": 165, "capacity_reference": "p"},
            {"role": "separator", "material": shelf.materials["LPSC"].code, "mass_mg": 48.6},
            {"role": "negative", "kind": "foil", "material": foil.material.code, "thickness_um": 100,
             "counted_in": "disc", "count": 1},
        ],
        "press_schedule": [
            {"role": "separator", "pressure_mpa": 100, "hold_s": 10}, {"role": "positive", "pressure_mpa": 520,
             "hold_s": 600}, {"role": "negative", "pressure_mpa": 25, "hold_s": 60},
        ],
    }  # fmt: skip
    made = api.post("/api/v1/cell-designs/", body, format="json")
    assert made.status_code == 201, made.json()
    first = made.json()["editions"][0]
    assert [layer["target"] for layer in first["layers"]] == ["1 discs", "48.6 mg", "8.1 mg"]
    assert first["press_schedule"][2]["presses"] == "whole stack"
    body["temperature_c"] = 25
    address = f"/api/v1/cell-designs/{made.json()['code']}/editions/"
    again = api.post(address, {**body, "reason": "Room temperature", "based_on": 1}, format="json")
    assert again.status_code == 201, again.json()
    assert [e["temperature_c"] for e in again.json()["editions"]] == [25, 60]
