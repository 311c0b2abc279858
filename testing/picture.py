"""A figure described once: the page draws it from its JSON, PDFs and SVG files from the same description.

Pure numbers and words, no Django: `testing.drawing` turns a picture into vectors, the page's script into something
that zooms. Capacities stay in mAh; each line carries what it may be divided by, so that a reader switches between
mAh, mAh/cm² and mAh/g and nothing is computed anew.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Literal

Number = float | None
Kind = Literal["lines", "points", "bars", "nyquist", "window", "control"]

# What a capacity may be divided by: the unit that the axis then shows, in the order of the page's switch.
DIVISORS = {
    "cell": "mAh",
    "cm2": "mAh/cm²",
    "active": "mAh/g of active",
    "composite": "mAh/g of composite",
}
# A page shows no more than this many digits, and sends no more.
SENT_DIGITS = 6


@dataclass(frozen=True)
class Axis:
    """What an axis shows. ``capacity``: its values are mAh and may be divided; its unit follows the choice.

    unit     Follows the label in brackets.
    per      What stands above a divided capacity: "" for capacity itself, "/V" for dQ/dV.
    whole    Only whole numbers, as for cycles.
    decades  Values span decades and are shown on a logarithmic axis.
    least    The lowest value shown where it is fixed, such as 0 for a bar.
    """

    label: str
    unit: str = ""
    capacity: bool = False
    per: str = ""
    whole: bool = False
    decades: bool = False
    least: Number = None

    def words(self, divide_by: str = "cell") -> str:
        """Return what is written along the axis.

        >>> Axis("Discharge capacity", capacity=True).words("cm2"), Axis("Voltage", "V").words()
        ('Discharge capacity (mAh/cm²)', 'Voltage (V)')
        """
        unit = _with_per(DIVISORS[divide_by], self.per) if self.capacity else self.unit
        return f"{self.label} ({unit})" if unit else self.label


def _with_per(unit: str, per: str) -> str:
    """Return the unit of a divided capacity per volt: mAh/(cm² V)."""
    if not per:
        return unit
    above, _, below = unit.partition("/")
    return f"{above}/({below} {per})" if below else f"{above}/{per}"


@dataclass(frozen=True)
class Line:
    """One curve, or one set of points, of one cell.

    group      Curves of a group share a colour; "" for none.
    x, y       Shape (n,); None in ``y`` leaves a gap.
    divisors   What its capacities may be divided by: cm² of area, g of active material, g of composite.
    style      "line", "points" or "both".
    url        The page of what it shows.
    fit        Whether it is computed from the points of the line before it, and drawn as such.
    aside      Why it does not count, where a person has left it out.
    """

    label: str
    x: Sequence[float]
    y: Sequence[Number]
    group: str = ""
    axis: Literal["y", "y2"] = "y"
    divisors: Mapping[str, float] = field(default_factory=dict)
    style: Literal["line", "points", "both"] = "line"
    url: str = ""
    fit: bool = False
    aside: str = ""


@dataclass(frozen=True)
class Mark:
    """A straight line across the picture with its words: a mean, a limit, a cut-off."""

    label: str
    value: float
    axis: Literal["x", "y"] = "y"


@dataclass(frozen=True)
class Picture:
    """A figure: axes, lines and words.

    name       What it is called in addresses and files.
    means      Whether lines of a group and axis can be shown as their mean with a band of one sample sd.
    note       What a reader must know, such as what a bar and its line are.
    ticks      Words in place of numbers along x, for groups side by side.
    """

    name: str
    title: str
    kind: Kind
    x: Axis
    y: Axis
    lines: Sequence[Line]
    y2: Axis | None = None
    simulated: bool = False
    means: bool = False
    note: str = ""
    ticks: Sequence[str] = ()
    marks: Sequence[Mark] = ()
    groups_by: str = ""
    left_out: str = ""
    divide_by: str = "cm2"

    @property
    def groups(self) -> list[str]:
        """Return the names of its groups in the order in which they take their colours."""
        return list(dict.fromkeys(line.group or line.label for line in self.lines))

    @property
    def divisible(self) -> list[str]:
        """Return the choices of what to divide by that some line can follow; empty where nothing is a capacity."""
        if not (self.x.capacity or self.y.capacity):
            return []
        known = {name for line in self.lines for name in line.divisors}
        return [name for name in DIVISORS if name == "cell" or name in known]


def divided(line: Line, picture: Picture, divide_by: str) -> Line | None:
    """Return a line with its capacities divided, or None where it lacks what to divide by."""
    if divide_by == "cell":
        return line
    capacity_on_y = (picture.y if line.axis == "y" else picture.y2 or picture.y).capacity
    if not (picture.x.capacity or capacity_on_y):
        return line
    divisor = line.divisors.get(divide_by)
    if not divisor:
        return None
    x = [value / divisor for value in line.x] if picture.x.capacity else line.x
    y = [None if value is None else value / divisor for value in line.y] if capacity_on_y else line.y
    return replace(line, x=x, y=y)


@dataclass(frozen=True)
class Band:
    """The mean of a group's lines at each x, and one sample standard deviation to each side where two lines meet."""

    group: str
    axis: str
    n: int
    x: list[float]
    mean: list[float]
    low: list[Number]
    high: list[Number]


def bands(lines: Sequence[Line]) -> list[Band]:
    """Return mean and sample sd of the lines of each group and axis, wherever they share an x.

    >>> band = bands([Line("a", [1, 2], [1.0, 2.0], "g"), Line("b", [1, 2], [3.0, None], "g")])[0]
    >>> band.n, band.mean, [low if low is None else round(low, 3) for low in band.low]
    (2, [2.0, 2.0], [0.586, None])
    """
    gathered: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        if not line.fit and not line.aside:
            gathered.setdefault((line.group or line.label, line.axis), []).append(line)
    return [_band(group, axis, own) for (group, axis), own in gathered.items()]


def _band(group: str, axis: str, lines: Sequence[Line]) -> Band:
    at: dict[float, list[float]] = {}
    for line in lines:
        for x, y in zip(line.x, line.y, strict=True):
            if y is not None:
                at.setdefault(x, []).append(y)
    mean: list[float] = []
    low: list[Number] = []
    high: list[Number] = []
    for x in sorted(at):
        values = at[x]
        middle = math.fsum(values) / len(values)
        mean.append(middle)
        if len(values) < 2:
            low.append(None)
            high.append(None)
            continue
        sd = math.sqrt(math.fsum((value - middle) ** 2 for value in values) / (len(values) - 1))
        low.append(middle - sd)
        high.append(middle + sd)
    return Band(group, axis, len(lines), sorted(at), mean, low, high)


def spread(place: float, count: int, width: float = 0.28) -> list[float]:
    """Return where the points of a group stand beside each other.

    >>> spread(1, 3)
    [0.86, 1.0, 1.14]
    """
    step = width / max(count - 1, 1)
    return [round(place + step * (n - (count - 1) / 2), 6) for n in range(count)]


def as_json(picture: Picture) -> dict[str, Any]:
    """Return the picture as the page's script takes it; numbers keep six significant digits.

    Values of x that count up by one are sent as where they begin and how many they are.
    """
    return {
        "name": picture.name,
        "title": picture.title,
        "kind": picture.kind,
        "simulated": picture.simulated,
        "note": picture.note,
        "left_out": picture.left_out,
        "means": picture.means,
        "ticks": list(picture.ticks),
        "groups": picture.groups,
        "groups_by": picture.groups_by,
        "units": {name: DIVISORS[name] for name in picture.divisible},
        "divide_by": picture.divide_by if picture.divide_by in picture.divisible else "cell",
        "x": _axis_json(picture.x),
        "y": _axis_json(picture.y),
        **({"y2": _axis_json(picture.y2)} if picture.y2 else {}),
        "marks": [{"label": m.label, "value": _sent(m.value), "axis": m.axis} for m in picture.marks],
        "series": [_line_json(line) for line in picture.lines],
    }


def _axis_json(axis: Axis) -> dict[str, Any]:
    told = {
        "label": axis.words(),
        "name": axis.label,
        "capacity": axis.capacity,
        "per": axis.per,
        "whole": axis.whole,
        "decades": axis.decades,
        "least": axis.least,
    }
    return {
        name: value
        for name, value in told.items()
        if value is not None and value is not False and value != ""
    }


def _line_json(line: Line) -> dict[str, Any]:
    told: dict[str, Any] = {
        "label": line.label,
        "group": line.group,
        "axis": line.axis,
        "style": line.style,
        "url": line.url,
        "fit": line.fit,
        "aside": line.aside,
        "divisors": {name: _sent(value) for name, value in line.divisors.items()},
    }
    told = {name: value for name, value in told.items() if value not in (False, "", {})}
    return told | {"x": _places(line.x), "y": [None if value is None else _sent(value) for value in line.y]}


def _places(x: Sequence[float]) -> Any:
    if len(x) > 2 and all(after - before == 1 for before, after in pairwise(x)):
        return {"from": x[0], "count": len(x)}
    return [_sent(value) for value in x]


def _sent(value: float) -> float | int:
    """Round to what a page can show; a whole number needs no point."""
    kept = float(f"{value:.{SENT_DIGITS}g}")
    return int(kept) if kept.is_integer() and abs(kept) < 1e15 else kept


def as_csv(picture: Picture, divide_by: str) -> str:
    """Return every number of the picture as CSV, with the words of its axes, marked where the data are simulated."""
    lines = ["# simulated data: made by this product's simulator, not measured"] if picture.simulated else []
    lines.append(
        ",".join(
            _quoted(word) for word in ("curve", "group", picture.x.words(divide_by), "value", "quantity")
        )
    )
    for whole in picture.lines:
        line = divided(whole, picture, divide_by)
        if line is None:
            continue
        quantity = (picture.y if line.axis == "y" else picture.y2 or picture.y).words(divide_by)
        for x, y in zip(line.x, line.y, strict=True):
            row = (
                _quoted(line.label),
                _quoted(line.group),
                repr(float(x)),
                "" if y is None else repr(float(y)),
            )
            lines.append(",".join((*row, _quoted(quantity))))
    return "\r\n".join([*lines, ""])


def _quoted(text: str) -> str:
    # A cell that begins like a formula would be carried out by a spreadsheet.
    safe = f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
    return '"' + safe.replace('"', '""') + '"'
