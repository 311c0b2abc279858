"""Too much of one part: how much of the others restores the ratio."""

import pytest

from materials.calc.rebalancing import Portion, rebalance, running_parts, standing
from materials.calc.weighing_plan import Part

CATHODE = [Part("NMC", 70, 0.02), Part("LPSC", 30, 0.02), Part("PTFE", 5, 0.05), Part("CNF", 5, 0.05)]
TOTAL_UG = 220_000


def rows(*weighed_ug):
    planned = {"NMC": 140_000, "LPSC": 60_000, "PTFE": 10_000, "CNF": 10_000}
    masses = [*weighed_ug, *[None] * (4 - len(weighed_ug))]
    return [Portion({name: 1.0}, ug, mass) for (name, ug), mass in zip(planned.items(), masses, strict=True)]


def rebalanced(portions):
    return rebalance(parts=CATHODE, portions=portions, total_ug=TOTAL_UG, step_ug=100)


def test_the_first_part_over_raises_the_others_by_the_same_factor():
    found = rebalanced(rows(147_000))
    assert found.targets_ug == {0: 147_000, 1: 63_000, 2: 10_500, 3: 10_500}
    assert (found.total_ug, found.top_ups_ug) == (231_000, {})


def test_a_part_that_was_weighed_before_is_topped_up():
    found = rebalanced(rows(140_000, 63_000))
    # 63/30 = 2.1 mg a part: 147 of NMC, of which 140 are there.
    assert found.top_ups_ug == {"NMC": 7_000}
    assert found.targets_ug == {0: 140_000, 1: 63_000, 2: 10_500, 3: 10_500}


def test_what_stays_within_its_tolerance_is_not_topped_up():
    found = rebalanced(rows(140_000, 61_200))
    # 2.04 mg a part: 142.8 of NMC, 2 % of which are 2.856.
    assert found.top_ups_ug == {}
    assert found.targets_ug == {0: 142_800, 1: 61_200, 2: 10_200, 3: 10_200}


def test_where_nothing_is_over_nothing_changes():
    assert rebalanced(rows(140_000, 60_000)) is None
    assert rebalanced(rows(139_000)) is None


def test_too_much_of_a_premix_raises_what_it_does_not_bring():
    portions = [
        Portion({"LPSC": 0.75, "CNF": 0.25}, 40_000, 44_000, is_premix=True),
        Portion({"NMC": 1.0}, 140_000, None),
        Portion({"LPSC": 1.0}, 30_000, None),
        Portion({"PTFE": 1.0}, 10_000, None),
    ]
    found = rebalanced(portions)
    # 11 mg of CNF are 5 parts: 2.2 mg a part.
    assert found.targets_ug == {1: 154_000, 2: 33_000, 3: 11_000}
    assert found.total_ug == 242_000


def test_a_premix_still_to_be_weighed_keeps_its_target():
    portions = [
        Portion({"NMC": 1.0}, 140_000, 147_000),
        Portion({"LPSC": 0.75, "CNF": 0.25}, 40_000, None, is_premix=True),
        Portion({"LPSC": 1.0}, 30_000, None),
        Portion({"PTFE": 1.0}, 10_000, None),
    ]
    found = rebalanced(portions)
    assert found.targets_ug == {0: 147_000, 2: 33_000, 3: 10_500}
    # The premix brought 10 of the 10.5 mg of CNF: within 5 % of it.
    assert found.top_ups_ug == {}


def test_the_running_ratio_is_told_in_parts():
    running = running_parts(parts=CATHODE, portions=rows(141_000, 59_000), total_ug=TOTAL_UG)
    assert running == pytest.approx({"NMC": 70.5, "LPSC": 29.5, "PTFE": 0, "CNF": 0})


def test_both_ends_of_the_tolerance_are_within():
    assert [standing(weighed_ug=ug, target_ug=1000, tolerance_ug=20) for ug in (979, 980, 1020, 1021)] == [
        "below", "within", "within", "over",
    ]  # fmt: skip
