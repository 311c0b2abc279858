"""Whether a cell reads after assembly what its design expects: a suspicion to be confirmed, never a refusal."""

from __future__ import annotations

from cells.models import AssemblyLimit, Cell, CellDesignEdition
from lims.numbers import exact

CONFIRM = (
    "This is a suspicion, not a verdict: confirm it by an impedance spectrum or a short charge before you call it "
    "a short."
)


def limit_at(edition: CellDesignEdition, temperature_c: float) -> AssemblyLimit | None:
    """Return the limits of a design that were set for this temperature, or None; limits of another do not apply."""
    return next((limit for limit in edition.limits.all() if limit.temperature_c == temperature_c), None)


def judge_assembly(
    edition: CellDesignEdition,
    *,
    temperature_c: float,
    open_circuit_voltage_v: float | None,
    resistance_1khz_ohm: float | None,
) -> list[str]:
    """Return a sentence for each reading that lies outside the design's limits at this temperature."""
    limit = limit_at(edition, temperature_c)
    if limit is None:
        return []
    said = [
        _outside("The open-circuit voltage", open_circuit_voltage_v, limit.ocv_low_v, limit.ocv_high_v, "V"),
        _outside(
            "The resistance at 1 kHz",
            resistance_1khz_ohm,
            limit.resistance_1khz_low_ohm,
            limit.resistance_1khz_high_ohm,
            "Ω",
        ),
    ]
    found = [sentence for sentence in said if sentence]
    return [*found, CONFIRM] if found else []


def judged(cell: Cell) -> list[str]:
    """Return what speaks against a cell after assembly, or why its readings are not judged."""
    measured = (cell.open_circuit_voltage_v, cell.resistance_1khz_ohm)
    if measured == (None, None) or not cell.edition.limits.exists():
        return []
    if cell.assembly_temperature_c is None:
        return [
            "The design has limits for these readings, at a temperature; that of the cell was not recorded."
        ]
    return judge_assembly(
        cell.edition,
        temperature_c=cell.assembly_temperature_c,
        open_circuit_voltage_v=cell.open_circuit_voltage_v,
        resistance_1khz_ohm=cell.resistance_1khz_ohm,
    )


def _outside(what: str, value: float | None, low: float | None, high: float | None, unit: str) -> str:
    if value is None:
        return ""
    if low is not None and value < low:
        return f"{what}, {exact(value)} {unit}, lies below the design's {exact(low)} {unit}."
    if high is not None and value > high:
        return f"{what}, {exact(value)} {unit}, lies above the design's {exact(high)} {unit}."
    return ""
