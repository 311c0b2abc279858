"""Numbers are written by their uncertainty. Expected texts are worked by hand from the rule."""

from decimal import Decimal

import pytest

from lims import numbers
from lims.templatetags import numbers as filters


@pytest.mark.parametrize(
    ("value", "uncertainty", "written"),
    [
        (18.2305, 0.198, "18.23 ± 0.20"),  # first digit 1: two digits are kept
        (79.8, 0.04, "79.80 ± 0.04"),  # the zero is a measured digit
        (91.6, 0.5, "91.6 ± 0.5"),
        (3.00803, 0.03269, "3.01 ± 0.03"),
        (1.1003, 0.0065, "1.100 ± 0.006"),  # a tie goes to the even digit
        (24.94, 0.096, "24.94 ± 0.10"),  # rounding may carry into the next decade
        (183.2, 23, "180 ± 20"),
        (1349.6, 14.2, "1350 ± 14"),
        (-0.0271, 0.0036, "−0.027 ± 0.004"),
        (0.0004, 0.02, "0.00 ± 0.02"),
        (-0.0004, 0.02, "0.00 ± 0.02"),  # no sign on what rounds to zero
        (Decimal("8.10"), Decimal("0.041"), "8.10 ± 0.04"),
        (5e-7, 2e-8, "0.00000050 ± 0.00000002"),
    ],
)
def test_a_value_is_rounded_by_its_uncertainty(value: float, uncertainty: float, written: str) -> None:
    assert numbers.rounded(value, uncertainty) == written


@pytest.mark.parametrize("uncertainty", [0, -0.1])
def test_an_uncertainty_must_be_above_zero(uncertainty: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        numbers.rounded(1.0, uncertainty)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_not_a_number_is_never_printed_as_one(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        numbers.plain(value, 2)
    with pytest.raises(ValueError, match="finite"):
        numbers.rounded(1.0, value)


def test_plain_keeps_trailing_zeros_and_large_numbers_whole() -> None:
    assert numbers.plain(8.1, 2) == "8.10"
    assert numbers.plain(600, 0) == "600"
    assert numbers.plain(1e30, 2) == "1" + "0" * 30 + ".00"


def test_a_weighed_mass_keeps_its_own_digits() -> None:
    assert [numbers.exact(mass) for mass in (8.3, 5000.0, 4961.3, Decimal("0.50"))] == [
        "8.3",
        "5000",
        "4961.3",
        "0.5",
    ]


def test_a_column_lines_up_on_the_decimal_point() -> None:
    columns = numbers.aligned(["18.23", "1.100", "600", "−0.5"])
    behind_the_point = [len(text) - len(text.partition(".")[0]) for text in columns if "." in text]
    assert len(set(behind_the_point)) == 1
    assert columns[2] == "600" + numbers.POINT_SPACE + 3 * numbers.FIGURE_SPACE


def test_fractions_are_percent_on_the_page() -> None:
    row = {"value": 0.916, "uncertainty": 0.005, "unit": "fraction"}
    assert filters.with_uncertainty(row) == "91.6 ± 0.5"
    assert filters.with_unit(row) == "91.6 ± 0.5 %"
    assert filters.percent(0.798, 2) == "79.80"


def test_the_np_ratio_is_no_percentage() -> None:
    assert filters.with_unit({"value": 1.1003, "uncertainty": 0.0059, "unit": "1"}) == "1.100 ± 0.006"


def test_without_an_uncertainty_no_digit_is_invented() -> None:
    assert filters.with_unit({"value": 0.035, "uncertainty": None, "unit": "fraction"}) == "3.5 %"
    assert filters.with_unit({"value": 0.84823001, "uncertainty": None, "unit": "mA"}) == "0.8482 mA"


def test_a_missing_value_is_a_dash() -> None:
    assert filters.with_unit({"value": None, "uncertainty": None, "unit": "V"}) == "–"
    assert (
        filters.plain(None, 2) == filters.percent(None) == filters.stated("") == filters.moment(None) == "–"
    )


def test_a_moment_keeps_its_zone() -> None:
    assert filters.moment("2026-10-12T13:20:05+00:00") == "2026-10-12 13:20 UTC"
    assert filters.moment("2026-10-12T13:20:05.123+02:00") == "2026-10-12 13:20 +02:00"
    # Without a zone none is claimed, and what is no moment stays what it is.
    assert filters.moment("2026-10-12T13:20") == "2026-10-12 13:20"
    assert filters.moment("last week") == "last week"
