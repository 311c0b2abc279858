"""Simulated tests and what is measured back from them, made once a process and shared by every test."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from functools import cache

import polars as pl

from testing.calc.cycles import Segmentation, cycles
from testing.demo.simulator import Trace, simulate_formation, simulate_long_term, simulate_rate
from testing.demo.squidstat_writer import write_squidstat

STARTED = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@cache
def formation(condition: str, replicate: int = 2) -> Trace:
    return simulate_formation(condition, replicate)


@cache
def rate(condition: str, replicate: int = 2) -> Trace:
    return simulate_rate(condition, replicate)


@cache
def long_term(condition: str, mode: str = "cc") -> Trace:
    return simulate_long_term(condition, mode=mode)  # type: ignore[arg-type]


def segmented(trace: Trace) -> Segmentation:
    """Cut a trace into cycles, with the limits that it was made for."""
    return cycles(trace.frame(), lower_limit_v=trace.lower_limit_v, upper_limit_v=trace.upper_limit_v)


@cache
def formation_cycles(condition: str, replicate: int = 2) -> Segmentation:
    return segmented(formation(condition, replicate))


@cache
def rate_cycles(condition: str, replicate: int = 2) -> Segmentation:
    return segmented(rate(condition, replicate))


@cache
def long_term_cycles(condition: str, mode: str = "cc") -> Segmentation:
    return segmented(long_term(condition, mode))


@cache
def long_term_cycles_from_a_file(condition: str, mode: str, digits: int) -> Segmentation:
    """Cut what an instrument's file of so many digits holds."""
    return cycles(
        written(long_term(condition, mode), digits=digits),
        lower_limit_v=1.45,
        upper_limit_v=long_term(condition, mode).upper_limit_v,
    )


def written(trace: Trace, **options: object) -> pl.DataFrame:
    """Write an export and read it back the short way: polars and the header's own units."""
    content = write_squidstat(
        trace,
        element_name="Cycling",
        started_at=STARTED,
        **options,  # type: ignore[arg-type]
    ).content
    table = pl.read_csv(
        io.BytesIO(content.decode("cp1252").encode()), schema_overrides={"Step number": pl.String}
    )
    step = pl.col("Step number")
    return table.select(
        test_time_second=pl.col("Elapsed Time (s)"),
        voltage_volt=pl.col("Working Electrode (V)"),
        current_ampere=pl.col("Current (mA)") / 1000,
        step_count=(step != step.shift(1)).fill_null(value=False).cast(pl.Int64).cum_sum(),
    )
