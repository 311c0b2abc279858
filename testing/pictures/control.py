"""The control chart of a process: every batch in order, its mean, and its limits once there are enough batches."""

from __future__ import annotations

from collections.abc import Sequence

from lims.numbers import plain
from testing.calc.control import LEAST_FOR_LIMITS, individuals
from testing.picture import Axis, Line, Mark, Picture
from testing.process import Made, Process, in_order

WITHIN, OUTSIDE, SHIFTED = "within", "beyond a limit", "nine on one side of the mean"


def control(process: Process, batches: Sequence[Made]) -> Picture:
    """Return the individuals chart of a process."""
    made = in_order(batches)
    lines: list[Line] = []
    marks: list[Mark] = []
    note = f"Point: one {process.batch}, in the order of making."
    if made:
        chart = individuals([one.value for one in made])
        marks.append(Mark("mean", chart.mean))
        if chart.lower is not None and chart.upper is not None:
            marks += [Mark("upper limit", chart.upper), Mark("lower limit", chart.lower)]
            note += (
                f" Mean {plain(chart.mean, 3)}, limits {plain(chart.lower, 3)} to {plain(chart.upper, 3)}: three "
                "standard deviations by the moving range."
            )
        else:
            few = f"{len(made)} {process.batch if len(made) == 1 else process.batches}"
            note += f" No limits yet: {few} of the {LEAST_FOR_LIMITS} that limits need."
        lines = [
            Line(
                label=one.code,
                x=[place],
                y=[one.value],
                group=_group(place - 1, chart.outside, chart.shifted),
                style="points",
                url=one.url,
            )
            for place, one in enumerate(made, start=1)
        ]
    return Picture(
        name=f"control-{process.name}",
        title=f"Control chart: {process.label}",
        kind="control",
        x=Axis(f"{process.batch[:1].upper()}{process.batch[1:]}, in order of making", whole=True),
        y=Axis(process.label, process.unit),
        lines=lines,
        simulated=any(one.simulated for one in made),
        marks=marks,
        note=note,
        groups_by="Where a point lies",
    )


def _group(place: int, outside: Sequence[int], shifted: Sequence[int]) -> str:
    if place in outside:
        return OUTSIDE
    return SHIFTED if place in shifted else WITHIN
