"""The plots of a test, of curves and of groups: numbers in, SVG out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from lims.figures import FAINT, PALETTE, mark_simulated, new_figure, svg
from lims.numbers import percent, rounded

COLUMN_WIDTH_MM = 83.0
COLUMN_HEIGHT_MM = 62.0
PAGE_WIDTH_MM = 170.0
# More points than this run into each other on a column's width, so a line is drawn without marks.
MARKED_POINTS = 60
# Points of one group stand side by side within its bar.
SPREAD = 0.28


@dataclass(frozen=True)
class Curve:
    """One half cycle: voltage in V over areal capacity in mAh/cm², both of shape (n,).

    Curves of the same label share a colour and one entry of the legend.
    """

    label: str
    capacity_mah_cm2: Sequence[float]
    voltage_v: Sequence[float]


@dataclass(frozen=True)
class Group:
    """The cells of one condition: their values, mean and sample standard deviation, all as fractions.

    ``sd`` is None where fewer than two cells leave it without meaning.
    """

    name: str
    values: Sequence[float]
    mean: float
    sd: float | None


def cycles_figure(
    *,
    cycle_numbers: Sequence[int],
    charge_mah_cm2: Sequence[float | None],
    discharge_mah_cm2: Sequence[float | None],
    efficiency: Sequence[float | None],
    simulated: bool,
) -> str:
    """Return areal capacity (left, mAh/cm²) and coulombic efficiency (right, %) over the cycle number as SVG.

    All series have shape (n,); ``efficiency`` is a fraction; None leaves a gap, as an incomplete cycle must.
    Raises ValueError when the series differ in length.
    """
    lengths = {len(cycle_numbers), len(charge_mah_cm2), len(discharge_mah_cm2), len(efficiency)}
    if len(lengths) > 1:
        raise ValueError(
            f"Cycle numbers, charge, discharge and efficiency differ in length: {sorted(lengths)}."
        )
    figure = new_figure(width_mm=COLUMN_WIDTH_MM, height_mm=COLUMN_HEIGHT_MM)
    axes = figure.add_subplot()
    marked = len(cycle_numbers) <= MARKED_POINTS
    charge = _line(axes, cycle_numbers, charge_mah_cm2, "Charge", PALETTE.vermilion, "^" if marked else "")
    discharge = _line(
        axes, cycle_numbers, discharge_mah_cm2, "Discharge", PALETTE.blue, "o" if marked else ""
    )
    axes.set_xlabel("Cycle number")
    axes.set_ylabel("Areal capacity (mAh/cm²)")
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    right = axes.twinx()
    right.grid(visible=False)
    right.spines["right"].set_visible(True)
    in_percent = [None if fraction is None else 100 * fraction for fraction in efficiency]
    ce = _line(right, cycle_numbers, in_percent, "Coulombic efficiency", PALETTE.green, "s" if marked else "")
    right.set_ylabel("Coulombic efficiency (%)")
    figure.legend(handles=[charge, discharge, ce], loc="outside lower center", ncols=3)
    if simulated:
        mark_simulated(axes)
    return svg(figure)


def voltage_figure(*, curves: Sequence[Curve], simulated: bool) -> str:
    """Return cell voltage (V) over areal capacity (mAh/cm²) as SVG, one line a curve.

    Raises ValueError when a curve's capacity and voltage differ in length.
    """
    figure = new_figure(width_mm=COLUMN_WIDTH_MM, height_mm=COLUMN_HEIGHT_MM)
    axes = figure.add_subplot()
    labels = list(dict.fromkeys(curve.label for curve in curves))
    colours = {label: PALETTE.sequence[n % len(PALETTE.sequence)] for n, label in enumerate(labels)}
    named: set[str] = set()
    for curve in curves:
        if len(curve.capacity_mah_cm2) != len(curve.voltage_v):
            raise ValueError(
                f"Curve {curve.label} has {len(curve.capacity_mah_cm2)} capacities "
                f"and {len(curve.voltage_v)} voltages."
            )
        axes.plot(
            curve.capacity_mah_cm2,
            curve.voltage_v,
            color=colours[curve.label],
            label=_literal(curve.label) if curve.label not in named else "_again",
        )
        named.add(curve.label)
    axes.set_xlabel("Areal capacity (mAh/cm²)")
    axes.set_ylabel("Cell voltage (V)")
    axes.set_xlim(left=0)
    if labels:
        figure.legend(loc="outside lower center", ncols=min(len(labels), 6))
    if simulated:
        mark_simulated(axes)
    return svg(figure)


def ice_figure(groups: Sequence[Group], *, simulated: bool) -> str:
    """Return the initial coulombic efficiency (%) of each group as SVG: mean as a bar, each cell a point.

    The bars start at zero, and the error bar is the sample standard deviation (n - 1).
    """
    figure = new_figure(width_mm=PAGE_WIDTH_MM, height_mm=70.0)
    axes = figure.add_subplot()
    axes.grid(visible=False, axis="x")
    for position, group in enumerate(groups):
        _draw_group(axes, position, group)
    names = [_literal(fill(group.name, 16)) + f"\nn = {len(group.values)}" for group in groups]
    axes.set_xticks(range(len(groups)), names)
    axes.set_ylabel("Initial coulombic efficiency (%)")
    # Room above the highest bar for its numbers.
    highest = max((100 * value for group in groups for value in (group.mean, *group.values)), default=100.0)
    axes.set_ylim(0, 1.13 * highest)
    axes.text(
        0.0,
        1.02,
        "bar: mean; line: sample standard deviation; point: one cell",
        transform=axes.transAxes,
        va="bottom",
        color=FAINT,
        fontsize=6.2,
    )
    if simulated:
        mark_simulated(axes)
    return svg(figure)


def _draw_group(axes: Axes, position: int, group: Group) -> None:
    colour = PALETTE.sequence[position % len(PALETTE.sequence)]
    mean, sd = 100 * group.mean, None if group.sd is None else 100 * group.sd
    axes.bar(position, mean, width=0.62, color=colour, alpha=0.28, edgecolor=colour, linewidth=0.8)
    if sd is not None:
        axes.errorbar(position, mean, yerr=sd, color=colour, capsize=3, linewidth=0.9)
    count = len(group.values)
    step = SPREAD / max(count - 1, 1)
    places = [position + step * (n - (count - 1) / 2) for n in range(count)]
    axes.plot(places, [100 * value for value in group.values], "o", color=colour, markersize=2.6)
    top = max([mean + (sd or 0.0), *(100 * value for value in group.values)])
    label = rounded(mean, sd) if sd else percent(group.mean, 1)
    axes.annotate(
        label, (position, top), xytext=(0, 4), textcoords="offset points", ha="center", fontsize=6.5
    )


def _line(
    axes: Axes, numbers: Sequence[int], values: Sequence[float | None], label: str, colour: str, mark: str
) -> object:
    with_gaps = [math.nan if value is None else value for value in values]
    # Cycles are events, not a continuum: points carry the message and a thin line guides the eye.
    (line,) = axes.plot(numbers, with_gaps, color=colour, marker=mark or None, linewidth=0.7, label=label)
    return line


def _literal(text: str) -> str:
    """Keep matplotlib from reading a name as mathematics, or hiding it because it begins with a low line."""
    escaped = text.replace("$", r"\$")
    return f"\u200b{escaped}" if escaped.startswith("_") else escaped
