"""Which share of a powder's mass came from where, and which share of it went where; exact, in fractions.

What is in a jar is taken as well mixed: whatever leaves it has the composition of all that ever entered it. So a
loss takes the same share of every input, and a gain (the coating's own mass, moisture) stands beside the inputs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from graphlib import TopologicalSorter


@dataclass(frozen=True)
class Flow:
    """That ``mass_ug`` (None where it is no mass) of ``source`` went into ``target``; both are keys of records."""

    source: int
    target: int
    mass_ug: int | None


@dataclass(frozen=True)
class Stock:
    """What the ledger of one powder adds up to, in ug; all but ``adjusted_ug`` are zero or more.

    entered_ug    Received, or made of its inputs.
    gained_ug     The making process's net gain, and gains in the jar.
    lost_ug       The making process's net loss, and losses in the jar.
    adjusted_ug   What corrections of the book added (above 0) or took away.
    disposed_ug   Thrown away.
    drawn_ug      Drawn for what is no record: a sample, a trial.
    """

    entered_ug: int = 0
    gained_ug: int = 0
    lost_ug: int = 0
    adjusted_ug: int = 0
    disposed_ug: int = 0
    drawn_ug: int = 0

    @property
    def total_in_ug(self) -> int:
        """All that was ever there."""
        return self.entered_ug + self.gained_ug + max(self.adjusted_ug, 0)


NO_STOCK = Stock()


@dataclass(frozen=True)
class Origins:
    """Where a record's mass came from: ``sources``, ``gains`` and ``beyond`` together are 1.

    through   For each record on the way, the share of the mass that passed through it.
    sources   Where the way ends: lots.
    gains     What was added on the way: the share that each record gained.
    beyond    Records above which nothing was followed.
    """

    through: Mapping[int, Fraction]
    sources: Mapping[int, Fraction]
    gains: Mapping[int, Fraction]
    beyond: Mapping[int, Fraction]


@dataclass
class Whereabouts:
    """What became of the mass that entered one record, in ug of the subject; all but the first add up to it."""

    entered_ug: Fraction = Fraction(0)
    left_ug: Fraction = Fraction(0)
    lost_ug: Fraction = Fraction(0)
    written_off_ug: Fraction = Fraction(0)
    disposed_ug: Fraction = Fraction(0)
    drawn_ug: Fraction = Fraction(0)
    passed_on_ug: Fraction = Fraction(0)
    beyond_ug: Fraction = Fraction(0)


@dataclass(frozen=True)
class Destinations:
    """Where a record's mass went. What rests in all ``places`` together is ``total_ug``."""

    total_ug: int
    places: Mapping[int, Whereabouts] = field(default_factory=dict)


def origins(
    subject: int, *, flows: Iterable[Flow], stocks: Mapping[int, Stock], cut: Collection[int] = ()
) -> Origins:
    """Return which share of the mass of ``subject`` came from where.

    flows    Every edge above it.
    stocks   Of each powder among them, by its key; a cell has none.
    cut      Records whose inputs are not among ``flows`` although there may be some.

    1000 mg of lot 1 are coated to 1008 mg (2), of which 70 are mixed with 30 of lot 3 into 4:

    >>> edges = [Flow(1, 2, 1000), Flow(2, 4, 70), Flow(3, 4, 30)]
    >>> known = {1: Stock(5000), 2: Stock(1000, gained_ug=8), 3: Stock(90), 4: Stock(100)}
    >>> found = origins(4, flows=edges, stocks=known)
    >>> found.sources
    {3: Fraction(3, 10), 1: Fraction(25, 36)}
    >>> found.gains, sum(found.sources.values()) + sum(found.gains.values())
    ({2: Fraction(1, 180)}, Fraction(1, 1))
    """
    into: dict[int, list[Flow]] = defaultdict(list)
    for flow in flows:
        into[flow.target].append(flow)
    through: dict[int, Fraction] = defaultdict(Fraction, {subject: Fraction(1)})
    sources: dict[int, Fraction] = {}
    gains: dict[int, Fraction] = {}
    beyond: dict[int, Fraction] = {}
    for key in _in_order(subject, {key: [flow.source for flow in found] for key, found in into.items()}):
        share, stock = through[key], stocks.get(key, NO_STOCK)
        if not share:
            continue
        inputs = _masses(into[key])
        entered_ug = sum(inputs.values()) or stock.entered_ug
        gained = Fraction(stock.gained_ug, entered_ug + stock.gained_ug) if stock.gained_ug else Fraction(0)
        if gained:
            gains[key] = share * gained
        if inputs:
            for source, mass_ug in inputs.items():
                through[source] += share * (1 - gained) * mass_ug / entered_ug
        elif key in cut:
            beyond[key] = share * (1 - gained)
        elif len(into[key]) == 1 and key not in stocks:
            # A test is the whole of its cell.
            through[into[key][0].source] += share
        else:
            sources[key] = share * (1 - gained)
    return Origins(through=_above_zero(through), sources=sources, gains=gains, beyond=beyond)


def destinations(
    subject: int, *, flows: Iterable[Flow], stocks: Mapping[int, Stock], held_ug: Mapping[int, int]
) -> Destinations:
    """Return where the mass of ``subject`` went, as far down as ``flows`` go.

    flows     Every edge below it, with the whole mass of each.
    stocks    Of each powder among them, by its key; what has none, such as a cell, keeps what enters it.
    held_ug   What each powder holds now.

    Of 100 ug, 60 were mixed with 60 of another powder, half of that was pressed and the rest is in its jar:

    >>> edges = [Flow(1, 2, 60), Flow(2, 3, 60)]
    >>> known = {1: Stock(100, lost_ug=5), 2: Stock(120)}
    >>> found = destinations(1, flows=edges, stocks=known, held_ug={1: 35, 2: 60})
    >>> [(key, str(place.left_ug)) for key, place in found.places.items()]
    [(1, '35'), (2, '30'), (3, '30')]
    >>> str(found.places[1].lost_ug), found.total_ug
    ('5', 100)
    """
    out_of: dict[int, list[Flow]] = defaultdict(list)
    for flow in flows:
        out_of[flow.source].append(flow)
    total_ug = stocks.get(subject, NO_STOCK).total_in_ug
    places: dict[int, Whereabouts] = defaultdict(Whereabouts, {subject: Whereabouts(Fraction(total_ug))})
    for key in _in_order(subject, {key: [flow.target for flow in found] for key, found in out_of.items()}):
        place, stock = places[key], stocks.get(key)
        if not place.entered_ug:
            continue
        if stock is None:
            place.left_ug = place.entered_ug
            continue
        given = _masses(out_of[key], by_target=True)
        # Of every ug that was ever there, so much is the subject's.
        part = place.entered_ug / stock.total_in_ug
        place.left_ug = part * held_ug.get(key, 0)
        place.lost_ug = part * stock.lost_ug
        place.written_off_ug = part * max(-stock.adjusted_ug, 0)
        place.disposed_ug = part * stock.disposed_ug
        place.drawn_ug = part * stock.drawn_ug
        place.passed_on_ug = part * sum(given.values())
        place.beyond_ug = place.entered_ug - (
            place.left_ug + place.lost_ug + place.written_off_ug + place.disposed_ug + place.drawn_ug
            + place.passed_on_ug
        )  # fmt: skip
        for target, mass_ug in given.items():
            places[target].entered_ug += part * mass_ug
    return Destinations(
        total_ug=total_ug, places={key: place for key, place in places.items() if place.entered_ug}
    )


def _masses(flows: Sequence[Flow], *, by_target: bool = False) -> dict[int, int]:
    """Return the mass of each neighbour, in the order of the flows; what is counted has none."""
    masses: dict[int, int] = {}
    for flow in flows:
        if flow.mass_ug:
            key = flow.target if by_target else flow.source
            masses[key] = masses.get(key, 0) + flow.mass_ug
    return masses


def _in_order(subject: int, next_of: Mapping[int, Sequence[int]]) -> list[int]:
    """Return every record that is reached, each after all that lead to it."""
    before: dict[int, set[int]] = {subject: set()}
    for key, following in next_of.items():
        before.setdefault(key, set())
        for other in following:
            before.setdefault(other, set()).add(key)
    return list(TopologicalSorter(before).static_order())


def _above_zero(shares: Mapping[int, Fraction]) -> dict[int, Fraction]:
    return {key: share for key, share in shares.items() if share}
