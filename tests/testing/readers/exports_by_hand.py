"""Ten cyclers' exports of one small measurement, typed from the facts of their formats, and ways to spoil them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A measured point: s, V, A (positive charges), the step and the cycle."""

    time_s: float
    voltage_v: float
    current_a: float
    step: int
    cycle: int

    @property
    def numbers(self) -> tuple[float, float, float]:
        return self.time_s, self.voltage_v, self.current_a


ROWS = tuple(
    Row(
        time_s=12.5 * place,
        voltage_v=round(1.4567 + 0.0123 * place, 5),
        current_a=round((0.000850517 + 1e-9 * place) * (1 if place < 30 else -1), 12),
        step=1 + place // 30,
        cycle=1 + place // 45,
    )
    for place in range(60)
)


def clock(seconds: float) -> str:
    """Return seconds as hours, minutes and seconds."""
    return f"{int(seconds // 3600):02d}:{int(seconds % 3600 // 60):02d}:{seconds % 60:04.1f}"


@dataclass(frozen=True)
class Export:
    """A format: what stands above the table, its header and one line; ``{a}`` is the unit of the current."""

    name: str
    separator: str
    header: str
    line: Callable[[Row, str], str]
    preamble: str = ""
    units: tuple[str, ...] = ("A", "mA")

    def text(self, rows: tuple[Row, ...] = ROWS, unit: str | None = None) -> str:
        unit = unit or self.units[0]
        lines = [self.line(row, current(row, unit)) for row in rows]
        return self.preamble + self.header.replace("{a}", unit) + "\n" + "\n".join(lines) + "\n"

    @property
    def head_lines(self) -> int:
        return self.preamble.count("\n") + 1


def current(row: Row, unit: str) -> str:
    """Return the current as text; the decimal point is moved, so that no digit is a computed one."""
    digits = round(row.current_a * 1e12)
    decimals = {"A": 12, "mA": 9, "uA": 6}[unit]
    sign, digits = ("-", -digits) if digits < 0 else ("", digits)
    whole, rest = divmod(digits, 10**decimals)
    return f"{sign}{whole}.{rest:0{decimals}d}"


def _maccor(row: Row, amperes: str) -> str:
    state = "C" if row.current_a > 0 else "D"
    return (
        f"{round(row.time_s / 12.5) + 1}\t{row.cycle}\t{row.step}\t0d {clock(row.time_s)}\t0d 00:00:0\t0\t0\t"
        f"{amperes.lstrip('-')}\t{row.voltage_v}\t{state}\t0\t03/11/2024 09:00:00"
    )


EXPORTS = (
    Export(
        "squidstat 2.11", ",",
        '"Step number","Step name","Elapsed Time (s)","Working Electrode (V)","Current ({a})","Counter Electrode (V)"',
        lambda r, i: f"{r.step}_1,Constant Current,{r.time_s},{r.voltage_v},{i},0", units=("mA", "A", "uA"),
    ),
    Export(
        "squidstat later", ",",
        "Step number,Repeats,Step name,Elapsed Time (s),Working Electrode (V),Current ({a}),Current Density (A/m^2)",
        lambda r, i: f"{r.step},1,Hold,{r.time_s},{r.voltage_v},{i},0",
    ),
    Export(
        "bdf machine names", ",", "test_time_second,voltage_volt,current_ampere,step_count,cycle_count",
        lambda r, i: f"{r.time_s},{r.voltage_v},{i},{r.step},{r.cycle}", units=("A",),
    ),
    Export(
        "bdf labels", ",", "Test Time / s,Voltage / V,Current / {a},Step Count / 1,Cycle Count / 1",
        lambda r, i: f"{r.time_s},{r.voltage_v},{i},{r.step},{r.cycle}",
    ),
    Export(
        "arbin", ",", "Data_Point,Test_Time(s),Date_Time,Step_Index,Cycle_Index,Current({a}),Voltage(V),Note",
        lambda r, i: f"1,{r.time_s},2024-03-11 09:00:00,{r.step},{r.cycle},{i},{r.voltage_v},x",
    ),
    Export(
        "neware", ",", "DataPoint,Cycle Index,Step Index,Step Type,Time,Total Time,Current({a}),Voltage(V),Date",
        lambda r, i: f"1,{r.cycle},{r.step},CC,00:00:00,{clock(r.time_s)},{i},{r.voltage_v},2024-03-11 09:00:00",
    ),
    Export(
        "ec-lab", "\t", "time/s\tEwe/V\tI/{a}\tNs\tcycle number\t",
        lambda r, i: f"{r.time_s}\t{r.voltage_v}\t{i}\t{r.step}\t{r.cycle}\t",
        preamble="EC-Lab ASCII FILE\nNb header lines : 4\n\n", units=("mA", "A"),
    ),
    Export(
        "maccor", "\t",
        "Rec#\tCyc#\tStep\tTestTime\tStepTime\tAmp-hr\tWatt-hr\tAmps\tVolts\tState\tES\tDPt Time", _maccor,
        preamble="Today's Date:\t14 March 2024\tDate of Test:\t11 March 2024\n", units=("A",),
    ),
    Export(
        "novonix", ",", "Date and Time,Cycle Number,Step Type,Run Time (s),Step Time (s),Current ({a}),Potential (V),"
        "Step Number",
        lambda r, i: f"2024-03-11 09:00:00 AM,{r.cycle},1,{r.time_s},0,{i},{r.voltage_v},{r.step}",
        preamble="[Summary]\nNovonix HPC data file\n[End Summary]\n",
    ),
    Export(
        "pec", ",", "Test,Cell,Step,Cycle,Total Time (Seconds),Voltage (V),Current ({a}),Real Time",
        lambda r, i: f"187,1,{r.step},{r.cycle},{r.time_s},{r.voltage_v},{i},03/11/2024 09:00:00",
        preamble="Request Year:,2024\nTest:,187\n",
    ),
    Export(
        "basytec", "\t", "~Time[s]\tDataSet\tLine\tCommand\tU[V]\tI[{a}]\tAh[Ah]\tCyc-Count",
        lambda r, i: f"{r.time_s}\t1\t{r.step}\tCharge\t{r.voltage_v}\t{i}\t0\t{r.cycle}",
        preamble="~Resultfile from Basytec Battery Test System\n~\n",
    ),
    Export(
        "landt", ",", "channel_index,cycle_index,step_index,test_time_s,step_time_s,current_{a},voltage_V,note",
        lambda r, i: f"1,{r.cycle},{r.step},{r.time_s},0,{i},{r.voltage_v},rest",
        preamble="cell model:,,,,,,,\n",
    ),
)  # fmt: skip
