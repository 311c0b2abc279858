"""A Squidstat's own CSV export, written from a simulated trace in the two dialects its software has
spoken."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np

from testing.demo.cell_model import Floats
from testing.demo.simulator import Trace

Dialect = Literal["2.11", "later"]

ENCODING = "cp1252"
COLUMNS: dict[Dialect, tuple[str, ...]] = {
    "2.11": (
        "Step number",
        "Step name",
        "Elapsed Time (s)",
        "Working Electrode (V)",
        "Working Electrode vs. NHE (V)",
        "Current (mA)",
        "Current Density (mA/cm²)",
        "Cumulative Charge (mAh)",
        "Counter Electrode (V)",
    ),
    "later": (
        "Step number",
        "Repeats",
        "Step name",
        "Elapsed Time (s)",
        "UTC Time (s)",
        "Working Electrode (V)",
        "Working Electrode vs. NHE (V)",
        "Current (A)",
        "Current Density (A/m^2)",
        "Cumulative Charge (mAh)",
        "Counter Electrode (V)",
    ),
}


@dataclass(frozen=True)
class Export:
    """A file as the instrument would have named and written it."""

    name: str
    content: bytes


def write_squidstat(
    trace: Trace,
    *,
    element_name: str,
    started_at: datetime,
    dialect: Dialect = "2.11",
    digits: int | None = None,
) -> Export:
    """Return ``trace`` as one element's export.

    dialect     "2.11": mA, step numbers "element_repeat", no clock. "later": A, whole step numbers, repeats,
                UTC.
    digits      Significant digits of every number; the instrument writes 6, None writes all there are.
    started_at  Local time with its zone. The file name holds it without the zone, as the instrument does.

    The header line is quoted and ends CRLF, data lines are bare and end LF, the text is cp1252. The
    cumulative charge begins with I0 t0 / 3600 like the instrument's, which may never have flowed.
    Raises ValueError for a start without a time zone.
    """
    if started_at.tzinfo is None:
        raise ValueError(f"The start {started_at} has no time zone.")
    written = _number_format(digits)
    columns: dict[str, Iterable[str]] = {
        "Step name": trace.step_name,
        "Elapsed Time (s)": written(trace.time_s),
        "Working Electrode (V)": written(trace.voltage_v),
        "Working Electrode vs. NHE (V)": written(trace.voltage_v),
        "Cumulative Charge (mAh)": written(_cumulative_charge_mah(trace)),
        "Counter Electrode (V)": written(np.zeros_like(trace.time_s)),
    }
    if dialect == "2.11":
        columns |= {
            "Step number": trace.step_number,
            "Current (mA)": written(trace.current_a * 1000),
            "Current Density (mA/cm²)": written(trace.current_a * 1000 / trace.area_cm2),
        }
    else:
        elements, repeats = zip(*(number.split("_") for number in trace.step_number), strict=True)
        columns |= {
            "Step number": elements,
            "Repeats": repeats,
            # Six digits of seconds since 1970 would be weeks wide: the clock keeps its milliseconds.
            "UTC Time (s)": [f"{started_at.timestamp() + second:.3f}" for second in trace.time_s.tolist()],
            "Current (A)": written(trace.current_a),
            "Current Density (A/m^2)": written(trace.current_a / (trace.area_cm2 / 1e4)),
        }
    header = ",".join(f'"{name}"' for name in COLUMNS[dialect])
    lines = map(",".join, zip(*(columns[name] for name in COLUMNS[dialect]), strict=True))
    content = f"{header}\r\n" + "".join(f"{line}\n" for line in lines)
    name = f"1_{trace.experiment}-{element_name} {started_at:%Y%m%d %H%M%S}.csv"
    return Export(name, content.encode(ENCODING))


def _number_format(digits: int | None) -> Callable[[Floats], list[str]]:
    if digits is None:
        return lambda values: [repr(value) for value in values.tolist()]
    return lambda values: [f"{value:.{digits}g}" for value in values.tolist()]


def _cumulative_charge_mah(trace: Trace) -> Floats:
    """Return the signed trapezoid over all rows, never reset: the instrument's rule, not ours."""
    current_ma = trace.current_a * 1000
    passed = np.diff(trace.time_s) * (current_ma[1:] + current_ma[:-1]) / 2
    return np.cumsum(np.concatenate([[current_ma[0] * trace.time_s[0]], passed])) / 3600
