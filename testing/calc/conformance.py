"""What a file did against what its protocol asked, half cycle by half cycle, each deviation named with its numbers.

Categories and impacts are BattINFO's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from testing.calc.cycles import CycleSummary
from testing.calc.phases import matched
from testing.calc.plan import PlannedHalf

METHOD, VERSION = "conformance_by_half_cycle", "1"

CURRENT_TOLERANCE = 0.01
MAJOR_CURRENT = 0.05
VOLTAGE_TOLERANCE_V = 0.005
TIME_TOLERANCE = 0.02
TIME_TOLERANCE_S = 60.0
TEMPERATURE_TOLERANCE_C = 3.0


@dataclass(frozen=True)
class Departure:
    """One way in which a half cycle was not what was asked."""

    kind: str
    category: str
    impact: str
    cycle_number: int | None
    where: str
    asked: str
    found: str

    @property
    def sentence(self) -> str:
        place = "" if self.cycle_number is None else f"Cycle {self.cycle_number}, "
        told = f"{place}{self.where}: {self.kind}, {self.found} in place of {self.asked}."
        return told[:1].upper() + told[1:]


@dataclass(frozen=True)
class ConformanceRow:
    """A half cycle as it was asked for and as it was; ``cycle_number`` is None where it was never run."""

    where: str
    phase: str
    direction: str
    cycle_number: int | None
    asked_current_ma: float | None
    current_ma: float | None
    asked_end_v: float | None
    end_v: float | None
    duration_s: float | None
    departures: tuple[Departure, ...]


@dataclass(frozen=True)
class Conformance:
    """Every half cycle against the protocol, and the departures that belong to the test as a whole."""

    rows: tuple[ConformanceRow, ...]
    departures: tuple[Departure, ...]
    planned: int
    run: int

    def all_departures(self) -> list[Departure]:
        return [*self.departures, *(one for row in self.rows for one in row.departures)]


def conformance(
    cycles: Sequence[CycleSummary],
    plan: Sequence[PlannedHalf],
    *,
    ended: bool,
    temperature_c: float | None = None,
    temperatures_c: tuple[float, float] | None = None,
) -> Conformance:
    """Return how a test follows its plan.

    ended           Nothing more will come: what is missing then is a premature termination, before that it is not yet.
    temperature_c   Asked for; ``temperatures_c`` are the lowest and highest that the file holds.
    Tolerances: current 1 % (major from 5 %), voltage 5 mV, time 2 % and at least 60 s, temperature 3 degC.
    Method "conformance_by_half_cycle", version "1": docs/science/conformance.md.
    """
    rows: list[ConformanceRow] = []
    run: set[int] = set()
    for number, charge, discharge in matched(cycles, plan):
        cycle = cycles[number]
        for direction, place in (("charge", charge), ("discharge", discharge)):
            measured = _measured(cycle, direction)
            if measured.end_v is None:
                continue
            run |= set() if place is None else {place}
            rows.append(
                _row(cycle, direction, measured, None if place is None else plan[place], cycle is cycles[-1])
            )
    missing = [half for place, half in enumerate(plan) if place not in run]
    rows += [_not_run(half) for half in missing[:1]] if ended else []
    whole = [*_missing(missing, len(plan), ended), *_temperature(temperature_c, temperatures_c)]
    return Conformance(tuple(rows), tuple(whole), len(plan), len(run))


@dataclass(frozen=True)
class _Half:
    current_ma: float | None
    end_v: float | None
    duration_s: float | None
    complete: bool
    ended_by: str
    held_share: float | None


def _measured(cycle: CycleSummary, direction: str) -> _Half:
    charge = direction == "charge"
    capacity = cycle.charge_capacity_mah if charge else cycle.discharge_capacity_mah
    return _Half(
        current_ma=cycle.charge_current_ma if charge else cycle.discharge_current_ma,
        end_v=cycle.charge_end_voltage_v if charge else cycle.discharge_end_voltage_v,
        duration_s=cycle.charge_duration_s if charge else cycle.discharge_duration_s,
        complete=capacity is not None,
        ended_by=cycle.charge_ended_by if charge else cycle.discharge_ended_by,
        held_share=cycle.cv_share if charge else cycle.discharge_cv_share,
    )


def _row(
    cycle: CycleSummary,
    direction: str,
    half: _Half,
    planned: PlannedHalf | None,
    last: bool,  # noqa: FBT001
) -> ConformanceRow:
    where = planned.where if planned else direction
    departures = (
        tuple(_departures(cycle.cycle_number, half, planned, last=last))
        if planned
        else (
            Departure(
                "a half cycle that the protocol does not ask for", "operator_intervention", "moderate",
                cycle.cycle_number, direction, "none", f"{direction} to {half.end_v:.3f} V",
            ),
        )
    )  # fmt: skip
    return ConformanceRow(
        where=where,
        phase=cycle.phase,
        direction=direction,
        cycle_number=cycle.cycle_number,
        asked_current_ma=planned.current_ma if planned else None,
        current_ma=half.current_ma,
        asked_end_v=planned.end_voltage_v if planned else None,
        end_v=half.end_v,
        duration_s=half.duration_s,
        departures=departures,
    )


def _departures(number: int, half: _Half, planned: PlannedHalf, *, last: bool) -> Iterator[Departure]:
    where = f"{planned.direction} of {planned.where}"
    asked, found = planned.current_ma, half.current_ma
    if asked is not None and found is not None and abs(found / asked - 1) > CURRENT_TOLERANCE:
        off = abs(found / asked - 1)
        yield Departure(
            "current", "setpoint_deviation", "major" if off > MAJOR_CURRENT else "minor", number, where,
            f"{asked:.4g} mA", f"{found:.4g} mA ({100 * (found / asked - 1):+.1f} %)",
        )  # fmt: skip
    yield from _end_departures(number, where, half, planned, last=last)
    if planned.held and half.complete and half.held_share == 0.0:
        yield Departure("hold", "setpoint_deviation", "moderate", number, where, "a held voltage", "none")
    if not planned.held and (half.held_share or 0.0) > TIME_TOLERANCE:
        yield Departure(
            "hold", "setpoint_deviation", "moderate", number, where, "none",
            f"{100 * (half.held_share or 0):.1f} % of the charge at constant voltage",
        )  # fmt: skip
    if planned.limit_s is not None and half.duration_s is not None:
        over = half.duration_s - planned.limit_s
        if over > max(TIME_TOLERANCE_S, TIME_TOLERANCE * planned.limit_s):
            yield Departure(
                "time", "setpoint_deviation", "moderate", number, where,
                f"at most {planned.limit_s / 3600:.3g} h", f"{half.duration_s / 3600:.4g} h",
            )  # fmt: skip


def _end_departures(
    number: int, where: str, half: _Half, planned: PlannedHalf, *, last: bool
) -> Iterator[Departure]:
    limit, end = planned.end_voltage_v, half.end_v
    if limit is None or end is None:
        return
    short = limit - end if planned.direction == "charge" else end - limit
    told = (f"{limit:.3f} V", f"{end:.3f} V ({1000 * (end - limit):+.0f} mV)")
    if short < -VOLTAGE_TOLERANCE_V:
        yield Departure("end beyond the limit", "out_of_tolerance", "major", number, where, *told)
    elif short > VOLTAGE_TOLERANCE_V and not planned.other_ends and not last:
        yield Departure("end short of the limit", "premature_termination", "major", number, where, *told)


def _not_run(half: PlannedHalf) -> ConformanceRow:
    return ConformanceRow(
        half.where,
        half.phase,
        half.direction,
        None,
        half.current_ma,
        None,
        half.end_voltage_v,
        None,
        None,
        (),
    )


def _missing(missing: Sequence[PlannedHalf], planned: int, ended: bool) -> Iterator[Departure]:  # noqa: FBT001
    if ended and missing:
        yield Departure(
            "end of the test", "premature_termination", "major", None, f"from {missing[0].where}",
            f"{planned} half cycles", f"{planned - len(missing)}",
        )  # fmt: skip


def _temperature(asked: float | None, found: tuple[float, float] | None) -> Iterator[Departure]:
    if asked is None or found is None:
        return
    worst = max(found, key=lambda value: abs(value - asked))
    if abs(worst - asked) > TEMPERATURE_TOLERANCE_C:
        yield Departure(
            "temperature", "temperature_excursion", "moderate", None, "test",
            f"{asked:g} °C", f"{found[0]:.1f} to {found[1]:.1f} °C",
        )  # fmt: skip


@dataclass(frozen=True)
class Told:
    """Departures of one kind gathered: the first one in full, and how many more there are."""

    category: str
    impact: str
    sentence: str
    cycles: tuple[int, ...]


def gathered(departures: Sequence[Departure]) -> list[Told]:
    """Return one line for each kind of departure at each place of the protocol, rounds of a group taken together."""
    by_kind: dict[tuple[str, str, str], list[Departure]] = {}
    for one in departures:
        by_kind.setdefault((one.kind, one.where.partition(", round")[0], one.impact), []).append(one)
    told = []
    for found in by_kind.values():
        cycles = tuple(one.cycle_number for one in found if one.cycle_number is not None)
        more = (
            f" The same in {len(found) - 1} more, up to cycle {cycles[-1]}."
            if len(found) > 1 and cycles
            else ""
        )
        told.append(Told(found[0].category, found[0].impact, found[0].sentence + more, cycles))
    return told
