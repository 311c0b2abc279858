"""What a study's page says of its cells: states, the funnel, statistics, what was left out, and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from cells.models import Cell, Deviation, Study
from lims import registry
from lims.models import User
from lims.permissions import may
from lims.views.note_panel import conclusions_of
from testing.analyse import ICE
from testing.causes import CAUSES
from testing.metric_keys import MetricKey, keys_of
from testing.models import CellTest
from testing.statistics import (
    ALL_PAIRS,
    Group,
    StudyCells,
    by_condition,
    cells_of,
    coincidences,
    comparisons,
    ways_to_compare,
)
from testing.views.gallery import gallery
from testing.wording import comparison_row, group_row

BUILT = (Cell.State.BUILT, Cell.State.TESTING, Cell.State.FINISHED, Cell.State.SHORTED)
MOST_DEVIATIONS = 40


def of_study(study: Study, user: User) -> dict[str, Any]:
    """Return what was measured in a study and what can be said of it."""
    members = cells_of(study)
    groups = by_condition(study, ICE, members)
    return {
        "matrix": _matrix(groups),
        "statistics": statistics_panel(study, members, MetricKey(ICE), "", user),
        "gallery": gallery({"study": study.code}, [cell.pk for cell in members.cells], {}, colour="condition")
        if members.cells
        else None,
        "deviations": _deviations(members),
        "conclusions": conclusions_of(study, user),
        "conclude_url": f"{reverse('lims:write_note')}?about={study.code}&kind=conclusion"
        if may(user, "record")
        else "",
        "warnings": _warnings(groups, members),
    }


def statistics_panel(
    study: Study, members: StudyCells, metric: MetricKey, by: str, user: User
) -> dict[str, Any]:
    """Return what ``testing/study_statistics.html`` takes; ``by`` empty compares by the first factor that varies."""
    groups = by_condition(study, metric, members)
    ways = ways_to_compare(groups)
    chosen = by if by in ways else ways[0]
    pairs = comparisons(groups, chosen)
    known = keys_of(cell.pk for cell in members.cells)
    offered = known if metric in known else [metric, *known]
    rows = [comparison_row(pair, metric) for pair in pairs]
    return {
        "study": study,
        "metric": str(metric),
        "metrics": [{"value": str(key), "label": key.label} for key in offered],
        "label": metric.label,
        "by": chosen,
        "ways": [
            {"value": way, "label": "any two conditions" if way == ALL_PAIRS else CAUSES[way].label}
            for way in ways
        ],
        "groups": _with_strips(groups, metric, user),
        "pairs": rows,
        "tested": sum(pair.result is not None for pair in pairs),
        "batches_only": any(pair.batches_only and pair.result for pair in pairs),
        "url": reverse("testing:study_statistics", args=[study.code]),
        "simulated": study.simulated,
    }


def _with_strips(groups: Sequence[Group], metric: MetricKey, user: User) -> list[dict[str, Any]]:
    """Return each condition's row, all on one scale so that the points can be compared by eye."""
    everything = [
        value
        for group in groups
        for value in (*group.numbers, *(i.value for i in group.set_aside if i.value is not None))
    ]
    span = (min(everything), max(everything)) if everything else (0.0, 1.0)
    return [group_row(group, metric, span, may_exclude=may(user, "record")) for group in groups]


def _matrix(groups: Sequence[Group]) -> dict[str, Any]:
    """Return the design as conditions x cells with the state of each, and how many came how far."""
    tested = set(
        CellTest.objects.filter(
            cell__in=[c.pk for group in groups for c in group.cells], cycles__isnull=False
        )
        .order_by()
        .values_list("cell_id", flat=True)
    )
    rows = [_matrix_row(group, tested) for group in groups]
    names = ("planned", "built", "shorted", "tested", "left_out", "counted")
    return {"rows": rows, "total": {name: sum(row["funnel"][name] for row in rows) for name in names}}


def _matrix_row(group: Group, tested: set[int]) -> dict[str, Any]:
    aside = {item.cell for item in group.set_aside}
    return {
        "name": group.name,
        "cells": [
            {
                "code": cell.code,
                "url": registry.url_of(cell.identity),
                "state": cell.state,
                "label": cell.get_state_display(),
                "aside": cell.code in aside,
                "suspect": getattr(cell, "suspect", False),
            }
            for cell in group.cells
        ],
        "funnel": {
            "planned": len(group.cells),
            "built": sum(cell.state in BUILT for cell in group.cells),
            "shorted": sum(cell.state in (Cell.State.SHORTED, Cell.State.FAILED) for cell in group.cells),
            "tested": sum(cell.pk in tested for cell in group.cells),
            "left_out": len(group.set_aside),
            "counted": len(group.values),
        },
    }


def _deviations(members: StudyCells) -> list[dict[str, Any]]:
    """Return what was not as meant, newest first."""
    cells = {cell.pk: cell for cell in members.cells}
    found = Deviation.objects.filter(cell__in=cells).select_related("by").order_by("-at")[:MOST_DEVIATIONS]
    return [
        {
            "code": cells[item.cell_id].code,
            "url": registry.url_of(cells[item.cell_id].identity),
            "condition": cells[item.cell_id].condition.name,
            "category": item.get_category_display(),
            "impact": item.get_impact_display(),
            "text": item.text,
            "who": item.by.display_name,
            "at": item.at,
        }
        for item in found
    ]


def _warnings(groups: Sequence[Group], members: StudyCells) -> list[str]:
    """Return what keeps a reader from taking cells for replicates, or one thing for another."""
    told = []
    single = [group.name for group in groups if len(group.values) > 1 and group.batches == 1]
    if single:
        which = "Each condition" if len(single) == len(groups) else "; ".join(single)
        told.append(
            f"{which} rests on one mix: its cells repeat the pressing and the test, not the mixing or the coating. "
            "A difference between conditions is one between these batches."
        )
    by_fact: dict[str, list[str]] = {}
    for item in coincidences(members):
        by_fact.setdefault(item.fact, []).append(f"{item.condition} ({item.value})")
    told += [
        f"{fact} coincides with {'; '.join(conditions)}: a difference may come from either."
        for fact, conditions in by_fact.items()
    ]
    return told
