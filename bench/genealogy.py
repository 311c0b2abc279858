"""The thread of a cell in a database of 1,000,000 uses takes at most three times as long as among 1,000."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import temporary

# isort: split

from lims.models import Identity, Project, User
from lims.suspicion import mark_suspect
from lims.thread_rows import thread_of
from materials.models import MassEntry, Material, Powder, Use
from tests.factories import make_cell, make_person, make_project, make_shelf, make_test

FEW, MANY, MOST = 1_000, 1_000_000, 3.0
# Each mixture is of so many powders, and each powder goes into about as many mixtures.
WIDTH = 10


def fill(edges: range, *, project: Project, material: Material, by: User) -> None:
    """Add so many uses, each with its draw, between powders of their own."""
    mixtures = range(edges.start // WIDTH, edges.stop // WIDTH)
    key = (Identity.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1 - mixtures.start
    who = {"performed_by": by, "recorded_by": by}
    temporary.insert(
        Identity,
        (Identity(pk=key + n, code=f"BENCH-{n}", kind="materials.powder", project=project) for n in mixtures),
    )
    temporary.insert(
        Powder,
        (Powder(pk=key + n, kind="lot", name=f"Powder {n}", material=material, **who) for n in mixtures),
    )
    first = (Use.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1 - edges.start

    def ends(edge: int) -> tuple[int, int]:
        # Only of what was made before, so that nothing is made from itself.
        consumer = max(edge // WIDTH, mixtures.start + 1)
        return key + max(mixtures.start, consumer - 1 - edge % WIDTH), key + consumer

    def uses() -> Iterator[Use]:
        for n in edges:
            powder, consumer = ends(n)
            yield Use(pk=first + n, powder_id=powder, consumer_id=consumer, purpose="mixed")

    temporary.insert(Use, uses())
    last: dict[int, int] = {}

    def draws() -> Iterator[MassEntry]:
        for n in edges:
            powder, _ = ends(n)
            last[powder] = last.get(powder, 0) + 1
            yield MassEntry(
                powder_id=powder, seq=last[powder], kind="drawn", change_ug=-1, balance_after_ug=10**6 - last[powder],
                use_id=first + n, by=by,
            )  # fmt: skip

    temporary.insert(MassEntry, draws())


def main() -> int:
    with temporary.database() as vendor:
        project = make_project()
        ada = make_person("ada", project=project)
        shelf = make_shelf(ada, project)
        cell = make_cell(shelf)
        make_test(cell, ada)
        lot = shelf.lots["NMC"].identity
        mark_suspect(identity=shelf.coated.identity, reason="bench", by=ada)
        asked: dict[str, Callable[[], object]] = {
            "up from a cell": lambda: thread_of(cell.identity, direction="up", user=ada),
            "down from its lot": lambda: thread_of(lot, direction="down", user=ada),
        }
        measured = []
        for edges in (range(FEW), range(FEW, MANY)):
            fill(edges, project=project, material=shelf.materials["NMC"], by=ada)
            temporary.settle()
            measured.append({name: temporary.milliseconds(ask, times=100) for name, ask in asked.items()})
        print(f"The thread of a cell among {FEW:,} and among {Use.objects.count():,} uses, {vendor}")
        few, many = measured
        holds = [temporary.verdict(name, few[name], many[name], most=MOST) for name in asked]
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
