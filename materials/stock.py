"""What runs low and what expires: asked of the ledger, in a number of queries that does not grow."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, Sum

from lims.models import User
from lims.units import mass_text
from materials.models import Material, Powder, PowderQuerySet, Use, count_text

# What is below its level by counting is written with the digits that were counted.
MILLI = 1000


@dataclass
class Stock:
    """What is left of a material in its open containers: a mass, and counts by their unit in thousandths."""

    mass_ug: int = 0
    counts_milli: dict[str, int] = field(default_factory=dict)
    weighed: bool = False

    def text(self) -> str:
        """Return what is left, each unit on its own."""
        parts = [mass_text(self.mass_ug)] if self.weighed or not self.counts_milli else []
        return " and ".join([*parts, *(count_text(n, unit) for unit, n in sorted(self.counts_milli.items()))])


@dataclass(frozen=True)
class Low:
    """A material of which less is left than its level."""

    material: Material
    stock: Stock
    level: str


def containers_of(user: User) -> PowderQuerySet:
    """Return the open lots that ``user`` may see, and the aliquots taken straight from lots: what is in stock."""
    from_a_lot = Use.objects.filter(
        consumer=OuterRef("pk"), purpose=Use.Purpose.PARTED, powder__kind=Powder.Kind.LOT
    )
    return (
        Powder.objects.visible_to(user)
        .open()
        .filter(Q(kind=Powder.Kind.LOT) | Q(kind=Powder.Kind.ALIQUOT) & Exists(from_a_lot))
    )


def stock_of(materials: list[Material], user: User) -> dict[int, Stock]:
    """Return what is left of each material, keyed by its id; one query."""
    rows = (
        containers_of(user)
        .filter(material__in=[material.pk for material in materials])
        .with_balance()
        .order_by()
        .values("material_id", "counted_in")
        .annotate(mass=Sum("balance_ug"), count=Sum("balance_milli"))
    )
    left: dict[int, Stock] = defaultdict(Stock)
    for row in rows:
        stock = left[row["material_id"]]
        if row["counted_in"]:
            stock.counts_milli[row["counted_in"]] = row["count"]
        else:
            stock.mass_ug, stock.weighed = row["mass"], True
    return {material.pk: left[material.pk] for material in materials}


def running_low(user: User) -> list[Low]:
    """Return the materials of which all open containers together hold less than the level set for them."""
    watched = list(
        Material.objects.visible_to(user)
        .exclude(low_stock_ug=None, low_stock_count=None)
        .with_codes()
        .order_by("name")
    )
    stocks = stock_of(watched, user)
    return [
        Low(material, stocks[material.pk], level)
        for material in watched
        if (level := _level_missed(material, stocks[material.pk]))
    ]


def _level_missed(material: Material, stock: Stock) -> str:
    """Return in words the level that ``stock`` is below, or nothing."""
    if material.low_stock_ug is not None and stock.mass_ug < material.low_stock_ug:
        return mass_text(material.low_stock_ug)
    level = material.low_stock_count
    # Units cannot be added up: one of them above the level is enough.
    if level is not None and max(stock.counts_milli.values(), default=0) < level * MILLI:
        return f"{level:g}" + (f" {unit}" if (unit := _only_unit(stock)) else "")
    return ""


def _only_unit(stock: Stock) -> str:
    units = list(stock.counts_milli)
    return count_text(0, units[0]).partition(" ")[2] if len(units) == 1 else ""


def expiring(user: User, on: date) -> PowderQuerySet:
    """Return the open lots with something left that have expired, or expire within the notice, soonest first."""
    return (
        Powder.objects.visible_to(user)
        .open()
        .filter(lot__expires_on__lte=on + settings.EXPIRY_NOTICE)
        .with_balance()
        .filter(Q(balance_ug__gt=0) | Q(balance_milli__gt=0))
        .select_related("lot", "material")
        .with_codes()
        .order_by("lot__expires_on", "pk")
    )


def has_expired(powder: Powder, on: date) -> bool:
    """Return whether a lot's last good day lies before this day."""
    expires_on = powder.lot.expires_on
    return expires_on is not None and expires_on < on
