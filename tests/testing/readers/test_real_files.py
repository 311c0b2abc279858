"""Files of real instruments, where they are at hand: read to the row, or refused with a reason."""

import zipfile
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from testing.calc import counters
from testing.calc.integrate import integrate
from testing.readers.apart import read_apart
from testing.readers.base import UnreadableFile
from testing.readers.detect import read_file
from testing.readers.parquet import scan_table

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the folder of real files is not at hand")

BDF = DATA / "bdf"
LANDT = "SINTEF__LiGrR2032__2024-04-30__25degC__Landt.bdf.csv"
BASYTEC = "DLR__LiGrHydra0b__20230131__POCV__25degC__Basytec.bdf.csv"
TIME_BUG = "SINTEF__SLPBA842124HV__2024-10-23__Rate_25degC__Neware__Time_Bug.bdf.csv"
# What is read, by its reader and rows; what is not is refused with its reason.
READ = {
    "neware/nw4-120-1-6-53.ndax": ("neware-binary", 18_700),
    "neware/test_2.ndax": ("neware-binary", 108_563),
    "neware/Unit27_Example_Corrupt.ndax": ("neware-binary", 301),
    "neware/neware_uio.csv": ("neware-csv", 9_065),
    # 9,395 lines below its header: these records, 20 cycles and 80 steps.
    "neware/nw_regular_export_ife_example.csv": ("neware-layered-csv", 9_295),
    "arbin/7_11_13_1C_Cycle.csv": ("arbin-csv", 4_027),
    "arbin/7_19_13_1C_Cycle.csv": ("arbin-csv", 3_903),
    "arbin/8_9_13_1C_Cycle.csv": ("arbin-csv", 18_592),
    "arbin/10_14_13_1C_Cycle.csv": ("arbin-csv", 17_335),
    "biologic/CP_SSB.txt": ("eclab-text", 30_208),
    "biologic/PEIS_LPSCl_IonBlocking_-25C.txt": ("eclab-impedance", 79),
    "biologic/exampleDataBioLogic.mpt": ("eclab-impedance", 43),
    "eis/exampleDataAutolab.txt": ("z60w-impedance", 41),
    "eis/exampleDataGamry.DTA": ("gamry-impedance", 72),
    "eis/exampleDataGamryABORT.DTA": ("gamry-impedance", 72),
    "maccor/maccor_001.txt": ("maccor-text", 6_704),
    "novonix/test_Nova_Form-CH01-01_short.csv": ("novonix-csv", 3_942),
    "pec/pec.csv": ("pec-csv", 16_255),
    "basytec/sample_data_basytec.txt": ("basytec-text", 74),
    "landt/SINTEF__LiGrR2032__2024-04-30__25degC__Landt.csv": ("landt-csv", 25_162),
}
REASONS = {
    "neware/empty.ndax": "holds no record",
    "biologic/exampleDataBioLogic_MissingFreq.mpt": "without its column 'freq/Hz'",
}
REFUSED = sorted(
    path
    for path in DATA.rglob("*")
    if path.is_file() and path.parent != BDF and path.name != "INDEX.md"
    and str(path.relative_to(DATA)) not in READ
)  # fmt: skip
REFUSED_APART = {"test_2.parquet", "custom_nan_inf.csv"}


@pytest.mark.parametrize("name", READ)
def test_a_cyclers_own_export_is_read_to_its_last_row(name: str) -> None:
    reading = read_file(DATA / name, name=Path(name).name)
    assert (reading.reader, reading.frame.height) == READ[name]


def test_an_aborted_impedance_file_keeps_its_points_and_says_so() -> None:
    reading = read_file(DATA / "eis" / "exampleDataGamryABORT.DTA", name="aborted.DTA")
    assert [flag.code for flag in reading.flags] == ["aborted"]
    assert reading.frame["frequency_hertz"][-1] == 0.0158898


def totals_mah(frame: pl.DataFrame) -> tuple[float, float]:
    """Return all charge and all discharge in mAh, by the rule that cycles are computed with."""
    charge = integrate(frame).charge_ah * 1000
    return float(charge.filter(charge > 0).sum()), -float(charge.filter(charge < 0).sum())


def counted_mah(frame: pl.DataFrame) -> tuple[float, float]:
    """Return what the instrument's own counter of each step says at the step's end, charge and discharge."""
    steps = frame.group_by("step_count").agg(pl.col("step_cumulative_capacity_ah").last() * 1000)
    ends = steps["step_cumulative_capacity_ah"]
    return float(ends.filter(ends > 0).sum()), -float(ends.filter(ends < 0).sum())


# What is more than 0.1 % apart is explained by what is stored of it: the tests after the next.
@pytest.mark.parametrize(
    ("name", "charge_mah", "discharge_mah", "tolerance"),
    [("nw4-120-1-6-53.ndax", 7.124181, 3.760948, 0.004), ("test_2.ndax", 2.294494, 2.045927, 0.0011)],
)
def test_a_neware_files_counters_are_the_vendors_own_and_the_integral_is_close(
    name: str, charge_mah: float, discharge_mah: float, tolerance: float
) -> None:
    frame = read_file(DATA / "neware" / name, name=name).frame
    assert counted_mah(frame) == pytest.approx((charge_mah, discharge_mah), rel=1e-6)
    assert totals_mah(frame) == pytest.approx((charge_mah, discharge_mah), rel=tolerance)


def test_a_counter_that_restarts_within_a_step_forgets_what_the_integral_keeps(tmp_path: Path) -> None:
    """The vendor says 3716.034 mAh, but its counter fell to 0 twice within the discharge."""
    with zipfile.ZipFile(DATA / "neware" / "SINTEF__G20M7_BTS91.nda.zip") as archive:
        path = Path(archive.extract(archive.namelist()[0], tmp_path))
    reading = read_file(path, name=path.name)
    assert (reading.reader, reading.frame.height) == ("neware-binary", 17_587)
    assert counted_mah(reading.frame) == pytest.approx((3838.768, 3716.034), rel=1e-6)
    counter_mah = reading.frame.filter(pl.col("step_id") == "5")["step_cumulative_capacity_ah"].abs() * 1000
    forgotten_mah = -float(counter_mah.diff().filter(counter_mah.diff() < 0).sum())
    charge, discharge = totals_mah(reading.frame)
    assert charge == pytest.approx(3838.768, rel=0.0001)
    assert discharge == pytest.approx(3716.034 + forgotten_mah, rel=0.0001)


def compared(name: str) -> dict[str, counters.Comparison]:
    frame = read_file(DATA / name, name=Path(name).name).frame
    found = counters.compare(
        {counter: frame[counter].to_numpy() for counter in counters.COUNTERS if counter in frame.columns},
        time_s=frame["test_time_second"].to_numpy(),
        current_a=frame["current_ampere"].to_numpy(),
        charge_ah=integrate(frame).charge_ah.to_numpy(),
    )
    return {one.direction: one for one in found}


def test_neware_charge_beyond_a_tenth_of_a_percent_comes_from_currents_that_decay_between_rows() -> None:
    """Short holds at constant voltage are logged every 10 s while the current falls by up to half."""
    both = compared("neware/nw4-120-1-6-53.ndax")
    charge = both["charge"]
    assert charge.off == pytest.approx(0.00387, abs=1e-5)
    assert abs(both["discharge"].off) < 0.001
    assert "0.554 % comes from 920 intervals in which the current changes" in charge.sentence
    told = charge.changing.charge_ah + charge.clock.charge_ah
    assert abs(charge.integral_ah - charge.counted_ah - told) < 0.001 * charge.counted_ah


def test_neware_charge_beyond_a_tenth_of_a_percent_comes_from_a_clock_that_skips_the_start_of_a_step() -> (
    None
):
    """The second row of each step is 0.2 s after the first by the clock, and 0.5 s by what the counter counted."""
    both = compared("neware/test_2.ndax")
    assert both["discharge"].off == pytest.approx(-0.00108, abs=1e-5)
    for one in both.values():
        assert one.clock.intervals == 54
        assert (
            "comes from 54 intervals in which a steady current was counted for another time" in one.sentence
        )
        assert abs(one.integral_ah - one.counted_ah - one.clock.charge_ah) < 1e-5 * one.counted_ah


@pytest.mark.parametrize(
    "name",
    [
        "maccor/maccor_001.txt",
        "pec/pec.csv",
        "neware/neware_uio.csv",
        "neware/nw_regular_export_ife_example.csv",
    ],
)
def test_charge_and_discharge_are_within_a_tenth_of_a_percent_of_the_vendors_own(name: str) -> None:
    both = compared(name)
    assert set(both) == {"charge", "discharge"}
    assert all(abs(one.off) < 0.001 for one in both.values())


@pytest.mark.parametrize("name", [name for name in READ if name.startswith("arbin/")])
def test_an_arbin_files_charge_agrees_with_its_counters(name: str) -> None:
    frame = read_file(DATA / name, name=name).frame
    first_part = frame.filter(pl.col("test_time_second").diff().fill_null(0).lt(0).cum_sum() == 0)
    charge, discharge = totals_mah(first_part)
    # The first interval reaches back to the start of the test, which no row of the file holds.
    counted = {
        name: 1000 * (first_part[column][-1] - first_part[column][0])
        for name, column in (
            ("charge", "schedule_charging_capacity_ah"), ("discharge", "schedule_discharging_capacity_ah"),
        )
    }  # fmt: skip
    assert charge == pytest.approx(counted["charge"], rel=0.001)
    assert discharge == pytest.approx(counted["discharge"], rel=0.001)


def test_a_layered_neware_files_records_agree_with_its_own_cycle_lines() -> None:
    path = DATA / "neware" / "nw_regular_export_ife_example.csv"
    frame = read_file(path, name=path.name).frame
    lines = [line.split(",") for line in path.read_text().splitlines()[3:] if not line.startswith(",")]
    charge = integrate(frame).charge_ah
    summed = frame.select(
        "cycle_count",
        charge=pl.when(pl.lit(charge) > 0).then(pl.lit(charge)).otherwise(0),
        discharge=-pl.when(pl.lit(charge) < 0).then(pl.lit(charge)).otherwise(0),
    )
    sums = summed.group_by("cycle_count", maintain_order=True).sum()
    assert sums["cycle_count"].to_list() == [int(line[0]) for line in lines] == list(range(1, 21))
    # Two-second records of a current that jumps: the integral is within 0.2 % of what the instrument counted.
    # The first charge is 90 s long in the file and 2 s of it are a tenth of a percent each.
    assert sums["charge"].to_list()[1:] == pytest.approx([float(line[1]) for line in lines][1:], rel=0.002)
    assert sums["discharge"].to_list() == pytest.approx([float(line[2]) for line in lines], rel=0.002)


def test_a_maccor_states_letter_gives_its_current_a_sign() -> None:
    frame = read_file(DATA / "maccor" / "maccor_001.txt", name="maccor_001.txt").frame
    first_discharge, first_charge = (frame.filter(pl.col("step_id") == step) for step in ("2", "4"))
    assert first_discharge["current_ampere"].max() < 0 < first_charge["current_ampere"].min()


def test_a_novonix_files_charge_is_the_vendors_own() -> None:
    name = "test_Nova_Form-CH01-01_short.csv"
    charge, discharge = totals_mah(read_file(DATA / "novonix" / name, name=name).frame)
    # The file is the first part of the cycle whose 66.482 mAh the vendor's summary gives; it holds no discharge.
    assert 0 < charge < 66.4822211
    assert discharge == 0


def test_a_pec_file_tells_its_test_and_start() -> None:
    reading = read_file(DATA / "pec" / "pec.csv", name="pec.csv")
    assert (reading.metadata["test"], reading.metadata["started_at"]) == ("187", "02/22/2019 16:21:35")
    charge, discharge = totals_mah(reading.frame.filter(pl.col("cycle_count") == 1))
    counted = reading.frame.filter(pl.col("cycle_count") == 1)
    assert charge / 1000 == pytest.approx(counted["charging_capacity_ah"].max(), rel=0.001)
    assert discharge / 1000 == pytest.approx(counted["discharging_capacity_ah"].max(), rel=0.001)


def test_a_basytec_files_rows_follow_its_start() -> None:
    name = "sample_data_basytec.txt"
    reading = read_file(DATA / "basytec" / name, name=name)
    start = datetime.fromisoformat(reading.metadata["started_at"])
    times = [start + timedelta(seconds=t) for t in reading.frame["test_time_second"].head(3)]
    assert f"{times[0]:%Y-%m-%d %H:%M:%S.%f}" == "2023-06-19 17:56:53.000000"
    assert f"{times[2]:%Y-%m-%d %H:%M:%S.%f}" == "2023-06-19 17:56:54.002823"


def test_a_landt_file_and_its_bdf_twin_give_the_same_numbers() -> None:
    own = read_file(DATA / "landt" / LANDT.replace(".bdf", ""), name="own").frame
    twin = read_file(BDF / LANDT, name=LANDT).frame
    for column in ("test_time_second", "voltage_volt", "current_ampere"):
        assert own[column].to_list() == twin[column].to_list()


@pytest.mark.parametrize(
    ("name", "rows", "last_voltage_v"),
    [(BASYTEC, 39_193, 1.02444099017354), (LANDT, 25_162, 0.1086), (TIME_BUG, 13_086, 2.9995)],
)
def test_a_published_bdf_file_is_read_to_its_last_row(
    tmp_path: Path, name: str, rows: int, last_voltage_v: float
) -> None:
    summary = read_apart(BDF / name, name=name, out=tmp_path / "out.parquet")
    frame = scan_table(tmp_path / "out.parquet").collect()
    assert (summary.reader, summary.rows, frame.height) == ("bdf-csv", rows, rows)
    assert frame["voltage_volt"][-1] == last_voltage_v
    assert frame["record_index"].to_list() == list(range(rows))


def test_a_clock_that_runs_backwards_nineteen_times_is_flagged_nineteen_times() -> None:
    reading = read_file(BDF / TIME_BUG, name=TIME_BUG)
    back = [flag for flag in reading.flags if flag.code == "time_runs_backwards"]
    assert len(back) == 19
    times = reading.frame["test_time_second"]
    assert all(times[flag.row - 1] < times[flag.row - 2] for flag in back if flag.row)


@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.name)
def test_a_file_of_another_instrument_is_refused_with_a_reason(path: Path, tmp_path: Path) -> None:
    reason = REASONS.get(str(path.relative_to(DATA)), r"No reader knows this file|is no BDF table")
    with pytest.raises(UnreadableFile, match=reason):
        if path.name in REFUSED_APART:
            read_apart(path, name=path.name, out=tmp_path / "out", time_s=30)
        else:
            read_file(path, name=path.name)
