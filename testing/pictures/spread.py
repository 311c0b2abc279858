"""Pictures of one stored number a cell: bars with points, distributions, correlations and control charts."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from lims.numbers import plain, unit_sign
from testing.calc.correlation import line_through
from testing.picture import Axis, Line, Picture, spread
from testing.pictures.options import Options
from testing.pictures.subject import Subject
from testing.quantities import Quantity, quantity_named

BAR_NOTE = "Bar: mean. Line: one sample standard deviation. Point: one cell. ×: left out by a person."


def _quantity(name: str) -> Quantity:
    """Return a quantity by its name, or raise ValidationError."""
    try:
        return quantity_named(name)
    except ValueError:
        raise ValidationError({"quantity": f"{name[:80]!r} is no stored quantity."}) from None


def axis_of(quantity: Quantity, least: float | None = None) -> Axis:
    return Axis(quantity.label, unit_sign(quantity.unit), least=least)


def shown_values(quantity: Quantity, subject: Subject) -> dict[int, float]:
    """Return the quantity of each cell as it is printed: fractions in percent."""
    scale = 100.0 if quantity.unit == "fraction" else 1.0
    return {cell: scale * value for cell, value in quantity.read(subject.up).items()}


def bars(subject: Subject, options: Options) -> Picture:
    """Return the mean of each group as a bar with its cells as points; bars begin at zero."""
    quantity = _quantity(options.quantity)
    return _side_by_side(subject, quantity, kind="bars", name="bars", note=BAR_NOTE, least=0)


def distribution(subject: Subject, options: Options) -> Picture:
    """Return every cell's number as a point, side by side by group, with the mean of all."""
    quantity = _quantity(options.quantity)
    return _side_by_side(
        subject, quantity, kind="points", name="distribution", note="Point: one cell.", least=None
    )


def _side_by_side(
    subject: Subject, quantity: Quantity, *, kind: str, name: str, note: str, least: float | None
) -> Picture:
    values = shown_values(quantity, subject)
    groups = [group for group in subject.groups if any(subject.group_of[k] == group for k in values)]
    lines = []
    for place, group in enumerate(groups):
        own = [cell for cell in subject.cells if cell.pk in values and subject.group_of[cell.pk] == group]
        places = spread(place, len(own))
        lines += [
            Line(
                label=cell.code,
                x=[places[n]],
                y=[values[cell.pk]],
                group=group,
                style="points",
                url=subject.url(cell),
                aside=subject.aside.get(cell.pk, ""),
            )
            for n, cell in enumerate(own)
        ]
    missing = len(subject.cells) - len(values)
    return Picture(
        name=name,
        title=f"{subject.title}: {_inside(quantity.label)}",
        kind="bars" if kind == "bars" else "points",
        x=Axis(subject.groups_by),
        y=axis_of(quantity, least),
        lines=lines,
        simulated=subject.simulated,
        note=note,
        ticks=groups,
        groups_by=subject.groups_by,
        left_out=_missing_words(missing, quantity.label),
    )


def _missing_words(missing: int, label: str) -> str:
    if not missing:
        return ""
    return f"{missing} cell{'s have' if missing != 1 else ' has'} no {_inside(label)}."


def correlation(subject: Subject, options: Options) -> Picture:
    """Return one stored number over another, a point a cell, with the straight line through them."""
    quantity = _quantity(options.quantity)
    against = _quantity(options.against or "active_loading_mg_cm2")
    ys, xs = shown_values(quantity, subject), shown_values(against, subject)
    both = [cell for cell in subject.cells if cell.pk in ys and cell.pk in xs]
    lines = [
        Line(
            label=cell.code,
            x=[xs[cell.pk]],
            y=[ys[cell.pk]],
            group=subject.group_of[cell.pk],
            style="points",
            url=subject.url(cell),
            aside=subject.aside.get(cell.pk, ""),
        )
        for cell in both
    ]
    counted = [cell.pk for cell in both if cell.pk not in subject.aside]
    note = "A correlation is no cause: cells of one mix share more than this."
    try:
        line = line_through([xs[key] for key in counted], [ys[key] for key in counted])
    except ValueError as problem:
        note = f"{problem} {note}"
    else:
        ends = [min(xs[key] for key in counted), max(xs[key] for key in counted)]
        lines.append(
            Line(
                "Straight line",
                ends,
                [line.intercept + line.slope * x for x in ends],
                group="Straight line",
                fit=True,
            )
        )
        limits = f"{plain(line.r_low, 2)} to {plain(line.r_high, 2)}"
        note = f"n = {line.n} cells, r = {plain(line.r, 2)} (95 %: {limits}). {note}"
    return Picture(
        name="correlation",
        title=f"{subject.title}: {_inside(quantity.label)} over {_inside(against.label)}",
        kind="points",
        x=axis_of(against),
        y=axis_of(quantity),
        lines=lines,
        simulated=subject.simulated,
        note=note,
        groups_by=subject.groups_by,
        left_out=_missing_words(len(subject.cells) - len(both), "pair of these quantities"),
    )


def _inside(label: str) -> str:
    """Return a label as it stands inside a sentence; what begins as an abbreviation stays.

    >>> _inside("Active loading"), _inside("OCV after assembly"), _inside("N/P")
    ('active loading', 'OCV after assembly', 'N/P')
    """
    return label if label[1:2].isupper() or label[1:2] == "/" else label[:1].lower() + label[1:]
