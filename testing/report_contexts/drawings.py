"""What can be drawn in a report: a name, and the function that turns its frozen data into SVG."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lims.numbers import exact
from materials.figures import Edge, Node, lineage_figure
from testing.figures import Curve, Group, cycles_figure, ice_figure, voltage_figure
from testing.report_contexts import pictures

Data = Mapping[str, Any]


def _cycles(data: Data, *, simulated: bool) -> str:
    return cycles_figure(
        cycle_numbers=data["cycle_numbers"],
        charge_mah_cm2=data["charge_mah_cm2"],
        discharge_mah_cm2=data["discharge_mah_cm2"],
        efficiency=data["efficiency"],
        simulated=simulated,
    )


def _voltage(data: Data, *, simulated: bool) -> str:
    return voltage_figure(curves=[Curve(**curve) for curve in data["curves"]], simulated=simulated)


def _ice(data: Data, *, simulated: bool) -> str:
    return ice_figure([Group(**group) for group in data["groups"]], simulated=simulated)


def _lineage(data: Data, *, simulated: bool) -> str:  # noqa: ARG001 - one shape for all drawings
    nodes = [Node(code=node["code"], kind=node["kind"], label=node["label"]) for node in data["nodes"]]
    edges = [
        Edge(
            source=edge["source"],
            target=edge["target"],
            label="" if edge["mass_mg"] is None else f"{exact(edge['mass_mg'])} mg",
        )
        for edge in data["edges"]
    ]
    return lineage_figure(nodes=nodes, edges=edges)


DRAWINGS: dict[str, Callable[..., str]] = {
    "cycles": _cycles,
    "voltage": _voltage,
    "ice": _ice,
    "lineage": _lineage,
    "picture": pictures.draw,
}
