"""What an inventory says: what is left of everything in a project, and that the ledger of each jar closes."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db.models import Sum
from django.utils import timezone

from lims.models import Project, User
from lims.units import mg_from_ug
from materials.models import MassEntry, Powder
from materials.stock import expiring, running_low
from testing.reporting import blocks

Section = dict[str, Any]
Kind = MassEntry.Kind
# How the kinds of entries stand in the table, in its order.
COLUMNS = {
    "Entered": (Kind.RECEIVED, Kind.MADE),
    "Gained": (Kind.GAINED, Kind.REBALANCED),
    "Drawn": (Kind.DRAWN, Kind.RETURNED, Kind.CORRECTED),
    "Lost": (Kind.LOST,),
    "Adjusted": (Kind.ADJUSTED,),
    "Disposed": (Kind.DISPOSED,),
}


def rests_on(project: Project) -> set[int]:
    """Return the identities that an inventory rests on: every powder of the project."""
    return set(Powder.objects.filter(identity__project=project).values_list("pk", flat=True))


def inventory_inputs(project: Project, by: User) -> dict[str, Any]:
    """Return everything that the inventory of a project says, as it stands now."""
    powders = (
        Powder.objects.filter(identity__project=project)
        .visible_to(by)
        .with_codes()
        .with_balance()
        .select_related("material", "place", "lot")
        .order_by("kind", "pk")
    )
    shown = list(powders)
    return {
        "title_facts": [
            {"name": "Project", "value": project.code},
            {"name": "Name", "value": project.name},
            {"name": "Jars", "value": str(len(shown))},
            {"name": "As of", "value": timezone.now().isoformat(timespec="minutes")},
        ],
        "sections": [
            _stock(shown),
            _balance([powder for powder in shown if not powder.counted_in]),
            _attention(by),
        ],
    }


def _stock(powders: list[Powder]) -> Section:
    rows = [
        [
            powder.code,
            powder.name,
            powder.get_kind_display(),
            powder.place.path if powder.place else "",
            powder.get_state_display(),
            powder.left_text(),
        ]
        for powder in powders
    ]
    columns = ["Powder", "Name", "Kind", "Place", "State", "Left"]
    return blocks.section(
        "stock", "What is left", blocks.table(columns, rows, none="The project has no powder.")
    )


def _balance(powders: list[Powder]) -> Section:
    """Return each ledger summed by kind of entry; the sum over all of them is what is left."""
    sums: dict[int, dict[str, int]] = defaultdict(dict)
    entries = MassEntry.objects.filter(powder__in=[powder.pk for powder in powders])
    for key, kind, total in entries.order_by().values_list("powder", "kind").annotate(Sum("change_ug")):
        sums[key][kind] = total
    rows = []
    for powder in powders:
        moved = {name: sum(sums[powder.pk].get(k, 0) for k in kinds) for name, kinds in COLUMNS.items()}
        left_ug = sum(sums[powder.pk].values())
        closes = left_ug == powder.balance_ug
        rows.append([powder.code, *(_mg(ug) for ug in moved.values()), _mg(left_ug), closes])
    columns: list[str | tuple[str, str]] = [
        "Powder",
        *((name, "mg") for name in COLUMNS),
        ("Left", "mg"),
        "Closes",
    ]
    note = (
        "Each column is the sum of the ledger's entries of that kind; corrections stand with what was drawn. A ledger "
        "closes where the sum of all its entries is the balance that its newest entry states."
    )
    return blocks.section("balance", "Mass balance", blocks.table(columns, rows, note=note))


def _attention(by: User) -> Section:
    low = [
        f"{one.material.name}: {one.stock.text()} left, the level is {one.level}" for one in running_low(by)
    ]
    soon = [
        f"{lot.code} {lot.name}: expires on {lot.lot.expires_on:%Y-%m-%d}, {lot.left_text()} left"
        for lot in expiring(by, timezone.localdate())
    ]
    return blocks.section(
        "attention",
        "What needs attention",
        blocks.items(low, title="Running low", none="Nothing is below its level."),
        blocks.items(soon, title="Expired or expiring", none="Nothing expires soon."),
    )


def _mg(mass_ug: int) -> dict[str, Any]:
    return blocks.exactly(float(mg_from_ug(mass_ug)), "mg")
