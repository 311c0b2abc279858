"""Checks that tell a healthy test from a suspicious one; each names its numbers and the threshold it used.

A flag is a suspicion, never a verdict: no check leaves a cell out of anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from testing.calc.cycles import CycleSummary
from testing.methods import quality_points
from testing.methods.base import Inputs
from testing.methods.findings import Finding, cycles_of

METHOD, VERSION = "quality_checks", "1"


@dataclass(frozen=True)
class Check:
    """One check: its threshold's default and unit, what it means, and how it looks.

    Returns every finding beyond the threshold; none means that it passed. Raises ValueError where the data do not
    let it judge.
    """

    name: str
    label: str
    threshold: float
    unit: str
    means: str
    look: Callable[[Inputs, float], Iterator[Finding]]


def _efficiency_above(inputs: Inputs, threshold: float) -> Iterator[Finding]:
    for cycle in cycles_of(inputs):
        efficiency = cycle.coulombic_efficiency
        if efficiency is not None and efficiency > threshold:
            yield Finding(
                efficiency,
                f"Cycle {cycle.cycle_number}: more came out than went in, {100 * efficiency:.2f} %.",
                cycle.cycle_number,
            )


def _efficiency_drop(inputs: Inputs, threshold: float) -> Iterator[Finding]:
    before: CycleSummary | None = None
    for cycle in cycles_of(inputs):
        now = cycle.coulombic_efficiency
        # A first cycle at a rate mixes two windows of charge: its efficiency says nothing about a short.
        if before and now is not None and before.coulombic_efficiency is not None and not cycle.first_at_rate:
            drop = before.coulombic_efficiency - now
            if drop > threshold:
                yield Finding(
                    drop,
                    f"Cycle {cycle.cycle_number}: the efficiency fell by {100 * drop:.1f} points, from "
                    f"{100 * before.coulombic_efficiency:.1f} to {100 * now:.1f} %.",
                    cycle.cycle_number,
                )
        before = cycle


def _charge_above_design(inputs: Inputs, threshold: float) -> Iterator[Finding]:
    design = inputs.basis.capacity_mah if inputs.basis else None
    if design is None:
        raise ValueError("the cell's design capacity is not known.")
    for cycle in cycles_of(inputs):
        charge = cycle.charge_capacity_mah
        if charge is not None and charge > threshold * design.value:
            yield Finding(
                charge / design.value,
                f"Cycle {cycle.cycle_number}: {charge:.4g} mAh went in, {charge / design.value:.2f} times the design's "
                f"{design.value:.4g} mAh.",
                cycle.cycle_number,
            )


def _above_possible(inputs: Inputs, threshold: float) -> Iterator[Finding]:
    for cycle in cycles_of(inputs):
        for direction, charge, current, duration in (
            ("charge", cycle.charge_capacity_mah, cycle.charge_current_ma, cycle.charge_duration_s),
            (
                "discharge",
                cycle.discharge_capacity_mah,
                cycle.discharge_current_ma,
                cycle.discharge_duration_s,
            ),
        ):
            if charge is None or not current or not duration:
                continue
            possible = current * duration / 3600
            if charge > possible * (1 + threshold):
                yield Finding(
                    charge / possible - 1,
                    f"Cycle {cycle.cycle_number}: the {direction} of {charge:.5g} mAh is more than {current:.4g} mA "
                    f"can pass in {duration / 3600:.4g} h, {possible:.5g} mAh.",
                    cycle.cycle_number,
                )


def _short_of_limit(inputs: Inputs, threshold: float) -> Iterator[Finding]:
    limit = inputs.test.upper_limit_v
    if limit is None:
        raise ValueError("the design states no upper limit.")
    if _ends_otherwise(inputs.test.protocol):
        raise ValueError(
            "the protocol ends charges by time or by charge, so one short of the limit says nothing."
        )
    for cycle in cycles_of(inputs)[:-1]:
        end = cycle.charge_end_voltage_v
        if end is not None and limit - end > threshold:
            yield Finding(
                limit - end,
                f"Cycle {cycle.cycle_number}: the charge ended at {end:.3f} V, not at {limit:.3f} V; a voltage "
                "that rises no further is a sign of a soft short.",
                cycle.cycle_number,
            )


def _ends_otherwise(steps: Sequence[Mapping[str, object]]) -> bool:
    """Return whether a charge of the protocol may end before the upper limit."""
    for step in steps:
        inner = step.get("steps")
        if isinstance(inner, Sequence) and _ends_otherwise(inner):
            return True
        if step.get("direction") == "charge":
            ends = step.get("terminations")
            listed = ends if isinstance(ends, Sequence) else ()
            if any(isinstance(end, Mapping) and end.get("voltage") != {"limit": "upper"} for end in listed):
                return True
    return False


CHECKS: tuple[Check, ...] = (
    Check("short", "Short", 0.1, "V", "The voltage stays near 0 although current flows.", quality_points.short),
    Check("soft_short_voltage", "Soft short: voltage falls", 0.02, "V",
          "The voltage falls while a constant current charges.", quality_points.voltage_falls),
    Check("soft_short_limit", "Soft short: limit not reached", 0.005, "V",
          "A charge ends before its limit although the protocol ends it by voltage only.", _short_of_limit),
    Check("soft_short_charge", "Soft short: more charge than designed", 1.3, "times the design",
          "More goes in than the positive electrode holds.", _charge_above_design),
    Check("capacity_possible", "Capacity above the possible", 0.005, "fraction",
          "More charge than the current can pass in the time that it took.", _above_possible),
    Check("efficiency_above", "Efficiency above 100 %", 1.0, "fraction",
          "More comes out than went in: overhang, a short, a restart within a cycle, or an offset of the current.",
          _efficiency_above),
    Check("efficiency_drop", "Efficiency drops", 0.05, "fraction",
          "The efficiency falls from one cycle to the next; first cycles at a rate are left aside.", _efficiency_drop),
    Check("temperature", "Temperature excursion", 3.0, "K", "The chamber left the temperature of the test.",
          quality_points.temperature),
    Check("counter", "Counter against integral", 0.0005, "fraction",
          "The instrument's own counter of charge and our integral disagree.", quality_points.counter),
    Check("lin_kk", "lin-KK residual", 0.01, "fraction",
          "A spectrum drifted, or is not linear: a fit to it means nothing.", quality_points.lin_kk_residual),
)  # fmt: skip
BY_NAME = {check.name: check for check in CHECKS}


@dataclass(frozen=True)
class Checked:
    """What a check said of one test: flagged with its findings, passed, or not judged for a reason."""

    check: str
    threshold: float
    findings: tuple[Finding, ...] = ()
    reason: str = ""

    @property
    def state(self) -> str:
        return "not_judged" if self.reason else "flagged" if self.findings else "passed"

    @property
    def sentence(self) -> str:
        """Return the first finding in full and how many more there are, or why it was not judged."""
        if self.reason or not self.findings:
            return self.reason
        more = len(self.findings) - 1
        return self.findings[0].sentence + (f" And {more} more." if more else "")


def look(inputs: Inputs, thresholds: Mapping[str, float]) -> list[Checked]:
    """Return what every check says of one test, by these thresholds and else by the checks' own."""
    checked = []
    for check in CHECKS:
        threshold = thresholds.get(check.name, check.threshold)
        try:
            findings = tuple(check.look(inputs, threshold))
        except ValueError as problem:
            reason = str(problem)
            checked.append(Checked(check.name, threshold, reason=f"{reason[:1].upper()}{reason[1:]}"))
        else:
            checked.append(Checked(check.name, threshold, findings))
    return checked
