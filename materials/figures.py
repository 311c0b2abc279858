"""The family tree of a powder or cell as one plain SVG, the same in a page and in a PDF.

Written by hand rather than with a plotting library: only presentation attributes, so that a strict content
security policy lets it stand in the page itself, where its boxes can be links.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from xml.sax.saxutils import escape, quoteattr

from materials.lineage_layout import Layout, Point, lay_out

BOX_WIDTH = 112.0
BOX_MIN_HEIGHT = 36.0
COLUMN_GAP = 60.0
ROW_GAP = 12.0
PORT_SPACING = 11.0
MARGIN = 4.0
# What DejaVu Sans needs on average per character at 7.6 px within a box.
LABEL_CHARACTERS = 20
LABEL_LINES = 2
CODE_CHARACTERS = 14
FONT = "DejaVu Sans, Liberation Sans, Noto Sans, sans-serif"
INK, FAINT, LINE = "#1c2733", "#4a5560", "#8a96a3"
SUSPECT = "#b3261e"
# Okabe and Ito's colours, and grey for what is the same substance in another jar.
KIND_COLOURS = {
    "lot": "#56B4E9",
    "treatment": "#F0E442",
    "coating": "#E69F00",
    "aliquot": "#8a96a3",
    "merge": "#1c2733",
    "composite": "#009E73",
    "cell": "#0072B2",
    "test": "#D55E00",
    "report": "#CC79A7",
}
# In the order of a thread, for the legend.
KIND_WORDS = {
    "lot": "lot",
    "treatment": "treated",
    "coating": "coated",
    "aliquot": "aliquot",
    "merge": "merged",
    "composite": "composite",
    "cell": "cell",
    "test": "test",
    "report": "report",
}
LEGEND_HEIGHT = 18.0
LEGEND_LETTER = 4.6
BROKEN = ' stroke-dasharray="3 2.5"'


@dataclass(frozen=True)
class Node:
    """One thing of the tree; ``url`` makes its box a link, which a PDF leaves out.

    The one that the drawing is about is ``current``; one on which a flag stands is ``suspect``. ``name`` stands in
    the box in place of the code, where it stands for several records.
    """

    code: str
    kind: str
    label: str
    url: str | None = None
    current: bool = False
    suspect: bool = False
    name: str = ""


@dataclass(frozen=True)
class Edge:
    """What went from ``source`` into ``target``, both codes; ``label`` is the mass with its unit, or empty.

    What moved no mass, such as a precursor that is counted or a cell's test, is drawn broken.
    """

    source: str
    target: str
    label: str
    broken: bool = False


def lineage_figure(*, nodes: Sequence[Node], edges: Sequence[Edge], legend: bool = False) -> str:
    """Return the tree as SVG: from what was bought on the left to what was made of it on the right.

    With ``legend`` the colours and lines that it uses are explained below it.

    Raises ValueError when there is no node, a code appears twice, an edge names an unknown code, or something
    would be made from itself.
    """
    heights = _box_heights(nodes, edges)
    layout = lay_out(
        heights=heights,
        edges=[(edge.source, edge.target) for edge in edges],
        box_width=BOX_WIDTH,
        column_gap=COLUMN_GAP,
        row_gap=ROW_GAP,
    )
    arrows = [_arrow(edge, n, edges, layout, heights) for n, edge in enumerate(edges)]
    boxes = [_box(node, layout.places[node.code], heights[node.code]) for node in nodes]
    key, key_width = _legend(nodes, edges, layout.height) if legend else ("", 0.0)
    width = max(layout.width, key_width) + 2 * MARGIN
    height = layout.height + 2 * MARGIN + (LEGEND_HEIGHT if key else 0)
    title = f"Lineage of {len(nodes)} records" if len(nodes) > 1 else f"Lineage of {nodes[0].code}"
    # A picture to whoever cannot see it, unless its boxes are links: those must stay reachable one by one.
    role = "group" if any(node.url for node in nodes) else "img"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="{role}" '
        f"aria-label={quoteattr(title)} "
        f'width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="{-MARGIN:g} {-MARGIN:g} {width:.1f} {height:.1f}" '
        f"font-family={quoteattr(FONT)}>"
        + "".join(path for path, _ in arrows)
        + "".join(boxes)
        # Masses last, so that no arrow crosses a number.
        + "".join(text for _, text in arrows)
        + key
        + "</svg>"
    )


def _box_heights(nodes: Sequence[Node], edges: Sequence[Edge]) -> dict[str, float]:
    if not nodes:
        raise ValueError("A lineage has at least one record.")
    codes = [node.code for node in nodes]
    if twice := sorted({code for code in codes if codes.count(code) > 1}):
        raise ValueError(f"A lineage names each record once; {twice[0]} stands there twice.")
    leaving: dict[str, int] = defaultdict(int)
    for edge in edges:
        leaving[edge.source] += 1
    # A box grows with the arrows that leave it, so that their masses never stand on each other.
    return {code: max(BOX_MIN_HEIGHT, PORT_SPACING * (leaving[code] + 1)) for code in codes}


def _box(node: Node, place: Point, height: float) -> str:
    lines = _lines(node.label)
    top = place.y + height / 2 - 4.5 * len(lines)
    name = node.name or node.code
    full = escape(f"{name}: {node.label}" if node.label else name)
    colour = KIND_COLOURS.get(node.kind, LINE)
    frame = SUSPECT if node.suspect else INK if node.current else LINE
    full += ", suspect" if node.suspect else ""
    box = (
        f"<g><title>{full}</title>"
        f'<rect x="{place.x:.1f}" y="{place.y:.1f}" width="{BOX_WIDTH:g}" height="{height:.1f}" rx="2.5" '
        f'fill="{"#fff1ef" if node.suspect else "#ffffff"}" stroke="{frame}" '
        f'stroke-width="{1.6 if node.suspect or node.current else 0.7}"/>'
        f'<rect x="{place.x:.1f}" y="{place.y:.1f}" width="4" height="{height:.1f}" rx="1.5" '
        f'fill="{colour}"/>'
        + _text(_cut(name, CODE_CHARACTERS), place.x + 10, top + 3, size=8.6, colour=INK, bold=True)
        + "".join(
            _text(line, place.x + 10, top + 12.5 + 9 * n, size=7.6, colour=FAINT)
            for n, line in enumerate(lines)
        )
        + "</g>"
    )
    return f"<a href={quoteattr(node.url)} xlink:href={quoteattr(node.url)}>{box}</a>" if node.url else box


def _arrow(
    edge: Edge, number: int, edges: Sequence[Edge], layout: Layout, heights: dict[str, float]
) -> tuple[str, str]:
    """Return the arrow and its mass, written apart because the masses are drawn on top."""
    leaving = sorted(
        (n for n, other in enumerate(edges) if other.source == edge.source),
        key=lambda n: (layout.places[edges[n].target].y, n),
    )
    arriving = sorted(
        (n for n, other in enumerate(edges) if other.target == edge.target),
        key=lambda n: (layout.places[edges[n].source].y, n),
    )
    source, target = layout.places[edge.source], layout.places[edge.target]
    start = Point(
        x=source.x + BOX_WIDTH,
        y=source.y + heights[edge.source] * (leaving.index(number) + 1) / (len(leaving) + 1),
    )
    end = Point(
        x=target.x - 4,
        y=target.y + heights[edge.target] * (arriving.index(number) + 1) / (len(arriving) + 1),
    )
    bends = layout.bends.get((edge.source, edge.target), ())
    path = (
        f'<path d="{_curve(start, bends, end)}" fill="none" stroke="{LINE}" stroke-width="0.8"'
        f"{BROKEN if edge.broken else ''}/>"
        f'<path d="M{end.x:.1f} {end.y - 2.4:.1f}l4 2.4l-4 2.4z" fill="{LINE}"/>'
    )
    label = _text(edge.label, start.x + 3, start.y - 1.8, size=6.8, colour=INK) if edge.label else ""
    return path, label


def _legend(nodes: Sequence[Node], edges: Sequence[Edge], below: float) -> tuple[str, float]:
    """Return what the colours and lines mean, in one row below the drawing, and how wide it is."""
    used = {node.kind for node in nodes}
    signs: list[tuple[str, str]] = [
        (
            f'<rect x="{{x:.1f}}" y="{{y:.1f}}" width="8" height="8" rx="1.5" fill="{colour}"/>',
            KIND_WORDS[kind],
        )
        for kind, colour in KIND_COLOURS.items()
        if kind in used
    ]
    if any(node.suspect for node in nodes):
        mark = f'fill="#fff1ef" stroke="{SUSPECT}" stroke-width="1.6"'
        signs.append((f'<rect x="{{x:.1f}}" y="{{y:.1f}}" width="8" height="8" rx="1.5" {mark}/>', "suspect"))
    if any(edge.broken for edge in edges):
        line = f'stroke="{LINE}" stroke-width="1"{BROKEN}'
        signs.append((f'<path d="M{{x:.1f}} {{middle:.1f}}h10" {line}/>', "no mass"))
    x, y = 0.0, below + LEGEND_HEIGHT - 10
    drawn = ""
    for sign, word in signs:
        drawn += sign.format(x=x, y=y, middle=y + 4) + _text(word, x + 13, y + 7, size=7.6, colour=FAINT)
        x += 26 + LEGEND_LETTER * len(word)
    return drawn, x


def _curve(start: Point, bends: Sequence[Point], end: Point) -> str:
    """Return a path that leaves and arrives level, and passes level through the columns between."""
    path = f"M{start.x:.1f} {start.y:.1f}"
    here = start
    for bend in bends:
        path += _sweep(here, bend) + f"H{bend.x + BOX_WIDTH:.1f}"
        here = Point(x=bend.x + BOX_WIDTH, y=bend.y)
    return path + _sweep(here, end)


def _sweep(start: Point, end: Point) -> str:
    # Level under the mass first, then down or up in the second half of the gap.
    level = start.x + 0.45 * (end.x - start.x)
    middle = (level + end.x) / 2
    return f"H{level:.1f}C{middle:.1f} {start.y:.1f} {middle:.1f} {end.y:.1f} {end.x:.1f} {end.y:.1f}"


def _lines(label: str) -> list[str]:
    lines = wrap(label, LABEL_CHARACTERS, break_long_words=True) or []
    if len(lines) > LABEL_LINES:
        lines = [*lines[: LABEL_LINES - 1], " ".join(lines[LABEL_LINES - 1 :])]
    return [_cut(line, LABEL_CHARACTERS) for line in lines]


def _cut(text: str, characters: int) -> str:
    return text if len(text) <= characters else text[: characters - 1].rstrip() + "…"


def _text(text: str, x: float, y: float, *, size: float, colour: str, bold: bool = False) -> str:
    weight = ' font-weight="700"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{colour}"{weight}>{escape(text)}</text>'
