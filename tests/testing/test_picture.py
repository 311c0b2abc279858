"""Pictures: one description, the same numbers on the page, in the SVG and in the CSV."""

import csv
import io
import re

import pytest

from testing.drawing import svg_of
from testing.picture import Axis, Line, Mark, Picture, as_csv, as_json, bands, divided

DIVISORS = {"cm2": 0.5, "active": 0.005}


def picture(**facts):
    lines = [
        Line("CELL-0001", [1, 2, 3], [0.8, 0.7, None], "coated", divisors=DIVISORS, style="both"),
        Line("CELL-0002", [1, 2, 3], [0.6, 0.5, 0.4], "coated", divisors=DIVISORS, style="both"),
        Line("CELL-0003", [1, 2, 3], [0.2, 0.1, 0.1], "=uncoated", style="both"),
        Line("CELL-0001 CE", [1, 2, 3], [91.6, 99.0, 99.5], "coated", axis="y2", style="both"),
    ]
    given = {"simulated": True, "means": True, "marks": [Mark("design", 0.85)], **facts}
    return Picture(
        name="cycles",
        title="STUDY-0001: capacity",
        kind="lines",
        x=Axis("Cycle number", whole=True),
        y=Axis("Discharge capacity", capacity=True, least=0),
        y2=Axis("Coulombic efficiency", "%"),
        lines=lines,
        **given,
    )


def test_a_capacity_follows_the_unit_and_an_efficiency_does_not():
    first, _, bare, efficiency = (divided(line, picture(), "cm2") for line in picture().lines)
    assert list(first.y) == [1.6, 1.4, None]
    assert bare is None, "a cell without an area has no areal capacity"
    assert list(efficiency.y) == [91.6, 99.0, 99.5]
    assert picture().y.words("active") == "Discharge capacity (mAh/g of active)"
    assert Axis("dQ/dV", capacity=True, per="V").words("cm2") == "dQ/dV (mAh/(cm² V))"


def test_the_mean_is_of_cells_and_its_band_is_one_sample_standard_deviation():
    coated = bands(picture().lines)[0]
    assert (coated.group, coated.n, coated.mean) == ("coated", 2, pytest.approx([0.7, 0.6, 0.4]))
    assert coated.high[0] - coated.mean[0] == pytest.approx(0.1 * 2**0.5)
    assert coated.low[2] is None, "one cell alone has no spread"


def test_the_page_gets_capacities_in_mah_with_what_divides_them():
    told = as_json(picture())
    assert told["units"] == {"cell": "mAh", "cm2": "mAh/cm²", "active": "mAh/g of active"}
    assert told["series"][0]["x"] == {"from": 1, "count": 3}
    assert told["series"][0]["divisors"] == {"cm2": 0.5, "active": 0.005}
    assert told["y"]["least"] == 0
    assert told["simulated"] is True


def test_simulated_data_are_marked_inside_whatever_is_saved():
    real = picture(simulated=False)
    assert "simulated data" in svg_of(picture())
    assert "simulated" not in svg_of(real)
    assert as_csv(picture(), "cell").startswith("# simulated data")
    assert "simulated" not in as_csv(real, "cell")


def test_the_csv_says_quantity_and_unit_and_runs_nothing_in_a_spreadsheet():
    rows = list(csv.reader(io.StringIO(as_csv(picture(simulated=False), "cm2"))))
    assert rows[1] == ["CELL-0001", "coated", "1.0", "1.6", "Discharge capacity (mAh/cm²)"]
    assert rows[3][3] == ""
    whole = as_csv(picture(simulated=False), "cell")
    assert "'=uncoated" in whole
    assert '"=uncoated' not in whole


def test_the_vectors_carry_units_groups_and_no_words_about_chance():
    drawn = svg_of(picture(), divide_by="cm2", means=True)
    for words in (
        "Discharge capacity (mAh/cm²)",
        "Coulombic efficiency (%)",
        "Cycle number",
        "mean of 2",
        "design",
    ):
        assert words in drawn, words
    assert not re.search(r"p\s*[=<]\s*0", drawn)
    assert "uncoated" not in svg_of(picture(), hidden=["=uncoated"])
    assert drawn == svg_of(picture(), divide_by="cm2", means=True), "the same picture gives the same bytes"
