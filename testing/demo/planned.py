"""What the demo's instrument measures of a cell: a plan a test, and the file that it will post for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from testing.demo import protocols
from testing.demo.beside_cycling import (
    simulate_pulses,
    simulate_rising_current,
    simulate_titration,
    simulate_voltammetry,
)
from testing.demo.impedance_model import (
    SimulatedSweep,
    simulate_first_charge,
    simulate_impedance,
    simulate_pellet,
    write_impedance,
)
from testing.demo.simulator import Trace, simulate_formation, simulate_long_term, simulate_rate
from testing.demo.squidstat_writer import Export, write_squidstat
from testing.models import CellTest, Phase

# Few rows a half cycle: 500 cycles are a small file, and every charge is still exactly what it is.
FEW_POINTS, FEW_HOLD_POINTS = 8, 12
PULSES, PELLET, RISING = "pulses", "pellet", "rising current"


@dataclass(frozen=True)
class Plan:
    """A test to set up: its phase, its protocol's name (empty without one), and what tells its file apart."""

    phase: Phase
    protocol: str = ""
    kind: str = ""
    temperature_c: float | None = None


FORMATION = Plan(Phase.FORMATION, protocols.FORMATION)
RATE = Plan(Phase.RATE, protocols.RATE)
AFTER_RATE = Plan(Phase.EIS, protocols.EIS_AFTER_RATE)
FIRST_CHARGE = Plan(Phase.EIS, protocols.EIS_FIRST_CHARGE)
LONG_TERM_CC = Plan(Phase.LONG_TERM, protocols.LONG_TERM_CC)
LONG_TERM_CCCV = Plan(Phase.LONG_TERM, protocols.LONG_TERM_CCCV)
PULSED = Plan(Phase.OTHER, kind=PULSES)
TITRATION = Plan(Phase.GITT, protocols.GITT)
SCAN = Plan(Phase.CV, protocols.SCAN)
LEVELS = Plan(Phase.OTHER, kind=RISING)

LONG_TERM = {
    ("Nb2O5-coated, 4.5 V", 2): LONG_TERM_CC,
    ("Nb2O5-coated, 4.7 V", 2): LONG_TERM_CC,
    ("Nb2O5-coated, 4.7 V", 3): LONG_TERM_CCCV,
    ("uncoated, 4.5 V", 2): LONG_TERM_CC,
    ("uncoated, 4.7 V", 2): LONG_TERM_CC,
}
LOOKED_INTO = {("Nb2O5-coated, 4.7 V", 2), ("uncoated, 4.7 V", 2)}


def plans_of(condition: str, replicate: int) -> list[Plan]:
    """Return the tests of one of the study's cells, in the order in which it went through them."""
    found = [FORMATION, RATE, AFTER_RATE]
    if (condition, replicate) in LOOKED_INTO:
        found += [FIRST_CHARGE, PULSED]
    if (condition, replicate) in LONG_TERM:
        found.append(LONG_TERM[condition, replicate])
    return found


@dataclass(frozen=True)
class PlannedFile:
    """A file that the demo's instrument will post for a test."""

    test: CellTest
    condition: str
    replicate: int
    started_at: datetime
    plan: Plan

    def trace(self) -> Trace:
        """Simulate it; the same file every time. Raises ValueError for a spectrum, which is no trace."""
        made: dict[Plan, Callable[[], Trace]] = {
            FORMATION: lambda: simulate_formation(self.condition, self.replicate),
            RATE: lambda: simulate_rate(self.condition, self.replicate),
            LONG_TERM_CC: lambda: simulate_long_term(self.condition, self.replicate, points=FEW_POINTS),
            LONG_TERM_CCCV: lambda: simulate_long_term(
                self.condition, self.replicate, mode="cccv", points=FEW_POINTS, hold_points=FEW_HOLD_POINTS
            ),
            PULSED: lambda: simulate_pulses(self.condition, self.replicate),
            TITRATION: lambda: simulate_titration(self.condition, self.replicate),
            SCAN: simulate_voltammetry,
            LEVELS: simulate_rising_current,
        }
        if self.plan not in made:
            raise ValueError(f"{self.test} is a spectrum, not a trace.")
        return made[self.plan]()

    def sweeps(self) -> tuple[SimulatedSweep, ...]:
        """Simulate its spectra; none for anything else."""
        if self.plan == AFTER_RATE:
            return (simulate_impedance(self.condition, self.replicate),)
        if self.plan == FIRST_CHARGE:
            return simulate_first_charge(self.condition, self.replicate)
        if self.plan.kind == PELLET and self.plan.temperature_c is not None:
            return (simulate_pellet(self.plan.temperature_c),)
        return ()

    def export(self) -> Export:
        """Return the file as the instrument would have named and written it."""
        if sweeps := self.sweeps():
            return write_impedance(
                sweeps,
                experiment=f"SIMULATED {self.condition.replace(',', '')} cell {self.replicate}",
                started_at=self.started_at,
            )
        return write_squidstat(
            self.trace(),
            element_name=self.plan.kind or self.test.get_phase_display(),
            started_at=self.started_at,
            dialect="2.11" if "uncoated" not in self.condition else "later",
        )
