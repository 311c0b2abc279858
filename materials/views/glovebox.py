"""What a glovebox's sensors showed: the last reading with its age, the newest rows, a small plot."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.timesince import timesince
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

from lims.facts import Fact, fact, spelled
from lims.figures import PALETTE, data_uri, new_figure, svg
from lims.tables import Cell, Column, Table
from materials.models import Equipment, GloveboxReading
from materials.views.panels import number

SHOWN, PLOTTED = 10, 60
# Below it the scale is even, so that a reading of 0 ppm has its place on it.
EVEN_BELOW_PPM = 0.1


def newest(glovebox: Equipment, count: int) -> list[GloveboxReading]:
    return list(glovebox.readings.select_related("by")[:count])


def last_reading_facts(glovebox: Equipment) -> list[Fact]:
    """Return the last reading and how old it is."""
    last = next(iter(newest(glovebox, 1)), None)
    if last is None:
        return [fact("Last reading", "none yet")]
    age = f"{timesince(last.at, depth=1)} ago"
    return [
        fact("Oxygen, last reading", last.oxygen_ppm, "ppm" if last.oxygen_ppm is not None else "", hint=age),
        fact("Water, last reading", last.water_ppm, "ppm" if last.water_ppm is not None else "", hint=age),
    ]


def readings_table(glovebox: Equipment) -> dict[str, Any]:
    """Return the newest readings as a panel."""
    columns = [
        Column("When", lambda r: str(spelled(r.at))),
        Column("Oxygen, ppm", lambda r: number(r.oxygen_ppm), numeric=True),
        Column("Water, ppm", lambda r: number(r.water_ppm), numeric=True),
        Column("Who", lambda r: Cell(r.by.display_name)),
    ]
    return {
        "title": "Readings",
        "table": Table.of(columns, newest(glovebox, SHOWN)),
        "empty_text": "No reading yet. The mixing form offers the last one.",
    }


def readings_figure(glovebox: Equipment) -> dict[str, Any] | None:
    """Return a small plot of the last readings over time; nothing below two of them."""
    readings = newest(glovebox, PLOTTED)[::-1]
    if len(readings) < 2:
        return None
    drawing = new_figure(width_mm=110, height_mm=50)
    axes = drawing.add_subplot()
    for name, label, colour, mark in (
        ("oxygen_ppm", "Oxygen", PALETTE.blue, "o"),
        ("water_ppm", "Water", PALETTE.vermilion, "s"),
    ):
        points: list[tuple[datetime, float]] = [
            (timezone.localtime(r.at), getattr(r, name)) for r in readings if getattr(r, name) is not None
        ]
        if points:
            axes.plot(*zip(*points, strict=True), color=colour, marker=mark, label=label)
    axes.set_yscale("symlog", linthresh=EVEN_BELOW_PPM)
    axes.set_ylim(bottom=0)
    axes.set_ylabel("ppm")
    axes.legend()
    ticks = AutoDateLocator(minticks=2, maxticks=7)
    axes.xaxis.set_major_locator(ticks)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(ticks))
    return {
        "title": "Last readings",
        "image_url": data_uri(svg(drawing)),
        "alt": f"Oxygen and water of the last {len(readings)} readings, as in the table",
        "note": f"The last {len(readings)} readings; even below {EVEN_BELOW_PPM:g} ppm, by powers of ten above.",
    }
