"""What this app shows elsewhere."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse

from cells.basis import refresh_below
from cells.models import Cell, CellDesign, CellDesignEdition, DesignPress, Study
from lims import registry
from lims.models import User
from lims.permissions import may


def register() -> None:
    """Tell lims about the cells app."""
    registry.register(
        registry.Kind(Cell, "Cell", "Cells", "cells:cell", "cells:cells", "battery", _describe_cells)
    )
    registry.register(
        registry.Kind(
            Study, "Study", "Studies", "cells:study", "cells:studies", "microscope", _describe_studies
        )
    )
    registry.register(
        registry.Kind(
            CellDesign, "Design", "Designs", "cells:design", "cells:designs", "ruler", _describe_designs
        )
    )
    registry.navigation += [
        registry.NavigationItem("Studies", "cells:studies", "microscope", 5),
        registry.NavigationItem("Cells", "cells:cells", "battery", 20),
        registry.NavigationItem("Designs", "cells:designs", "ruler", 59),
    ]
    registry.immutable += [CellDesignEdition, DesignPress]
    registry.dependents.append(refresh_below)
    registry.home_cards += [studies_card, bench_card]


def _describe_cells(keys: Iterable[int]) -> dict[int, str]:
    return dict(Cell.objects.filter(pk__in=keys).values_list("pk", "condition__name"))


def _describe_studies(keys: Iterable[int]) -> dict[int, str]:
    return dict(Study.objects.filter(pk__in=keys).values_list("pk", "name"))


def _describe_designs(keys: Iterable[int]) -> dict[int, str]:
    return dict(CellDesign.objects.filter(pk__in=keys).values_list("pk", "name"))


def studies_card(user: User) -> registry.Card:
    """Show the newest studies."""
    studies = Study.objects.visible_to(user).with_codes()[:5]
    return registry.Card(
        title="Studies",
        icon="microscope",
        lines=[
            {"text": f"{s.code} · {s.name}", "url": registry.url_of(s.identity), "badge": ""} for s in studies
        ],
        empty="No study yet: a study compares conditions with several cells each.",
        action=("Start a study", reverse("cells:create_study")) if may(user, "record") else None,
    )


def bench_card(user: User) -> registry.Card:
    """Show the cells that wait for somebody's hands."""
    waiting = [Cell.State.PLANNED, Cell.State.BUILDING, Cell.State.BUILT]
    cells = Cell.objects.visible_to(user).with_codes().with_study().filter(state__in=waiting)[:8]
    return registry.Card(
        title="At the bench",
        icon="battery",
        lines=[
            {
                "text": f"{c.code} · {c.group}",
                "url": registry.url_of(c.identity),
                "badge": c.get_state_display(),
            }
            for c in cells
        ],
        empty="No cell waits to be pressed or tested.",
        action=("Plan a cell", reverse("cells:plan")) if may(user, "record") else None,
    )
