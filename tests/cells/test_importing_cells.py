"""An old notebook: cells with their layers and presses, all of them or none."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from cells.models import Cell, Layer, PlungerHeight, PressStep
from lims.models import Project, User
from tests.factories import Shelf, make_design, make_shelf, make_study

pytestmark = pytest.mark.django_db
URL = "/api/v1/imports/cells/"


@pytest.fixture
def shelf(ada: User, project: Project) -> Shelf:
    shelf = make_shelf(ada, project)
    make_study(ada, project)
    make_design(shelf)
    return shelf


def row(shelf: Shelf, **more: Any) -> dict[str, Any]:
    """Return a cell of the notebook: the paper's masses."""
    return {
        "study": "STUDY-0001", "group": "coated", "design": "DSN-0001", "notebook_name": "C12",
        "separator_powder": shelf.lots["LPSC"].code, "separator_mass_mg": 48.6,
        "positive_powder": shelf.coated_composite.code, "positive_mass_mg": 8.3, "positive_lost_mg": 0.2,
        "negative_powder": shelf.anode_composite.code, "negative_mass_mg": 13.28,
        "performed_at": "2024-06-01 10:00", "performed_by": "ada", "open_circuit_voltage_v": 1.21,
        "resistance_1khz_ohm": "not recorded", **more,
    }  # fmt: skip


def test_a_cell_of_the_notebook_is_built_with_its_layers_and_presses(api: APIClient, shelf: Shelf) -> None:
    answer = api.post(
        URL, {"rows": [row(shelf, positive_force_t=0.29, negative_pressure_mpa="not recorded")]}
    )
    assert answer.status_code == 201, answer.json()
    cell = Cell.objects.get(identity__code=answer.json()["codes"][0])
    assert (cell.state, cell.source, cell.open_circuit_voltage_v) == ("built", "import", 1.21)
    assert cell.blanks == {"resistance_1khz_ohm": "not_recorded", "negative_pressure": "not_recorded"}
    assert "In the notebook: C12" in cell.note
    assert Layer.objects.with_mass().get(cell=cell, role="positive").mass_ug == 8_100
    presses = {step.role: step for step in PressStep.objects.filter(cell=cell)}
    assert set(presses) == {"separator", "positive"}, "what was not recorded is not made up"
    assert presses["separator"].pressure_mpa == 100.0, "an empty cell says as the design says"
    assert round(presses["positive"].pressure_mpa) == 101, "0.29 t on 6 mm"
    assert {layer.performed_by.username for layer in cell.layers.all()} == {"ada"}


def test_a_dry_run_names_each_bad_row_and_writes_nothing(api: APIClient, shelf: Shelf) -> None:
    bad = [
        row(shelf, positive_lost_mg=9),
        row(shelf, group="heated"),
        row(shelf, positive_powder=shelf.anode_composite.code),
        row(shelf, negative_gauge_bar=75),
        row(shelf, separator_height_mm=21.0),
        row(shelf, cell="CELL-9999"),
        row(shelf, positive_mass_mg="n.m.", positive_lost_mg=""),
    ]
    answer = api.post(f"{URL}?dry_run=1", {"rows": [row(shelf), *bad]}).json()
    assert {(e["row"], e["column"]) for e in answer["errors"]} == {
        (2, "positive_lost_mg"), (3, "group"), (4, "positive_powder"), (5, "press"), (6, "heights_loaded"),
        (7, "cell"), (8, "positive_mass_mg"),
    }  # fmt: skip
    assert not Cell.objects.exists()


def test_a_file_brings_heights_and_deviations(api: APIClient, shelf: Shelf) -> None:
    told = row(
        shelf, empty_height_mm=20.0, separator_height_mm=21.02, positive_height_mm=21.12, heights_loaded="unloaded",
        height_uncertainty_um=5, deviation="Edge chipped", deviation_category="dimensional",
    )  # fmt: skip
    heads = ";".join(told)
    file = SimpleUploadedFile(
        "notebook.csv", f"{heads}\n{';'.join(str(v) for v in told.values())}\n".encode()
    )
    answer = api.post(URL, {"file": file}, format="multipart")
    assert answer.status_code == 201, answer.json()
    cell = Cell.objects.get()
    assert PlungerHeight.objects.filter(cell=cell).count() == 3
    assert cell.deviations.get().category == "dimensional"


def test_another_project_s_person_enters_nothing_into_it(shelf: Shelf, otto: User) -> None:
    client = APIClient()
    client.force_authenticate(otto)
    answer = client.post(URL, {"rows": [row(shelf)]})
    assert answer.status_code == 400
    assert not Cell.objects.exists()
