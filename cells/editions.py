"""Editions of designs with all that they say, asked for in a handful of questions."""

from __future__ import annotations

from django.db.models import Prefetch

from cells.models import CellDesign, CellDesignEdition, DesignLayer

MOST_EDITIONS_SHOWN = 20


def editions_of(design: CellDesign) -> list[CellDesignEdition]:
    """Return the newest editions of a design, newest first, and one more than a page shows."""
    found = CellDesignEdition.objects.filter(design=design).select_related(
        "design__identity__project", "die__identity", "balance__identity"
    )
    layers = DesignLayer.objects.select_related("material__identity", "formulation__formulation__identity")
    return list(
        found.prefetch_related(
            Prefetch("layers", layers.prefetch_related("material__capacities")), "limits", "press_schedule"
        )[: MOST_EDITIONS_SHOWN + 1]
    )


def stacked(edition_id: int) -> CellDesignEdition:
    """Return one edition with its layers, limits and press schedule."""
    layers = DesignLayer.objects.select_related("material__identity", "formulation__formulation__identity")
    found: CellDesignEdition = (
        CellDesignEdition.objects.select_related(
            "design__identity__project", "die__identity", "balance__identity"
        )
        .prefetch_related(
            Prefetch("layers", layers.prefetch_related("material__capacities")), "limits", "press_schedule"
        )
        .get(pk=edition_id)
    )
    return found
