"""Differences of groups as they may be stated: golden checks G36 and G37, and what stands in the way."""

import pytest

from testing.calc.comparisons import Sample, coinciding, compare
from testing.calc.statistics import holm


def three(name, mean, sd, batches=1):
    return Sample(name, [mean - sd, mean, mean + sd], batches)


PAPER = [
    (three("coated, 4.3 V", 91.6, 0.5), three("uncoated, 4.3 V", 82.8, 0.6)),
    (three("coated, 4.5 V", 90.6, 0.3), three("uncoated, 4.5 V", 82.2, 0.6)),
    (three("coated, 4.7 V", 88.5, 0.2), three("uncoated, 4.7 V", 79.8, 0.04)),
]


def test_the_gains_are_percentage_points_and_not_nine_percent():
    # G36: 8.8, 8.4 and 8.7 points; relative they would be 10.6, 10.2 and 10.9 %.
    found = compare(PAPER)
    assert [round(each.result.difference, 1) for each in found] == [8.8, 8.4, 8.7]
    relative = [
        100 * e.result.difference / second.values[1] for e, (_, second) in zip(found, PAPER, strict=True)
    ]
    assert [round(value, 1) for value in relative] == [10.6, 10.2, 10.9]


def test_holm_over_the_three_voltages_multiplies_the_smallest_by_three():
    found = compare(PAPER)
    assert [each.family for each in found] == [3, 3, 3]
    assert [each.p_adjusted for each in found] == list(holm([each.result.p_value for each in found]))
    smallest = min(found, key=lambda each: each.result.p_value)
    assert smallest.p_adjusted == pytest.approx(3 * smallest.result.p_value)
    assert all(each.p_adjusted >= each.result.p_value for each in found)


def test_a_pair_that_cannot_be_tested_says_why_and_costs_the_others_nothing():
    two = Sample("two cells", [90.0, 91.0], 1)
    still = Sample("always 90", [90.0, 90.0, 90.0], 1)
    tested, few, flat = compare([PAPER[0], (PAPER[0][0], two), (still, still)])
    assert (tested.family, tested.p_adjusted) == (1, tested.result.p_value)
    assert few.result is None
    assert few.reason == "No test below 3 values a group: there are 3 and 2."
    assert "do not vary" in flat.reason


@pytest.mark.parametrize(
    ("first", "second", "only"), [(1, 1, True), (3, 1, True), (3, 3, False), (0, 3, True)]
)
def test_one_batch_in_either_group_compares_batches_only(first, second, only):
    pair = (three("a", 91.6, 0.5, first), three("b", 82.8, 0.6, second))
    assert compare([pair])[0].batches_only is only


def test_a_condition_coincides_with_what_all_its_cells_share_and_no_other_cell_has():
    condition = {1: "coated", 2: "coated", 3: "bare", 4: "bare", 5: "bare"}
    assert coinciding(condition, dict.fromkeys(condition, "ada")) == {}
    week = {1: "W11", 2: "W11", 3: "W12", 4: "W12", 5: "W13"}
    assert coinciding(condition, week) == {"coated": "W11"}
    # One cell of each other condition in that week, and the two can be told apart again.
    assert coinciding(condition, {**week, 3: "W11"}) == {}


def test_what_is_not_known_of_a_cell_coincides_with_nothing():
    condition = {1: "coated", 2: "coated", 3: "bare"}
    assert coinciding(condition, {1: "ada", 3: "grace"}) == {}
    assert coinciding(condition, {1: "ada", 2: "ada"}) == {}
