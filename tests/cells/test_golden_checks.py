"""The golden checks of the cells side, each as it comes out of the API and stands on the page.

Numbers by hand from the paper's masses: a 6 mm die, 8.1 mg of 70:30:5:5 cathode at 165/185/205 mAh/g, 48.6 mg of
Li6PS5Cl at 1.86 g/cm³, Li4Ti5O12 at 155 mAh/g in 50:50:5:5, N/P 1.1 reversible.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from cells.calc.balance import cell_voltage_v
from lims.models import Project, User
from materials.actions import add_capacity
from tests.factories import Shelf, make_cell, make_design, make_shelf

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(ada: User, project: Project) -> Shelf:
    shelf = make_shelf(ada, project)
    for cut_off_v, capacity in ((4.3, 165), (4.5, 185), (4.7, 205)):
        add_capacity(
            material=shelf.materials["NMC"], specific_capacity_mah_g=capacity, upper_cut_off_v=cut_off_v,
            reference="paper", by=ada,
        )  # fmt: skip
    return shelf


def test_a_cell_s_balance_gives_them_all(shelf: Shelf, api: APIClient) -> None:
    cell = make_cell(shelf, edition=make_design(shelf))
    found: dict[str, Any] = api.post(
        f"/api/v1/cells/{cell.code}/balance/", {"resistance_ohm": 88}, format="json"
    ).json()

    def value(name: str) -> float:
        return float(found[name]["value"])

    assert round(value("composite_loading_mg_cm2"), 3) == 28.648, "G3"
    assert round(value("active_loading_mg_cm2"), 2) == 18.23, "G4"
    assert round(value("areal_capacity_mah_cm2"), 3) == 3.008, "G5"
    by_cut_off = {row["upper_cut_off_v_vs_li"]: row for row in found["cut_offs"]}
    areal = [round(by_cut_off[v]["areal_capacity_mah_cm2"]["value"], 3) for v in (4.3, 4.5, 4.7)]
    assert areal == [3.008, 3.373, 3.737], "G6"
    assert [round(by_cut_off[v]["scale"], 4) for v in (4.3, 4.5, 4.7)] == [1, 1.1212, 1.2424], "G7"
    counter = [round(by_cut_off[v]["counter_mass_mg"]["value"], 2) for v in (4.3, 4.5, 4.7)]
    assert counter == [13.28, 14.89, 16.50], "G8"
    assert [by_cut_off[v]["upper_cell_voltage_v"] for v in (4.3, 4.5, 4.7)] == [2.75, 2.95, 3.15], "G13"
    assert round(value("separator_areal_mass_mg_cm2"), 1) == 171.9, "G10"
    assert round(value("separator_dense_thickness_um")) == 924, "G10"
    assert round(value("positive_dense_thickness_um")) == 93, "G11"
    force = {row["presses"]: row for row in found["forces"]}
    assert round(force["whole stack"]["force_kn"]["value"], 2) == 14.70, "G12"
    assert round(force["whole stack"]["force_tonnes"]["value"], 2) == 1.50, "G12"
    assert round(force["Stack pressure"]["force_kgf"]["value"], 1) == 20.2, "G12"
    assert round(value("area_specific_resistance_ohm_cm2"), 1) == 24.9, "G32"
    # Twice one standard uncertainty, of a 0.1 mg balance and a die within 0.05 mm by its rectangle.
    assert (
        round(100 * found["active_loading_mg_cm2"]["uncertainty"] / value("active_loading_mg_cm2"), 1) == 1.1
    ), "G44"
    assert round(2 * found["active_loading_mg_cm2"]["uncertainty"], 1) == 0.4, "G44"


def test_lto_loading_for_n_to_p_1_1(shelf: Shelf, api: APIClient) -> None:
    """G9: 1.1 · 3.008 / 155 = 21.3 mg/cm²."""
    cell = make_cell(shelf, edition=make_design(shelf))
    derived = api.get(f"/api/v1/cells/{cell.code}/").json()["derived"]
    assert round(derived["negative_active_loading_mg_cm2"]["value"], 1) == 21.3


def test_more_cathode_against_the_same_anode_is_less_n_to_p(shelf: Shelf, api: APIClient) -> None:
    design = make_design(shelf).design
    body = {"positive_mass_mg": 8.3, "negative_mass_mg": 13.28}
    found = api.post(f"/api/v1/cell-designs/{design.code}/balance/", body, format="json").json()
    assert round(found["np_ratio"]["value"], 2) == 1.07
    assert round(found["counter_mass_mg"]["value"], 2) == 13.61
    currents = {row["label"]: row["current_ma"]["value"] for row in found["currents"]}
    assert currents["C/10"] == pytest.approx(currents["1C"] / 10)
    assert found["missing"]["np_ratio_first_charge"].startswith("The design states neither")


@pytest.mark.parametrize(
    ("offset_v", "lower_v", "upper_v"), [(1.55, 1.45, 2.75), (0.0, 3.0, 4.3), (0.62, 2.38, 3.68)]
)
def test_voltages_at_the_cell(offset_v: float, lower_v: float, upper_v: float) -> None:
    assert round(cell_voltage_v(3.0, offset_v), 2) == lower_v
    assert round(cell_voltage_v(4.3, offset_v), 2) == upper_v


def test_the_page_shows_them_and_follows_what_is_typed(shelf: Shelf, client: Client, ada: User) -> None:
    cell = make_cell(shelf, edition=make_design(shelf))
    client.force_login(ada)
    page = " ".join(client.get(f"/cells/{cell.code}/").content.decode().split())
    for seen in (
        "28.65",
        "18.23",
        "3.008",
        "924 µm if dense",
        "93 µm if dense",
        "14.70",
        "1.2424",
        "Supposed",
    ):
        assert (seen in page) == (seen != "Supposed"), seen
    part = client.get(f"/cells/{cell.code}/what-if/", {"positive_mass_mg": "8.3"}).content.decode()
    assert "Supposed, not saved." in part
    assert "1.07" in part
    wrong = client.get(f"/cells/{cell.code}/what-if/", {"positive_mass_mg": "-1"}).content.decode()
    assert "Positive: Ensure this value is greater than or equal to 0.001." in wrong


def test_another_project_s_cell_answers_nothing(shelf: Shelf, client: Client, otto: User) -> None:
    cell = make_cell(shelf, edition=make_design(shelf))
    client.force_login(otto)
    assert client.get(f"/cells/{cell.code}/what-if/").status_code == 404
    assert client.get(f"/designs/{cell.edition.design.code}/what-if/").status_code == 404
