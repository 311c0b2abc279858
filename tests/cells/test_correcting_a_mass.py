"""A corrected mass changes what rests on it, at once, and says so everywhere it was printed."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from rest_framework.test import APIClient

from cells.actions import correct_layer
from cells.models import Cell, CellBasis, Layer
from lims import registry
from lims.models import LogEntry, Project, User
from materials.actions import correct_use
from materials.models import Use
from testing.actions import request_report
from testing.models import Report
from tests.factories import Shelf, make_cell, make_shelf
from tests.threads import at_once, succeed

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(ada: User, project: Project) -> Shelf:
    return make_shelf(ada, project)


@pytest.fixture
def cell(shelf: Shelf) -> Cell:
    return make_cell(shelf)


def basis_of(cell: Cell) -> CellBasis:
    return CellBasis.objects.get(cell=cell, current=True)


def correct(cell: Cell, by: User, mass_ug: int, *, role: str = "positive", **facts: int) -> Cell:
    return correct_layer(cell=cell, role=role, mass_ug=mass_ug, reason="Misread the balance.", by=by, **facts)


def test_the_cell_s_numbers_follow_in_the_same_transaction(cell: Cell, ada: User) -> None:
    correct(cell, ada, 9_000)
    basis = basis_of(cell)
    # 9.0 mg / 0.282743 cm2, · 70/110, · 165 mAh/g; N/P 1.0998 · 8.1/9.0.
    assert round(basis.composite_loading_mg_cm2 or 0, 2) == 31.83
    assert round(basis.active_loading_mg_cm2 or 0, 2) == 20.26
    assert round(basis.areal_capacity_mah_cm2 or 0, 3) == 3.342
    assert round(basis.np_ratio or 0, 2) == 0.99


def test_the_numbers_before_stay_as_a_version_of_their_own(cell: Cell, ada: User) -> None:
    old = basis_of(cell)
    correct(cell, ada, 9_000)
    assert basis_of(cell).version == old.version + 1
    assert round(CellBasis.objects.get(pk=old.pk).composite_loading_mg_cm2 or 0, 2) == 28.65
    assert CellBasis.objects.filter(cell=cell, current=True).count() == 1


def test_old_and_new_are_logged_with_the_reason(cell: Cell, ada: User, shelf: Shelf) -> None:
    correct(cell, ada, 9_000)
    entry = LogEntry.objects.get(verb="corrected a mass")
    assert entry.identity_id == cell.pk
    assert entry.changes == {shelf.coated_composite.code: ["8.1 mg", "9 mg"]}
    assert entry.reason == "Misread the balance."


def test_a_report_that_printed_the_old_mass_is_stale_at_once(cell: Cell, ada: User, shelf: Shelf) -> None:
    other = make_cell(shelf, condition=cell.condition, edition=cell.edition)
    told = request_report(kind="cell", subject=cell.identity, by=ada)
    untold = request_report(kind="cell", subject=other.identity, by=ada)
    correct(cell, ada, 9_000)
    assert Report.objects.get(pk=told.pk).stale
    assert told.snapshot["cell"]["code"] == cell.code
    assert not Report.objects.filter(pk=untold.pk, state=Report.State.FAILED).exists()


def test_a_component_corrected_below_changes_every_cell_and_report_above_it(
    cell: Cell, ada: User, shelf: Shelf
) -> None:
    """140 mg of coated powder were 130 mg: 130/210 instead of 140/220 of the cathode is active."""
    report = request_report(kind="cell", subject=cell.identity, by=ada)
    use = Use.objects.get(powder=shelf.coated, consumer=shelf.coated_composite.identity)
    correct_use(use=use, mass_ug=130_000, reason="Tare", by=ada)
    # 8.1 / 0.282743 · 130/210.
    assert round(basis_of(cell).active_loading_mg_cm2 or 0, 2) == 17.73
    assert Report.objects.get(pk=report.pk).stale


def test_if_what_follows_fails_nothing_was_corrected(
    cell: Cell, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = request_report(kind="cell", subject=cell.identity, by=ada)

    def fail(identities: frozenset[int]) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(registry, "dependents", [*registry.dependents, fail])
    with pytest.raises(ZeroDivisionError):
        correct(cell, ada, 9_000)
    assert round(basis_of(cell).composite_loading_mg_cm2 or 0, 2) == 28.65
    assert not Report.objects.get(pk=report.pk).stale
    assert not LogEntry.objects.filter(verb="corrected a mass").exists()


@pytest.mark.parametrize(
    ("mass_ug", "lost_ug", "in_the_cell_ug"),
    [(8_100, 200, 7_900), (20_000, 10_000, 10_000), (3_000, 1_000, 2_000)],
)
def test_mass_and_loss_are_corrected_together_or_alone(
    cell: Cell, ada: User, mass_ug: int, lost_ug: int, in_the_cell_ug: int
) -> None:
    """Neither order of the two may pass through a layer that holds less than nothing."""
    if mass_ug == 3_000:
        correct(cell, ada, 8_000, lost_ug=5_000)
    correct(cell, ada, mass_ug, lost_ug=lost_ug)
    layer = Layer.objects.with_mass().get(cell=cell, role="positive")
    assert (layer.dispensed_ug, layer.lost_ug, layer.mass_ug) == (mass_ug, lost_ug, in_the_cell_ug)
    assert basis_of(cell).positive_composite_mass_mg == in_the_cell_ug / 1000


def test_a_corrected_loss_is_logged(cell: Cell, ada: User) -> None:
    correct(cell, ada, 8_100, lost_ug=200)
    assert LogEntry.objects.get(verb="corrected a loss").changes["lost"] == ["0 mg", "0.2 mg"]


@pytest.mark.parametrize(
    ("mass_ug", "lost_ug", "reason", "sentence"),
    [
        (8_100, 0, "Misread", "is what the book says already"),
        (9_000, 9_000, "Misread", "leaves nothing"),
        (1_000_000, 0, "Misread", "holds only"),
    ],
)
def test_a_correction_that_is_none_is_refused(
    cell: Cell, ada: User, mass_ug: int, lost_ug: int, reason: str, sentence: str
) -> None:
    version = Cell.objects.get(pk=cell.pk).version
    with pytest.raises(ValidationError, match=sentence):
        correct_layer(cell=cell, role="positive", mass_ug=mass_ug, lost_ug=lost_ug, reason=reason, by=ada)
    assert Cell.objects.get(pk=cell.pk).version == version
    assert round(basis_of(cell).composite_loading_mg_cm2 or 0, 2) == 28.65


def test_the_api_corrects_only_what_was_read(cell: Cell, api: APIClient) -> None:
    address = f"/api/v1/cells/{cell.code}/layer/"
    body = {"role": "positive", "mass_mg": 9, "reason": "Misread"}
    tag = api.get(f"/api/v1/cells/{cell.code}/").headers["ETag"]
    assert api.patch(address, body).status_code == 428
    answer = api.patch(address, body, headers={"If-Match": tag})
    assert round(answer.json()["derived"]["composite_loading_mg_cm2"]["value"], 2) == 31.83
    assert api.patch(address, body | {"mass_mg": 8}, headers={"If-Match": tag}).status_code == 412


@pytest.mark.django_db(transaction=True)
def test_two_corrections_at_once_are_both_in_the_numbers(cell: Cell, shelf: Shelf, ada: User) -> None:
    """One corrects the layer, the other what the composite was mixed from: neither may forget the other's."""
    use = Use.objects.get(powder=shelf.coated, consumer=shelf.coated_composite.identity)
    succeed(
        at_once(
            lambda: correct(cell, ada, 9_000),
            lambda: correct_use(use=use, mass_ug=130_000, reason="Tare", by=ada),
        )
    )
    # 9.0 / 0.282743 · 130/210 = 31.831 · 0.61905.
    assert round(basis_of(cell).active_loading_mg_cm2 or 0, 2) == 19.70


@pytest.mark.django_db(transaction=True)
def test_corrections_of_both_electrodes_at_once_are_both_in_n_to_p(
    cell: Cell, shelf: Shelf, ada: User
) -> None:
    """They hold no powder in common and meet in the cell alone."""
    uses = Use.objects.filter(consumer__in=[shelf.coated_composite.pk, shelf.anode_composite.pk])
    active = [uses.get(powder=powder) for powder in (shelf.coated, shelf.lots["LTO"])]
    succeed(
        at_once(
            lambda: correct_use(use=active[0], mass_ug=130_000, reason="Tare", by=ada),
            lambda: correct_use(use=active[1], mass_ug=450_000, reason="Tare", by=ada),
        )
    )
    # 13.28 · 450/1050 · 155 over 8.1 · 130/210 · 165.
    assert round(basis_of(cell).np_ratio or 0, 3) == 1.066
