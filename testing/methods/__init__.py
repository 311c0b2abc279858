"""Every method that the lab computes with; a new one is written in a module here and named in ``METHODS``."""

from __future__ import annotations

from dataclasses import dataclass

from testing.methods import (
    coulombic,
    electrolyte,
    energy,
    first_cycle,
    impedance,
    peaks,
    pulses,
    rates,
    retention,
    titration,
)
from testing.methods.base import Method, Output

# The order is the order of pages. A method may stand here in several versions, the oldest first: the newest is
# used in a lab that has not computed it yet; where an older one is in use, a manager compares and switches.
METHODS: tuple[Method, ...] = (
    first_cycle.METHOD,
    coulombic.METHOD,
    retention.METHOD,
    rates.METHOD,
    energy.METHOD,
    peaks.METHOD,
    impedance.METHOD,
    pulses.PULSES,
    pulses.TURN,
    titration.METHOD,
    electrolyte.CONDUCTION,
    electrolyte.ACTIVATION_ENERGY,
    electrolyte.VOLTAMMETRY,
    electrolyte.CRITICAL_CURRENT,
)


@dataclass(frozen=True)
class Named:
    """A number with the method that gives it."""

    output: Output
    method: Method


def versions(name: str) -> dict[str, Method]:
    """Return the versions of a method that this software knows, the newest last."""
    return {method.version: method for method in METHODS if method.name == name}


def newest() -> dict[str, Method]:
    """Return each method in its newest version."""
    return {method.name: method for method in METHODS}


def named() -> dict[str, Named]:
    """Return every number by its name, in the order of pages."""
    return {output.name: Named(output, method) for method in newest().values() for output in method.outputs}
