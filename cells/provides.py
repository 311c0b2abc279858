"""What this app shows elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from cells import claimable
from cells.basis import refresh_below
from cells.imports import CELLS
from cells.models import Cell, CellDesign, CellDesignEdition, DesignLayer, DesignPress, Study
from cells.views.claims import claims_of_study
from cells.views.panel import panel_of_cell
from cells.views.planning import plan_of_cell
from lims import facts, imports, registry
from lims.models import User
from lims.numbers import exact
from lims.permissions import may
from lims.tables import Cell as Field
from lims.tables import Column, Table
from materials.models import Powder


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
    registry.immutable += [CellDesignEdition, DesignLayer, DesignPress]
    registry.dependents.append(refresh_below)
    registry.add_detail_part(Cell, panel_of_cell)
    registry.add_detail_part(Cell, plan_of_cell)
    registry.add_detail_part(Study, claims_of_study)
    claimable.register_all()
    registry.on_threads.add(Cell._meta.label_lower)
    registry.name_finders += [_studies_by_name, _designs_by_name]
    registry.home_cards += [studies_card, bench_card]
    registry.labellers[Cell._meta.label_lower] = label_words
    registry.add_detail_part(Powder, _exposure_of_powder)
    imports.register(CELLS)


def _studies_by_name(word: str) -> QuerySet[Any]:
    return Study.objects.filter(name__icontains=word).order_by().values("pk")


def _designs_by_name(word: str) -> QuerySet[Any]:
    return CellDesign.objects.filter(name__icontains=word).order_by().values("pk")


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
        action=("Build at the bench", reverse("cells:bench_start")) if may(user, "record") else None,
        section=registry.Section.TODAY,
    )


def label_words(keys: Iterable[int]) -> dict[int, registry.LabelWords]:
    """Return what the label of a cell says: its condition, its design and die."""
    cells = Cell.objects.filter(pk__in=list(keys)).with_study()
    return {
        cell.pk: registry.LabelWords(
            title=cell.group,
            lines=[
                f"{cell.study.code} {cell.study.name}",
                cell.edition.design.name,
                f"{cell.die.code}, {timezone.localtime(cell.performed_at):%Y-%m-%d}",
            ],
        )
        for cell in cells
    }


def _exposure_of_powder(powder: Powder, user: User) -> dict[str, Any]:
    """Return how long a powder lay open or sealed, and the way to say so."""
    if not may(user, "record"):
        return {}
    url = reverse("cells:exposure", args=[powder.code])
    exposures = powder.identity.exposures.select_related("glovebox__identity", "recorded_by")
    offered = {"actions": [{"label": "Exposure", "url": url, "icon": "wind", "primary": False}]}
    if not exposures.exists():
        return offered
    columns = [
        Column("Until", lambda e: str(facts.spelled(e.ended_at))),
        Column("How", lambda e: Field(f"{e.get_how_display()}, {exact(e.hours)} h", hint=e.atmosphere)),
        Column("O₂, ppm", lambda e: "" if e.highest_oxygen_ppm is None else exact(e.highest_oxygen_ppm)),
        Column("H₂O, ppm", lambda e: "" if e.highest_water_ppm is None else exact(e.highest_water_ppm)),
        Column("Note", lambda e: e.note),
    ]
    panel = {"title": "Exposure", "table": Table.of(columns, exposures)}
    return {**offered, "tables_below": [panel]}
