"""Shares of mass: exact, by hand, and always adding up to the whole."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from materials.calc.flows import Flow, Stock, destinations, origins

THIRD = Fraction(1, 3)


def test_a_merged_powder_comes_from_its_jars_by_their_masses() -> None:
    found = origins(
        3, flows=[Flow(1, 3, 100), Flow(2, 3, 50)], stocks={1: Stock(500), 2: Stock(80), 3: Stock(150)}
    )
    assert found.sources == {1: 2 * THIRD, 2: THIRD}
    assert found.gains == {}


def test_a_loss_takes_the_same_share_of_every_input() -> None:
    lost = {1: Stock(500), 2: Stock(80), 3: Stock(150, lost_ug=30)}
    assert origins(3, flows=[Flow(1, 3, 100), Flow(2, 3, 50)], stocks=lost).sources == {
        1: 2 * THIRD,
        2: THIRD,
    }


def test_the_coatings_own_mass_stands_beside_the_lots() -> None:
    """The paper's 0.8 wt%: 992 mg go in, 1000 mg come out, so 0.8 % of the product is no lot's."""
    stocks = {1: Stock(5_000_000), 2: Stock(992_000, gained_ug=8_000)}
    found = origins(2, flows=[Flow(1, 2, 992_000)], stocks=stocks)
    assert found.sources == {1: Fraction(992, 1000)}
    assert found.gains == {2: Fraction(8, 1000)}


def test_the_same_lot_by_two_ways_is_one_lot() -> None:
    """70 of coated and 30 of bare powder of one lot, in one merge."""
    flows = [Flow(1, 2, 70), Flow(2, 4, 70), Flow(1, 4, 30)]
    found = origins(4, flows=flows, stocks={1: Stock(500), 2: Stock(70), 4: Stock(100)})
    assert found.sources == {1: Fraction(1)}
    assert found.through == {4: 1, 2: Fraction(7, 10), 1: 1}


def test_what_is_counted_brings_no_mass_and_a_test_is_the_whole_of_its_cell() -> None:
    flows = [Flow(1, 3, 10), Flow(2, 3, None), Flow(3, 4, None)]
    found = origins(4, flows=flows, stocks={1: Stock(500)})
    assert found.sources == {1: Fraction(1)}


def test_where_the_walk_was_cut_the_share_is_told_apart() -> None:
    found = origins(2, flows=[Flow(1, 2, 10)], stocks={1: Stock(30), 2: Stock(10)}, cut={1})
    assert (found.sources, found.beyond) == ({}, {1: Fraction(1)})


def test_moisture_of_a_lot_is_no_lot() -> None:
    found = origins(1, flows=[], stocks={1: Stock(75, gained_ug=25)})
    assert (found.sources, found.gains) == ({1: Fraction(3, 4)}, {1: Fraction(1, 4)})


def test_each_way_out_of_a_jar_is_told() -> None:
    stock = Stock(100, gained_ug=20, lost_ug=10, adjusted_ug=-5, disposed_ug=15, drawn_ug=30)
    found = destinations(1, flows=[Flow(1, 2, 40)], stocks={1: stock, 2: Stock(40)}, held_ug={1: 20, 2: 40})
    place = found.places[1]
    assert found.total_ug == 120
    told = (
        place.left_ug,
        place.lost_ug,
        place.written_off_ug,
        place.disposed_ug,
        place.drawn_ug,
        place.passed_on_ug,
    )
    assert told == (20, 10, 5, 15, 30, 40)
    assert place.beyond_ug == 0


def test_what_others_bring_dilutes_but_does_not_count() -> None:
    """60 of 240 in a mixture; of its 80 in a cell a quarter is the lot's."""
    flows = [Flow(1, 2, 60), Flow(2, 3, 80)]
    found = destinations(1, flows=flows, stocks={1: Stock(60), 2: Stock(240)}, held_ug={1: 0, 2: 160})
    assert (found.places[2].left_ug, found.places[3].left_ug) == (40, 20)


def test_what_a_correction_of_the_book_added_counts_as_having_been_there() -> None:
    found = destinations(1, flows=[], stocks={1: Stock(50, adjusted_ug=10)}, held_ug={1: 60})
    assert (found.total_ug, found.places[1].left_ug) == (60, 60)


@st.composite
def labs(draw: st.DrawFn) -> tuple[list[Flow], dict[int, Stock], dict[int, int]]:
    """Make a consistent lab: each powder is made of earlier ones and what is not accounted for is still held."""
    number = draw(st.integers(2, 7))
    flows: list[Flow] = []
    stocks: dict[int, Stock] = {}
    held: dict[int, int] = {}
    for key in range(1, number + 1):
        entered = 0
        for source in range(1, key):
            if held[source] > 1 and draw(st.booleans()):
                mass_ug = draw(st.integers(1, held[source]))
                flows.append(Flow(source, key, mass_ug))
                held[source] -= mass_ug
                entered += mass_ug
        entered = entered or draw(st.integers(1, 10**6))
        gained = draw(st.integers(0, 1000))
        lost = draw(st.integers(0, entered + gained))
        stocks[key] = Stock(entered, gained_ug=gained, lost_ug=lost)
        held[key] = entered + gained - lost
    return flows, stocks, held


@settings(max_examples=200, deadline=None)
@given(lab=labs())
def test_the_shares_are_always_the_whole(lab: tuple[list[Flow], dict[int, Stock], dict[int, int]]) -> None:
    flows, stocks, held = lab
    for key in stocks:
        found = origins(key, flows=flows, stocks=stocks)
        assert sum(found.sources.values()) + sum(found.gains.values()) == 1
        went = destinations(key, flows=flows, stocks=stocks, held_ug=held)
        assert (
            sum(place.left_ug + place.lost_ug + place.beyond_ug for place in went.places.values())
            == went.total_ug
        )
        assert all(place.beyond_ug == 0 for place in went.places.values())


@settings(max_examples=200, deadline=None)
@given(lab=labs())
def test_what_a_lot_sees_below_is_what_those_below_see_above(
    lab: tuple[list[Flow], dict[int, Stock], dict[int, int]],
) -> None:
    """Down, so many ug of a lot are held in a jar; up, that jar's content says the same of the lot."""
    flows, stocks, held = lab
    lots = [key for key in stocks if not any(flow.target == key for flow in flows)]
    for jar in stocks:
        above = origins(jar, flows=flows, stocks=stocks)
        for lot in lots:
            went = destinations(lot, flows=flows, stocks=stocks, held_ug=held).places.get(jar)
            # What a lot gained in its own jar is its own, seen from above.
            share = above.sources.get(lot, 0) + above.gains.get(lot, 0)
            assert (went.left_ug if went else 0) == share * held[jar]
