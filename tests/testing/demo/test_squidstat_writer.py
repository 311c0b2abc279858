"""The written export against the facts known of real ones."""

import io
from datetime import UTC, datetime, timedelta, timezone

import polars as pl
import pytest

from testing.demo.simulator import simulate_formation
from testing.demo.squidstat_writer import write_squidstat

TRACE = simulate_formation("Nb2O5-coated, 4.7 V", 2)
STARTED = datetime(2026, 3, 2, 9, 30, 5, tzinfo=timezone(timedelta(hours=1)))


def export(**options):
    return write_squidstat(TRACE, element_name="CC-CV", started_at=STARTED, **options)


def test_the_old_dialect_byte_by_byte():
    header, rest = export(digits=6).content.split(b"\r\n", 1)
    assert header == (
        b'"Step number","Step name","Elapsed Time (s)","Working Electrode (V)",'
        b'"Working Electrode vs. NHE (V)",'
        b'"Current (mA)","Current Density (mA/cm\xb2)","Cumulative Charge (mAh)","Counter Electrode (V)"'
    )
    assert b"\r" not in rest
    assert b'"' not in rest
    assert rest.endswith(b"\n")
    assert rest.count(b"\n") == len(TRACE.time_s)
    assert rest.startswith(b"1_1,Open Circuit Potential,0,")


def test_six_digits_are_what_the_instrument_writes():
    last = export(digits=6).content.decode("cp1252").splitlines()[-1].split(",")
    assert last[0] == "4_3"
    assert float(last[2]) == pytest.approx(TRACE.time_s[-1], rel=1e-5)
    assert all(len(field.lstrip("-").replace(".", "").lstrip("0").split("e")[0]) <= 6 for field in last[2:])


def test_full_precision_comes_back_bit_by_bit():
    table = pl.read_csv(io.BytesIO(export().content.decode("cp1252").encode()))
    assert (table["Elapsed Time (s)"].to_numpy() == TRACE.time_s).all()
    assert (table["Working Electrode (V)"].to_numpy() == TRACE.voltage_v).all()
    assert table["Current (mA)"].to_numpy() == pytest.approx(TRACE.current_a * 1000, rel=1e-15)


def test_the_later_dialect_writes_amperes_repeats_and_a_clock():
    table = pl.read_csv(io.BytesIO(export(dialect="later").content))
    assert table["Current (A)"].to_numpy() == pytest.approx(TRACE.current_a, rel=1e-15)
    assert table["Step number"].to_list() == [int(number.split("_")[0]) for number in TRACE.step_number]
    assert table["Repeats"].max() == 3
    assert table["UTC Time (s)"][0] == datetime(2026, 3, 2, 8, 30, 5, tzinfo=UTC).timestamp()
    density = table["Current Density (A/m^2)"].to_numpy()
    assert density == pytest.approx(TRACE.current_a / (TRACE.area_cm2 * 1e-4), rel=1e-12)


def test_the_name_holds_local_time_without_a_zone_and_says_simulated():
    assert export().name == "1_SIMULATED Nb2O5-coated 4.7 V cell 2-CC-CV 20260302 093005.csv"
    with pytest.raises(ValueError, match="no time zone"):
        write_squidstat(TRACE, element_name="CC", started_at=STARTED.replace(tzinfo=None))


def test_the_cumulative_charge_is_the_net_charge():
    last = export().content.decode("cp1252").splitlines()[-1].split(",")
    net = sum(one.charge_capacity_mah - one.discharge_capacity_mah for one in TRACE.truth)
    # The instrument's plain trapezoid differs from the truth by a little at each change of step.
    assert float(last[7]) == pytest.approx(net, abs=1e-4)
