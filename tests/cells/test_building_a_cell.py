"""Building: the moves that a cell may make, what goes into it, and what is lost on the way."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from cells.actions import correct_layer, fail_cell, finish_cell, move_cell, record_deviation
from cells.models import Cell, CellBasis, Layer
from cells.models.design import LayerRole
from lims.models import LogEntry, Project, User
from materials.models import Use
from tests.factories import Shelf, make_cell, make_shelf, make_test, plan_cell, press

pytestmark = pytest.mark.django_db
State = Cell.State
ALLOWED = {
    ("planned", "building"), ("planned", "failed"),
    ("building", "built"), ("building", "failed"), ("building", "shorted"),
    ("built", "testing"), ("built", "failed"), ("built", "shorted"), ("built", "dismantled"),
    ("testing", "finished"), ("testing", "failed"), ("testing", "shorted"),
    ("finished", "testing"), ("finished", "dismantled"),
    ("failed", "dismantled"), ("shorted", "dismantled"),
}  # fmt: skip


@pytest.fixture
def shelf(ada: User, project: Project) -> Shelf:
    return make_shelf(ada, project)


def now(cell: Cell) -> Cell:
    cell.refresh_from_db()
    return cell


def test_a_cell_moves_only_along_the_moves_there_are(shelf: Shelf, ada: User) -> None:
    cell = plan_cell(shelf)
    for old in State.values:
        for new in State.values:
            if old == new:
                continue
            Cell.objects.filter(pk=cell.pk).update(state=old)
            if (old, new) in ALLOWED:
                assert move_cell(cell=cell, state=new, by=ada).state == new
            else:
                with pytest.raises(ValidationError, match=f"not {State(new).label.lower()}"):
                    move_cell(cell=cell, state=new, by=ada)


def test_a_press_cannot_lie_in_the_future(shelf: Shelf) -> None:
    cell = plan_cell(shelf)
    with pytest.raises(ValidationError, match="lies in the future"):
        press(shelf, cell, LayerRole.SEPARATOR, 75, performed_at=timezone.now() + timedelta(days=1))
    assert not cell.layers.exists()


def test_a_move_is_logged_with_old_and_new(shelf: Shelf, ada: User) -> None:
    cell = make_cell(shelf)
    fail_cell(cell=cell, state=State.SHORTED, reason="0.02 V after pressing", by=ada)
    entry = LogEntry.objects.get(verb="changed state")
    assert entry.changes == {"state": ["built", "shorted"]}
    assert entry.reason == "0.02 V after pressing"


def test_a_cell_fails_for_a_reason(shelf: Shelf, ada: User) -> None:
    with pytest.raises(ValidationError, match="Say what happened"):
        fail_cell(cell=make_cell(shelf), state=State.FAILED, reason="  ", by=ada)


def test_a_cell_is_built_layer_by_layer(shelf: Shelf) -> None:
    cell = plan_cell(shelf)
    assert cell.state == State.PLANNED
    press(shelf, cell, LayerRole.SEPARATOR, "48.6")
    assert now(cell).state == State.BUILDING
    press(shelf, cell, LayerRole.POSITIVE, "8.1")
    press(shelf, cell, LayerRole.NEGATIVE, "13.28", pressure_mpa=520.0, hold_s=600.0)
    assert [(s.number, s.presses, s.pressure_mpa, s.hold_s) for s in cell.press_steps.all()] == [
        (1, "SE separator", 100.0, 10.0),
        (2, "SE separator + Positive composite", 100.0, 10.0),
        (3, "whole stack", 520.0, 600.0),
    ]
    assert now(cell).state == State.BUILDING, "it is built when somebody says so"
    finish_cell(cell=cell, by=shelf.by, open_circuit_voltage_v=1.2, resistance_1khz_ohm=40.0)
    assert (now(cell).state, cell.open_circuit_voltage_v) == (State.BUILT, 1.2)


def test_a_cell_with_a_layer_missing_is_not_built(shelf: Shelf, ada: User) -> None:
    cell = plan_cell(shelf)
    press(shelf, cell, LayerRole.POSITIVE, "8.1")
    with pytest.raises(ValidationError, match="SE separator, Negative composite not pressed"):
        finish_cell(cell=cell, by=ada)


def test_a_built_cell_takes_no_layer(shelf: Shelf) -> None:
    with pytest.raises(ValidationError, match="is built: no layer can be added"):
        press(shelf, make_cell(shelf), LayerRole.POSITIVE, "8.1")


def test_a_layer_is_pressed_once(shelf: Shelf) -> None:
    cell = plan_cell(shelf)
    press(shelf, cell, LayerRole.POSITIVE, "8.1")
    before_ug = shelf.coated_composite.balance_now_ug()
    with pytest.raises(ValidationError, match="pressed into the cell already"):
        press(shelf, cell, LayerRole.POSITIVE, "8.1")
    assert shelf.coated_composite.balance_now_ug() == before_ug


def test_pressing_takes_the_mass_from_the_jar(shelf: Shelf) -> None:
    before_ug = shelf.coated_composite.balance_now_ug()
    cell = plan_cell(shelf)
    press(shelf, cell, LayerRole.POSITIVE, "8.1")
    assert shelf.coated_composite.balance_now_ug() == before_ug - 8_100
    assert Use.objects.get(consumer=cell.identity).powder == shelf.coated_composite


def test_what_was_spilled_left_the_jar_but_is_not_in_the_cell(shelf: Shelf) -> None:
    before_ug = shelf.coated_composite.balance_now_ug()
    cell = plan_cell(shelf)
    press(shelf, cell, LayerRole.POSITIVE, "8.3", lost_ug=200)
    layer = Layer.objects.with_mass().get(cell=cell)
    assert (layer.dispensed_ug, layer.lost_ug, layer.mass_ug) == (8_300, 200, 8_100)
    assert shelf.coated_composite.balance_now_ug() == before_ug - 8_300
    # 8.1 mg are in the cell, and that is what its loading counts.
    basis = CellBasis.objects.get(cell=cell, current=True)
    assert round(basis.composite_loading_mg_cm2 or 0, 2) == 28.65


@pytest.mark.parametrize("lost_ug", [8_100, 9_000, -1])
def test_not_everything_can_be_lost_nor_less_than_nothing(shelf: Shelf, lost_ug: int) -> None:
    cell = plan_cell(shelf)
    with pytest.raises(ValidationError):
        press(shelf, cell, LayerRole.POSITIVE, "8.1", lost_ug=lost_ug)
    assert now(cell).state == State.PLANNED


@pytest.mark.parametrize(
    ("role", "powder", "sentence"),
    [
        ("separator", "PTFE", "is not Li6PS5Cl, which this design's separator is"),
        ("positive", "NMC", "is not a composite"),
        ("positive", "anode", "holds no NMC532, which this design's electrode is made with"),
        ("negative", "cathode", "holds no Li4Ti5O12, which this design's electrode is made with"),
    ],
)
def test_a_layer_is_pressed_from_what_the_design_says(
    shelf: Shelf, role: str, powder: str, sentence: str
) -> None:
    powders = {"anode": shelf.anode_composite, "cathode": shelf.plain_composite, **shelf.lots}
    with pytest.raises(ValidationError, match=sentence):
        press(shelf, plan_cell(shelf), role, "1", powder=powders[powder])


def test_more_than_the_jar_holds_is_not_pressed(shelf: Shelf) -> None:
    cell = plan_cell(shelf)
    with pytest.raises(ValidationError, match=f"{shelf.coated_composite.code} holds only 220 mg"):
        press(shelf, cell, LayerRole.POSITIVE, "220.001")
    assert now(cell).state == State.PLANNED
    assert not Layer.objects.exists()


def test_a_cell_under_test_is_tested_and_a_dead_one_is_not(shelf: Shelf, ada: User) -> None:
    cell = make_cell(shelf)
    make_test(cell, ada)
    assert now(cell).state == State.TESTING
    fail_cell(cell=cell, state=State.SHORTED, reason="0 V", by=ada)
    with pytest.raises(ValidationError, match="is shorted: only a built cell is tested"):
        make_test(cell, ada)


def test_a_deviation_stands_with_the_cell_and_in_the_log(shelf: Shelf, ada: User) -> None:
    cell = make_cell(shelf)
    record_deviation(cell=cell, category="dimensional", impact="minor", text="Edge chipped", by=ada)
    assert cell.deviations.get().text == "Edge chipped"
    assert LogEntry.objects.get(verb="noted a deviation").identity_id == cell.pk
    with pytest.raises(ValidationError):
        record_deviation(cell=cell, category="bad luck", impact="minor", text="x", by=ada)


def test_a_layer_that_is_not_there_has_no_mass_to_correct(shelf: Shelf, ada: User) -> None:
    with pytest.raises(ValidationError, match="has no negative composite yet"):
        correct_layer(cell=plan_cell(shelf), role="negative", mass_ug=1, reason="x", by=ada)
