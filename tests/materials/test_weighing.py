"""Weighing sheets: planned, filled at the balance by one or two people, re-balanced, mixed or dropped."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from lims.models import LogEntry, Project, User
from lims.units import ug_from_mg
from materials import actions
from materials.actions import Amount, Despite, PartFacts, PremixChoice, Weighing
from materials.models import FormulationEdition, MassEntry, Powder, Use, WeighingRow, WeighingSheet
from materials.weighings import stand
from tests.factories import Shelf, make_lot, make_shelf, weigh
from tests.threads import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(ada: User, project: Project) -> Shelf:
    return make_shelf(ada, project)


def tolerant_cathode(shelf: Shelf) -> FormulationEdition:
    """The 70:30:5:5 cathode with ± 2 % on every part."""
    materials = [shelf.materials[key] for key in ("NMC", "LPSC", "PTFE", "CNF")]
    parts = [PartFacts(m, p, 0.02) for m, p in zip(materials, (70, 30, 5, 5), strict=True)]
    return actions.create_formulation(by=shelf.by, name="Tolerant cathode", parts=parts)


def plan(shelf: Shelf, **facts: Any) -> WeighingSheet:
    """Plan 220 mg of the cathode, which are 140, 60, 10 and 10 mg."""
    return actions.plan_sheet(
        **{
            "project": shelf.project, "edition": tolerant_cathode(shelf), "by": shelf.by, "balance": shelf.balance,
            "amount": Amount(total_ug=220_000), **facts,
        }
    )  # fmt: skip


def row(sheet: WeighingSheet, order: int) -> WeighingRow:
    return sheet.rows.select_related("sheet__identity", "powder__identity", "part__material").get(order=order)


def weighed(sheet: WeighingSheet, order: int, powder: Powder, mass_mg: str, by: User) -> None:
    actions.scan_powder(row=row(sheet, order), powder=powder, by=by)
    actions.weigh_row(row=row(sheet, order), mass_ug=ug_from_mg(mass_mg), by=by)


def rest(shelf: Shelf) -> list[Powder]:
    return [shelf.lots[key] for key in ("LPSC", "PTFE", "CNF")]


# --- planning -----------------------------------------------------------------------------------------------


def test_a_plan_becomes_a_sheet_with_a_row_for_each_powder(shelf: Shelf) -> None:
    sheet = plan(shelf, powders={1: shelf.coated})
    rows = list(sheet.rows.all())
    assert [r.target_ug for r in rows] == [140_000, 60_000, 10_000, 10_000]
    assert [r.tolerance_ug for r in rows] == [2_800, 1_200, 200, 200]
    assert [r.powder_id for r in rows] == [shelf.coated.pk, None, None, None]
    assert (sheet.code, sheet.state) == ("WSH-0001", "open")
    assert not MassEntry.objects.filter(kind="drawn", use__consumer=sheet.identity).exists()


def test_pellets_say_how_the_total_came_about(shelf: Shelf) -> None:
    sheet = plan(shelf, amount=Amount(pellets=24, pellet_ug=8_100, excess_fraction=0.1))
    assert sheet.planned_for == "24 pellets of 8.1 mg, 10 % more"
    # 213.84 mg, each part rounded to 0.1 mg
    assert sheet.total_ug == 213_800


def test_the_scarcest_powder_decides_and_is_named(shelf: Shelf) -> None:
    scarce = make_lot(shelf.by, shelf.project, material=shelf.materials["LPSC"], received_mg=30)
    sheet = plan(shelf, amount=Amount(), powders={1: shelf.coated, 2: scarce})
    assert sheet.planned_for == f"as much as the chosen powders allow: {scarce.code}"
    assert row(sheet, 2).target_ug == 30_000


def test_a_powder_of_another_material_is_not_planned(shelf: Shelf) -> None:
    with pytest.raises(ValidationError) as refusal:
        plan(shelf, powders={2: shelf.lots["PTFE"]})
    assert refusal.value.message_dict == {
        "powder_2": [f"{shelf.lots['PTFE'].code} is PTFE; this part is Li6PS5Cl."]
    }


def test_a_plan_warns_of_a_held_jar_and_of_one_that_holds_less(shelf: Shelf) -> None:
    actions.put_on_hold(powder=shelf.lots["LPSC"], reason="smells", by=shelf.by)
    little = make_lot(shelf.by, shelf.project, material=shelf.materials["CNF"], received_mg=5)
    found = actions.plan_mix(
        edition=shelf.cathode, amount=Amount(total_ug=220_000), powders={2: shelf.lots["LPSC"], 4: little}
    )
    warnings = [warning for r in found.rows for warning in r.warnings]
    assert warnings == [
        f"{shelf.lots['LPSC'].code} is on hold: smells.", f"{little.code} holds only 5 mg of the 10 mg.",
    ]  # fmt: skip


def premix_of(shelf: Shelf, keys: tuple[str, ...], masses_mg: list[str | int]) -> Powder:
    """Mix a composite of some of the shelf's lots, by a formulation of its own."""
    edition = actions.create_formulation(
        by=shelf.by, name="+".join(keys),
        parts=[(shelf.materials[key], float(mass)) for key, mass in zip(keys, masses_mg, strict=True)],
    )  # fmt: skip
    return actions.mix_composite(
        by=shelf.by, project=shelf.project, edition=edition,
        weighings=weigh(edition, [shelf.lots[key] for key in keys], masses_mg),
    )  # fmt: skip


def test_a_premix_is_netted_off_and_its_batch_closes_the_ratio(shelf: Shelf) -> None:
    premix = premix_of(shelf, ("LPSC", "CNF"), [75, 25])
    sheet = plan(shelf, premixes=[PremixChoice(premix)])
    assert [(r.part and r.part.material.name, r.target_ug) for r in sheet.rows.select_related("part__material")] == [
        (None, 40_000), ("NMC532", 140_000), ("Li6PS5Cl", 30_000), ("PTFE", 10_000),
    ]  # fmt: skip
    actions.weigh_row(row=row(sheet, 1), mass_ug=40_000, by=shelf.by)
    for order, powder, mass in (
        (2, shelf.coated, "140"),
        (3, shelf.lots["LPSC"], "30"),
        (4, shelf.lots["PTFE"], "10"),
    ):
        weighed(sheet, order, powder, mass, shelf.by)
    assert stand(sheet).running == pytest.approx({"NMC532": 70, "Li6PS5Cl": 30, "PTFE": 5, "CNF": 5})
    made = actions.mix_sheet(sheet=sheet, by=shelf.by)
    assert made.balance_now_ug() == 220_000
    assert premix.balance_now_ug() == 60_000


def test_a_premix_with_something_that_the_formulation_lacks_is_refused_by_name(shelf: Shelf) -> None:
    premix = premix_of(shelf, ("LTO", "CNF"), [75, 25])
    sentence = f"{premix.code} contains Li4Ti5O12, which {shelf.cathode.formulation.code} lacks."
    with pytest.raises(ValidationError) as refusal:
        plan(shelf, edition=shelf.cathode, premixes=[PremixChoice(premix)])
    assert refusal.value.message_dict == {"premixes": [sentence]}
    weighings = [
        *weigh(shelf.cathode, [shelf.coated, *rest(shelf)], [70, 30, 5, 5]), Weighing(None, premix, 1000),
    ]  # fmt: skip
    with pytest.raises(ValidationError) as refusal:
        actions.mix_composite(by=shelf.by, project=shelf.project, edition=shelf.cathode, weighings=weighings)
    assert refusal.value.message_dict == {"premix": [sentence]}


def test_a_single_substance_is_no_premix(shelf: Shelf) -> None:
    with pytest.raises(ValidationError, match="is Li6PS5Cl alone: weigh it for that part"):
        plan(shelf, premixes=[PremixChoice(shelf.lots["LPSC"])])


def test_a_coated_powder_in_a_premix_counts_as_its_core(shelf: Shelf) -> None:
    # The shelf's composite holds NMC that is coated with Nb2O5, which the formulation need not name.
    sheet = plan(shelf, premixes=[PremixChoice(shelf.coated_composite, 110_000)])
    assert [r.target_ug for r in sheet.rows.all()] == [110_000, 70_000, 30_000, 5_000, 5_000]


# --- scanning and weighing ----------------------------------------------------------------------------------


def test_the_wrong_lot_is_refused_with_a_sentence(shelf: Shelf) -> None:
    sheet = plan(shelf, powders={2: shelf.lots["LPSC"]})
    with pytest.raises(ValidationError) as refusal:
        actions.scan_powder(row=row(sheet, 1), powder=shelf.lots["PTFE"], by=shelf.by)
    assert refusal.value.message_dict == {
        "powder": [f"{shelf.lots['PTFE'].code} is PTFE; this part is NMC532."]
    }
    other = make_lot(shelf.by, shelf.project, material=shelf.materials["LPSC"])
    with pytest.raises(ValidationError, match="is Li6PS5Cl too, but another jar"):
        actions.scan_powder(row=row(sheet, 2), powder=other, by=shelf.by)
    assert row(sheet, 2).powder == shelf.lots["LPSC"]
    actions.scan_powder(row=row(sheet, 2), powder=other, by=shelf.by, instead=True)
    assert row(sheet, 2).powder == other


def test_a_finished_jar_and_a_wrong_premix_are_refused(shelf: Shelf) -> None:
    gone = make_lot(shelf.by, shelf.project, material=shelf.materials["NMC"])
    actions.dispose(powder=gone, reason="spilled", by=shelf.by)
    sheet = plan(shelf)
    with pytest.raises(ValidationError, match="is finished"):
        actions.scan_powder(row=row(sheet, 1), powder=gone, by=shelf.by)
    sheet = plan(shelf, edition=shelf.cathode, premixes=[PremixChoice(shelf.plain_composite, 110_000)])
    with pytest.raises(ValidationError, match=f"This row is the premix {shelf.plain_composite.code}"):
        actions.scan_powder(row=row(sheet, 1), powder=shelf.coated_composite, by=shelf.by)


def test_nothing_is_weighed_before_the_jar_is_known(shelf: Shelf) -> None:
    sheet = plan(shelf)
    with pytest.raises(ValidationError, match="Scan the jar of row 1"):
        actions.weigh_row(row=row(sheet, 1), mass_ug=140_000, by=shelf.by)


def test_the_balance_s_own_words_are_kept(shelf: Shelf) -> None:
    sheet = plan(shelf, powders={1: shelf.coated})
    actions.weigh_row(row=row(sheet, 1), mass_ug=140_200, reading="N     +    140.2 mg", by=shelf.by)
    kept = row(sheet, 1)
    assert (kept.mass_ug, kept.reading, kept.weighed_by) == (140_200, "N     +    140.2 mg", shelf.by)
    assert stand(sheet).rows[0].standing == "within"


def test_boat_full_and_boat_after_are_the_mass_between_them(shelf: Shelf) -> None:
    sheet = plan(shelf, powders={1: shelf.coated})
    actions.weigh_row(row=row(sheet, 1), boat_full_ug=5_140_300, reading="5140.3", by=shelf.by)
    half = row(sheet, 1)
    assert (half.mass_ug, half.boat_full_ug) == (None, 5_140_300)
    with pytest.raises(
        ValidationError, match=r"full; after it was emptied it must be lighter than that, not 5140\.3 mg"
    ):
        actions.weigh_row(row=row(sheet, 1), boat_after_ug=5_140_300, by=shelf.by)
    actions.weigh_row(row=row(sheet, 1), boat_after_ug=5_000_200, reading="5000.2", by=shelf.by)
    whole = row(sheet, 1)
    assert (whole.mass_ug, whole.reading) == (140_100, "5140.3 / 5000.2")


def test_the_boat_is_weighed_full_first(shelf: Shelf) -> None:
    sheet = plan(shelf, powders={1: shelf.coated})
    with pytest.raises(ValidationError, match="Weigh the full boat first"):
        actions.weigh_row(row=row(sheet, 1), boat_after_ug=5_000_200, by=shelf.by)


def test_nobody_overwrites_what_somebody_else_has_weighed(shelf: Shelf, grace: User) -> None:
    sheet = plan(shelf, powders={1: shelf.coated})
    actions.weigh_row(row=row(sheet, 1), mass_ug=139_000, by=grace)
    with pytest.raises(ValidationError, match="Grace has weighed row 1 meanwhile: 139 mg"):
        actions.weigh_row(row=row(sheet, 1), mass_ug=140_000, by=shelf.by)
    actions.weigh_row(row=row(sheet, 1), mass_ug=140_000, replaces_ug=139_000, by=shelf.by)
    assert row(sheet, 1).mass_ug == 140_000


def test_the_last_weighing_is_undone_and_the_log_keeps_it(shelf: Shelf) -> None:
    sheet = plan(shelf)
    weighed(sheet, 1, shelf.coated, "140", shelf.by)
    weighed(sheet, 2, shelf.lots["LPSC"], "61", shelf.by)
    actions.undo_last(sheet=sheet, by=shelf.by)
    assert [r.mass_ug for r in sheet.rows.all()] == [140_000, None, None, None]
    entry = LogEntry.objects.get(verb="undid a weighing")
    assert entry.changes["mass"] == ["61 mg", ""]
    actions.undo_last(sheet=sheet, by=shelf.by)
    with pytest.raises(ValidationError, match="Nothing has been weighed"):
        actions.undo_last(sheet=sheet, by=shelf.by)


# --- too much -----------------------------------------------------------------------------------------------


def test_too_much_of_one_part_raises_the_targets_of_the_others(shelf: Shelf) -> None:
    sheet = plan(shelf)
    weighed(sheet, 1, shelf.coated, "147", shelf.by)
    assert stand(sheet).rows[0].standing == "over"
    actions.rebalance_sheet(sheet=sheet, by=shelf.by)
    assert [r.target_ug for r in sheet.rows.all()] == [147_000, 63_000, 10_500, 10_500]
    sheet.refresh_from_db()
    assert sheet.total_ug == 231_000
    assert stand(sheet).rows[0].standing == "within"


def test_a_part_weighed_before_gets_a_row_to_top_it_up_from_the_same_jar(shelf: Shelf) -> None:
    sheet = plan(shelf)
    weighed(sheet, 1, shelf.coated, "140", shelf.by)
    weighed(sheet, 2, shelf.lots["LPSC"], "63", shelf.by)
    actions.rebalance_sheet(sheet=sheet, by=shelf.by)
    top_up = row(sheet, 5)
    assert (top_up.target_ug, top_up.powder) == (7_000, shelf.coated)
    with pytest.raises(ValidationError, match=f"The plan chose {shelf.coated.code}"):
        actions.scan_powder(row=top_up, powder=shelf.lots["NMC"], by=shelf.by)
    weighed(sheet, 5, shelf.coated, "7", shelf.by)
    weighed(sheet, 3, shelf.lots["PTFE"], "10.5", shelf.by)
    weighed(sheet, 4, shelf.lots["CNF"], "10.5", shelf.by)
    sheet.refresh_from_db()
    assert stand(sheet).running == pytest.approx({"NMC532": 70, "Li6PS5Cl": 30, "PTFE": 5, "CNF": 5})
    before_ug = shelf.coated.balance_now_ug()
    actions.mix_sheet(sheet=sheet, by=shelf.by)
    assert before_ug - shelf.coated.balance_now_ug() == 147_000, "both portions, as one draw"


def test_what_a_jar_lacks_comes_from_another_one(shelf: Shelf) -> None:
    (more,) = actions.take_aliquots(powder=shelf.coated, masses_ug=[50_000], by=shelf.by)
    sheet = plan(shelf)
    weighed(sheet, 1, shelf.coated, "100", shelf.by)
    with pytest.raises(ValidationError, match="is Li6PS5Cl; this part is NMC532"):
        actions.take_rest_from(row=row(sheet, 1), powder=shelf.lots["LPSC"], by=shelf.by)
    with pytest.raises(ValidationError, match="are not the same substance"):
        actions.take_rest_from(row=row(sheet, 1), powder=shelf.lots["NMC"], by=shelf.by)
    with pytest.raises(ValidationError, match="is the jar that row 1 was weighed from"):
        actions.take_rest_from(row=row(sheet, 1), powder=shelf.coated, by=shelf.by)
    rest_row = actions.take_rest_from(row=row(sheet, 1), powder=more, by=shelf.by)
    assert (rest_row.order, rest_row.target_ug, rest_row.tolerance_ug) == (5, 40_000, 2_800)
    assert stand(sheet).find(5).name == f"NMC532, rest from {more.code}"  # type: ignore[union-attr]
    weighed(sheet, 5, more, "40", shelf.by)
    with pytest.raises(ValidationError, match="Nothing is missing of row 5"):
        actions.take_rest_from(row=row(sheet, 5), powder=shelf.coated, by=shelf.by)
    for order, powder, mass_mg in zip((2, 3, 4), rest(shelf), ("60", "10", "10"), strict=True):
        weighed(sheet, order, powder, mass_mg, shelf.by)
    assert all(one.standing == "within" for one in stand(sheet).rows)
    made = actions.mix_sheet(sheet=sheet, by=shelf.by)
    drawn = {use.powder_id: use.mass_ug for use in Use.objects.filter(consumer=made.pk).with_mass()}
    assert (drawn[shelf.coated.pk], drawn[more.pk]) == (100_000, 40_000)


def test_a_premix_goes_on_from_another_jar_of_the_same_and_of_no_other(shelf: Shelf) -> None:
    pair = actions.create_formulation(
        by=shelf.by, name="Active and electrolyte",
        parts=[PartFacts(shelf.materials["NMC"], 70), PartFacts(shelf.materials["LPSC"], 30)],
    )  # fmt: skip

    def premix(lpsc_mg: str) -> Powder:
        return actions.mix_composite(
            project=shelf.project, edition=pair, by=shelf.by,
            weighings=weigh(pair, [shelf.coated, shelf.lots["LPSC"]], ["140", lpsc_mg]),
        )  # fmt: skip

    first, other = premix("60"), premix("66")
    (second,) = actions.take_aliquots(powder=first, masses_ug=[120_000], by=shelf.by)
    sheet = plan(shelf, premixes=[PremixChoice(first, 200_000)])
    order = next(one.order for one in sheet.rows.all() if one.part is None)
    actions.weigh_row(row=row(sheet, order), mass_ug=80_000, by=shelf.by)
    with pytest.raises(ValidationError, match="it is another premix"):
        actions.take_rest_from(row=row(sheet, order), powder=other, by=shelf.by)
    rest_row = actions.take_rest_from(row=row(sheet, order), powder=second, by=shelf.by)
    actions.weigh_row(row=rest_row, mass_ug=120_000, by=shelf.by)
    assert stand(sheet).running["NMC532"] == pytest.approx(70)


def test_the_ratio_is_not_restored_beyond_what_a_jar_holds(shelf: Shelf) -> None:
    little = make_lot(shelf.by, shelf.project, material=shelf.materials["CNF"], received_mg=10)
    sheet = plan(shelf, powders={4: little})
    weighed(sheet, 1, shelf.coated, "147", shelf.by)
    with pytest.raises(
        ValidationError, match=f"{little.code} holds only 10 mg; the ratio would take 10.5 mg"
    ):
        actions.rebalance_sheet(sheet=sheet, by=shelf.by)
    assert row(sheet, 2).target_ug == 60_000


def test_where_nothing_is_over_the_targets_stay(shelf: Shelf) -> None:
    sheet = plan(shelf)
    weighed(sheet, 1, shelf.coated, "142", shelf.by)
    with pytest.raises(ValidationError, match="Nothing on WSH-0001 is over"):
        actions.rebalance_sheet(sheet=sheet, by=shelf.by)


# --- the end ------------------------------------------------------------------------------------------------


def fill(shelf: Shelf, sheet: WeighingSheet) -> None:
    for order, (powder, mass_mg) in enumerate(
        zip([shelf.coated, *rest(shelf)], ("140", "60", "10", "10"), strict=True), start=1
    ):
        weighed(sheet, order, powder, mass_mg, shelf.by)


def test_mixing_draws_everything_once_and_the_sheet_points_at_its_batch(shelf: Shelf) -> None:
    sheet = plan(shelf)
    fill(shelf, sheet)
    before = {powder.code: powder.balance_now_ug() for powder in (shelf.coated, *rest(shelf))}
    made = actions.mix_sheet(
        sheet=sheet, by=shelf.by, recovered_mass_ug=218_500, method="mortar", duration_min=10
    )
    sheet.refresh_from_db()
    assert (sheet.state, sheet.batch, made.kind) == ("mixed", made, "composite")
    taken = {p.code: before[p.code] - p.balance_now_ug() for p in (shelf.coated, *rest(shelf))}
    assert list(taken.values()) == [140_000, 60_000, 10_000, 10_000]
    assert made.balance_now_ug() == 218_500
    assert made.project == shelf.project
    with pytest.raises(ValidationError, match=f"has been mixed already: it became {made.code}"):
        actions.mix_sheet(sheet=sheet, by=shelf.by)


def test_a_row_that_was_not_weighed_stops_the_mix(shelf: Shelf) -> None:
    sheet = plan(shelf)
    weighed(sheet, 1, shelf.coated, "140", shelf.by)
    with pytest.raises(ValidationError, match="Row 2, 3, 4 of WSH-0001 have not been weighed"):
        actions.mix_sheet(sheet=sheet, by=shelf.by)


def test_a_held_jar_needs_its_reason_when_it_is_mixed_and_then_nothing_is_half_done(shelf: Shelf) -> None:
    sheet = plan(shelf)
    fill(shelf, sheet)
    actions.put_on_hold(powder=shelf.lots["CNF"], reason="wet", by=shelf.by)
    before_ug = shelf.coated.balance_now_ug()
    with pytest.raises(ValidationError) as refusal:
        actions.mix_sheet(sheet=sheet, by=shelf.by)
    assert list(refusal.value.message_dict) == ["lot_reason"]
    sheet.refresh_from_db()
    assert (sheet.state, shelf.coated.balance_now_ug()) == ("open", before_ug)
    actions.mix_sheet(sheet=sheet, by=shelf.by, despite=Despite(lot_reason="dried since"))
    sheet.refresh_from_db()
    assert sheet.state == "mixed"


def test_a_dropped_sheet_takes_nothing_and_is_weighed_no_more(shelf: Shelf) -> None:
    sheet = plan(shelf)
    weighed(sheet, 1, shelf.coated, "140", shelf.by)
    before_ug = shelf.coated.balance_now_ug()
    with pytest.raises(ValidationError, match="Say why"):
        actions.drop_sheet(sheet=sheet, reason=" ", by=shelf.by)
    actions.drop_sheet(sheet=sheet, reason="practice", by=shelf.by)
    assert shelf.coated.balance_now_ug() == before_ug
    with pytest.raises(ValidationError, match="has been dropped"):
        weighed(sheet, 2, shelf.lots["LPSC"], "60", shelf.by)


def test_mixing_tools_are_what_they_are_called(shelf: Shelf) -> None:
    mixer = actions.create_equipment(by=shelf.by, kind="mixer", name="Vortex")
    glovebox = actions.create_equipment(by=shelf.by, kind="glovebox", name="GB 1")
    sheet = plan(shelf)
    fill(shelf, sheet)
    with pytest.raises(ValidationError):
        actions.mix_sheet(sheet=sheet, by=shelf.by, tool=shelf.balance)
    made = actions.mix_sheet(sheet=sheet, by=shelf.by, tool=mixer, glovebox=glovebox, oxygen_ppm=0.4)
    assert (made.composite.tool, made.composite.glovebox, made.composite.oxygen_ppm) == (mixer, glovebox, 0.4)


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_weigh_the_same_row_at_once_one_is_told_of_the_other(
    ada: User, grace: User, project: Project
) -> None:
    shelf = make_shelf(ada, project)
    sheet = plan(shelf, powders={1: shelf.coated})
    outcomes = at_once(
        lambda: actions.weigh_row(row=row(sheet, 1), mass_ug=140_000, by=ada),
        lambda: actions.weigh_row(row=row(sheet, 1), mass_ug=139_000, by=grace),
    )
    refused = [outcome for outcome in outcomes if isinstance(outcome, ValidationError)]
    assert len(refused) == 1, outcomes
    assert "has weighed row 1 meanwhile" in str(refused[0])


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_mix_a_sheet_at_once_one_mixes_it(ada: User, grace: User, project: Project) -> None:
    shelf = make_shelf(ada, project)
    sheet = plan(shelf)
    fill(shelf, sheet)
    before_ug = shelf.coated.balance_now_ug()
    outcomes = at_once(*(lambda who=who: actions.mix_sheet(sheet=sheet, by=who) for who in (ada, grace)))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Powder", "ValidationError"], outcomes
    assert before_ug - shelf.coated.balance_now_ug() == 140_000


def test_without_a_balance_a_plan_rounds_to_the_ledger(shelf: Shelf) -> None:
    sheet = plan(shelf, balance=None, amount=Amount(total_ug=200_001))
    assert [r.target_ug for r in sheet.rows.all()] == [127_273, 54_546, 9_091, 9_091]
