"""Pictures as vectors: the same description that the page draws, drawn for paper.

Colours follow Okabe and Ito; dashes and marks differ too, so that a print without colour can be read.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from textwrap import fill

from matplotlib.axes import Axes
from matplotlib.axis import XAxis, YAxis
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

from lims.figures import FAINT, PALETTE, mark_simulated, new_figure, svg
from lims.numbers import SUPERSCRIPTS
from testing.picture import Axis, Line, Picture, bands, divided, spread

WIDTH_MM = 170.0
HEIGHT_MM = 95.0
DASHES = ("-", (0, (5, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1.5, 2)))
MARKS = ("o", "^", "s", "D", "v", "P", "X")
# More points than this run into each other, so a line is drawn without marks.
MARKED_POINTS = 60
LEGEND_COLUMNS = 3
# Longer names would push the drawing off the paper.
NAME_WIDTH = 44
TITLE_PAD_PT, NOTE_LINE_PT = 14, 7
TICK_WIDTH = 16
DECADES_ALONE = 100
SHORT_DECADES = (0.01, 1000)


def svg_of(
    picture: Picture,
    *,
    divide_by: str | None = None,
    means: bool = False,
    hidden: Sequence[str] = (),
    width_mm: float = WIDTH_MM,
    height_mm: float = HEIGHT_MM,
) -> str:
    """Return the picture as one ``<svg>`` element.

    divide_by  One of the picture's divisors; None for its own choice.
    means      Draw each group's mean with a band of one sample sd in place of its single lines.
    hidden     Groups that are left out.
    """
    chosen = divide_by or (picture.divide_by if picture.divide_by in picture.divisible else "cell")
    shown = [
        line
        for whole in picture.lines
        if (whole.group or whole.label) not in hidden
        and (line := divided(whole, picture, chosen)) is not None
    ]
    figure = new_figure(width_mm=width_mm, height_mm=height_mm)
    axes = figure.add_subplot()
    right = _right_axes(axes) if picture.y2 else axes
    order = {name: place for place, name in enumerate(picture.groups)}
    if picture.kind == "bars":
        _draw_bars(axes, picture, shown, order)
    elif means and picture.means:
        _draw_bands(axes, right, shown, order)
    else:
        _draw_lines(axes, right, shown, order)
    _draw_marks(axes, picture)
    _name_axes(axes, right, picture, chosen)
    handles, labels = axes.get_legend_handles_labels()
    if right is not axes:
        more_handles, more_labels = right.get_legend_handles_labels()
        handles, labels = handles + more_handles, labels + more_labels
    if labels and picture.kind != "bars":
        figure.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), LEGEND_COLUMNS))
    note = fill(picture.note, 110)
    # The title stands above the note, however many lines that has.
    pad = TITLE_PAD_PT + NOTE_LINE_PT * note.count("\n")
    axes.set_title(_literal(picture.title), loc="left", fontsize=7.5, pad=pad)
    if note:
        axes.text(
            0,
            1.02,
            _literal(note),
            transform=axes.transAxes,
            va="bottom",
            color=FAINT,
            fontsize=5.8,
        )
    if picture.simulated:
        mark_simulated(axes)
    return svg(figure)


def _right_axes(axes: Axes) -> Axes:
    right = axes.twinx()
    right.grid(visible=False)
    right.spines["right"].set_visible(True)
    return right


def _colour(place: int) -> str:
    return PALETTE.sequence[place % len(PALETTE.sequence)]


def _draw_lines(axes: Axes, right: Axes, lines: Sequence[Line], order: dict[str, int]) -> None:
    named: set[tuple[str, str]] = set()
    for line in lines:
        group = line.group or line.label
        place = order[group]
        on = axes if line.axis == "y" else right
        marked = line.style != "line" and (line.style == "points" or len(line.x) <= MARKED_POINTS)
        label = (
            "_again"
            if (group, line.axis) in named or line.fit
            else _literal(_named(group, line.axis, right is not axes))
        )
        named.add((group, line.axis))
        on.plot(
            line.x,
            [math.nan if value is None else value for value in line.y],
            color=FAINT if line.aside else _colour(place),
            linestyle=_dash(line, place),
            marker=MARKS[place % len(MARKS)] if marked and not line.fit else "",
            markersize=2.4,
            fillstyle="none" if line.axis == "y2" or line.aside else "full",
            linewidth=0.8,
            label=label,
        )


def _dash(line: Line, place: int) -> object:
    if line.style == "points" and not line.fit:
        return "none"
    return (0, (1, 1)) if line.fit else DASHES[(place // len(PALETTE.sequence)) % len(DASHES)]


def _named(group: str, axis: str, two_axes: bool) -> str:  # noqa: FBT001 - a word of the legend hangs on it
    short = group if len(group) <= NAME_WIDTH else f"{group[: NAME_WIDTH - 1]}…"
    return f"{short} (right)" if two_axes and axis == "y2" else short


def _draw_bands(axes: Axes, right: Axes, lines: Sequence[Line], order: dict[str, int]) -> None:
    for band in bands(lines):
        place = order[band.group]
        on = axes if band.axis == "y" else right
        low = [math.nan if value is None else value for value in band.low]
        high = [math.nan if value is None else value for value in band.high]
        on.fill_between(band.x, low, high, color=_colour(place), alpha=0.22, linewidth=0)
        marked = len(band.x) <= MARKED_POINTS
        on.plot(
            band.x,
            band.mean,
            color=_colour(place),
            linestyle=DASHES[(place // len(PALETTE.sequence)) % len(DASHES)]
            if band.axis == "y"
            else (0, (1.5, 1.5)),
            marker=MARKS[place % len(MARKS)] if marked else "",
            markersize=2.2,
            linewidth=0.9,
            label=_literal(f"{_named(band.group, band.axis, right is not axes)}, mean of {band.n}"),
        )


def _draw_bars(axes: Axes, picture: Picture, lines: Sequence[Line], order: dict[str, int]) -> None:
    """Draw a bar at each group's mean, its sample sd, and each cell as a point beside the others."""
    axes.grid(visible=False, axis="x")
    for group, place in order.items():
        values = [
            y
            for line in lines
            if (line.group or line.label) == group and not line.aside
            for y in line.y
            if y is not None
        ]
        aside = [
            y
            for line in lines
            if (line.group or line.label) == group and line.aside
            for y in line.y
            if y is not None
        ]
        if values:
            mean = math.fsum(values) / len(values)
            axes.bar(
                place,
                mean,
                width=0.62,
                color=_colour(place),
                alpha=0.28,
                edgecolor=_colour(place),
                linewidth=0.8,
                hatch=("", "//", "..")[place % 3],
            )
            if len(values) > 1:
                sd = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))
                axes.errorbar(place, mean, yerr=sd, color=_colour(place), capsize=3, linewidth=0.9)
        axes.plot(spread(place, len(values)), values, "o", color=_colour(place), markersize=2.6)
        axes.plot(spread(place, len(aside)), aside, "x", color=FAINT, markersize=3)
    axes.set_xticks(range(len(order)), [_literal(fill(tick, TICK_WIDTH)) for tick in picture.ticks or order])


def _draw_marks(axes: Axes, picture: Picture) -> None:
    for mark in picture.marks:
        draw = axes.axhline if mark.axis == "y" else axes.axvline
        draw(mark.value, color=FAINT, linewidth=0.7, linestyle=(0, (4, 2)))
        if mark.axis == "y":
            axes.annotate(
                _literal(mark.label),
                (0.995, mark.value),
                xycoords=("axes fraction", "data"),
                ha="right",
                va="bottom",
                fontsize=5.6,
                color=FAINT,
            )


def _name_axes(axes: Axes, right: Axes, picture: Picture, divide_by: str) -> None:
    axes.set_xlabel(_literal(picture.x.words(divide_by)) if not picture.ticks else "")
    axes.set_ylabel(_literal(picture.y.words(divide_by)))
    _range(axes, picture.x, picture.y)
    if picture.y2:
        right.set_ylabel(_literal(picture.y2.words(divide_by)))
        if picture.y2.decades:
            right.set_yscale("log")
            _name_decades(right.yaxis)
    if picture.kind == "nyquist":
        axes.set_aspect("equal", adjustable="datalim")


def _name_decades(axis: XAxis | YAxis) -> None:
    """Name decades as text, as `10³`, and no ticks between them where there are several.

    Matplotlib would set each name as a formula, which takes half of the time of a drawing and cannot be searched.
    """
    axis.set_major_formatter(FuncFormatter(lambda value, _: decade_text(value)))
    low, high = sorted(abs(limit) for limit in axis.get_view_interval())
    if low > 0 and high / low >= DECADES_ALONE:
        axis.set_minor_formatter(NullFormatter())


def decade_text(value: float) -> str:
    """Return a power of ten as it stands on an axis.

    >>> decade_text(0.1), decade_text(1000), decade_text(1e6), decade_text(1e-5)
    ('0.1', '1000', '10⁶', '10⁻⁵')
    """
    if value == 0 or SHORT_DECADES[0] <= abs(value) <= SHORT_DECADES[1]:
        return f"{value:g}"
    return f"10{str(round(math.log10(abs(value)))).translate(SUPERSCRIPTS)}"


def _range(axes: Axes, x: Axis, y: Axis) -> None:
    if x.decades:
        axes.set_xscale("log")
        _name_decades(axes.xaxis)
    if y.decades:
        axes.set_yscale("log")
        _name_decades(axes.yaxis)
    if x.whole:
        axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    if x.least is not None:
        axes.set_xlim(left=x.least)
    if y.least is not None:
        axes.set_ylim(bottom=y.least)


def _literal(text: str) -> str:
    """Keep matplotlib from reading a name as mathematics, or hiding it because it begins with a low line."""
    escaped = text.replace("$", r"\$")
    return f"\u200b{escaped}" if escaped.startswith("_") else escaped
