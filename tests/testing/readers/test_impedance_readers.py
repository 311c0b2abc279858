"""Impedance tables, written by hand from what their headers say: units, the sign of the imaginary part, sweeps."""

from pathlib import Path

import polars as pl
import pytest

from testing.readers.base import Reading, UnreadableFile
from testing.readers.detect import read_file

ECLAB = """\
EC-Lab ASCII FILE
Nb header lines : 6

Potentio Electrochemical Impedance Spectroscopy

freq/Hz\tRe(Z)/{unit}\t-Im(Z)/{unit}\ttime/s\t<Ewe>/V\tcycle number\t
1000.0\t{a}\t{b}\t1.0\t3.70\t1
10.0\t{c}\t{d}\t2.0\t3.72\t1
1000.0\t{a}\t{b}\t3.0\t4.20\t2
10.0\t{c}\t{d}\t4.0\t4.20\t2
"""
SQUIDSTAT = """\
Frequency (Hz),|Z| (Ohms),Phase (degrees),Z'(Ohms),{imaginary}(Ohms),DC Working Electrode (V)
100000,11.2,-26.6,10,{sign}5,3.7
1000,22.4,-26.6,20,{sign}10,3.7
100000,11.2,-26.6,10,{sign}5,4.2
1000,22.4,-26.6,20,{sign}10,4.2
"""
GAMRY = """\
EXPLAIN
TITLE\tLABEL\tPotentiostatic EIS\tTest &Identifier
OCVCURVE\tTABLE\t1
\tPt\tT\tVf
\t#\ts\tV
\t0\t0.5\t-0.3
ZCURVE\tTABLE
\tPt\tTime\tFreq\tZreal\tZimag\tZsig\tZmod\tZphz\tIdc\tVdc\tIERange
\t#\ts\tHz\tohm\tohm\tV\tohm\tdeg\tA\tV\t#
\t0\t1\t200015.6\t825.8584\t-1367.239\t1\t1597.3\t-58.9\t-5.9E-006\t-0.3413\t9
\t1\t3\t158953.1\t1100.361\t-1502.195\t1\t1862.1\t-53.8\t-3.7E-006\t-0.3416\t9
EXPERIMENTABORTED\tTOGGLE\t{aborted}\tExperiment Aborted
FRACURVE\tTABLE\t1
\tPt\tT\tV
\t#\ts\tV
\t0\t0.5\t-0.3
"""


def read(tmp_path: Path, text: str) -> Reading:
    path = tmp_path / "impedance.txt"
    path.write_text(text)
    return read_file(path, name=path.name)


def points(reading: Reading) -> list[tuple[float, float, float]]:
    columns = ("frequency_hertz", "real_impedance_ohm", "imaginary_impedance_ohm")
    return reading.frame.select(columns).rows()


@pytest.mark.parametrize(
    ("unit", "values"),
    [("Ohm", ("65.5", "-0.4", "63.6", "1.3")), ("kOhm", ("0.0655", "-0.0004", "0.0636", "0.0013"))],
)
def test_eclab_writes_the_negative_imaginary_part(
    tmp_path: Path, unit: str, values: tuple[str, str, str, str]
) -> None:
    a, b, c, d = values
    reading = read(tmp_path, ECLAB.format(unit=unit, a=a, b=b, c=c, d=d))
    assert (reading.reader, reading.kind) == ("eclab-impedance", "impedance")
    assert points(reading)[0] == pytest.approx((1000.0, 65.5, 0.4))
    assert points(reading)[1] == pytest.approx((10.0, 63.6, -1.3))
    assert reading.frame["sweep"].to_list() == [1, 1, 2, 2]


def test_an_eclab_impedance_without_frequencies_is_refused(tmp_path: Path) -> None:
    text = ECLAB.format(unit="Ohm", a=1, b=1, c=1, d=1).replace("freq/Hz", "points")
    with pytest.raises(UnreadableFile, match="without its column 'freq/Hz'"):
        read(tmp_path, text)


@pytest.mark.parametrize(("imaginary", "sign"), [('-Z"', ""), ('Z"', "-")])
def test_squidstat_with_either_sign_and_a_sweep_where_the_frequency_turns_back(
    tmp_path: Path, imaginary: str, sign: str
) -> None:
    reading = read(tmp_path, SQUIDSTAT.format(imaginary=imaginary, sign=sign))
    assert reading.reader == "squidstat-impedance"
    assert points(reading)[:2] == [(100_000.0, 10.0, -5.0), (1_000.0, 20.0, -10.0)]
    assert reading.frame["sweep"].to_list() == [1, 1, 2, 2]
    assert reading.frame["voltage_volt"].to_list() == [3.7, 3.7, 4.2, 4.2]


@pytest.mark.parametrize(("aborted", "flags"), [("F", []), ("T", ["aborted"])])
def test_gamry_reads_its_impedance_table_alone(tmp_path: Path, aborted: str, flags: list[str]) -> None:
    reading = read(tmp_path, GAMRY.format(aborted=aborted))
    assert points(reading) == [(200_015.6, 825.8584, -1367.239), (158_953.1, 1100.361, -1502.195)]
    assert [flag.code for flag in reading.flags] == flags
    assert reading.metadata["technique"] == "Potentiostatic EIS"


def test_a_gamry_file_without_impedance_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="no ZCURVE table"):
        read(tmp_path, GAMRY.format(aborted="F").replace("ZCURVE", "CURVE"))


@pytest.mark.parametrize("frequency", ["0", "-10.0"])
def test_a_frequency_of_nothing_is_refused(tmp_path: Path, frequency: str) -> None:
    text = ECLAB.format(unit="Ohm", a=1, b=1, c=1, d=1).replace("10.0\t", f"{frequency}\t")
    with pytest.raises(UnreadableFile, match="0 Hz or less"):
        read(tmp_path, text)


def test_z60w_says_its_frequency_unit_and_keeps_the_sign(tmp_path: Path) -> None:
    names = "  Freq (Hz)    Ampl     Bias   Time(Sec)   Z'(a)    Z''(b)    GD   Err   Range"
    text = f'"Z60W Data File: Version 1.1"\n""\n0,2,0\n2\n"{names}"\n'
    reading = read(tmp_path, text + "10000,0,0,0,0.0137,0.0071,0,0,0\n5000,0,0,0,0.0136,-0.0007,0,0,0\n")
    assert points(reading) == [(10_000.0, 0.0137, 0.0071), (5_000.0, 0.0136, -0.0007)]
    assert isinstance(reading.frame, pl.DataFrame)
