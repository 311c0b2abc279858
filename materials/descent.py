"""What a powder comes from, one jar at a time."""

from __future__ import annotations

from materials.models import Powder, PowderLot, Use


def parents_of(powder: Powder) -> list[Powder]:
    """Return the powders that a coated, treated, parted or merged powder is of; none for lots and composites."""
    if powder.kind == Powder.Kind.COATING:
        return [powder.coating.load.powder]
    uses = Use.objects.filter(consumer=powder.pk, purpose__in=Use.SAME_SUBSTANCE).order_by("pk")
    return [use.powder for use in uses.select_related("powder__identity", "powder__material")]


def root_lot(powder: Powder) -> PowderLot | None:
    """Return the one lot that all of a powder comes from, or None where there are several or none."""
    lots = {}
    queue = [powder]
    while queue:
        link = queue.pop()
        if link.kind == Powder.Kind.LOT:
            lots[link.pk] = link.lot
        elif link.kind == Powder.Kind.COMPOSITE:
            return None
        else:
            queue += parents_of(link)
    return next(iter(lots.values())) if len(lots) == 1 else None
