"""Pictures in a report: frozen as JSON when it is asked for, drawn from that alone when it is printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from testing.drawing import svg_of
from testing.picture import Axis, Line, Mark, Picture

# What a drawing on paper can show.
FROZEN_DIGITS = 6


def frozen(picture: Picture) -> dict[str, Any]:
    """Return a picture as plain JSON, its numbers with six significant digits; addresses are left out."""
    told = asdict(picture)
    for line in told["lines"]:
        line.update(x=_rounded(line["x"]), y=_rounded(line["y"]), divisors=dict(line["divisors"]), url="")
    return told


def thawed(told: Mapping[str, Any]) -> Picture:
    """Return the picture that was frozen."""
    return Picture(
        **{
            **told,
            "x": Axis(**told["x"]),
            "y": Axis(**told["y"]),
            "y2": Axis(**told["y2"]) if told["y2"] else None,
            "lines": [Line(**line) for line in told["lines"]],
            "marks": [Mark(**mark) for mark in told["marks"]],
        }
    )


def draw(data: Mapping[str, Any], *, simulated: bool) -> str:
    """Return a frozen picture as SVG; whether it is simulated stands in the picture itself."""
    picture = thawed({**data["picture"], "simulated": data["picture"]["simulated"] or simulated})
    return svg_of(picture, means=picture.means)


def _rounded(values: Sequence[float | None]) -> list[float | None]:
    return [None if value is None else float(f"{value:.{FROZEN_DIGITS}g}") for value in values]
