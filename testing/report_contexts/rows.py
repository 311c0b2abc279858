"""From the parts of a stored snapshot to what templates show: figures drawn, numbers rounded.

Nothing is looked up here and nothing computed anew: a report says what its frozen inputs say.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lims.figures import data_uri
from lims.numbers import NO_VALUE, aligned, exact, plain, unit_sign
from lims.templatetags.numbers import number_parts
from materials.figures import Edge, Node, lineage_figure
from testing.figures import Curve, cycles_figure, voltage_figure
from testing.metric_keys import place_of_variant

# A longer table costs minutes and hundreds of MB to lay out, and nobody reads it on paper.
CYCLE_ROWS_MAX = 60
# A number at this many rates is printed in a table of its own.
SIDE_BY_SIDE_FROM = 3

JsonObject = Mapping[str, Any]


@dataclass(frozen=True)
class NumberRow:
    """A named number as the template prints it: text padded so that its column lines up on the decimal."""

    label: str
    value: str
    uncertainty: str
    unit: str
    basis: str
    note: str
    reason: str


@dataclass(frozen=True)
class CycleRow:
    """One cycle of the table; ``gap_before`` marks the row in front of which others were left out."""

    number: int
    charge: str
    discharge: str
    charge_areal: str
    discharge_areal: str
    efficiency: str
    complete: bool
    gap_before: bool


@dataclass(frozen=True)
class LineageRow:
    """One record of the lineage: what it is, what is known of it and where its mass went."""

    code: str
    kind: str
    label: str
    facts: Sequence[Sequence[str]]
    uses: Sequence[str]


@dataclass(frozen=True)
class RateRow:
    """A number at several rates: one entry a rate, empty where the test has none."""

    label: str
    unit: str
    entries: Sequence[str]


@dataclass(frozen=True)
class RateTable:
    """The numbers of a test that it has at several rates; ``reasons`` say what is missing and why."""

    rates: Sequence[str]
    rows: Sequence[RateRow]
    reasons: Sequence[str]


@dataclass(frozen=True)
class Method:
    """A method in one version, and the numbers of this report that it gave."""

    name: str
    version: str
    used_for: Sequence[str]


def context_of_test(test: JsonObject, *, simulated: bool) -> dict[str, Any]:
    cycles = test["cycles"]
    by_rate, others = _at_rates(test["metrics"])
    return {
        **test,
        "one_c_current": _number(test["one_c_current_ma"], 4),
        "cycle_rows": _cycle_rows(cycles),
        "cycles_left_out": _left_out(cycles),
        "metric_rows": number_rows(others),
        "rate_table": _rate_table(by_rate),
        "cycles_figure": _cycles_image(cycles, simulated=simulated),
        "voltage_figure": _voltage_image(test["curves"], simulated=simulated),
    }


def number_rows(rows: Sequence[JsonObject]) -> list[NumberRow]:
    parts = [number_parts(row) for row in rows]
    values = aligned([part.value for part in parts])
    return [
        NumberRow(
            label=row["label"],
            value=value,
            uncertainty=part.uncertainty,
            unit=unit_sign(row["unit"] or ""),
            basis=row.get("basis") or "",
            note=row.get("note") or "",
            reason=row.get("reason") or "",
        )
        for row, part, value in zip(rows, parts, values, strict=True)
    ]


def _at_rates(metrics: Sequence[JsonObject]) -> tuple[list[JsonObject], list[JsonObject]]:
    """Return the metrics that a test has at several rates, and the others."""
    count = Counter(metric["name"] for metric in metrics)
    # A snapshot of an earlier day names no variant.
    is_side_by_side = [
        bool(metric.get("variant")) and count[metric["name"]] >= SIDE_BY_SIDE_FROM for metric in metrics
    ]
    pairs = list(zip(metrics, is_side_by_side, strict=True))
    return [metric for metric, here in pairs if here], [metric for metric, here in pairs if not here]


def _rate_table(metrics: Sequence[JsonObject]) -> RateTable | None:
    if not metrics:
        return None
    rates = sorted({metric["variant"] for metric in metrics}, key=place_of_variant)
    named: dict[str, dict[str, JsonObject]] = defaultdict(dict)
    for metric in metrics:
        named[metric["name"]][metric["variant"]] = metric
    rows = []
    for known in named.values():
        first = next(iter(known.values()))
        label = _label_of_all(first)
        texts = {rate: _with_uncertainty(metric) for rate, metric in known.items()}
        rows.append(RateRow(label, unit_sign(first["unit"] or ""), [texts.get(rate, "") for rate in rates]))
    reasons = dict.fromkeys(metric["reason"] for metric in metrics if metric["reason"])
    return RateTable(rates, rows, list(reasons))


def _label_of_all(metric: JsonObject) -> str:
    """Return what a number is called at whatever rate."""
    return str(metric["label"]).removesuffix(metric.get("variant") or "").strip()


def _with_uncertainty(metric: JsonObject) -> str:
    parts = number_parts(metric)
    return f"{parts.value} ± {parts.uncertainty}" if parts.uncertainty else parts.value


def layer_rows(layers: Sequence[JsonObject]) -> list[dict[str, Any]]:
    masses = [
        number_parts({"value": layer["mass_mg"], "uncertainty": layer["uncertainty_mg"]}) for layer in layers
    ]
    columns = [
        aligned([mass.value for mass in masses]),
        aligned([_number(layer["dispensed_mg"], 2) for layer in layers]),
        aligned([_number(layer["lost_mg"], 2) for layer in layers]),
    ]
    return [
        {**layer, "mass": mass, "uncertainty": part.uncertainty, "dispensed": dispensed, "lost": lost}
        for layer, part, mass, dispensed, lost in zip(layers, masses, *columns, strict=True)
    ]


def press_rows(steps: Sequence[JsonObject]) -> list[dict[str, Any]]:
    return [
        {
            **step,
            "pressure": _number(step["pressure_mpa"], 0),
            "force": _number(step["force_kn"], 2),
            "hold": _number(step["hold_s"], 0),
        }
        for step in steps
    ]


def _cycle_rows(cycles: Sequence[JsonObject]) -> list[CycleRow]:
    half = CYCLE_ROWS_MAX // 2
    cut = len(cycles) > CYCLE_ROWS_MAX
    shown = [*cycles[:half], *cycles[-half:]] if cut else cycles
    return [
        CycleRow(
            number=cycle["cycle_number"],
            charge=_number(cycle["charge_capacity_mah"], 4),
            discharge=_number(cycle["discharge_capacity_mah"], 4),
            charge_areal=_number(cycle["charge_areal_capacity_mah_cm2"], 3),
            discharge_areal=_number(cycle["discharge_areal_capacity_mah_cm2"], 3),
            efficiency=_number(cycle["coulombic_efficiency"], 2, scale=100),
            complete=cycle["complete"],
            gap_before=cut and position == half,
        )
        for position, cycle in enumerate(shown)
    ]


def _left_out(cycles: Sequence[JsonObject]) -> str:
    if len(cycles) <= CYCLE_ROWS_MAX:
        return ""
    half = CYCLE_ROWS_MAX // 2
    first, last = cycles[half]["cycle_number"], cycles[-half - 1]["cycle_number"]
    return (
        f"{len(cycles)} cycles were measured; the first and the last {half} are printed. "
        f"Cycles {first} to {last} ({len(cycles) - CYCLE_ROWS_MAX} rows) are left out here; "
        "the figure shows them, and so does the data export."
    )


def _cycles_image(cycles: Sequence[JsonObject], *, simulated: bool) -> str:
    if not cycles:
        return ""
    return data_uri(
        cycles_figure(
            cycle_numbers=[cycle["cycle_number"] for cycle in cycles],
            charge_mah_cm2=[cycle["charge_areal_capacity_mah_cm2"] for cycle in cycles],
            discharge_mah_cm2=[cycle["discharge_areal_capacity_mah_cm2"] for cycle in cycles],
            efficiency=[cycle["coulombic_efficiency"] for cycle in cycles],
            simulated=simulated,
        )
    )


def _voltage_image(curves: Sequence[JsonObject], *, simulated: bool) -> str:
    if not curves:
        return ""
    lines = [
        Curve(label=curve["label"], capacity_mah_cm2=curve["capacity_mah_cm2"], voltage_v=curve["voltage_v"])
        for curve in curves
    ]
    return data_uri(voltage_figure(curves=lines, simulated=simulated))


def lineage_image(lineage: JsonObject) -> str:
    if not lineage["nodes"]:
        return ""
    nodes = [Node(code=node["code"], kind=node["kind"], label=node["label"]) for node in lineage["nodes"]]
    edges = [
        Edge(source=edge["source"], target=edge["target"], label=_mass(edge["mass_mg"]))
        for edge in lineage["edges"]
    ]
    return data_uri(lineage_figure(nodes=nodes, edges=edges))


def lineage_rows(lineage: JsonObject) -> list[LineageRow]:
    uses: dict[str, list[str]] = defaultdict(list)
    for edge in lineage["edges"]:
        mass = _mass(edge["mass_mg"])
        uses[edge["source"]].append(f"{mass} into {edge['target']}" if mass else f"used for {edge['target']}")
    return [
        LineageRow(
            code=node["code"],
            kind=node["kind"],
            label=node["label"],
            facts=node["facts"],
            uses=uses[node["code"]],
        )
        for node in lineage["nodes"]
    ]


def methods(tests: Iterable[JsonObject]) -> list[Method]:
    """Return each method and version once, in the order in which the report first uses it."""
    used: dict[tuple[str, str], list[str]] = defaultdict(list)
    for metric in (metric for test in tests for metric in test["metrics"] if metric["method"]):
        labels = used[metric["method"], str(metric["method_version"])]
        if (label := _label_of_all(metric)) not in labels:
            labels.append(label)
    return [Method(name=name, version=version, used_for=labels) for (name, version), labels in used.items()]


def _mass(mass_mg: float | None) -> str:
    return "" if mass_mg is None else f"{exact(mass_mg)} mg"


def _number(value: float | None, digits: int, *, scale: int = 1) -> str:
    return NO_VALUE if value is None else plain(scale * value, digits)
