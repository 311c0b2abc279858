"""What methods are given, gathered from the database: tests with cycles, rows and sweeps, and the cell's basis."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

import polars as pl

from cells.models import Cell, CellBasis, Layer
from cells.models.design import LayerRole
from testing.calc.cycles import CycleSummary
from testing.methods.base import Basis, Inputs, Known, Measured, Meter, Method, Sweep
from testing.models import CellTest, Cycle, Dataset, Spectrum
from testing.spectra import points_of
from testing.tables import read_rows, scan

CYCLE_FIELDS = [f.name for f in fields(CycleSummary)]
BASIS_QUANTITIES = [f.name for f in fields(Basis) if f.name not in ("version", "pellet_thickness_um")]


@dataclass
class StoredRows:
    """The rows of a dataset, each column read once when it is first asked for."""

    dataset: Dataset
    read: dict[str, pl.Series] = field(default_factory=dict)

    def columns(self, *names: str) -> pl.DataFrame:
        wanted = [name for name in names if name not in self.read]
        if wanted:
            known = scan(self.dataset).collect_schema().names()
            missing = [name for name in wanted if name not in known]
            if missing:
                raise ValueError(f"The data lack the column {missing[0]}.")
            frame = read_rows(self.dataset, wanted)
            self.read |= {name: frame[name] for name in wanted}
        return pl.DataFrame([self.read[name] for name in names])

    def of_cycle(self, cycle: CycleSummary, *names: str) -> pl.DataFrame:
        return self.columns(*names)[cycle.first_row : cycle.last_row + 1]


@dataclass(frozen=True)
class Gathered:
    """A cell's tests as far as they are cheap to read, and for each what identifies its parts."""

    cell: Cell
    tests: tuple[CellTest, ...]
    measured: Mapping[int, Measured]
    facts: Mapping[int, Mapping[str, Any]]
    basis: Basis | None

    def chosen(self, method: Method, test: CellTest | None) -> tuple[CellTest, ...]:
        """Return the tests that this method looks at."""
        if test is not None:
            return (test,)
        return self._first() if method.scope == "first" else self.tests

    def _first(self) -> tuple[CellTest, ...]:
        """Return the cell's first test, impedance aside; a test whose file is yet to come is not passed over."""
        for test in self.tests:
            measured = self.measured[test.pk]
            if measured.rows is not None or not measured.sweep_count:
                return (test,)
        return ()

    def inputs(self, method: Method, test: CellTest | None, *, whole: bool = False) -> Inputs:
        """Return what this method takes of the cell or of one of its tests; ``whole``: slow parts too."""
        sweeps = whole and "spectra" in method.needs
        tests = self.chosen(method, test)
        return Inputs(
            cell=self.cell.code,
            tests=tuple(
                replace(self.measured[one.pk], sweeps=sweeps_of(one)) if sweeps else self.measured[one.pk]
                for one in tests
            ),
            basis=self.basis,
            architecture=self.cell.edition.architecture,
        )

    def identity(
        self, method: Method, test: CellTest | None, parameters: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return by name all that a result of this method rests on; equal ones give equal numbers."""
        named: dict[str, Any] = {
            "method": method.name,
            "method_version": method.version,
            "parameters": dict(parameters),
            "architecture": self.cell.edition.architecture,
        }
        if "basis" in method.needs:
            named["basis_version"] = self.basis.version if self.basis else 0
        for one in self.chosen(method, test):
            facts = self.facts[one.pk]
            wanted = {"test", *method.needs} | ({"cycles"} if "rows" in method.needs else set())
            named[one.code] = {name: value for name, value in facts.items() if name in wanted}
        return named


def sha256_of(value: Any) -> str:
    """Return the hash of a value as canonical JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def gather(cell: Cell) -> Gathered:
    """Return what is known of a cell's tests, in a number of queries that does not grow with them."""
    tests = tuple(
        cell.tests.order_by("place").select_related(
            "identity", "channel__instrument", "protocol_edition__protocol__identity", "cell__edition"
        )
    )
    keys = [test.pk for test in tests]
    datasets = {
        d.test_id: d
        for d in Dataset.objects.filter(test__in=keys, current=True)
        .select_related("blob")
        .prefetch_related("places__submission")
    }
    cycles: dict[int, list[CycleSummary]] = {}
    for cycle in Cycle.objects.filter(test__in=keys).order_by("test", "cycle_number"):
        cycles.setdefault(cycle.test_id, []).append(summary_of(cycle))
    spectra: dict[int, list[list[Any]]] = {}
    for test_id, sha256, sweep in (
        Spectrum.objects.filter(test__in=keys)
        .order_by("submission", "sweep")
        .values_list("test_id", "submission__blob__sha256", "sweep")
    ):
        spectra.setdefault(test_id, []).append([sha256, sweep])
    measured, facts = {}, {}
    for test in tests:
        dataset = datasets.get(test.pk)
        swept = spectra.get(test.pk, [])
        one = replace(_measured(test, dataset, cycles.get(test.pk, [])), sweep_count=len(swept))
        measured[test.pk] = one
        facts[test.pk] = _facts(test, one, dataset, swept)
    return Gathered(cell, tests, measured, facts, basis_of(cell))


def summary_of(cycle: Cycle) -> CycleSummary:
    """Return a stored cycle as the calculations take it."""
    return CycleSummary(**{name: getattr(cycle, name) for name in CYCLE_FIELDS})


def summaries(cycles: Iterable[Cycle]) -> list[CycleSummary]:
    return [summary_of(cycle) for cycle in cycles]


def _measured(test: CellTest, dataset: Dataset | None, cycles: list[CycleSummary]) -> Measured:
    edition = test.cell.edition
    instrument = test.channel.instrument if test.channel else None
    digits = [place.submission.digits for place in dataset.places.all()] if dataset else []
    return Measured(
        code=test.code,
        place=test.place,
        phase=test.phase,
        ended=test.state in (CellTest.State.COMPLETED, CellTest.State.ABORTED),
        cycles=tuple(cycles),
        rows=StoredRows(dataset) if dataset else None,
        meter=Meter(
            current_offset_ma=instrument.current_offset_ma if instrument else None,
            current_gain_fraction=instrument.current_gain_fraction if instrument else None,
            time_digits=_fewest(digits, "test_time_second"),
            current_digits=_fewest(digits, "current_ampere"),
        ),
        one_c_current_ma=test.one_c_current_ma,
        lower_limit_v=edition.lower_cell_voltage_v,
        upper_limit_v=edition.upper_cell_voltage_v,
        reference_offset_v=edition.reference_offset_v,
        temperature_c=test.temperature_c,
        stack_pressure_mpa=test.stack_pressure_mpa,
        protocol=tuple(test.protocol_edition.steps) if test.protocol_edition else (),
        protocol_key=str(test.protocol_edition) if test.protocol_edition else "",
    )


def _fewest(digits: list[dict[str, int]], name: str) -> int | None:
    """Return the digits of the coarsest file that states some; None where every file has full precision."""
    found = [each[name] for each in digits if each.get(name) is not None]
    return min(found) if found else None


def _facts(
    test: CellTest, measured: Measured, dataset: Dataset | None, spectra: list[list[Any]]
) -> dict[str, Any]:
    """Return what tells this state of a test from every other one, by what a method may need of it."""
    return {
        "test": {
            "phase": measured.phase,
            "ended": measured.ended,
            "place": measured.place,
            "one_c_current_ma": measured.one_c_current_ma,
            "limits_v": [measured.lower_limit_v, measured.upper_limit_v, measured.reference_offset_v],
            "temperature_c": measured.temperature_c,
            "stack_pressure_mpa": measured.stack_pressure_mpa,
            "meter": asdict(measured.meter),
        },
        "cycles": {
            "count": len(measured.cycles),
            "dataset_version": dataset.version if dataset else None,
            "sha256": sha256_of([list(asdict(cycle).values()) for cycle in measured.cycles]),
        },
        "rows": dataset.blob.sha256 if dataset else None,
        "spectra": spectra,
        "protocol": test.protocol_edition_id,
    }


def sweeps_of(test: CellTest) -> tuple[Sweep, ...]:
    """Return the impedance spectra of a test with their points."""
    found = test.spectra.select_related("submission__table").order_by("submission", "sweep")
    return tuple(
        Sweep(
            file=spectrum.submission.name,
            sweep=spectrum.sweep,
            mean_voltage_v=spectrum.mean_voltage_v,
            **asdict(points_of(spectrum)),
        )
        for spectrum in found
    )


def basis_of(cell: Cell) -> Basis | None:
    """Return the cell's current basis, or None before there is one."""
    row = CellBasis.objects.filter(cell=cell, current=True).first()
    if row is None:
        return None
    known: dict[str, Known | None] = {}
    for name in BASIS_QUANTITIES:
        found = row.quantity(name)
        known[name] = None if found is None else Known(*found)
    separator = Layer.objects.filter(cell=cell, role=LayerRole.SEPARATOR).first()
    thickness_um = separator.thickness_um if separator else None
    thickness_u_um = separator.thickness_uncertainty_um if separator else None
    return Basis(
        version=row.version,
        pellet_thickness_um=None if thickness_um is None else Known(thickness_um, thickness_u_um),
        **known,
    )
