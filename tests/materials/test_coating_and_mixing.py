"""Coating and mixing: what comes out is what went in, plus what was gained, less what was lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db.models import Sum
from uncertainties import nominal_value

from lims.models import LogEntry
from lims.units import ug_from_mg
from materials.actions import Weighing, mix_composite, run_coating
from materials.genealogy import compositions
from materials.models import MassEntry, MixComponent, Powder, Use
from materials.views.composite_facts import as_weighed
from tests.factories import Shelf, make_lot, weigh

pytestmark = pytest.mark.django_db


def coat(shelf: Shelf, *, load_mg: str, recovered_mg: str, **facts: Any) -> Powder:
    arguments: dict[str, Any] = {"parent": shelf.lots["NMC"], "by": shelf.by, "project": shelf.project}
    return run_coating(
        edition=shelf.recipe, load_mass_ug=ug_from_mg(load_mg), recovered_mass_ug=ug_from_mg(recovered_mg),
        **{**arguments, **facts},
    )  # fmt: skip


def moved_ug(powder: Powder, kind: str) -> int:
    return abs(powder.entries.filter(kind=kind).aggregate(total=Sum("change_ug"))["total"] or 0)


@pytest.mark.parametrize(
    ("load_mg", "recovered_mg", "gained_ug", "lost_ug"),
    [
        ("1000", "950", 0, 50_000),
        ("1000", "1008.1", 8_100, 0),
        ("1000", "1000", 0, 0),
        ("1000", "999.999", 0, 1),
    ],
)
def test_a_coating_closes_its_mass_balance(
    shelf: Shelf, load_mg: str, recovered_mg: str, gained_ug: int, lost_ug: int
) -> None:
    before_ug = shelf.lots["NMC"].balance_now_ug()
    coated = coat(shelf, load_mg=load_mg, recovered_mg=recovered_mg)
    load_ug = before_ug - shelf.lots["NMC"].balance_now_ug()
    assert load_ug == ug_from_mg(load_mg)
    assert (moved_ug(coated, "gained"), moved_ug(coated, "lost")) == (gained_ug, lost_ug)
    assert load_ug + gained_ug == coated.balance_now_ug() + lost_ug
    assert coated.balance_now_ug() == ug_from_mg(recovered_mg)


def test_more_than_the_lot_holds_is_not_coated_and_nothing_of_the_run_stays(shelf: Shelf) -> None:
    powders, told = Powder.objects.count(), LogEntry.objects.count()
    with pytest.raises(ValidationError) as refusal:
        coat(shelf, load_mg="10000", recovered_mg="10000")
    assert list(refusal.value.message_dict) == ["load_mass_ug", "book_reason"]
    assert (Powder.objects.count(), LogEntry.objects.count()) == (powders, told)


def test_a_composite_is_not_coated(shelf: Shelf) -> None:
    with pytest.raises(ValidationError, match="is a composite; a lot or a coated powder is coated"):
        coat(shelf, load_mg="10", recovered_mg="10", parent=shelf.plain_composite)


def test_a_coated_powder_can_be_coated_again(shelf: Shelf) -> None:
    twice = coat(shelf, load_mg="100", recovered_mg="99", parent=shelf.coated, thickness_measured_nm=5.0)
    composition = compositions([twice])[twice.pk]
    coating = composition[shelf.materials["Nb2O5"].pk]
    # Two shells of 0.8024 % of the product each: 1 - (1 - 0.008024)^2 = 1.60 %.
    assert round(100 * float(coating), 2) == 1.60


def test_a_run_s_cycles_are_the_recipe_s_unless_it_was_cut_short(shelf: Shelf) -> None:
    assert coat(shelf, load_mg="10", recovered_mg="10").coating.cycles_done == 30
    assert coat(shelf, load_mg="10", recovered_mg="10", cycles_done=12).coating.cycles_done == 12
    with pytest.raises(ValidationError):
        coat(shelf, load_mg="10", recovered_mg="10", cycles_done=0)


def test_precursors_are_an_edge_of_the_thread_without_a_mass(shelf: Shelf) -> None:
    use = Use.objects.with_mass().get(consumer=shelf.coated.identity, purpose=Use.Purpose.PRECURSOR)
    assert (use.powder_id, use.mass_ug) == (shelf.lots["Nb(OEt)5"].pk, 0)
    assert shelf.lots["Nb(OEt)5"].balance_now_ug() == 500_000


def mixed(shelf: Shelf, masses_mg: list[str | int], **facts: Any) -> Powder:
    powders = [shelf.coated, *(shelf.lots[key] for key in ("LPSC", "PTFE", "CNF"))]
    arguments: dict[str, Any] = {
        "by": shelf.by, "project": shelf.project, "edition": shelf.cathode,
        "weighings": weigh(shelf.cathode, powders, masses_mg),
    }  # fmt: skip
    return mix_composite(**{**arguments, **facts})


def test_a_mixture_holds_the_sum_of_its_components(shelf: Shelf) -> None:
    mixture = mixed(shelf, ["127.3", "54.5", "9.1", "9.1"])
    assert mixture.balance_now_ug() == 200_000
    assert [u.mass_ug for u in Use.objects.with_mass().filter(consumer=mixture.identity)] == [
        127_300, 54_500, 9_100, 9_100,
    ]  # fmt: skip


def test_what_stays_in_the_mortar_is_lost(shelf: Shelf) -> None:
    mixture = mixed(shelf, [140, 60, 10, 10], recovered_mass_ug=ug_from_mg("217.5"))
    assert mixture.balance_now_ug() == 217_500
    assert moved_ug(mixture, "lost") == 2_500


def test_every_part_is_weighed(shelf: Shelf) -> None:
    weighings = weigh(
        shelf.cathode, [shelf.coated, *(shelf.lots[k] for k in ("LPSC", "PTFE", "CNF"))], [70, 30, 5, 5]
    )
    with pytest.raises(ValidationError) as refusal:
        mixed(shelf, [1, 1, 1, 1], weighings=weighings[:3])
    assert refusal.value.message_dict == {"mass_4": ["CNF has not been weighed."]}


def test_a_part_is_weighed_from_its_own_material(shelf: Shelf) -> None:
    powders = [shelf.coated, shelf.lots["PTFE"], shelf.lots["LPSC"], shelf.lots["CNF"]]
    with pytest.raises(ValidationError) as refusal:
        mixed(shelf, [1, 1, 1, 1], weighings=weigh(shelf.cathode, powders, [70, 30, 5, 5]))
    assert sorted(refusal.value.message_dict) == ["powder_2", "powder_3"]
    assert "is PTFE; this part is Li6PS5Cl." in refusal.value.message_dict["powder_2"][0]


def test_a_part_may_come_from_two_jars(shelf: Shelf) -> None:
    more = make_lot(shelf.by, shelf.project, material=shelf.materials["NMC"], received_mg=100)
    first, *others = weigh(
        shelf.cathode, [shelf.coated, *(shelf.lots[k] for k in ("LPSC", "PTFE", "CNF"))], [100, 60, 10, 10]
    )
    second = Weighing(part=first.part, powder=more, mass_ug=40_000, jar=2)
    made = mixed(shelf, [1, 1, 1, 1], weighings=[first, second, *others])
    assert made.balance_now_ug() == 220_000
    rows, _ = as_weighed(made.composite)
    assert round(100 * rows[0].weighed, 3) == 63.636
    composition = compositions([made])[made.pk]
    active = sum(nominal_value(composition[shelf.materials[key].pk]) for key in ("NMC", "Nb2O5"))
    assert active == pytest.approx(70 / 110)


def test_a_jar_stands_once_for_a_part(shelf: Shelf) -> None:
    weighings = weigh(
        shelf.cathode, [shelf.coated, *(shelf.lots[k] for k in ("LPSC", "PTFE", "CNF"))], [70, 30, 5, 5]
    )
    before_ug = shelf.coated.balance_now_ug()
    again = replace(weighings[0], jar=2)
    with pytest.raises(ValidationError) as refusal:
        mixed(shelf, [1, 1, 1, 1], weighings=[*weighings, again])
    assert list(refusal.value.message_dict) == ["powder_1_2"]
    assert "stands there twice for the same part" in str(refusal.value)
    assert shelf.coated.balance_now_ug() == before_ug


def test_a_part_of_another_formulation_is_refused(shelf: Shelf) -> None:
    weighings = weigh(
        shelf.cathode, [shelf.coated, *(shelf.lots[k] for k in ("LPSC", "PTFE", "CNF"))], [70, 30, 5, 5]
    )
    foreign = replace(weighings[0], part=shelf.anode.parts.first())
    with pytest.raises(ValidationError, match="belongs to another edition"):
        mixed(shelf, [1, 1, 1, 1], weighings=[*weighings, foreign])


def test_one_component_too_much_takes_nothing_of_the_others(shelf: Shelf) -> None:
    before = {key: lot.balance_now_ug() for key, lot in shelf.lots.items()}
    with pytest.raises(ValidationError) as refusal:
        mixed(shelf, [140, 60, 10, "5000"])
    assert list(refusal.value.message_dict) == ["mass_4", "book_reason"]
    assert {key: lot.balance_now_ug() for key, lot in shelf.lots.items()} == before
    assert not MixComponent.objects.filter(use__entries__change_ug=-5_000_000).exists()


def test_70_30_5_5_is_63_6_percent_of_active_material(shelf: Shelf) -> None:
    composition = compositions([shelf.plain_composite])[shelf.plain_composite.pk]
    percent = {
        key: round(100 * nominal_value(composition[material.pk]), 3)
        for key, material in shelf.materials.items()
        if material.pk in composition
    }
    assert percent == {"NMC": 63.636, "LPSC": 27.273, "PTFE": 4.545, "CNF": 4.545}


def test_the_coating_is_a_part_of_the_composite_of_its_own(shelf: Shelf) -> None:
    composition = compositions([shelf.coated_composite])[shelf.coated_composite.pk]
    active, coating = (nominal_value(composition[shelf.materials[key].pk]) for key in ("NMC", "Nb2O5"))
    assert sum(nominal_value(fraction) for fraction in composition.values()) == pytest.approx(1)
    assert active + coating == pytest.approx(70 / 110)
    # 5 nm on spheres of 3.5 µm are 0.80 % of the coated powder (sphere and shell, densities 4.75 and 4.47).
    assert round(100 * coating / (active + coating), 2) == 0.80


def test_entries_of_a_run_and_a_mix_name_who_did_them(shelf: Shelf) -> None:
    assert set(MassEntry.objects.values_list("by__username", flat=True)) == {"ada"}
