"""A cell as a drawn stack: layers to scale, what each weighs, how thick it is and how hard it was pressed.

Plain SVG of attributes only, the same way as the lineage, so that it may stand in a page and in a PDF.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

WIDTH, TOP, BODY, STEEL = 620.0, 30.0, 250.0, 26.0
LEFT, WIDE, LABELS = 96.0, 180.0, 322.0
LEAST, LABEL_HEIGHT = 3.0, 46.0
INK, FAINT, LEADER = "#1c2733", "#4a5560", "#9aa5ad"
FONT = "DejaVu Sans, Liberation Sans, Noto Sans, sans-serif"
# Fill and outline of each place of the stack.
COLOURS = {
    "positive": "#33424b",
    "separator": "#e4e7da",
    "negative": "#8a6d3b",
    "alloying": "#b9a06b",
    "foil": "#b8c0c6",
}
SCALE_BARS_UM = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)


@dataclass(frozen=True)
class DrawnLayer:
    """One layer from above; without a thickness it is drawn as a line and said to be unknown."""

    role: str
    name: str
    amount: str
    thickness_um: float | None
    thickness_words: str
    pressed: str = ""
    is_foil: bool = False


@dataclass(frozen=True)
class _Place:
    layer: DrawnLayer
    top: float
    height: float

    @property
    def middle(self) -> float:
        return self.top + self.height / 2


def stack_figure(
    layers: Sequence[DrawnLayer], *, title: str, stack_pressure: str = "", simulated: bool = False
) -> str:
    """Return the stack as SVG, its layers from above, heights to scale. Raises ValueError without a layer."""
    if not layers:
        raise ValueError("A stack is drawn from its first layer on.")
    places, um_per_px = _places(layers)
    bottom = places[-1].top + places[-1].height
    labels = _spread([place.middle for place in places], LABEL_HEIGHT, TOP, max(bottom, TOP + BODY))
    high = max(bottom + STEEL + 34, labels[-1] + LABEL_HEIGHT / 2 + 16)
    parts = [
        _steel(TOP - STEEL + 4, STEEL - 4),
        *(_rectangle(place) for place in places),
        _steel(bottom, STEEL - 4),
        *(_label(place, y) for place, y in zip(places, labels, strict=True)),
        _scale_bar(um_per_px, bottom),
        _text(f"Stack pressure {stack_pressure}", LEFT, bottom + STEEL + 14) if stack_pressure else "",
        _text("simulated data", WIDTH - 8, high - 6, anchor="end") if simulated else "",
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label={quoteattr(title)} '
        f'width="{WIDTH:.0f}" height="{high:.0f}" viewBox="0 0 {WIDTH:.0f} {high:.0f}" '
        f"font-family={quoteattr(FONT)}>" + "".join(parts) + "</svg>"
    )


def _places(layers: Sequence[DrawnLayer]) -> tuple[list[_Place], float]:
    """Return where each layer lies and how many um one pixel is; what is too thin to see is drawn as a line."""
    total_um = sum(layer.thickness_um or 0 for layer in layers)
    um_per_px = total_um / BODY if total_um else 0.0
    places, top = [], TOP
    for layer in layers:
        height = max((layer.thickness_um or 0) / um_per_px if um_per_px else BODY / len(layers), LEAST)
        places.append(_Place(layer, top, height))
        top += height
    return places, um_per_px


def _spread(wanted: Sequence[float], apart: float, first: float, last: float) -> list[float]:
    """Return heights near those wanted, in order, at least ``apart`` from each other, inside as far as they fit.

    >>> _spread([40.0, 45.0, 200.0], 46.0, 30.0, 280.0)
    [53.0, 99.0, 200.0]
    """
    placed: list[float] = []
    for y in wanted:
        least = placed[-1] + apart if placed else first + apart / 2
        placed.append(max(y, least))
    most = last - apart / 2
    for index in range(len(placed) - 1, -1, -1):
        placed[index] = max(min(placed[index], most), first + apart / 2 + index * apart)
        most = placed[index] - apart
    return placed


def _rectangle(place: _Place) -> str:
    fill = (
        COLOURS["foil"]
        if place.layer.is_foil and place.layer.role != "alloying"
        else COLOURS[place.layer.role]
    )
    return (
        f'<rect x="{LEFT:g}" y="{place.top:.1f}" width="{WIDE:g}" height="{place.height:.1f}" fill="{fill}" '
        f'stroke="{INK}" stroke-width="0.8"/>'
    )


def _steel(y: float, height: float) -> str:
    return (
        f'<rect x="{LEFT - 14:g}" y="{y:.1f}" width="{WIDE + 28:g}" height="{height:g}" fill="#cdd4d9" '
        f'stroke="{FAINT}" stroke-width="0.8"/>'
        + _text("steel", LEFT + WIDE / 2, y + height / 2 + 4, anchor="middle")
    )


def _label(place: _Place, y: float) -> str:
    layer = place.layer
    right = LEFT + WIDE
    leader = (
        f'<path d="M{right:g},{place.middle:.1f}L{right + 18:g},{place.middle:.1f}L{LABELS - 12:g},{y - 4:.1f}'
        f'L{LABELS - 5:g},{y - 4:.1f}" fill="none" stroke="{LEADER}" stroke-width="1"/>'
    )
    second = " · ".join(words for words in (layer.amount, layer.thickness_words) if words)
    return (
        leader
        + _text(layer.name, LABELS, y - 8, size=13, fill=INK, bold=True)
        + _text(second, LABELS, y + 7)
        + (_text(layer.pressed, LABELS, y + 21) if layer.pressed else "")
    )


def _scale_bar(um_per_px: float, bottom: float) -> str:
    if not um_per_px:
        return ""
    room_px = (bottom - TOP) / 2
    length_um = max((bar for bar in SCALE_BARS_UM if bar / um_per_px <= room_px), default=SCALE_BARS_UM[0])
    px = length_um / um_per_px
    x = LEFT - 26
    line = f'<path d="M{x - 4:g},{bottom:.1f}h8m-4,0V{bottom - px:.1f}m-4,0h8" fill="none" stroke="{FAINT}"/>'
    return line + _text(f"{length_um:g} µm", x - 8, bottom - px / 2 + 4, anchor="end")


def _text(
    words: str,
    x: float,
    y: float,
    *,
    anchor: str = "start",
    size: int = 12,
    fill: str = FAINT,
    bold: bool = False,
) -> str:
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}"{weight} '
        f'fill="{fill}">{escape(words)}</text>'
    )
