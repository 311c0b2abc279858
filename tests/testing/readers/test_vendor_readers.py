"""The cyclers' own text exports, written by hand from what their headers say: units, signs, clocks, preambles."""

import zipfile
from pathlib import Path

import pytest

from testing.readers.base import Budget, Reading, UnreadableFile
from testing.readers.detect import read_file

ARBIN = """\
Data_Point,Test_Time(s),Date_Time,Step_Time(s),Step_Index,Cycle_Index,Current({a}),Voltage({v}),Charge_Capacity(Ah),Discharge_Capacity(Ah)
1,0.5,2024-03-11 09:00:00,0.5,1,1,{rest},{v1},0,0
2,10.5,2024-03-11 09:00:10,10,2,1,{charge},{v2},0.001,0
3,20.5,2024-03-11 09:00:20,20,2,1,{charge},{v2},0.002,0
"""
NEWARE = """\
DataPoint,Cycle Index,Step Index,Step Type,Time,{clock},Current({a}),Voltage(V),Date
1,1,1,Rest,00:00:00,00:00:00,0,2.9170,2024-03-11 09:00:00
2,1,2,CC Chg,00:00:10,{later},{current},2.9171,2024-03-11 09:00:10
"""
ECLAB_PREAMBLE = """\
EC-Lab ASCII FILE
Nb header lines : 9

Galvanostatic Cycling with Potential Limitation

Run on channel : 8 (SN 12288)
Mass of active material : 7.826 mg
Acquisition started on : 05/17/2024 14:09:11.952
"""
MACCOR = """\
Today's Date:\t14 March 2024\tDate of Test:\t11 March 2024, 09:00:00 AM
Filename:\tcell 42\tTester Channel:\t1
Rec#\tCyc#\tStep\tTestTime\tStepTime\tAmp-hr\tWatt-hr\tAmps\tVolts\tState\tES\tDPt Time
1\t0\t1\t  0d 00:00:0\t  0d 00:00:0\t0\t0\t0.00000\t3.40000\tR\t0\t03/11/2024 09:00:00
2\t0\t2\t  0d 00:00:10.5\t  0d 00:00:10.5\t0\t0\t0.50000\t3.50000\tC\t0\t03/11/2024 09:00:10
3\t0\t3\t  1d 00:00:0\t  0d 00:00:5\t0\t0\t0.25000\t3.30000\tD\t0\t03/12/2024 09:00:00
4\t0\t4\t  1d 00:00:5\t  0d 00:00:5\t0\t0\t{odd}\t3.30000\t{state}\t0\t03/12/2024 09:00:05
"""
NOVONIX_ROWS = [
    "Date and Time,Cycle Number,Step Type,Run Time (h),Step Time (h),Current (A),Potential (V),Step Number",
    "2024-03-11 09:00:00 AM,1,0,0.0000000,0,0.0,3.1,1",
    "2024-03-11 09:06:00 AM,1,1,0.1000000,0.1,0.25,3.2,2",
]
PEC = """\
Request Year:,2024
Test:,187
TestRegime Name:,C/25
Start Time:,03/11/2024 09:00:00
Test,Cell,Step,Cycle,Total Time (Seconds),Voltage ({v}),Current (mA),Charge Capacity (mAh),Charge Capacity (mWh)
187,1,0,0,1,{volt},0,0,0
187,1,1,1,11,{volt},-25.5,0,0
"""
BASYTEC = """\
~Resultfile from Basytec Battery Test System
~Name of Test: test
~Start of Test: 11.03.2024 09:00:00
~
~Time[s]\tDataSet\tLine\tCommand\tU[V]\tI[{a}]\tAh[Ah]\tCyc-Count
0\t1\t3\tPause\t3.5\t0\t0\t1
1.5\t2\t4\tCharge\t3.6\t{current}\t0\t1
"""
LANDT = """\
cell model:,,,,,,,
Nominal capacity used to define the C rate:Ah,,,,,,,
channel_index,cycle_index,step_index,date_time_iso_string,test_time_s,step_time_s,current_{a},voltage_V
1,1,1,03/11/2024 09:00:00,0.020,0.020,0.0000,2.9215,
2,1,2,03/11/2024 09:00:15,15.020,15.020,{current},2.9216,
"""


def read(tmp_path: Path, text: str | bytes, name: str = "export.txt", **arguments: Budget) -> Reading:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_file(path, name=name, **arguments)


def currents_a(reading: Reading) -> list[float]:
    return reading.frame["current_ampere"].to_list()


@pytest.mark.parametrize(
    ("header_a", "header_v", "charge", "volts"),
    [("A", "V", "0.0255", ("3.1", "3.2")), ("mA", "mV", "25.5", ("3100", "3200"))],
)
def test_arbin_units_come_from_its_header(
    tmp_path: Path, header_a: str, header_v: str, charge: str, volts: tuple[str, str]
) -> None:
    text = ARBIN.format(a=header_a, v=header_v, rest="0", charge=charge, v1=volts[0], v2=volts[1])
    reading = read(tmp_path, text)
    assert reading.reader == "arbin-csv"
    assert currents_a(reading) == pytest.approx([0.0, 0.0255, 0.0255], rel=1e-12)
    assert reading.frame["voltage_volt"].to_list() == [3.1, 3.2, 3.2]
    assert reading.frame["step_id"].to_list() == ["1", "2", "2"]
    assert reading.metadata["first_clock_time"] == "2024-03-11 09:00:00"


def test_a_current_without_its_unit_is_refused_and_not_guessed(tmp_path: Path) -> None:
    text = ARBIN.format(a="A", v="V", rest=0, charge=1, v1=3, v2=3).replace("Current(A)", "Current")
    with pytest.raises(UnreadableFile, match="states no unit, and none is guessed"):
        read(tmp_path, text)


@pytest.mark.parametrize("clock", ["Total Time", "Cumulative Time"])
def test_a_neware_clock_counts_on_past_a_day(tmp_path: Path, clock: str) -> None:
    reading = read(tmp_path, NEWARE.format(clock=clock, a="mA", later="100:00:10", current="-1.5"))
    assert reading.frame["test_time_second"].to_list() == [0.0, 360_010.0]
    assert currents_a(reading) == pytest.approx([0.0, -0.0015], rel=1e-12)


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        ("time/s\tEwe/V\tI/mA\tNs\t", "1.0\t3.1\t-2.5\t0\n11.0\t3.0\t-2.5\t1\n"),
        ("Ns\ttime/s\tI/mA\tEcell/V\t", "0\t1,05\t-2,5\t3,1\n1\t11,05\t-2,5\t3,05\n"),
        ("time/s\t<Ewe>/V\t<I>/A\tNs", "1.0\t3.1\t-0.0025\t0\n11.0\t3.0\t-0.0025\t1\n"),
    ],
    ids=["points", "decimal commas and other order", "means, in ampere"],
)
def test_eclab_text_in_its_dialects(tmp_path: Path, header: str, rows: str) -> None:
    reading = read(tmp_path, ECLAB_PREAMBLE + header + "\n" + rows)
    assert reading.reader == "eclab-text"
    assert currents_a(reading) == pytest.approx([-0.0025, -0.0025], rel=1e-12)
    assert reading.frame["voltage_volt"][0] == 3.1
    assert reading.frame["step_id"].to_list() == ["0", "1"]
    assert reading.metadata["mass_of_active_material"] == "7.826 mg"
    assert reading.metadata["technique"].startswith("Galvanostatic")


def test_a_maccor_magnitude_gets_the_sign_of_its_state(tmp_path: Path) -> None:
    reading = read(tmp_path, MACCOR.format(odd="0.00000", state="R"))
    assert currents_a(reading) == pytest.approx([0.0, 0.5, -0.25, 0.0], rel=1e-12)
    assert reading.frame["test_time_second"].to_list() == [0.0, 10.5, 86_400.0, 86_405.0]
    assert reading.metadata["file"] == "cell 42"


def test_a_maccor_current_in_a_state_without_direction_is_left_out_and_named(tmp_path: Path) -> None:
    reading = read(tmp_path, MACCOR.format(odd="0.10000", state="P"))
    assert currents_a(reading) == pytest.approx([0.0, 0.5, -0.25], rel=1e-12)
    told = [flag for flag in reading.flags if flag.code == "current_without_direction"]
    assert [(flag.row, "state 'P'" in flag.sentence) for flag in told] == [(4, True)]


@pytest.mark.parametrize(
    "quoted", [False, True], ids=["as the instrument writes", "each line quoted as a whole"]
)
def test_novonix_hours_become_seconds(tmp_path: Path, quoted: bool) -> None:
    rows = [f'"{row}"' for row in NOVONIX_ROWS] if quoted else NOVONIX_ROWS
    text = (
        "[Summary]\nNovonix\nChannel: 01\nProtocol: Formation.pro1\n[End Summary]\n" + "\n".join(rows) + "\n"
    )
    reading = read(tmp_path, text)
    assert reading.reader == "novonix-csv"
    assert reading.frame["test_time_second"].to_list() == pytest.approx([0.0, 360.0])
    assert currents_a(reading) == pytest.approx([0.0, 0.25], rel=1e-12)
    assert (reading.metadata["channel"], reading.metadata["procedure"]) == ("01", "Formation.pro1")


@pytest.mark.parametrize(("unit", "volt"), [("mV", "3272.5"), ("V", "3.2725")])
def test_pec_takes_the_charge_in_mah_and_not_the_energy_beside_it(
    tmp_path: Path, unit: str, volt: str
) -> None:
    reading = read(tmp_path, PEC.format(v=unit, volt=volt))
    assert reading.frame["voltage_volt"].to_list() == pytest.approx([3.2725, 3.2725])
    assert currents_a(reading) == pytest.approx([0.0, -0.0255], rel=1e-12)
    assert "Charge Capacity (mWh)" in reading.metadata["columns_left_out"]
    assert reading.metadata["test"] == "187"


@pytest.mark.parametrize(("unit", "current"), [("A", "0.0255"), ("mA", "25.5")])
def test_basytec_with_its_header_among_the_marked_lines(tmp_path: Path, unit: str, current: str) -> None:
    reading = read(tmp_path, BASYTEC.format(a=unit, current=current))
    assert currents_a(reading) == pytest.approx([0.0, 0.0255], rel=1e-12)
    assert reading.metadata["started_at"] == "2024-03-11T09:00:00"


@pytest.mark.parametrize(("unit", "current"), [("A", "-0.0002"), ("mA", "-0.2")])
def test_landt_rows_that_end_with_a_separator_too_many(tmp_path: Path, unit: str, current: str) -> None:
    reading = read(tmp_path, LANDT.format(a=unit, current=current))
    assert currents_a(reading) == pytest.approx([0.0, -0.0002], rel=1e-12)
    assert [flag.code for flag in reading.flags] == []


def archive(tmp_path: Path, members: dict[str, bytes]) -> Path:
    path = tmp_path / "made.ndax"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return path


def test_an_archive_that_unpacks_to_more_than_the_budget_is_refused_unopened(tmp_path: Path) -> None:
    path = archive(tmp_path, {"VersionInfo.xml": b"<a/>", "data.ndc": bytes(3_000_000)})
    assert path.stat().st_size < 10_000
    with pytest.raises(UnreadableFile, match="unpacks to 2 files and 3000004 bytes"):
        read_file(path, name="bomb.ndax", budget=Budget(unpacked_bytes=2_000_000))


@pytest.mark.parametrize(
    "content",
    [b"NEWARE" + bytes(10), b"NEWARE20250527" + b"\xff" * 5_000, b"PK\x03\x04data.ndc and then nothing"],
    ids=["short", "noise", "no archive"],
)
def test_a_damaged_neware_file_is_refused_with_a_sentence(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UnreadableFile, match=r"Neware file|ndax archive"):
        read(tmp_path, content, name="broken.nda")
