"""What is made again and again and should come out the same: one value a batch, in the order of making."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cells.models import Cell, CellBasis, Layer
from cells.models.design import LayerRole
from lims import registry
from lims.models import User
from materials.coated import growths
from materials.models import CoatingBatch, Powder
from testing.analyse import ICE
from testing.models import Metric

# A chart of more points is a chart of a factory.
MOST_POINTS = 2000


@dataclass(frozen=True)
class Made:
    """One batch: its code and page, when it was made, and the quantity's value."""

    code: str
    url: str
    at: datetime
    value: float
    simulated: bool


@dataclass(frozen=True)
class Process:
    """A quantity of a process. ``batch`` says what one point is."""

    name: str
    label: str
    unit: str
    batch: str
    batches: str
    read: Callable[[User], list[Made]]


def _growth(user: User) -> list[Made]:
    powders = Powder.objects.visible_to(user).of_kind(Powder.Kind.COATING)
    batches = CoatingBatch.objects.filter(powder__in=powders.order_by().values("pk")).select_related(
        "powder__identity__project", "edition__recipe"
    )
    return [
        Made(
            batch.powder.code,
            registry.url_of(batch.powder.identity),
            batch.powder.performed_at,
            found[0].growth_angstrom,
            batch.powder.simulated,
        )
        for batch in batches
        if (found := growths(batch))
    ]


def _cells(user: User) -> dict[int, Cell]:
    found = Cell.objects.visible_to(user).with_codes().order_by("-performed_at", "-pk")[:MOST_POINTS]
    return {cell.pk: cell for cell in found}


def _made(cells: dict[int, Cell], values: dict[int, float]) -> list[Made]:
    return [
        Made(cell.code, registry.url_of(cell.identity), cell.performed_at, values[key], cell.simulated)
        for key, cell in cells.items()
        if key in values
    ]


def _known(pairs: Iterable[tuple[int, float | None]]) -> dict[int, float]:
    return {key: value for key, value in pairs if value is not None}


def _loading(user: User) -> list[Made]:
    cells = _cells(user)
    rows = CellBasis.objects.filter(cell__in=cells, current=True, active_loading_mg_cm2__isnull=False)
    return _made(cells, _known(rows.values_list("cell_id", "active_loading_mg_cm2")))


def _thickness(user: User) -> list[Made]:
    cells = _cells(user)
    rows = Layer.objects.filter(cell__in=cells, role=LayerRole.SEPARATOR, thickness_um__isnull=False)
    return _made(cells, _known(rows.values_list("cell_id", "thickness_um")))


def _ocv(user: User) -> list[Made]:
    cells = _cells(user)
    return _made(
        cells,
        {key: c.open_circuit_voltage_v for key, c in cells.items() if c.open_circuit_voltage_v is not None},
    )


def _efficiency(user: User) -> list[Made]:
    """Return the mean efficiency of the cells of each mix: cells of one mix are no batches of their own."""
    cells = _cells(user)
    metrics = Metric.objects.filter(cell__in=cells, name=ICE, test=None, value__isnull=False)
    values = {key: value for key, value in metrics.values_list("cell_id", "value") if value is not None}
    mixes: dict[int, list[float]] = {}
    records = {}
    layers = Layer.objects.filter(cell__in=values, role=LayerRole.POSITIVE).select_related(
        "use__powder__identity__project"
    )
    for layer in layers:
        mixes.setdefault(layer.use.powder_id, []).append(values[layer.cell_id])
        records[layer.use.powder_id] = layer.use.powder
    return [
        Made(
            records[key].code,
            registry.url_of(records[key].identity),
            records[key].performed_at,
            100 * math.fsum(own) / len(own),
            records[key].simulated,
        )
        for key, own in mixes.items()
    ]


PROCESSES = {
    process.name: process
    for process in (
        Process("growth", "Growth per cycle", "Å", "ALD run", "ALD runs", _growth),
        Process("loading", "Active loading", "mg/cm²", "cell", "cells", _loading),
        Process("thickness", "Thickness of the SE separator", "µm", "cell", "cells", _thickness),
        Process("ocv", "OCV after assembly", "V", "cell", "cells", _ocv),
        Process("ice", "Initial coulombic efficiency, mean of a mix", "%", "mix", "mixes", _efficiency),
    )
}


def in_order(made: Sequence[Made]) -> list[Made]:
    """Return batches in the order in which they were made."""
    return sorted(made, key=lambda one: (one.at, one.code))
