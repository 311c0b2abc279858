"""Drawings of an ALD run as plain SVG: one cycle as a timing diagram, and its cycles planned and done as a bar.

Written by hand as the family tree is (`materials.figures`): only presentation attributes, which a strict
content security policy lets stand in the page itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

FONT = "DejaVu Sans, Liberation Sans, Noto Sans, sans-serif"
INK, FAINT, LINE, GROUND = "#1c2733", "#4a5560", "#8a96a3", "#e6eaee"
# Okabe and Ito's, for the precursors in the order in which they are pulsed; purges are grey.
LANE_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
PURGE_COLOUR = "#8a96a3"
PURGE_LANE = "purge"

NAME_WIDTH = 118.0
LANE_HEIGHT = 44.0
PULSE_HEIGHT = 24.0
EXPOSURE_HEIGHT = 14.0
LEAST_STEP_WIDTH = 46.0
WIDTH_PER_ROOT_SECOND = 26.0
MOST_STEP_WIDTH = 190.0
RULER_HEIGHT = 34.0
NAME_CHARACTERS = 15
MARGIN = 8.0

BAR_WIDTH = 560.0
BAR_HEIGHT = 22.0
STOP_LINE_HEIGHT = 18.0


@dataclass(frozen=True)
class DrawnStep:
    """A step of a cycle: a pulse, an exposure or a purge, of ``name``, for ``duration_s``."""

    kind: str
    name: str
    duration_s: float


@dataclass(frozen=True)
class Stop:
    """An interruption: after which cycle, and what is said of it."""

    after_cycle: int
    label: str


def cycle_figure(steps: Sequence[DrawnStep]) -> str:
    """Return one ALD cycle as SVG: a lane for each precursor and one for the purges, steps from left to right.

    Widths grow with the root of the duration, or a pulse of 0.1 s would vanish beside a purge of 20 s; the
    times below say what they are. Raises ValueError for no step or a duration that is not above zero.
    """
    if not steps:
        raise ValueError("A cycle has at least one step.")
    for step in steps:
        if not step.duration_s > 0:
            raise ValueError(f"A step lasts more than 0 s, not {step.duration_s:g} s.")
    lanes = list(dict.fromkeys(_lane(step) for step in steps if step.kind != "purge"))
    if any(step.kind == "purge" for step in steps):
        lanes.append(PURGE_LANE)
    edges = [NAME_WIDTH]
    for step in steps:
        edges.append(edges[-1] + _width(step.duration_s))
    bottom = LANE_HEIGHT * len(lanes)
    width, height = edges[-1] + 28, bottom + RULER_HEIGHT
    drawn = [_lane_line(name, n, edges[-1]) for n, name in enumerate(lanes)]
    drawn += [_block(step, lanes, edges[n], edges[n + 1]) for n, step in enumerate(steps)]
    drawn += _ruler(steps, edges, bottom)
    told = "; ".join(f"{step.kind} {step.name} {step.duration_s:g} s".replace("  ", " ") for step in steps)
    return _svg(f"One ALD cycle: {told}", width, height, drawn)


def cycles_figure(*, planned: int | None, done: int, stops: Sequence[Stop] = ()) -> str:
    """Return the cycles of a run as a bar: what was done over what was planned, with a mark at each interruption.

    Raises ValueError where nothing was done or an interruption lies outside the run.
    """
    if done < 1:
        raise ValueError(f"A run has at least one cycle, not {done}.")
    for stop in stops:
        if not 0 <= stop.after_cycle <= done:
            raise ValueError(f"An interruption after cycle {stop.after_cycle} lies outside {done} cycles.")
    whole = max(planned or done, done)
    top = STOP_LINE_HEIGHT * len(stops) + 6
    filled = BAR_WIDTH * done / whole
    drawn = [_bar(BAR_WIDTH, top, GROUND), _bar(filled, top, LANE_COLOURS[0])]
    for row, stop in enumerate(stops):
        drawn += _stop_mark(stop, row, BAR_WIDTH * stop.after_cycle / whole, top)
    below = top + BAR_HEIGHT + 16
    drawn.append(_text("0", 0, below, size=12, colour=FAINT))
    drawn.append(_text(str(whole), BAR_WIDTH, below, size=12, colour=FAINT, anchor="end"))
    words = f"{done} of {planned} cycles done" if planned else f"{done} cycles done"
    drawn.append(_text(words, BAR_WIDTH / 2, below, size=12.5, colour=INK, anchor="middle"))
    told = "; ".join([words, *(f"interrupted {stop.label}" for stop in stops)])
    return _svg(told, BAR_WIDTH, below + 6, drawn)


def _bar(width: float, top: float, colour: str) -> str:
    return (
        f'<rect x="0" y="{top:.1f}" width="{width:.1f}" height="{BAR_HEIGHT:g}" rx="3" fill="{colour}" '
        f'stroke="{LINE}" stroke-width="1"/>'
    )


def _stop_mark(stop: Stop, row: int, x: float, top: float) -> list[str]:
    """Return the mark of an interruption and its words above the bar, on a line of its own."""
    y = STOP_LINE_HEIGHT * row + 11
    after = x <= BAR_WIDTH / 2
    return [
        f'<path d="M{x:.1f} {y - 3:.1f}V{top + BAR_HEIGHT:.1f}" stroke="{LANE_COLOURS[1]}" stroke-width="2.5"/>',
        _text(
            stop.label,
            x + 6 if after else x - 6,
            y + 2,
            size=12,
            colour=INK,
            anchor="start" if after else "end",
        ),
    ]


def _lane(step: DrawnStep) -> str:
    return step.name or step.kind


def _width(duration_s: float) -> float:
    return min(MOST_STEP_WIDTH, max(LEAST_STEP_WIDTH, WIDTH_PER_ROOT_SECOND * math.sqrt(duration_s)))


def _lane_line(name: str, number: int, right: float) -> str:
    y = LANE_HEIGHT * (number + 1) - 8
    return (
        f'<path d="M{NAME_WIDTH:g} {y:.1f}H{right:.1f}" stroke="{LINE}" stroke-width="1"/>'
        f"<g><title>{escape(name)}</title>"
        + _text(_cut(name), NAME_WIDTH - 10, y - 4, size=12.5, colour=INK, anchor="end", bold=True)
        + "</g>"
    )


def _block(step: DrawnStep, lanes: Sequence[str], left: float, right: float) -> str:
    purge = step.kind == "purge"
    lane = len(lanes) - 1 if purge else lanes.index(_lane(step))
    colour = PURGE_COLOUR if purge else LANE_COLOURS[lane % len(LANE_COLOURS)]
    # An exposure holds what a pulse let in: lower, and of the same colour.
    height = EXPOSURE_HEIGHT if step.kind == "exposure" else PULSE_HEIGHT
    y = LANE_HEIGHT * (lane + 1) - 8 - height
    words = f"{step.kind} {step.name}".strip() + f", {step.duration_s:g} s"
    gas = f" {step.name}" if purge and step.name else ""
    return (
        f"<g><title>{escape(words)}</title>"
        f'<rect x="{left + 1:.1f}" y="{y:.1f}" width="{right - left - 2:.1f}" height="{height:g}" '
        f'fill="{colour}" fill-opacity="{0.55 if step.kind == "exposure" else 1:g}"/>'
        + _text(
            f"{step.duration_s:g} s{gas}",
            (left + right) / 2,
            y - 3 if step.kind == "exposure" else y + 16,
            size=12,
            colour=INK if purge or step.kind == "exposure" else "#ffffff",
            anchor="middle",
        )
        + "</g>"
    )


def _ruler(steps: Sequence[DrawnStep], edges: Sequence[float], bottom: float) -> list[str]:
    drawn, at = [], 0.0
    for number, x in enumerate(edges):
        drawn.append(f'<path d="M{x:.1f} 0V{bottom:.1f}" stroke="{GROUND}" stroke-width="1"/>')
        drawn.append(_text(f"{round(at, 3):g}", x, bottom + 12, size=11.5, colour=FAINT, anchor="middle"))
        if number < len(steps):
            at += steps[number].duration_s
    drawn.append(_text("time in s; widths are not to scale", NAME_WIDTH, bottom + 28, size=11, colour=FAINT))
    return drawn


def _svg(title: str, width: float, height: float, drawn: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label={quoteattr(title)} '
        f'width="{width + 2 * MARGIN:.0f}" height="{height + 2 * MARGIN:.0f}" '
        f'viewBox="{-MARGIN:g} {-MARGIN:g} {width + 2 * MARGIN:.1f} {height + 2 * MARGIN:.1f}" '
        f"font-family={quoteattr(FONT)}>" + "".join(drawn) + "</svg>"
    )


def _cut(text: str) -> str:
    return text if len(text) <= NAME_CHARACTERS else text[: NAME_CHARACTERS - 1].rstrip() + "…"


def _text(
    text: str, x: float, y: float, *, size: float, colour: str, anchor: str = "start", bold: bool = False
) -> str:
    weight = ' font-weight="700"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{colour}" text-anchor="{anchor}"{weight}>'
        f"{escape(text)}</text>"
    )
