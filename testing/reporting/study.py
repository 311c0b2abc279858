"""What the report of a study says: its question, how it was done, its numbers with what stands behind them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from cells.models import Cell, Deviation, Study
from lims.models import User
from lims.numbers import unit_sign
from lims.trace import ancestors_of
from testing.analyse import ICE
from testing.metric_keys import MetricKey, keys_of
from testing.models import CellTest
from testing.pictures import CATALOGUE, Subject, build, subject_of
from testing.printed import metric_rows, quantities
from testing.report_contexts.pictures import frozen
from testing.reporting import blocks, method_text
from testing.reporting.common import history_section, origin_section
from testing.reporting.trial import METRIC_COLUMNS, METRIC_NOTE, metric_row
from testing.statistics import (
    Group,
    StudyCells,
    aside_of,
    by_condition,
    cells_of,
    coincidences,
    comparisons,
    ways_to_compare,
)
from testing.wording import comparison_row, number_text, summary_texts, value_text

Section = dict[str, Any]
TEST_CODE = re.compile(r"TEST-\d{4,}")
COMPARED = ["Compared", "Difference", "95 % interval", "t", "df", "p", "p, Holm"]
SUMMARISED = ["Condition", "Mean ± s", "95 % interval", "What n counts", "Single cells"]
SUMMARY_NOTE = (
    "s is the sample standard deviation (n - 1) between cells; the interval is Student's, of the mean. Cells of one "
    "mix repeat the pressing, not the mixing; cells of one ALD run do not repeat the coating. Cycles are no replicates."
)
# A number at this many rates is printed as one table.
SIDE_BY_SIDE_FROM = 3
SIDE_BY_SIDE_NOTE = "Mean ± s of n cells; single cells travel as a file inside this PDF."
COMPARED_NOTE = (
    "Welch's two-sided t, Holm's correction over the comparisons of this table. Where one batch stands for a condition "
    "the result compares these batches."
)


def rests_on(study: Study) -> set[int]:
    """Return the identities that a study's report rests on: its cells, their tests, and all that they were made of."""
    cells = set(Cell.objects.filter(condition__study=study).values_list("pk", flat=True))
    tests = set(CellTest.objects.filter(cell__in=cells).values_list("pk", flat=True))
    return {study.pk} | cells | tests | {source for source, _, _ in ancestors_of(cells)}


def study_inputs(record: Study, by: User) -> dict[str, Any]:  # noqa: ARG001 - one shape for all kinds
    """Return everything that the report of a study says, as it stands now."""
    study = Study.objects.with_codes().get(pk=record.pk)
    members = cells_of(study)
    cells = list(members.cells)
    return {
        "title_facts": [
            {"name": "Study", "value": study.code},
            {"name": "Conditions", "value": str(study.conditions.count())},
            {"name": "Cells", "value": str(len(cells))},
            {"name": "Project", "value": str(study.project)},
        ],
        "sections": [
            _question(study),
            _conditions(study, members),
            _headline(study, members),
            _pictures(subject_of(cells, title=study.name, aside=aside_of(cells), up=members.up)),
            *method_text.sections(cells),
            _other_numbers(study, members),
            _cells(cells),
            _metrics(cells),
            _deviations(cells),
            origin_section(study),
            history_section(study),
        ],
    }


def _question(study: Study) -> Section:
    asked = study.question.strip() or "The question of this study is not written down."
    return blocks.section("question", "Question", blocks.text(study.name), blocks.text(asked))


def _conditions(study: Study, members: StudyCells) -> Section:
    rows = []
    for condition in study.conditions.order_by("order"):
        own = [cell for cell in members.cells if cell.condition_id == condition.pk]
        counted = [sum(cell.state == state for cell in own) for state in ("shorted", "failed")]
        rows.append([condition.name, len(own), *counted, ", ".join(cell.code for cell in own)])
    table = blocks.table(["Condition", "Cells", "Shorted", "Failed", "Which"], rows)
    told = [
        f"{one.fact} coincides with {one.condition} ({one.value}): a difference may come from either."
        for one in coincidences(members)
    ]
    warnings = blocks.items(told, title="What cannot be told apart", none="") if told else None
    return blocks.section("conditions", "Conditions", table, warnings)


# --- statistics ---------------------------------------------------------------------------------------------


def _headline(study: Study, members: StudyCells) -> Section:
    """Return the initial coulombic efficiency by condition, with every comparison in its own unit."""
    key = MetricKey(ICE)
    groups = by_condition(study, key, members)
    pairs = comparisons(groups, ways_to_compare(groups)[0])
    rows = []
    for pair in pairs:
        told = comparison_row(pair, key)
        if "p" in told:
            interval = f"{told['low']} to {told['high']} {told['unit']}"
            numbers = [f"{told['difference']} {told['unit']}", interval, told["t"], told["df"]]
            rows.append([f"{told['first']} less {told['second']}", *numbers, told["p"], told["p_adjusted"]])
        else:
            rows.append([f"{told['first']} less {told['second']}", told["reason"], "", "", "", "", ""])
    compared = blocks.table(
        COMPARED, rows, title="Comparisons", none="Nothing to compare.", note=COMPARED_NOTE
    )
    return blocks.section("headline", key.label, *_summary(groups, key), compared, _left_out(groups, key))


def _summary(groups: Sequence[Group], key: MetricKey, title: str = "") -> list[blocks.Block]:
    rows = []
    for group in groups:
        told = summary_texts(group.summary, key)
        spread = f" ± {told['sd']}" if told["sd"] else ""
        mean = f"{told['mean']}{spread} {told['unit']}".strip() if told["mean"] else ""
        # The mean says the unit for all of its row.
        singles = ", ".join(f"{one.cell} {number_text(one.value, key)}" for one in group.values)
        rows.append([group.name, mean, told["ci"], group.counted() if group.values else "", singles])
    return [blocks.table(SUMMARISED, rows, title=title, note="" if title else SUMMARY_NOTE)]


def _left_out(groups: Sequence[Group], key: MetricKey) -> blocks.Block:
    """Return who left what out and why, with what the mean would be with it: both results are shown."""
    told = []
    for group in groups:
        for one in group.excluded:
            value = "" if one.value is None else f" ({value_text(one.value, key)})"
            by = f", by {one.by}" if one.by else ""
            told.append(f"{one.cell}{value}: {one.reason}{by}")
        if group.summary_with_all is not None:
            whole = summary_texts(group.summary_with_all, key)
            told.append(
                f"{group.name} with all of them: {whole['mean']} ± {whole['sd']} {whole['unit']}".strip()
            )
    return blocks.items(told, title="Left out", none="Every cell of the study counts.")


def _other_numbers(study: Study, members: StudyCells) -> Section:
    shown: list[blocks.Block] = []
    keys = [key for key in keys_of(cell.pk for cell in members.cells) if key.name != ICE]
    for _, alike in groupby(keys, key=lambda key: (key.name, key.phase)):
        known = {key: groups for key in alike if _has_values(groups := by_condition(study, key, members))}
        if len(known) >= SIDE_BY_SIDE_FROM:
            shown.append(_side_by_side(known))
        else:
            for key, groups in known.items():
                shown += _summary(groups, key, title=key.label)
    return blocks.section("numbers", "Other numbers by condition", *shown)


def _has_values(groups: Sequence[Group]) -> bool:
    return any(group.values for group in groups)


def _side_by_side(known: Mapping[MetricKey, Sequence[Group]]) -> blocks.Block:
    """Return one number at several rates as one table; where not all cells count, the entry says how many do."""
    first = next(iter(known))
    rows = []
    for place, group in enumerate(known[first]):
        counts = [len(groups[place].values) for groups in known.values()]
        row: list[str | int] = [group.name, max(counts)]
        for key, groups in known.items():
            told = summary_texts(groups[place].summary, key)
            spread = f" ± {told['sd']}" if told["sd"] else ""
            fewer = f" (n = {told['n']})" if told["mean"] and told["n"] < max(counts) else ""
            row.append(f"{told['mean']}{spread}{fewer}")
        rows.append(row)
    unit = unit_sign(first.unit)
    title = MetricKey(first.name, phase=first.phase).label
    columns = ["Condition", "n", *(key.variant for key in known)]
    return blocks.table(columns, rows, title=f"{title}, {unit}" if unit else title, note=SIDE_BY_SIDE_NOTE)


# --- pictures -----------------------------------------------------------------------------------------------


def _pictures(subject: Subject) -> Section:
    """Return every picture of the catalogue that has something to show, as the study's page draws it."""
    drawn = []
    for entry in CATALOGUE.values():
        if entry.name in ("distribution", "correlation"):
            # A page is for looking for those; a report prints what is told of a study.
            continue
        picture = build(entry.name, subject, entry.options)
        if picture.lines:
            words = " ".join(word for word in (f"{picture.title}.", picture.note, picture.left_out) if word)
            drawn.append(blocks.figure("picture", {"picture": frozen(picture)}, caption=words))
    return blocks.section("pictures", "Figures", *drawn)


# --- cells --------------------------------------------------------------------------------------------------


def _cells(cells: Sequence[Cell]) -> Section:
    wanted = ("active_loading_mg_cm2", "areal_capacity_mah_cm2", "np_ratio", "one_c_current_ma")
    rows = []
    for cell in cells:
        known = {row["name"]: row for row in quantities(cell.bases.filter(current=True).first())}
        numbers = [_quantity(known[name]) if name in known else None for name in wanted]
        rows.append([cell.code, cell.condition.name, cell.get_state_display(), *numbers])
    columns: list[str | tuple[str, str]] = [
        "Cell",
        "Condition",
        "State",
        ("Active loading", "mg/cm2"),
        ("Areal capacity", "mAh/cm2"),
        "N/P",
        ("1C", "mA"),
    ]
    return blocks.section("cells", "Cells", blocks.table(columns, rows))


def _quantity(row: dict[str, Any]) -> dict[str, Any]:
    return blocks.number(row["value"], row["unit"], uncertainty=row["uncertainty"], digits=2)


def _metrics(cells: Sequence[Cell]) -> Section:
    """Return what each metric is: its method, version and basis; the numbers of every cell travel as a file."""
    known = [(cell, metric) for cell in cells for metric in metric_rows(cell)]
    ways: dict[tuple[str, str], list[str]] = {}
    for _, metric in known:
        if not metric["test"]:
            method = f"{metric['method']} {metric['method_version']}"
            ways.setdefault((metric["label"], method), []).append(metric["basis"])
    rows = [[label, method, _alike(bases)] for (label, method), bases in ways.items()]
    none = "No metric has been computed."
    told = blocks.table(["Metric", "Method", "Basis"], rows, none=none, note=METRIC_NOTE)
    every = [[cell.code, metric["test"] or "", *metric_row(metric)] for cell, metric in known]
    columns = ["Cell", "Test", *METRIC_COLUMNS]
    data = blocks.table(columns, every, title="Metrics of every cell", printed=False) if every else None
    return blocks.section("metrics", "What the metrics are", told, data)


def _alike(bases: Sequence[str]) -> str:
    """Return bases in one line: alike but for a test's code, they are told once."""
    told = dict.fromkeys(TEST_CODE.sub("each cell's own test", basis) for basis in bases if basis)
    return "; ".join(list(told)[:3])


def _deviations(cells: Sequence[Cell]) -> Section:
    found = Deviation.objects.filter(cell__in=[cell.pk for cell in cells]).select_related("cell__identity")
    rows = [
        [d.cell.code, d.get_category_display(), d.get_impact_display(), d.text] for d in found.order_by("pk")
    ]
    table = blocks.table(["Cell", "Category", "Impact", "What happened"], rows, none="None is recorded.")
    return blocks.section("deviations", "Deviations", table)
