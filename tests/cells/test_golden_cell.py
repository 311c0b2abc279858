"""The paper's cells, from milligrams to N/P, through model, API and page.

The numbers are the paper's masses, die and capacities worked by hand: a 6 mm die, 8.1 mg of 70:30:5:5 cathode
at 165, 185 and 205 mAh/g, 13.28, 14.89 and 16.50 mg of 50:50:5:5 anode at 155 mAh/g.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from cells.models import Cell, CellBasis
from lims.models import Project, User
from tests.factories import Shelf, make_cell, make_design, make_shelf, make_study, plan_cell, press

pytestmark = pytest.mark.django_db

# name: (value, digits after the point); standard uncertainties (k = 1) below.
GOLDEN = {
    "area_cm2": (0.2827, 4),
    "composite_loading_mg_cm2": (28.65, 2),
    "active_loading_mg_cm2": (18.23, 2),
    "areal_capacity_mah_cm2": (3.008, 3),
    "np_ratio": (1.10, 2),
    "one_c_current_ma": (0.8505, 4),
    "capacity_mah": (0.8505, 4),
}


@pytest.fixture
def shelf(ada: User, project: Project) -> Shelf:
    return make_shelf(ada, project)


def basis_of(cell: Cell) -> CellBasis:
    return CellBasis.objects.get(cell=cell, current=True)


@pytest.mark.parametrize("name", GOLDEN)
def test_the_demo_cell_s_numbers(shelf: Shelf, name: str) -> None:
    value, digits = GOLDEN[name]
    assert round(getattr(basis_of(make_cell(shelf)), name), digits) == value


def test_the_demo_cell_s_uncertainties(shelf: Shelf) -> None:
    """A 0.1 mg balance tares with 0.0408 mg; the die is 6 mm within 0.05 mm, rectangular."""
    basis = basis_of(make_cell(shelf))
    relative = {name: basis.uncertainties[name] / getattr(basis, name) for name in GOLDEN}
    # Twice 0.0289 mm of 6 mm.
    assert round(100 * relative["area_cm2"], 2) == 0.96
    # Root of 0.96 % and 0.0408/8.1 = 0.50 % squared.
    assert round(100 * relative["composite_loading_mg_cm2"], 2) == 1.09
    # The die cancels in N/P: root of 0.0408/8.1 and 0.0408/13.28 squared is 0.59 %; each composite's own four
    # weighings add 0.03 % or less.
    assert 100 * relative["np_ratio"] == pytest.approx(0.59, abs=0.006)
    assert round(2 * basis.uncertainties["areal_capacity_mah_cm2"], 2) == 0.07


@pytest.mark.parametrize(
    ("cut_off_v", "capacity_mah_g", "negative_mg", "areal_mah_cm2"),
    [(4.3, 165, "13.28", 3.008), (4.5, 185, "14.89", 3.373), (4.7, 205, "16.50", 3.737)],
)
def test_n_to_p_is_1_10_at_each_cut_off(
    shelf: Shelf, cut_off_v: float, capacity_mah_g: float, negative_mg: str, areal_mah_cm2: float
) -> None:
    edition = make_design(shelf, cut_off_v=cut_off_v, capacity_mah_g=capacity_mah_g)
    basis = basis_of(make_cell(shelf, edition=edition, negative_mg=negative_mg))
    assert round(basis.np_ratio or 0, 2) == 1.10
    assert round(basis.areal_capacity_mah_cm2 or 0, 3) == areal_mah_cm2
    assert basis.np_basis == "reversible"


@pytest.mark.parametrize(
    ("counted", "loading_mg_cm2", "areal_mah_cm2"), [(True, 18.23, 3.008), (False, 18.08, 2.984)]
)
def test_the_coating_is_counted_as_active_or_not_as_the_design_says(
    shelf: Shelf, counted: bool, loading_mg_cm2: float, areal_mah_cm2: float
) -> None:
    cell = make_cell(shelf, edition=make_design(shelf, coating_counted=counted))
    basis = basis_of(cell)
    assert round(basis.active_loading_mg_cm2 or 0, 2) == loading_mg_cm2
    assert round(basis.areal_capacity_mah_cm2 or 0, 3) == areal_mah_cm2
    # What the composite weighs has nothing to do with it.
    assert round(basis.composite_loading_mg_cm2 or 0, 2) == 28.65


def test_a_cell_weighed_on_no_known_balance_has_values_without_uncertainty(shelf: Shelf) -> None:
    cell = plan_cell(shelf)
    press(shelf, cell, "positive", "8.1", balance=None)
    basis = basis_of(cell)
    assert round(basis.areal_capacity_mah_cm2 or 0, 3) == 3.008
    assert sorted(basis.uncertainties) == ["area_cm2"]
    assert basis.np_ratio is None, "there is no negative electrode yet"


def test_the_api_says_the_same(shelf: Shelf, api: APIClient) -> None:
    cell = make_cell(shelf)
    answer = api.get(f"/api/v1/cells/{cell.code}/").json()
    derived: dict[str, Any] = answer["derived"]
    for name, (value, digits) in GOLDEN.items():
        assert round(derived[name]["value"], digits) == value, name
        assert derived[name]["uncertainty"] > 0
    assert derived["np_basis"] == "reversible"
    assert derived["coating_counted_as_active"] is True
    assert round(100 * derived["np_ratio"]["uncertainty"] / derived["np_ratio"]["value"], 2) == 0.59


def test_the_page_says_the_same_with_as_many_digits_as_are_known(
    shelf: Shelf, client: Client, ada: User
) -> None:
    cell = make_cell(shelf)
    client.force_login(ada)
    text = " ".join(client.get(f"/cells/{cell.code}/").content.decode().split())
    for seen in ("0.2827", "28.65", "18.23", "3.008", "1.10"):
        assert seen in text, seen


def test_the_weighing_sheet_asks_for_the_paper_s_anode(shelf: Shelf, api: APIClient) -> None:
    """8.1 mg · 70/110 · 165 · 1.1 / (155 · 50/110) = 13.28 mg."""
    design = make_design(shelf).design
    study = make_study(shelf.by, shelf.project)
    body = {"positive_powder": shelf.plain_composite.code, "negative_powder": shelf.anode_composite.code}
    sheet = api.post(f"/api/v1/cell-designs/{design.code}/plan/", body | {"positive_mass_mg": 8.1}).json()
    assert round(sheet["negative_mass_mg"], 2) == 13.28
    assert study.cells_built() == 0
