"""What each cycle of a test is for: told by its protocol where the data follow it, else by the data themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from testing.calc.cycles import CycleSummary
from testing.calc.plan import PlannedHalf

METHOD, VERSION = "phases_by_protocol_and_data", "1"

# A cycler holds its current to well under a percent; the next usual rate is 25 % away or more.
SAME_RATE = 0.05
# So much of the data may differ from the protocol before it is not taken for what was run.
STRANGE_SHARE = 0.2
LONG_RUN = 20
FORMATION_AT_MOST = 5
LADDER_RATES = 3


@dataclass(frozen=True)
class Phased:
    """Cycles with their phase, rate and number within the phase, and in sentences how the phases were told."""

    cycles: tuple[CycleSummary, ...]
    flags: tuple[str, ...]
    by: str


def with_phases(
    cycles: Sequence[CycleSummary],
    *,
    phase: str,
    one_c_current_ma: float | None = None,
    plan: Sequence[PlannedHalf] = (),
) -> Phased:
    """Say of each cycle what it is for, at which rate it ran, and whether it is the first one at that rate.

    phase   Of the test as it was set up: what every cycle is for unless protocol or data tell them apart.
    plan    The protocol's half cycles; used where at least 80 % of the data follow it.

    By data: a run of 20 cycles or more at one rate is long-term cycling; three rates or more in short runs are a
    rate test; up to five slow or held cycles before either are formation. Otherwise nothing is guessed.
    Method "phases_by_protocol_and_data", version "1": docs/science/cycle-segmentation.md.
    """
    rated = _with_rates(cycles, one_c_current_ma)
    planned = _planned_phases(rated, plan)
    if planned is not None:
        return _numbered(rated, [found or phase for found in planned], "protocol")
    found = _phases_by_data(rated)
    if found is None or len(set(found)) == 1:
        return _numbered(rated, [phase] * len(rated), "test")
    return _numbered(rated, found, "data")


def _with_rates(cycles: Sequence[CycleSummary], one_c_ma: float | None) -> list[CycleSummary]:
    rated: list[CycleSummary] = []
    for cycle in cycles:
        before = rated[-1] if rated else None
        rated.append(
            replace(
                cycle,
                charge_rate=_rate(cycle.charge_current_ma, one_c_ma),
                discharge_rate=_rate(cycle.discharge_current_ma, one_c_ma),
                first_at_rate=before is None or not _same_rates(before, cycle),
            )
        )
    return rated


def _rate(current_ma: float | None, one_c_ma: float | None) -> float | None:
    return None if current_ma is None or not one_c_ma else current_ma / one_c_ma


def same(one: float | None, other: float | None) -> bool:
    """Return whether two currents are the same setting; an absent one agrees with any."""
    return one is None or other is None or abs(one - other) <= SAME_RATE * max(abs(one), abs(other))


def _same_rates(one: CycleSummary, other: CycleSummary) -> bool:
    return same(one.charge_current_ma, other.charge_current_ma) and same(
        one.discharge_current_ma, other.discharge_current_ma
    )


def matched(
    cycles: Sequence[CycleSummary], plan: Sequence[PlannedHalf]
) -> list[tuple[int, int | None, int | None]]:
    """Return for each cycle the places in ``plan`` of its charge and its discharge, in the order of both."""
    place = 0
    found: list[tuple[int, int | None, int | None]] = []
    for number, cycle in enumerate(cycles):
        places: list[int | None] = []
        for direction, there in (
            ("charge", cycle.charge_end_voltage_v is not None),
            ("discharge", cycle.discharge_end_voltage_v is not None),
        ):
            if not there or place >= len(plan) or plan[place].direction != direction:
                places.append(None)
                continue
            places.append(place)
            place += 1
        found.append((number, places[0], places[1]))
    return found


def _planned_phases(cycles: Sequence[CycleSummary], plan: Sequence[PlannedHalf]) -> list[str] | None:
    """Return each cycle's phase by the protocol, or None where it names none or the data do not follow it."""
    if not cycles or not any(half.phase for half in plan):
        return None
    phases: list[str] = []
    strange = halves = 0
    for number, charge, discharge in matched(cycles, plan):
        cycle = cycles[number]
        places = [place for place in (charge, discharge) if place is not None]
        for place, current_ma in ((charge, cycle.charge_current_ma), (discharge, cycle.discharge_current_ma)):
            if current_ma is None:
                continue
            halves += 1
            strange += place is None or not same(plan[place].current_ma, current_ma)
        phases.append(plan[places[0]].phase if places else (phases[-1] if phases else ""))
    return phases if strange <= STRANGE_SHARE * halves else None


@dataclass(frozen=True)
class _Run:
    """Cycles in a row at one rate, with or without a hold."""

    first: int
    length: int
    current_ma: float
    held: bool


def _phases_by_data(cycles: Sequence[CycleSummary]) -> list[str] | None:
    runs = _runs(cycles)
    if not runs:
        return None
    phases = [""] * len(runs)
    for place, run in enumerate(runs):
        if run.length >= LONG_RUN:
            phases[place] = "long_term"
    ladder = _ladder(runs, phases)
    for place in ladder:
        phases[place] = "rate"
    slowest = min(run.current_ma for run in runs)
    for place, run in enumerate(runs):
        if phases[place]:
            break
        slow = run.current_ma <= slowest * (1 + SAME_RATE)
        if run.length <= FORMATION_AT_MOST and slow:
            phases[place] = "formation"
    if not all(phases):
        return None
    return [phase for phase, run in zip(phases, runs, strict=True) for _ in range(run.length)]


def _runs(cycles: Sequence[CycleSummary]) -> list[_Run]:
    runs: list[_Run] = []
    for number, cycle in enumerate(cycles):
        current = cycle.charge_current_ma or cycle.discharge_current_ma
        if current is None:
            return []
        held = bool(cycle.cv_share)
        last = runs[-1] if runs else None
        if last and same(last.current_ma, current) and last.held == held:
            runs[-1] = replace(last, length=last.length + 1)
        else:
            runs.append(_Run(number, 1, current, held))
    return runs


def _ladder(runs: Sequence[_Run], phases: Sequence[str]) -> list[int]:
    """Return the places of the first row of short runs that climbs through three rates or more without a hold."""
    free = [place for place, run in enumerate(runs) if not phases[place] and not run.held]
    best: list[int] = []
    row: list[int] = []
    for place in free:
        row = [*row, place] if row and place == row[-1] + 1 else [place]
        best = row if len(row) > len(best) else best
    rates: list[float] = []
    for place in best:
        if not any(same(known, runs[place].current_ma) for known in rates):
            rates.append(runs[place].current_ma)
    return best if len(rates) >= LADDER_RATES else []


def _numbered(cycles: Sequence[CycleSummary], phases: Sequence[str], by: str) -> Phased:
    counts: dict[str, int] = {}
    numbered = []
    for cycle, phase in zip(cycles, phases, strict=True):
        counts[phase] = counts.get(phase, 0) + 1
        first = cycle.first_at_rate or counts[phase] == 1
        numbered.append(replace(cycle, phase=phase, phase_cycle=counts[phase], first_at_rate=first))
    flags = []
    if len(counts) > 1:
        spans = []
        for phase in counts:
            own = [cycle.cycle_number for cycle in numbered if cycle.phase == phase]
            spans.append(f"{phase.replace('_', '-')} is cycle {own[0]} to {own[-1]}")
        told = "the protocol" if by == "protocol" else "the data alone"
        flags.append(f"The test holds several phases, told by {told}: {', '.join(spans)}.")
    return Phased(tuple(numbered), tuple(flags), by)
