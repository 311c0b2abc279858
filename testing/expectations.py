"""What a test's set-up card asks for, as the start check takes it."""

from __future__ import annotations

from typing import Any

from django.db.models import Avg

from cells.models import Cell
from cells.models.basis import CellBasis
from cells.models.design import LayerRole
from testing import protocols
from testing.calc.start_check import Expectation, OtherCurrent
from testing.models import CellTest


def expectation_of(test: CellTest) -> Expectation:
    """Return what ``test`` should begin with; what nobody has stated is None and is not judged."""
    cell = test.cell
    own = one_c_of(cell)
    step = first_step(test)
    edition = cell.edition
    return Expectation(
        one_c_current_ma=own,
        set_one_c_ma=test.one_c_current_ma,
        c_rate=step.get("c_rate"),
        direction=_direction(step),
        upper_v=edition.upper_cell_voltage_v,
        lower_v=edition.lower_cell_voltage_v,
        temperature_c=test.temperature_c,
        others=tuple(others_of(cell, own)) if own is not None else (),
    )


def one_c_of(cell: Cell) -> float | None:
    """Return the cell's own 1C current in mA, from what was weighed; None where that is not known."""
    basis = CellBasis.objects.filter(cell=cell, current=True).first()
    return basis.one_c_current_ma if basis else None


def first_step(test: CellTest) -> dict[str, Any]:
    """Return the first step of the protocol that carries current, empty where there is none."""
    return protocols.first_step(test.protocol_edition)


def _direction(step: dict[str, Any]) -> str | None:
    """Return the direction of a step; one that goes both ways begins with the charge."""
    direction = step.get("direction")
    return "charge" if direction == "both" else direction


def others_of(cell: Cell, own: float) -> list[OtherCurrent]:
    """Return 1C currents that belong to other cut-offs: of the active material, and of the study's other cells."""
    edition = cell.edition
    found: dict[float, OtherCurrent] = {}
    positive = edition.layer(LayerRole.POSITIVE)
    if positive is not None and positive.material is not None and positive.specific_capacity_mah_g:
        for capacity in positive.material.capacities.exclude(upper_cut_off_v=None):
            cut_off = float(capacity.upper_cut_off_v or 0)
            scaled = own * capacity.specific_capacity_mah_g / positive.specific_capacity_mah_g
            found[cut_off] = OtherCurrent(f"a {cut_off:g} V cell", scaled)
    study = CellBasis.objects.filter(
        cell__condition__study=cell.condition.study_id, current=True, one_c_current_ma__isnull=False
    )
    means = study.values("cell__edition__upper_cut_off_v_vs_li").annotate(mean=Avg("one_c_current_ma"))
    for row in means.order_by():
        stated: float | None = row["cell__edition__upper_cut_off_v_vs_li"]
        if stated is not None:
            found[stated] = OtherCurrent(f"a {stated:g} V cell of this study", row["mean"])
    if edition.upper_cut_off_v_vs_li is not None:
        found.pop(edition.upper_cut_off_v_vs_li, None)
    return [found[cut_off] for cut_off in sorted(found)]
