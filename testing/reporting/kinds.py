"""The kinds of report: what each is of, what it says, what it rests on, and the page that prints it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError

from cells.models import Cell, Study
from lims.models import Project, Record, User
from materials.models import Powder
from testing.models import CellTest, Instrument, Report
from testing.report_contexts.cell import cell_report_context
from testing.report_contexts.document import document_context
from testing.reporting import cell, instrument, inventory, powder, study, trial

WORDS_MAX = 20_000


def _any(record: Any) -> bool:  # noqa: ARG001 - one shape for all kinds
    return True


@dataclass(frozen=True)
class ReportKind:
    """One kind of report.

    model     What it is of; whoever asks must see the record.
    noun      What such a thing is called.
    title     Takes the subject's code.
    freeze    Returns everything that the report says of a record, as plain JSON.
    rests_on  Returns the identities whose correction makes it stale.
    context   From a stored snapshot to what ``template`` shows; looks nothing up.
    takes     Whether this record is one of those that the kind is of.
    is_long   Whether it waits behind what a person stands and waits for.
    """

    model: type[Record] | type[Project]
    noun: str
    title: str
    freeze: Callable[[Any, User], dict[str, Any]]
    rests_on: Callable[[Any], set[int]]
    template: str = "reports/document.html"
    context: Callable[[Mapping[str, Any]], dict[str, Any]] = document_context
    takes: Callable[[Any], bool] = _any
    is_long: bool = False


KINDS: dict[str, ReportKind] = {
    Report.Kind.CELL: ReportKind(
        model=Cell,
        noun="cell",
        title="Cell report {code}",
        freeze=cell.cell_inputs,
        rests_on=cell.rests_on,
        template="reports/cell.html",
        context=cell_report_context,
    ),
    Report.Kind.TEST: ReportKind(
        model=CellTest,
        noun="test",
        title="Test report {code}",
        freeze=trial.trial_inputs,
        rests_on=trial.rests_on,
    ),
    Report.Kind.STUDY: ReportKind(
        model=Study,
        noun="study",
        title="Study report {code}",
        freeze=study.study_inputs,
        rests_on=study.rests_on,
        is_long=True,
    ),
    Report.Kind.LOT: ReportKind(
        model=Powder,
        noun="lot",
        title="Lot record {code}",
        freeze=powder.powder_inputs,
        rests_on=powder.rests_on,
        takes=lambda record: record.kind == Powder.Kind.LOT,
    ),
    Report.Kind.BATCH: ReportKind(
        model=Powder,
        noun="batch",
        title="Batch record {code}",
        freeze=powder.powder_inputs,
        rests_on=powder.rests_on,
        takes=lambda record: record.kind != Powder.Kind.LOT,
    ),
    Report.Kind.INSTRUMENT: ReportKind(
        model=Instrument,
        noun="instrument",
        title="Instrument and calibration summary {code}",
        freeze=instrument.instrument_inputs,
        rests_on=instrument.rests_on,
    ),
    Report.Kind.INVENTORY: ReportKind(
        model=Project,
        noun="project",
        title="Inventory and mass balance of {code}",
        freeze=inventory.inventory_inputs,
        rests_on=inventory.rests_on,
        is_long=True,
    ),
}


def judge_options(kind: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a report as they are kept, or raise ValidationError for one that it does not know.

    sections    Keys in the order to print; whatever is left out is not printed.
    foreword    Words before and after it, in Markdown.
    afterword
    """
    unknown = sorted(set(options) - {"sections", "foreword", "afterword"})
    if unknown:
        raise ValidationError({"options": f"A report has no option {', '.join(unknown)}."})
    kept: dict[str, Any] = {}
    for name in ("foreword", "afterword"):
        words = options.get(name, "")
        if not isinstance(words, str):
            raise ValidationError({"options": f"The {name} is a text, not {words!r:.60}."})
        if len(words) > WORDS_MAX:
            told = f"The {name} has {len(words):,} characters; at most {WORDS_MAX:,} are printed."
            raise ValidationError({"options": told})
        if words.strip():
            kept[name] = words.strip()
    wanted = options.get("sections")
    if wanted is not None:
        if not isinstance(wanted, list) or not wanted or not all(isinstance(key, str) for key in wanted):
            raise ValidationError({"options": "The sections are a list of at least one section's key."})
        if kind == Report.Kind.CELL:
            raise ValidationError({"options": "A cell report is always printed whole, in its own order."})
        kept["sections"] = wanted
    return kept
