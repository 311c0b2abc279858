"""The balance of a powder with 100,000 entries takes at most twice as long as that of one with 10."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial

import temporary

# isort: split

from lims.models import User
from materials.models import MassEntry, Powder
from tests.factories import make_lot, make_person, make_project

FEW, MANY, MOST = 10, 100_000, 2.0


def fill(powder: Powder, by: User, entries: int) -> None:
    """Add adjustments by a microgram until the powder has so many entries."""
    full = powder.balance_now_ug()
    told = {"powder": powder, "kind": "adjusted", "change_ug": -1, "reason": "bench", "by": by}
    rows = (MassEntry(seq=n + 1, balance_after_ug=full - n, **told) for n in range(1, entries))
    temporary.insert(MassEntry, rows)


ASKED: dict[str, Callable[[Powder], int]] = {
    "asked of the ledger": lambda powder: powder.balance_now_ug(),
    "as a list asks": lambda powder: Powder.objects.with_balance().get(pk=powder.pk).balance_ug,
}


def main() -> int:
    with temporary.database() as vendor:
        project = make_project()
        ada = make_person("ada", project=project)
        few, many = (make_lot(ada, project, received_mg=1_000) for _ in range(2))
        fill(few, ada, FEW)
        fill(many, ada, MANY)
        temporary.settle()
        print(f"Balance of a powder with {FEW} and with {MANY:,} entries, {vendor}")
        holds = []
        for name, ask in ASKED.items():
            taken = [temporary.milliseconds(partial(ask, powder), times=400) for powder in (few, many)]
            holds.append(temporary.verdict(name, *taken, most=MOST))
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
