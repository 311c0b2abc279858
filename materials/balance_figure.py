"""What a jar held over time as a plain SVG of steps, the same way as the lineage: attributes only, no styles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.sax.saxutils import escape, quoteattr

WIDTH, HEIGHT = 620.0, 170.0
LEFT, RIGHT, TOP, BOTTOM = 70.0, 12.0, 12.0, 26.0
INK, FAINT, GRID, LINE = "#1c2733", "#4a5560", "#dfe4e9", "#0072B2"
FONT = "DejaVu Sans, Liberation Sans, Noto Sans, sans-serif"
# Entries of one minute stand on each other on any axis of time: they are drawn one after the other.
LEAST_SPAN_S = 60.0


@dataclass(frozen=True)
class Level:
    """What a jar held from a moment on; ``left`` is in the figure's unit."""

    at: datetime
    left: float


def balance_figure(levels: Sequence[Level], *, unit: str, title: str, simulated: bool = False) -> str:
    """Return the steps as SVG, oldest first; ``unit`` is that of ``left``. Raises ValueError without a level."""
    if not levels:
        raise ValueError("A balance is drawn from its first entry on.")
    top = _rounded_up(max(level.left for level in levels))
    places, ends = _places(levels)
    points = [(place, _height(level.left, top)) for place, level in zip(places, levels, strict=True)]
    mark = _text("simulated data", WIDTH - RIGHT, TOP - 2, anchor="end") if simulated else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label={quoteattr(title)} '
        f'width="{WIDTH:.0f}" height="{HEIGHT:.0f}" viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" '
        f"font-family={quoteattr(FONT)}>"
        + "".join(_tick(top * part, top, unit) for part in (0, 0.5, 1))
        + _text(ends[0], LEFT, HEIGHT - 8)
        + _text(ends[1], WIDTH - RIGHT, HEIGHT - 8, anchor="end")
        + f'<path d="{_steps(points)}" fill="none" stroke="{LINE}" stroke-width="2" stroke-linejoin="round"/>'
        + "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" fill="{LINE}"/>' for x, y in points[-80:])
        + mark
        + "</svg>"
    )


def _rounded_up(largest: float) -> float:
    """Return the next 1, 2, 2.5 or 5 times a power of ten.

    >>> _rounded_up(91.9), _rounded_up(2000), _rounded_up(0)
    (100.0, 2000.0, 1.0)
    """
    if largest <= 0:
        return 1.0
    step = 10.0 ** (len(str(int(largest))) - 1) if largest >= 1 else 0.001
    while step < largest:
        step = next(step * part for part in (1, 2, 2.5, 5, 10) if part == 10 or step * part >= largest)
    return step


def _places(levels: Sequence[Level]) -> tuple[list[float], tuple[str, str]]:
    """Return where each level begins from left to right, and what stands below both ends."""
    wide = WIDTH - LEFT - RIGHT
    first, last = levels[0].at, levels[-1].at
    span_s = (last - first).total_seconds()
    if span_s < LEAST_SPAN_S:
        gaps = max(len(levels) - 1, 1)
        ends = (
            (f"{first:%Y-%m-%d}, entry 1", f"entry {len(levels)}")
            if len(levels) > 1
            else (f"{first:%Y-%m-%d}", "")
        )
        return [LEFT + wide * number / gaps for number in range(len(levels))], ends
    shares = [(level.at - first).total_seconds() / span_s for level in levels]
    form = "%Y-%m-%d" if span_s > 2 * 86_400 else "%Y-%m-%d %H:%M"
    return [LEFT + wide * share for share in shares], (f"{first:{form}}", f"{last:{form}}")


def _height(left: float, top: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * left / top


def _steps(points: Sequence[tuple[float, float]]) -> str:
    """Return a path that stays level until the next entry changes it."""
    path = f"M{points[0][0]:.1f},{points[0][1]:.1f}"
    for x, y in points[1:]:
        path += f"H{x:.1f}V{y:.1f}"
    return path if len(points) > 1 else f"{path}H{WIDTH - RIGHT:.1f}"


def _tick(left: float, top: float, unit: str) -> str:
    y = _height(left, top)
    line = f'<line x1="{LEFT:g}" x2="{WIDTH - RIGHT:g}" y1="{y:.1f}" y2="{y:.1f}" stroke="{GRID}" stroke-width="1"/>'
    return line + _text(f"{left:g} {unit}", LEFT - 8, y + 4, anchor="end")


def _text(words: str, x: float, y: float, *, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="12" text-anchor="{anchor}" fill="{FAINT}">{escape(words)}</text>'
