"""What a method is: named inputs in, numbers with their basis out, or a sentence that says why there is none.

Nothing here knows a database. A method is tested with inputs written by hand, and runs on stored ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import polars as pl

from testing.calc.cycles import CycleSummary

# "first": of the cell, from its first test alone; later tests do not make it run again. Impedance that was measured
# before anything else is passed over: hardly any charge flows in it.
Scope = Literal["cell", "first", "test"]
# What a method reads. Only what it names enters the hash of its inputs, so only that makes it run again.
Need = Literal["cycles", "rows", "spectra", "basis", "protocol"]


class Rows(Protocol):
    """The measured points of a test, read when they are asked for."""

    def columns(self, *names: str) -> pl.DataFrame:
        """Return these columns of every row, in the order of the dataset; raises ValueError where one is absent."""

    def of_cycle(self, cycle: CycleSummary, *names: str) -> pl.DataFrame:
        """Return these columns of one cycle's rows, the row before its first one left out."""


@dataclass(frozen=True)
class FrameRows:
    """Rows that are in memory."""

    frame: pl.DataFrame

    def columns(self, *names: str) -> pl.DataFrame:
        missing = [name for name in names if name not in self.frame.columns]
        if missing:
            raise ValueError(f"The data lack the column {missing[0]}.")
        return self.frame.select(names)

    def of_cycle(self, cycle: CycleSummary, *names: str) -> pl.DataFrame:
        return self.columns(*names)[cycle.first_row : cycle.last_row + 1]


@dataclass(frozen=True)
class Known:
    """A value with its standard uncertainty (absolute, k = 1), None where that is not known."""

    value: float
    uncertainty: float | None = None


@dataclass(frozen=True)
class Basis:
    """What the cell's numbers are divided by; a quantity is None where it could not be computed.

    capacity_mah and areal_capacity_mah_cm2 are the design's for the cut-off; pellet_thickness_um is the
    separator's, as far as it was measured.
    """

    version: int
    area_cm2: Known | None = None
    positive_active_mass_mg: Known | None = None
    capacity_mah: Known | None = None
    areal_capacity_mah_cm2: Known | None = None
    one_c_current_ma: Known | None = None
    np_ratio: Known | None = None
    pellet_thickness_um: Known | None = None


@dataclass(frozen=True)
class Sweep:
    """One impedance spectrum in the order of the file; imaginary is negative where the cell is capacitive."""

    file: str
    sweep: int
    frequency_hz: Sequence[float]
    real_impedance_ohm: Sequence[float]
    imaginary_impedance_ohm: Sequence[float]
    mean_voltage_v: float | None = None

    @property
    def variant(self) -> str:
        """Return what tells this sweep from the others of its test."""
        return f"{self.file} sweep {self.sweep}"


@dataclass(frozen=True)
class Meter:
    """What measured: standard uncertainties of the current (None: not stated) and the file's significant digits."""

    current_offset_ma: float | None = None
    current_gain_fraction: float | None = None
    time_digits: int | None = None
    current_digits: int | None = None


@dataclass(frozen=True)
class Measured:
    """One test as a method sees it.

    ended            The test is over: nothing will be added. rows is None before a file was read.
    sweeps           Read for methods that need "spectra" only; sweep_count is always there, for ``applies``.
    lower, upper     Limits in V at the cell (not against Li/Li+).
    reference_offset_v  What to add for a nominal potential against Li/Li+.
    protocol_key     Code and edition; two tests with the same one were told the same.
    """

    code: str
    place: int
    phase: str
    ended: bool = False
    cycles: Sequence[CycleSummary] = ()
    rows: Rows | None = None
    sweeps: Sequence[Sweep] = ()
    sweep_count: int = 0
    meter: Meter = Meter()
    one_c_current_ma: float | None = None
    lower_limit_v: float | None = None
    upper_limit_v: float | None = None
    reference_offset_v: float | None = None
    temperature_c: float | None = None
    stack_pressure_mpa: float | None = None
    protocol: Sequence[Mapping[str, Any]] = ()
    protocol_key: str = ""


@dataclass(frozen=True)
class Inputs:
    """What a method is given: a cell with its tests in order; one of scope "test" or "first" finds one test there.

    architecture  What faces what: full_cell, half_cell, symmetric, blocking; empty where nobody says.
    """

    cell: str
    tests: Sequence[Measured]
    basis: Basis | None = None
    architecture: str = ""

    @property
    def test(self) -> Measured:
        """Return the one test of a method of scope "test" or "first"; raises ValueError where there is none."""
        if not self.tests:
            raise ValueError("the cell has no test yet.")
        return self.tests[0]


@dataclass(frozen=True)
class Number:
    """A result: its value in the output's unit, its basis in words, its uncertainty (absolute, k = 1).

    variant tells several numbers of one name apart: a rate ("1C"), a sweep, a voltage. Empty for the only one.
    """

    value: float
    basis: str
    uncertainty: float | None = None
    variant: str = ""


@dataclass(frozen=True)
class NoNumber:
    """That one of a method's numbers cannot be given, and why; the others can."""

    reason: str
    variant: str = ""


Answer = Number | NoNumber
Answers = Mapping[str, Answer | Sequence[Answer]]


@dataclass(frozen=True)
class Output:
    """A number that a method gives, free of mass and area: mAh, mWh, V, ohm, fraction."""

    name: str
    label: str
    unit: str
    description: str = ""


@dataclass(frozen=True)
class Parameter:
    """A choice that a method leaves open, with what it is unless somebody decides otherwise."""

    name: str
    default: float | int | str
    label: str
    unit: str = ""
    choices: Sequence[str] = ()


def _always(inputs: Inputs) -> bool:  # noqa: ARG001 - every method's question is given the inputs
    return True


@dataclass(frozen=True)
class Method:
    """One version of a way to compute some numbers.

    compute  Takes the inputs and the parameters by name; gives an answer for each output. A ValueError says in
             a sentence why none of them can be given.
    applies  Whether asking makes sense at all: a cycling test without a sweep is not asked for its impedance.
    science  The page under docs/science/ without its ending.
    """

    name: str
    version: str
    scope: Scope
    outputs: Sequence[Output]
    needs: frozenset[Need]
    compute: Callable[..., Answers]
    science: str
    parameters: Sequence[Parameter] = ()
    applies: Callable[[Inputs], bool] = _always

    def defaults(self) -> dict[str, Any]:
        return {parameter.name: parameter.default for parameter in self.parameters}

    def judged(self, chosen: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters with these chosen ones; raises ValueError for one that does not exist or fit."""
        known = {parameter.name: parameter for parameter in self.parameters}
        result = self.defaults()
        for name, value in chosen.items():
            if name not in known:
                raise ValueError(
                    f"{self.name} has no parameter {name!r}; it has: {', '.join(known) or 'none'}."
                )
            result[name] = _fitted(known[name], value)
        return result


def _fitted(parameter: Parameter, value: Any) -> float | int | str:
    if isinstance(parameter.default, str):
        if parameter.choices and value not in parameter.choices:
            raise ValueError(f"{parameter.label} is one of {', '.join(parameter.choices)}, not {value!r}.")
        return str(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{parameter.label} is a number, not {value!r}.")
    if isinstance(parameter.default, int) and value != int(value):
        raise ValueError(f"{parameter.label} is a whole number, not {value:g}.")
    return int(value) if isinstance(parameter.default, int) else float(value)


@dataclass(frozen=True)
class Result:
    """One line of what a method said, as it is stored: a value, or the reason why there is none."""

    name: str
    unit: str
    value: float | None
    uncertainty: float | None = None
    basis: str = ""
    reason: str = ""
    variant: str = field(default="")


def run(method: Method, inputs: Inputs, parameters: Mapping[str, Any]) -> list[Result]:
    """Return a result for every output of ``method``: a number, or the sentence that its ValueError said.

    >>> def half(inputs, *, of): return {"half": Number(of / 2, "half of what was asked")}
    >>> method = Method("half", "1", "cell", [Output("half", "Half", "mAh")], frozenset(), half, "none",
    ...                 [Parameter("of", 3.0, "Of")])
    >>> run(method, Inputs("CELL-0001", ()), method.defaults())[0].value
    1.5
    """
    try:
        answers = method.compute(inputs, **parameters)
    except ValueError as problem:
        answers = {output.name: NoNumber(str(problem)) for output in method.outputs}
    return [_result(output, answer) for output in method.outputs for answer in _listed(answers[output.name])]


def _listed(given: Answer | Sequence[Answer]) -> Sequence[Answer]:
    return (given,) if isinstance(given, Number | NoNumber) else given


def _result(output: Output, answer: Answer) -> Result:
    if isinstance(answer, NoNumber):
        return Result(output.name, output.unit, None, reason=answer.reason, variant=answer.variant)
    if not math.isfinite(answer.value):
        return Result(
            output.name,
            output.unit,
            None,
            reason=f"{output.label} not computed: the method gave {answer.value}, which is no number.",
            variant=answer.variant,
        )
    return Result(
        output.name,
        output.unit,
        answer.value,
        uncertainty=answer.uncertainty,
        basis=answer.basis,
        variant=answer.variant,
    )
