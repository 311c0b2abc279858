"""Where a powder's mass came from and where it went, read from the ledger along the thread."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from django.db.models import Q, Sum

from lims.trace import Direction, MassEnd, MassStory, Walk, chunks
from materials.calc.flows import Flow, Stock, Whereabouts, destinations, origins
from materials.models import MassEntry

# How a share of mass begins or ends; the words of the pages and of the API.
BOUGHT, GAINED, NOT_FOLLOWED = "bought", "gained", "not followed"
LEFT, IN_CELLS, LOST, WRITTEN_OFF = "left", "in cells", "lost", "written off"
DISPOSED, DRAWN = "disposed of", "drawn for other things"


def tell(subject: int, walked: Walk, direction: Direction) -> MassStory | None:
    """Return where the mass of ``subject`` came from (up) or went (down), or None where it has none."""
    flows = [Flow(*edge) for edge in walked.edges]
    books = read_books(walked.steps)
    if direction == "up":
        return _told_up(subject, flows, books, walked.cut)
    return _told_down(subject, flows, books)


class Books:
    """What the ledgers of some powders add up to."""

    def __init__(self) -> None:
        self.stocks: dict[int, Stock] = {}
        self.held_ug: dict[int, int] = {}


def read_books(powders: Iterable[int]) -> Books:
    """Return what the entries of these powders add up to, in a few queries however many entries there are."""
    sums: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for keys in chunks(powders):
        rows = (
            MassEntry.objects.filter(powder__in=keys)
            .order_by()
            .annotate(own=Q(reason=""), no_use=Q(use=None), no_consumer=Q(use__consumer=None))
            .values_list("powder_id", "kind", "own", "no_use", "no_consumer")
            .annotate(total_ug=Sum("change_ug"))
        )
        for powder, kind, own, no_use, no_consumer, total_ug in rows:
            sums[powder][_part(kind, own=own, no_use=no_use, no_consumer=no_consumer)] += total_ug
            sums[powder]["held"] += total_ug
    books = Books()
    for powder, parts in sums.items():
        books.stocks[powder] = _stock(parts)
        books.held_ug[powder] = parts["held"]
    return books


def _part(kind: str, *, no_use: bool, no_consumer: bool, own: bool) -> str:
    """Return which part of the powder's balance an entry belongs to."""
    if not no_use:
        return "drawn" if no_consumer else "passed on"
    if kind in (MassEntry.Kind.GAINED, MassEntry.Kind.LOST):
        # Without a reason it is the making process's, and only its net is known.
        return "process" if own else str(kind)
    if kind == MassEntry.Kind.REBALANCED:
        return "process"
    if kind in (MassEntry.Kind.ADJUSTED, MassEntry.Kind.DISPOSED):
        return str(kind)
    return "entered"


def _stock(parts: Mapping[str, int]) -> Stock:
    process_ug = parts["process"]
    return Stock(
        entered_ug=parts["entered"],
        gained_ug=parts["gained"] + max(process_ug, 0),
        lost_ug=-parts["lost"] + max(-process_ug, 0),
        adjusted_ug=parts["adjusted"],
        disposed_ug=-parts["disposed"],
        drawn_ug=-parts["drawn"],
    )


def _told_up(subject: int, flows: Sequence[Flow], books: Books, cut: Iterable[int]) -> MassStory | None:
    stock = books.stocks.get(subject)
    into = sum(flow.mass_ug or 0 for flow in flows if flow.target == subject)
    total_ug = into if stock is None else stock.entered_ug + stock.gained_ug
    if not total_ug and not any(flow.target == subject for flow in flows):
        return None
    found = origins(subject, flows=flows, stocks=books.stocks, cut=frozenset(cut))
    ends = [
        MassEnd(key, how, share) for key, how, share in _up_ends(found.sources, found.gains, found.beyond)
    ]
    # A test weighs nothing, but it is its cell's powders that were tested.
    return MassStory(total_ug=total_ug, entered=found.through, ends=ends)


def _up_ends(
    sources: Mapping[int, Fraction], gains: Mapping[int, Fraction], beyond: Mapping[int, Fraction]
) -> Iterable[tuple[int, str, Fraction]]:
    for how, shares in ((BOUGHT, sources), (GAINED, gains), (NOT_FOLLOWED, beyond)):
        for key, share in shares.items():
            yield key, how, share


def _told_down(subject: int, flows: Sequence[Flow], books: Books) -> MassStory | None:
    if not books.stocks.get(subject, Stock()).total_in_ug:
        return None
    found = destinations(subject, flows=flows, stocks=books.stocks, held_ug=books.held_ug)
    whole = Fraction(found.total_ug)
    return MassStory(
        total_ug=found.total_ug,
        entered={key: place.entered_ug / whole for key, place in found.places.items()},
        ends=[
            MassEnd(key, how, mass_ug / whole)
            for key, place in found.places.items()
            for how, mass_ug in _down_ends(place, is_powder=key in books.stocks)
            if mass_ug
        ],
    )


def _down_ends(place: Whereabouts, *, is_powder: bool) -> list[tuple[str, Fraction]]:
    return [
        (LEFT if is_powder else IN_CELLS, place.left_ug),
        (LOST, place.lost_ug),
        (WRITTEN_OFF, place.written_off_ug),
        (DISPOSED, place.disposed_ug),
        (DRAWN, place.drawn_ug),
        (NOT_FOLLOWED, place.beyond_ug),
    ]
