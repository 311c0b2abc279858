"""Correcting the mix that 1,000 cells were pressed from costs, per cell, a tenth of correcting it under one.

Every number of every cell is computed anew, in the transaction that corrects the mass and without a raw file.
"""

from __future__ import annotations

import sys
from itertools import count
from time import perf_counter

import temporary

# isort: split

from cells.actions import correct_layer
from cells.models import Cell, CellBasis, Layer
from lims.models import Identity
from materials.actions import correct_use
from materials.models import MassEntry, Use
from tests.factories import Shelf, make_cell, make_person, make_project, make_shelf

MANY, MOST = 1_000, 0.1
MASSES_UG = {"separator": 48_600, "positive": 8_100, "negative": 13_280}


def copies(cell: Cell, shelf: Shelf, number: int) -> None:
    """Add so many cells like ``cell``, pressed from the same jars, without the actions: for size."""
    key = Identity.objects.order_by("-pk").values_list("pk", flat=True)[0] + 1
    use_key = Use.objects.order_by("-pk").values_list("pk", flat=True)[0] + 1
    who = {"performed_by": shelf.by, "recorded_by": shelf.by}
    numbers = range(number)
    temporary.insert(
        Identity,
        (Identity(pk=key + n, code=f"BENCH-{n}", kind="cells.cell", project=shelf.project) for n in numbers),
    )
    temporary.insert(
        Cell,
        (
            Cell(
                pk=key + n, condition=cell.condition, edition=cell.edition, die=cell.die, state="built", **who
            )
            for n in numbers
        ),
    )
    powders = {
        "separator": shelf.lots["LPSC"],
        "positive": shelf.coated_composite,
        "negative": shelf.anode_composite,
    }
    for place, (role, mass_ug) in enumerate(MASSES_UG.items()):
        first, jar = use_key + place * number, powders[role]
        seq = jar.entries.count()
        temporary.insert(
            Use,
            (
                Use(pk=first + n, powder=jar, consumer_id=key + n, purpose="pressed", balance=shelf.balance)
                for n in numbers
            ),
        )
        temporary.insert(
            MassEntry,
            (
                MassEntry(
                    powder=jar, seq=seq + n + 1, kind="drawn", change_ug=-mass_ug, by=shelf.by, use_id=first + n,
                    balance_after_ug=jar.balance_now_ug(),
                )
                for n in numbers
            ),
        )  # fmt: skip
        temporary.insert(Layer, (Layer(cell_id=key + n, role=role, use_id=first + n, **who) for n in numbers))


def main() -> int:
    with temporary.database() as vendor:
        ada = make_person("ada", project=(project := make_project()))
        shelf = make_shelf(ada, project)
        cell = make_cell(shelf)
        electrolyte = Use.objects.get(powder=shelf.lots["LPSC"], consumer=shelf.coated_composite.pk)
        other = count(60_001)

        def correct_the_mix() -> None:
            correct_use(use=electrolyte, mass_ug=next(other), reason="bench", by=ada)

        one_ms = temporary.milliseconds(correct_the_mix, times=9)
        copies(cell, shelf, MANY - 1)
        temporary.settle()
        versions = CellBasis.objects.count()
        begun = perf_counter()
        correct_the_mix()
        many_ms = 1000 * (perf_counter() - begun)
        computed = CellBasis.objects.count() - versions
        begun = perf_counter()
        correct_layer(cell=cell, role="positive", mass_ug=8_300, reason="bench", by=ada)
        print(f"One mass of one cell corrected among {MANY:,}: {1000 * (perf_counter() - begun):.0f} ms")
        print(f"The mix under {computed:,} cells corrected at once, {vendor}: {many_ms / 1000:.2f} s")
        holds = temporary.verdict("per cell, alone and among 1,000", one_ms, many_ms / MANY, most=MOST)
    return 0 if holds and computed == MANY else 1


if __name__ == "__main__":
    sys.exit(main())
