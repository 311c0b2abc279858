"""Weighing plans: targets for the balance, premixes netted off, the scarcest powder."""

import pytest

from materials.calc.weighing_plan import (
    Part,
    Premix,
    Scale,
    largest_total,
    pellets_total_ug,
    plan_weighing,
)

CATHODE = [Part("NMC", 70, 0.01), Part("LPSC", 30, 0.02), Part("PTFE", 5), Part("CNF", 5)]


def targets(plan):
    return {target.name: target.target_ug for target in plan.targets}


def test_targets_are_what_the_balance_can_show():
    plan = plan_weighing(parts=CATHODE, total_ug=200_000, scale=Scale(100))
    assert targets(plan) == {"NMC": 127_300, "LPSC": 54_500, "PTFE": 9_100, "CNF": 9_100}
    assert plan.total_ug == 200_000
    assert plan.fractions["PTFE"] == pytest.approx(0.0455)
    # 1 % of 127.3 mg and 2 % of 54.5 mg, in whole steps of the balance
    assert [target.tolerance_ug for target in plan.targets] == [1200, 1000, None, None]


def test_a_part_too_light_for_the_balance_is_refused():
    with pytest.raises(ValueError, match=r"0\.04545 mg of PTFE are less than the balance shows"):
        plan_weighing(parts=CATHODE, total_ug=1000, scale=Scale(100))


def test_below_the_balance_s_minimum_weight_there_is_a_warning():
    plan = plan_weighing(parts=CATHODE, total_ug=200_000, scale=Scale(100, minimum_ug=20_000))
    assert [len(target.warnings) for target in plan.targets] == [0, 0, 1, 1]
    assert "9.1 mg of PTFE are below the balance's minimum weight of 20 mg" in plan.targets[2].warnings[0]


def test_a_tolerance_finer_than_the_balance_is_told():
    plan = plan_weighing(parts=[Part("NMC", 1, 0.001)], total_ug=50_000, scale=Scale(100))
    assert "finer than the balance shows" in plan.targets[0].warnings[0]


def test_a_premix_contributes_its_parts_and_the_others_shrink():
    premix = Premix("SE+CNF", {"LPSC": 0.75, "CNF": 0.25})
    plan = plan_weighing(parts=CATHODE, total_ug=220_000, scale=Scale(100), premixes=[premix])
    # 10 mg of CNF fit, so 40 mg of the premix, which bring 30 of the 60 mg of LPSC.
    assert targets(plan) == {"SE+CNF": 40_000, "NMC": 140_000, "LPSC": 30_000, "PTFE": 10_000}
    assert plan.brought_whole == ("CNF",)
    assert plan.fractions == pytest.approx(
        {"NMC": 70 / 110, "LPSC": 30 / 110, "PTFE": 5 / 110, "CNF": 5 / 110}
    )
    assert plan.targets[0].tolerance_ug == 800, "the strictest of its parts: 2 % of 40 mg"


def test_a_premix_is_taken_as_far_as_it_lasts_or_as_wanted():
    fractions = {"LPSC": 0.75, "CNF": 0.25}
    for premix in (Premix("P", fractions, holds_ug=20_049), Premix("P", fractions, wanted_ug=20_000)):
        plan = plan_weighing(parts=CATHODE, total_ug=220_000, scale=Scale(100), premixes=[premix])
        assert targets(plan) == {"P": 20_000, "NMC": 140_000, "LPSC": 45_000, "PTFE": 10_000, "CNF": 5_000}


def test_two_premixes_are_taken_in_their_order():
    first, second = Premix("A", {"LPSC": 0.75, "CNF": 0.25}), Premix("B", {"LPSC": 0.5, "PTFE": 0.5})
    plan = plan_weighing(parts=CATHODE, total_ug=220_000, scale=Scale(100), premixes=[first, second])
    assert targets(plan) == {"A": 40_000, "B": 20_000, "NMC": 140_000, "LPSC": 20_000}


def test_a_premix_with_something_that_the_formulation_lacks_is_refused_by_name():
    with pytest.raises(ValueError, match="MIX-7 contains LTO, which the formulation lacks"):
        plan_weighing(parts=CATHODE, total_ug=220_000, premixes=[Premix("MIX-7", {"LTO": 0.5, "CNF": 0.5})])


def test_more_of_a_premix_than_fits_is_refused_with_what_fits():
    premix = Premix("MIX-7", {"LPSC": 0.75, "CNF": 0.25}, wanted_ug=50_000)
    with pytest.raises(ValueError, match=r"room for 40 mg"):
        plan_weighing(parts=CATHODE, total_ug=220_000, scale=Scale(100), premixes=[premix])


def test_pellets_with_an_excess_make_the_total():
    assert pellets_total_ug(count=24, pellet_ug=8_100, excess_fraction=0.1) == 213_840
    assert pellets_total_ug(count=3, pellet_ug=8_100) == 24_300
    for wrong in ({"count": 0, "pellet_ug": 8100}, {"count": 1, "pellet_ug": 8100, "excess_fraction": -0.1}):
        with pytest.raises(ValueError, match=r"pellets|excess"):
            pellets_total_ug(**wrong)


def test_the_scarcest_powder_decides_and_its_rounded_target_is_still_held():
    found = largest_total(parts=CATHODE, holdings_ug={"NMC": 1_000_000, "LPSC": 59_960}, scale=Scale(100))
    assert found.limited_by == ("LPSC",)
    plan = plan_weighing(parts=CATHODE, total_ug=found.total_ug, scale=Scale(100))
    assert targets(plan)["LPSC"] == 59_900
    more = plan_weighing(parts=CATHODE, total_ug=found.total_ug + 400, scale=Scale(100))
    assert targets(more)["LPSC"] > 59_960, "nothing larger fits"


def test_the_scarcest_powder_counts_what_a_premix_brings():
    premix = Premix("P", {"LPSC": 0.75, "CNF": 0.25}, holds_ug=40_000)
    found = largest_total(parts=CATHODE, holdings_ug={"LPSC": 30_000}, premixes=[premix], scale=Scale(100))
    assert found.total_ug == pytest.approx(220_000, abs=400)


def test_without_a_chosen_powder_nothing_is_scarcest():
    with pytest.raises(ValueError, match="Choose the powders first"):
        largest_total(parts=CATHODE, holdings_ug={})
    nearly_empty = largest_total(parts=CATHODE, holdings_ug={"LPSC": 10}, scale=Scale(100))
    with pytest.raises(ValueError, match="less than the balance shows"):
        plan_weighing(parts=CATHODE, total_ug=nearly_empty.total_ug, scale=Scale(100))


def test_what_cannot_be_planned_is_refused_with_its_number():
    with pytest.raises(ValueError, match="above 0 mg, not 0 mg"):
        plan_weighing(parts=CATHODE, total_ug=0)
    with pytest.raises(ValueError, match=r"step must be at least 0\.001 mg"):
        plan_weighing(parts=CATHODE, total_ug=1000, scale=Scale(0))
