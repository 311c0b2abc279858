"""The same substance in other jars: aliquots, merged powders, treatments."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from lims.models import Project, User
from lims.units import ug_from_mg
from materials.actions import (
    Despite,
    Portion,
    correct_use,
    draw_mass,
    lose_mass,
    merge_powders,
    mix_composite,
    take_aliquots,
    treat_powder,
)
from materials.genealogy import compositions, substance_of
from materials.mass_balance import mass_balance
from materials.models import Powder, Treatment, Use
from tests.factories import Shelf, make_lot, make_shelf, weigh

pytestmark = pytest.mark.django_db


@pytest.fixture
def lot(ada: User, project: Project) -> Powder:
    return make_lot(ada, project, received_mg=100)


@pytest.fixture
def shelf(ada: User, project: Project) -> Shelf:
    return make_shelf(ada, project)


def treat(powder: Powder, by: User, **facts: Any) -> Powder:
    told = {"kind": "dry", "load_mass_ug": 50_000, "recovered_mass_ug": 49_000, **facts}
    return treat_powder(powder=powder, by=by, **told)


def left(*powders: Powder) -> list[int]:
    return [powder.balance_now_ug() for powder in powders]


# --- aliquots ----------------------------------------------------------------------------------------------


def test_aliquots_share_out_what_the_jar_loses(lot: Powder, ada: User) -> None:
    jars = take_aliquots(powder=lot, masses_ug=[20_000, 30_000], by=ada)
    assert [jar.code for jar in jars] == ["ALQ-0001", "ALQ-0002"]
    assert left(lot, *jars) == [50_000, 20_000, 30_000]
    assert [jar.project for jar in jars] == [lot.project] * 2
    assert substance_of(jars[0]) == substance_of(lot)


def test_aliquots_are_judged_by_their_sum_before_any_is_taken(lot: Powder, ada: User) -> None:
    with pytest.raises(ValidationError) as refusal:
        take_aliquots(powder=lot, masses_ug=[60_000, 60_000], by=ada)
    assert refusal.value.message_dict["masses_ug"] == ["LOT-0001 holds only 100 mg; 120 mg cannot be taken."]
    assert left(lot) == [100_000]
    take_aliquots(powder=lot, masses_ug=[60_000, 60_000], by=ada, despite=Despite(book_reason="Entered late"))
    assert list(lot.entries.filter(kind="adjusted").values_list("change_ug", flat=True)) == [20_000]


@pytest.mark.parametrize("masses_ug", [[], [0], [50_000, -1]])
def test_an_aliquot_weighs_something(lot: Powder, ada: User, masses_ug: list[int]) -> None:
    with pytest.raises(ValidationError) as refusal:
        take_aliquots(powder=lot, masses_ug=masses_ug, by=ada)
    assert list(refusal.value.message_dict) == ["masses_ug"]
    assert left(lot) == [100_000]


def test_a_corrected_aliquot_holds_what_really_went_into_it(lot: Powder, ada: User) -> None:
    (jar,) = take_aliquots(powder=lot, masses_ug=[20_000], by=ada)
    correct_use(use=Use.objects.get(consumer=jar.identity), mass_ug=21_000, reason="misread", by=ada)
    assert left(lot, jar) == [79_000, 21_000]


# --- merging -----------------------------------------------------------------------------------------------


def test_merged_jars_are_finished_and_their_mass_goes_along(lot: Powder, ada: User) -> None:
    jars = take_aliquots(powder=lot, masses_ug=[20_000, 30_000], by=ada)
    merged = merge_powders(portions=[Portion(jars[0]), Portion(jars[1], 25_000)], by=ada)
    assert merged.code == "MRG-0001"
    assert left(merged, *jars) == [45_000, 0, 5_000]
    states = [Powder.objects.get(pk=jar.pk).state for jar in jars]
    assert states == [Powder.State.FINISHED, Powder.State.OPEN], "the one that is not empty stays open"


def test_merging_closes_its_mass_balance(lot: Powder, ada: User) -> None:
    jars = take_aliquots(powder=lot, masses_ug=[20_000, 30_000], by=ada)
    merged = merge_powders(portions=[Portion(jar) for jar in jars], recovered_mass_ug=49_500, by=ada)
    balance = mass_balance(merged)
    assert balance is not None
    assert (balance.inputs_ug, balance.gain_ug, balance.outputs_ug, balance.loss_ug) == (
        50_000,
        0,
        49_500,
        500,
    )


def test_another_substance_is_mixed_and_not_merged(lot: Powder, ada: User, project: Project) -> None:
    other = make_lot(ada, project, received_mg=50)
    with pytest.raises(ValidationError, match="LOT-0001 and LOT-0002 are not the same substance"):
        merge_powders(portions=[Portion(lot), Portion(other)], by=ada)
    assert left(lot, other) == [100_000, 50_000]


def test_merging_takes_two_different_jars_with_something_in_them(
    lot: Powder, ada: User, project: Project
) -> None:
    for portions in ([], [Portion(lot)], [Portion(lot, 1_000), Portion(lot, 2_000)]):
        with pytest.raises(ValidationError, match="two or more different powders"):
            merge_powders(portions=portions, by=ada)
    empty = make_lot(ada, project, material=lot.material, received_mg=1)
    draw_mass(powder=empty, mass_ug=1_000, purpose="XRD", by=ada)
    with pytest.raises(ValidationError, match="LOT-0002 is empty"):
        merge_powders(portions=[Portion(lot), Portion(empty)], by=ada)


def test_jars_of_two_projects_are_not_merged(
    lot: Powder, ada: User, other_project: Project, otto: User
) -> None:
    theirs = make_lot(otto, other_project, material=lot.material, received_mg=5)
    with pytest.raises(ValidationError, match="belong to NB-COAT and SULFUR"):
        merge_powders(portions=[Portion(lot), Portion(theirs)], by=ada)


def test_every_jar_that_is_short_is_named_before_a_reason_is_given(
    lot: Powder, ada: User, project: Project
) -> None:
    other = make_lot(ada, project, material=lot.material, received_mg=50)
    with pytest.raises(ValidationError) as refusal:
        merge_powders(portions=[Portion(lot, 100_001), Portion(other, 50_001)], by=ada)
    assert len(refusal.value.message_dict["portions"]) == 2


def test_every_component_that_is_short_is_named_before_a_reason_is_given(shelf: Shelf) -> None:
    powders = [shelf.coated, *(shelf.lots[key] for key in ("LPSC", "PTFE", "CNF"))]
    with pytest.raises(ValidationError) as refusal:
        mix_composite(
            by=shelf.by, project=shelf.project, edition=shelf.cathode,
            weighings=weigh(shelf.cathode, powders, [140, 90_000, 10, 9_000]),
        )  # fmt: skip
    assert {"mass_2", "mass_4", "book_reason"} <= set(refusal.value.message_dict)
    assert "mass_1" not in refusal.value.message_dict


# --- treatments --------------------------------------------------------------------------------------------


def test_a_treatment_keeps_how_it_was_done_and_closes_its_mass_balance(lot: Powder, ada: User) -> None:
    dried = treat(lot, ada, temperature_c=80.0, duration_h=12.0, atmosphere="vacuum", pressure_mbar=1.0)
    treatment = Treatment.objects.get(powder=dried)
    assert treatment.in_words() == "Dry, 80 °C, 12 h, vacuum, 1 mbar"
    assert left(lot, dried) == [50_000, 49_000]
    balance = mass_balance(dried)
    assert balance is not None
    assert (balance.inputs_ug, balance.gain_ug, balance.outputs_ug, balance.loss_ug) == (
        50_000,
        0,
        49_000,
        1_000,
    )
    assert substance_of(dried) == substance_of(lot)


def test_a_treated_composite_is_still_that_composite(shelf: Shelf) -> None:
    mixture = shelf.plain_composite
    milled = treat(
        mixture, shelf.by, kind="mill", load_mass_ug=ug_from_mg(100), recovered_mass_ug=ug_from_mg(99)
    )
    of_both = compositions([mixture, milled])
    assert of_both[milled.pk] == of_both[mixture.pk]


def test_annealing_needs_its_temperature(lot: Powder, ada: User) -> None:
    with pytest.raises(ValidationError, match="Annealing needs its temperature"):
        treat(lot, ada, kind="anneal")
    assert left(lot) == [100_000]


def test_a_spill_after_the_treatment_is_no_loss_of_it(lot: Powder, ada: User) -> None:
    dried = treat(lot, ada)
    lose_mass(powder=dried, mass_ug=9_000, reason="spilled", by=ada)
    balance = mass_balance(dried)
    assert balance is not None
    assert (balance.outputs_ug, balance.loss_ug) == (49_000, 1_000)


def test_a_corrected_load_changes_the_loss_and_not_what_came_out(lot: Powder, ada: User) -> None:
    dried = treat(lot, ada)
    correct_use(use=Use.objects.get(consumer=dried.identity), mass_ug=52_000, reason="tare", by=ada)
    balance = mass_balance(dried)
    assert balance is not None
    assert [use.mass_ug for use in balance.inputs] == [52_000]
    assert (balance.inputs_ug, balance.outputs_ug, balance.loss_ug) == (52_000, 49_000, 3_000)


def test_every_process_of_the_shelf_closes(shelf: Shelf) -> None:
    for powder in (shelf.coated, shelf.coated_composite, shelf.plain_composite, shelf.anode_composite):
        balance = mass_balance(powder)
        assert balance is not None
        assert sum(use.mass_ug for use in balance.inputs) == balance.inputs_ug
        assert balance.inputs_ug + balance.gain_ug == balance.outputs_ug + balance.loss_ug
    assert mass_balance(shelf.lots["NMC"]) is None
