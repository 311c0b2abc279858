"""A BDF table is taken as it is, under either of its two ways of naming columns."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from testing.readers.base import DEFAULT_BUDGET, Budget, Reading, UnreadableFile
from testing.readers.detect import read_file

MACHINE = (
    b"test_time_second,voltage_volt,current_ampere,unix_time_second,cycle_count,step_id,"
    b"ambient_temperature_celsius,cycle_charging_capacity_ah\n"
    b"0,2.1,0,1700000000,1,4,25.1,0\n"
    b"10,2.2,0.00085,1700000010,1,7,25.2,0.00000236\n"
    b"20,2.3,-0.00085,1700000020,2,4,25.3,0\n"
)
LABELS = (
    b"Test Time / s,Voltage / V,Current / A,Unix Time / s,Cycle Count / 1,Step ID,"
    b"Ambient Temperature / degC,Cycle Charging Capacity / Ah\n"
)
TRUTH = pl.DataFrame(
    {
        "test_time_second": [0.0, 10.0, 20.0],
        "voltage_volt": [2.1, 2.2, 2.3],
        "current_ampere": [0.0, 0.00085, -0.00085],
        "step_id": ["4", "7", "4"],
        "step_count": [1, 2, 3],
        "record_index": [0, 1, 2],
        "ambient_temperature_celsius": [25.1, 25.2, 25.3],
        "cycle_charging_capacity_ah": [0.0, 2.36e-6, 0.0],
        "cycle_count": [1, 1, 2],
        "unix_time_second": [1.70000000e9, 1.70000001e9, 1.70000002e9],
    },
    schema_overrides={"step_id": pl.Categorical},
)

ReadBytes = Callable[..., Reading]


@pytest.fixture
def read(tmp_path: Path) -> ReadBytes:
    def read_bytes(content: bytes, *, budget: Budget = DEFAULT_BUDGET) -> Reading:
        path = tmp_path / "sent"
        path.write_bytes(content)
        return read_file(path, name="sent", budget=budget)

    return read_bytes


@pytest.fixture
def parquet(tmp_path: Path) -> Callable[[pl.DataFrame], bytes]:
    def write(frame: pl.DataFrame) -> bytes:
        frame.write_parquet(tmp_path / "made.parquet")
        return (tmp_path / "made.parquet").read_bytes()

    return write


def test_machine_names_and_preferred_labels_give_the_same_frame(read: ReadBytes) -> None:
    by_machine_name = read(MACHINE)
    by_label = read(LABELS + MACHINE.split(b"\n", 1)[1])
    assert_frame_equal(by_machine_name.frame, TRUTH)
    assert_frame_equal(by_label.frame, TRUTH)
    assert by_machine_name.flags == by_label.flags == ()


def test_a_label_states_its_own_unit(read: ReadBytes) -> None:
    reading = read(b"Test Time / h,Voltage / mV,Current / \xc2\xb5A\n1,2100,850\n2,2200,-850\n")
    assert reading.frame["test_time_second"].to_list() == [3600, 7200]
    assert reading.frame["voltage_volt"].to_list() == [2.1, 2.2]
    assert reading.frame["current_ampere"].to_list() == [0.00085, -0.00085]


def test_deprecated_milliseconds_become_seconds(read: ReadBytes) -> None:
    reading = read(b"test_time_millisecond,voltage_volt,current_ampere\n1500,2,0\n")
    assert reading.frame["test_time_second"].to_list() == [1.5]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (MACHINE.replace(b"current_ampere", b"current"), "states no unit"),
        (MACHINE.replace(b"current_ampere", b"current_milliampere"), "no column 'current_ampere'"),
        (LABELS.replace(b"Current / A", b"Current") + b"1,2,3,4,5,6,7,8\n", "states no unit"),
        (LABELS.replace(b"Current / A", b"Current / kA") + b"1,2,3,4,5,6,7,8\n", "'kA'|' kA'"),
        (MACHINE.replace(b"unix_time_second", b"Test Time / s"), "both give test_time_second"),
        (MACHINE.split(b"\n", 1)[0] + b"\n", "no whole row of data"),
    ],
)
def test_a_table_that_is_not_whole_is_refused(read: ReadBytes, content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFile, match=reason):
        read(content)


def test_a_table_without_steps_has_one_and_says_so(read: ReadBytes) -> None:
    reading = read(b"test_time_second,voltage_volt,current_ampere\n0,2,0\n1,2,0\n")
    assert reading.frame["step_id"].to_list() == [None, None]
    assert reading.frame["step_count"].to_list() == [1, 1]
    assert [flag.code for flag in reading.flags] == ["no_steps"]


def test_a_step_index_that_counts_records_names_no_step(read: ReadBytes) -> None:
    content = b"test_time_second,voltage_volt,current_ampere,step_index\n"
    reading = read(content + b"".join(b"%d,2,0,%d\n" % (second, second % 4) for second in range(12)))
    assert reading.frame["step_count"].to_list() == [1] * 12
    assert {flag.code for flag in reading.flags} == {"step_index_not_used", "no_steps"}


def test_cycles_are_never_renumbered_and_two_pi_is_no_cycle(read: ReadBytes) -> None:
    reading = read(MACHINE.replace(b",1,7,", b",6.283,7,").replace(b",2,4,", b",41,4,"))
    assert reading.frame["cycle_count"].to_list() == [1, None, 41]
    assert [(flag.code, flag.row) for flag in reading.flags] == [("cycle_count_not_whole", 2)]


def test_mixed_names_are_flagged(read: ReadBytes) -> None:
    reading = read(MACHINE.replace(b"voltage_volt", b"Voltage / V"))
    assert_frame_equal(reading.frame, TRUTH)
    assert [flag.code for flag in reading.flags] == ["mixed_names"]


def test_parquet_gives_the_same_as_csv(read: ReadBytes, parquet: Callable[[pl.DataFrame], bytes]) -> None:
    reading = read(parquet(TRUTH.drop("record_index", "step_count")))
    assert_frame_equal(reading.frame, TRUTH)
    assert set(reading.digits.values()) == {None}
    assert (reading.reader, reading.flags) == ("bdf-parquet", ())


def test_parquet_rows_without_numbers_are_left_out_and_named(
    read: ReadBytes, parquet: Callable[[pl.DataFrame], bytes]
) -> None:
    holed = TRUTH.with_columns(current_ampere=pl.Series([0.0, float("nan"), -0.00085]))
    reading = read(parquet(holed))
    assert reading.frame["test_time_second"].to_list() == [0.0, 20.0]
    assert [(flag.code, flag.row) for flag in reading.flags] == [("not_a_number", 2)]


def test_parquet_is_judged_by_its_footer_before_it_is_unpacked(
    read: ReadBytes, parquet: Callable[[pl.DataFrame], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = 1_000_000
    bomb = parquet(pl.select(pl.repeat(0.0, rows).alias(name) for name in TRUTH.columns[:3]))
    assert len(bomb) < rows
    monkeypatch.setattr("testing.readers.bdf.BdfParquetReader._unpack", None)
    with pytest.raises(UnreadableFile, match="unpacks to 1000000 rows"):
        read(bomb, budget=Budget(rows=rows - 1))
    with pytest.raises(UnreadableFile, match="24000000 bytes"):
        read(bomb, budget=Budget(unpacked_bytes=24_000_000 - 1))


@pytest.mark.parametrize("damage", ["cut", "footer", "middle", "claims", "columns"])
def test_damaged_parquet_is_refused(
    read: ReadBytes, parquet: Callable[[pl.DataFrame], bytes], damage: str
) -> None:
    whole = parquet(TRUTH)
    damaged = {
        "cut": whole[:-20],
        "footer": whole[:-60] + b"\xff" * 40 + whole[-20:],
        "middle": whole[:4] + b"\xff" * (len(whole) // 2) + whole[4 + len(whole) // 2 :],
        "claims": whole[:-8] + b"\xff\xff\xff\x7f" + whole[-4:],
        "columns": parquet(TRUTH.with_columns(current_ampere=pl.Series([[1.0], [2.0], [3.0]]))),
    }[damage]
    with pytest.raises(UnreadableFile) as refusal:
        read(damaged)
    assert str(refusal.value).endswith(".")
