"""One jar: what is put back, spilled, weighed, thrown away, and what is refused."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from lims.models import LogEntry, Project, User
from lims.units import ug_from_mg
from materials.actions import (
    Despite,
    adjust_mass,
    correct_draw,
    correct_use,
    dispose,
    draw_mass,
    gain_mass,
    lose_mass,
    reopen,
    return_mass,
    weigh_jar,
)
from materials.models import Powder, Use
from tests.factories import Shelf, make_balance, make_cell, make_lot, make_shelf

pytestmark = pytest.mark.django_db


@pytest.fixture
def lot(ada: User, project: Project) -> Powder:
    return make_lot(ada, project, received_mg=100)


@pytest.fixture
def shelf(ada: User, project: Project) -> Shelf:
    return make_shelf(ada, project)


def book(powder: Powder) -> list[tuple[str, int, int]]:
    return list(powder.entries.order_by("seq").values_list("kind", "change_ug", "balance_after_ug"))


def drawn(powder: Powder, by: User, mass_mg: str = "10") -> Use:
    use = draw_mass(powder=powder, mass_ug=ug_from_mg(mass_mg), purpose="XRD", by=by).use
    assert use is not None
    return use


# --- what comes back ---------------------------------------------------------------------------------------


def test_some_of_a_draw_comes_back_and_no_more_than_is_out(lot: Powder, ada: User) -> None:
    use = drawn(lot, ada)
    return_mass(use=use, mass_ug=4_000, reason="took less", by=ada)
    with pytest.raises(ValidationError, match=r"Only 6 mg of that draw is out; 6\.001 mg cannot come back"):
        return_mass(use=use, mass_ug=6_001, reason="", by=ada)
    return_mass(use=use, mass_ug=6_000, reason="", by=ada)
    assert book(lot)[1:] == [
        ("drawn", -10_000, 90_000), ("returned", 4_000, 94_000), ("returned", 6_000, 100_000),
    ]  # fmt: skip


def test_what_went_into_a_product_does_not_come_back_to_the_jar(shelf: Shelf, ada: User) -> None:
    use = Use.objects.get(powder=shelf.lots["NMC"], consumer=shelf.coated.identity)
    with pytest.raises(ValidationError, match=f"went into {shelf.coated.code}: correct its mass there"):
        return_mass(use=use, mass_ug=1, reason="", by=ada)


# --- gain, loss, stocktake ---------------------------------------------------------------------------------


def test_a_gain_and_a_loss_say_why(lot: Powder, ada: User) -> None:
    for verb in (gain_mass, lose_mass):
        with pytest.raises(ValidationError, match="needs its reason"):
            verb(powder=lot, mass_ug=1_000, reason=" ", by=ada)
    gain_mass(powder=lot, mass_ug=1_000, reason="moisture", by=ada)
    lose_mass(powder=lot, mass_ug=3_000, reason="spilled", by=ada)
    assert book(lot)[1:] == [("gained", 1_000, 101_000), ("lost", -3_000, 98_000)]


@pytest.mark.parametrize("mass_ug", [0, -1])
def test_a_gain_of_nothing_or_less_is_none(lot: Powder, ada: User, mass_ug: int) -> None:
    for verb in (gain_mass, lose_mass):
        with pytest.raises(ValidationError):
            verb(powder=lot, mass_ug=mass_ug, reason="x", by=ada)
    assert len(book(lot)) == 1


def test_no_more_is_lost_than_there_is(lot: Powder, ada: User) -> None:
    with pytest.raises(ValidationError, match="LOT-0001 holds only 100 mg"):
        lose_mass(powder=lot, mass_ug=100_001, reason="spilled", by=ada)


def test_an_adjustment_enters_the_difference_with_its_reason(lot: Powder, ada: User) -> None:
    with pytest.raises(ValidationError, match="needs its reason"):
        adjust_mass(powder=lot, mass_ug=90_000, reason="", by=ada)
    with pytest.raises(ValidationError, match="100 mg is what the book says already"):
        adjust_mass(powder=lot, mass_ug=100_000, reason="emptied", by=ada)
    adjust_mass(powder=lot, mass_ug=90_000, reason="emptied and weighed", by=ada)
    assert book(lot)[1:] == [("adjusted", -10_000, 90_000)]


# --- weigh the jar -----------------------------------------------------------------------------------------


def test_the_book_follows_a_weighed_jar_and_keeps_its_tare(lot: Powder, ada: User) -> None:
    balance = make_balance(ada)
    weigh_jar(powder=lot, gross_ug=5_095_500, tare_ug=5_000_000, balance=balance, reason="after XRD", by=ada)
    assert book(lot)[1:] == [("adjusted", -4_500, 95_500)]
    reason = lot.entries.get(kind="adjusted").reason
    assert reason == f"jar weighed: 5095.5 mg gross, tare 5000 mg, on {balance.code}; after XRD"
    weigh_jar(powder=lot, gross_ug=5_090_000, by=ada)
    assert lot.balance_now_ug() == 90_000, "the tare is known the second time"
    assert LogEntry.objects.filter(verb="stated the tare").count() == 1


def test_a_jar_that_weighs_what_the_book_says_changes_only_the_log(lot: Powder, ada: User) -> None:
    weigh_jar(powder=lot, gross_ug=5_100_000, tare_ug=5_000_000, by=ada)
    assert len(book(lot)) == 1
    assert LogEntry.objects.get(verb="weighed the jar").changes == {"left": ["100 mg", "100 mg"]}


@pytest.mark.parametrize(
    ("gross_ug", "tare_ug", "sentence"),
    [
        (100_000, None, "The tare of LOT-0001 is not known"),
        (100_000, 0, "A container weighs more than 0 mg"),
        (100_000, -5, "A container weighs more than"),
        (99_999, 100_000, r"99\.999 mg is less than the empty container's 100 mg"),
    ],
)
def test_a_weighing_that_cannot_be_is_refused(
    lot: Powder, ada: User, gross_ug: int, tare_ug: int | None, sentence: str
) -> None:
    with pytest.raises(ValidationError, match=sentence):
        weigh_jar(powder=lot, gross_ug=gross_ug, tare_ug=tare_ug, by=ada)
    assert len(book(lot)) == 1
    assert Powder.objects.get(pk=lot.pk).container_tare_ug is None


def test_a_counted_lot_is_not_weighed(ada: User, project: Project) -> None:
    discs = make_lot(ada, project, received_mg=None, counted_in="disc", count_milli=12_000)
    with pytest.raises(ValidationError, match="is counted in discs and has no mass"):
        weigh_jar(powder=discs, gross_ug=5_000, tare_ug=5_000, by=ada)


# --- thrown away and opened again --------------------------------------------------------------------------


def test_what_is_thrown_away_is_finished_and_nothing_is_left(lot: Powder, ada: User) -> None:
    with pytest.raises(ValidationError, match="Say why it is thrown away"):
        dispose(powder=lot, reason=" ", by=ada)
    dispose(powder=lot, reason="wet", by=ada)
    assert book(lot)[1:] == [("disposed", -100_000, 0)]
    assert Powder.objects.get(pk=lot.pk).state == Powder.State.FINISHED
    with pytest.raises(ValidationError, match="LOT-0001 is finished already"):
        dispose(powder=lot, reason="wet", by=ada)


def test_a_counted_lot_is_thrown_away_in_its_own_unit(ada: User, project: Project) -> None:
    discs = make_lot(ada, project, received_mg=None, counted_in="disc", count_milli=12_000)
    dispose(powder=discs, reason="tarnished", by=ada)
    assert list(discs.counts.values_list("kind", "balance_after_milli")) == [
        ("received", 12_000), ("disposed", 0),
    ]  # fmt: skip


def test_nothing_is_written_on_a_finished_jar_until_it_is_opened_again(lot: Powder, ada: User) -> None:
    use = drawn(lot, ada)
    dispose(powder=lot, reason="wet", by=ada)
    before = book(lot)
    for refused in (
        lambda: return_mass(use=use, mass_ug=1, reason="", by=ada),
        lambda: gain_mass(powder=lot, mass_ug=1, reason="x", by=ada),
        lambda: lose_mass(powder=lot, mass_ug=1, reason="x", by=ada),
        lambda: adjust_mass(powder=lot, mass_ug=1, reason="x", by=ada),
        lambda: weigh_jar(powder=lot, gross_ug=6, tare_ug=5, by=ada),
    ):
        with pytest.raises(ValidationError, match="LOT-0001 is finished: open it again first"):
            refused()
    assert book(lot) == before
    with pytest.raises(ValidationError, match="Say why it is opened again"):
        reopen(powder=lot, reason="", by=ada)
    reopen(powder=lot, reason="some was left", by=ada)
    with pytest.raises(ValidationError, match="LOT-0001 is open already"):
        reopen(powder=lot, reason="again", by=ada)
    adjust_mass(powder=lot, mass_ug=500, reason="scraped off", by=ada)
    assert lot.balance_now_ug() == 500


# --- the book was wrong ------------------------------------------------------------------------------------


def test_a_book_that_is_short_is_corrected_by_exactly_what_is_missing(lot: Powder, ada: User) -> None:
    wrong = Despite(book_reason="Weighed more than the book says")
    draw_mass(powder=lot, mass_ug=100_001, purpose="XRD", by=ada, despite=wrong)
    assert book(lot)[1:] == [("adjusted", 1, 100_001), ("drawn", -100_001, 0)]
    assert lot.entries.get(kind="adjusted").reason == "Weighed more than the book says"


def test_a_reason_given_beforehand_corrects_no_book_that_is_right(lot: Powder, ada: User) -> None:
    draw_mass(powder=lot, mass_ug=100_000, purpose="XRD", by=ada, despite=Despite(book_reason="late"))
    assert book(lot)[1:] == [("drawn", -100_000, 0)]


# --- corrections from the powder's own page ----------------------------------------------------------------


def test_a_plain_draw_is_corrected_and_a_layer_only_on_its_cell(shelf: Shelf, ada: User) -> None:
    cell = make_cell(shelf)
    use = drawn(shelf.lots["LTO"], ada)
    correct_draw(use=use, mass_ug=8_000, reason="misread", by=ada)
    assert Use.objects.with_mass().get(pk=use.pk).mass_ug == 8_000
    layer = Use.objects.filter(consumer=cell.identity).first()
    assert layer is not None
    with pytest.raises(ValidationError, match=f"is a layer of {cell.code}: correct its mass there"):
        correct_draw(use=layer, mass_ug=8_000, reason="misread", by=ada)


@pytest.mark.parametrize("mass_ug", [0, -8_000])
def test_a_draw_is_not_corrected_to_nothing_or_less(lot: Powder, ada: User, mass_ug: int) -> None:
    use = drawn(lot, ada)
    with pytest.raises(ValidationError, match="weighs something"):
        correct_use(use=use, mass_ug=mass_ug, reason="misread", by=ada)
    assert lot.balance_now_ug() == 90_000


def test_what_came_back_is_no_part_of_what_was_taken(lot: Powder, ada: User) -> None:
    """10 mg drawn and 2 mg put back are 8 mg; corrected to 7 mg, the jar gets 1 mg more."""
    use = drawn(lot, ada)
    return_mass(use=use, mass_ug=2_000, reason="", by=ada)
    with pytest.raises(ValidationError, match="8 mg is what the book says already"):
        correct_use(use=use, mass_ug=8_000, reason="misread", by=ada)
    correct_use(use=use, mass_ug=7_000, reason="misread", by=ada)
    assert lot.balance_now_ug() == 93_000
