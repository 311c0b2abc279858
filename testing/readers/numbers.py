"""Text to numbers: the decimal sign told from the whole file, and the digits that the text shows."""

from dataclasses import dataclass, field

import polars as pl

from testing.readers.base import UnreadableFile
from testing.readers.columns import Scale

SAMPLED_ROWS = 2_000

COMMA_NUMBER = r"^[+-]?\d*,\d+(?:[eE][+-]?\d+)?$"
POINT_NUMBER = r"^[+-]?\d*\.\d"
COULD_BE_THOUSANDS = r"^[+-]?[1-9]\d{0,2},\d{3}$"
CLOCK_PARTS = r"^(?:(?P<days>\d+)d\s+)?(?P<hours>\d+):(?P<minutes>\d{1,2}):(?P<seconds>\d{1,2}(?:[.,]\d+)?)$"
SEVERAL_SIGNS = r"\d[.,]\d+[.,]\d"


@dataclass
class NumberText:
    """Turns columns of text into numbers, block after block of one file.

    ``1,234`` is 1.234 to one person and 1234 to another. A comma is taken as the decimal sign only if no
    number of the file has a point, and at least one cannot be a thousand with its separator.
    """

    digits: dict[str, int] = field(default_factory=dict)
    saw_comma: bool = False
    saw_point: bool = False
    comma_is_decimal: bool = False

    def read(self, texts: pl.Series, scale: Scale) -> pl.Series:
        """Return ``texts`` as float64 in the unit we keep; null where the text is no number."""
        texts = texts.str.strip_chars()
        if scale.is_clock:
            return clock_seconds(texts)
        self._look_at_signs(texts)
        self._count_digits(texts)
        if self.saw_comma:
            texts = texts.str.replace(",", ".", literal=True)
        return in_our_unit(texts.cast(pl.Float64, strict=False), scale)

    def look_at(self, texts: pl.Series) -> None:
        """Learn the digits and the decimal sign from a sample of a column that is known to hold numbers."""
        texts = texts.str.strip_chars()
        self._look_at_signs(texts)
        self._count_digits(texts)

    @property
    def decimal_sign(self) -> str:
        return "comma" if self.saw_comma else "point"

    def check(self) -> None:
        """Raise UnreadableFile if the decimal sign cannot be told for sure."""
        if self.saw_comma and self.saw_point:
            raise UnreadableFile(
                "Some numbers have a decimal point and others a comma, so what the comma means cannot be "
                "told. Export the file again with a decimal point and no thousands separator."
            )
        if self.saw_comma and not self.comma_is_decimal:
            raise UnreadableFile(
                "Every comma in a number could be a thousands separator as well as a decimal comma. "
                "Export the file again with a decimal point."
            )

    def _look_at_signs(self, texts: pl.Series) -> None:
        if not self.saw_point and texts.str.contains(".", literal=True).any():
            self.saw_point = bool(texts.str.contains(POINT_NUMBER).any())
        if not texts.str.contains(",", literal=True).any():
            return
        several = texts.filter(texts.str.contains(SEVERAL_SIGNS))
        if len(several):
            raise UnreadableFile(
                f"The number '{several[0]}' has more than one decimal sign or a thousands separator. "
                "Export the file again with a decimal point and no thousands separator."
            )
        with_comma = texts.filter(texts.str.contains(COMMA_NUMBER))
        self.saw_comma |= len(with_comma) > 0
        self.comma_is_decimal |= bool((~with_comma.str.contains(COULD_BE_THOUSANDS)).any())

    def _count_digits(self, texts: pl.Series) -> None:
        sample = texts.gather_every(max(1, len(texts) // SAMPLED_ROWS))
        seen = significant_digits(sample)
        if seen:
            self.digits[texts.name] = max(seen, self.digits.get(texts.name, 0))


def in_our_unit(values: pl.Series, scale: Scale) -> pl.Series:
    """Return numbers of a file in the unit we keep, each the double next to it.

    >>> in_our_unit(pl.Series([1.05398]), Scale(divide=1e3)).to_list()
    [0.00105398]
    """
    if scale == Scale():
        return values
    if scale.multiply != 1:
        values = values * scale.multiply
    if scale.divide == 1:
        return values
    # polars would multiply by 1 / 1000, which is one rounding more; a column divided by a column is exact.
    divisor = pl.Series([scale.divide]).new_from_index(0, len(values))
    return (values / divisor).rename(values.name)


def clock_seconds(texts: pl.Series) -> pl.Series:
    """Return days, hours, minutes and seconds as seconds; null where the text is no such time.

    >>> clock_seconds(pl.Series(["00:01:00", "1d 02:03:04.5", "100:00:00,5", "noon"])).to_list()
    [60.0, 93784.5, 360000.5, None]
    """
    # Within a clock time a comma can only be the decimal sign.
    parts = (
        texts.str.replace(",", ".", literal=True)
        .str.extract_groups(CLOCK_PARTS)
        .struct.unnest()
        .cast(pl.Float64, strict=False)
    )
    seconds = parts.select(
        pl.col("days").fill_null(0) * 86_400
        + pl.col("hours") * 3_600
        + pl.col("minutes") * 60
        + pl.col("seconds")
    )
    return seconds.to_series().alias(texts.name)


def significant_digits(texts: pl.Series) -> int:
    """Return the most significant digits that any number in ``texts`` shows; 0 where all are zero.

    Zeros at the end count, as the instrument wrote them; zeros at the front do not.

    >>> significant_digits(pl.Series(["0.000850517", "12.5", "-1.20e-05", "Hold"]))
    6
    """
    numbers = texts.filter(texts.str.contains(r"^[+-]?[\d.,]+(?:[eE][+-]?\d+)?$"))
    plain = numbers.str.replace(r"[eE].*$", "").str.replace_all(r"[^\d]", "").str.strip_chars_start("0")
    most = plain.str.len_bytes().max()
    return int(most) if isinstance(most, int) else 0
