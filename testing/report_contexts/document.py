"""What ``reports/document.html`` shows: a report's sections with their numbers written and their figures drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lims.figures import data_uri
from lims.markdown import to_html
from lims.numbers import NO_VALUE, aligned, significant, unit_sign
from lims.templatetags.numbers import moment, number_parts
from testing.report_contexts.drawings import DRAWINGS
from testing.reporting.blocks import TABLE_ROWS_MAX

JsonObject = Mapping[str, Any]
SHORT_HASH = 12
# A table of contents helps from here on.
CONTENTS_FROM = 6
# Texts up to here stay on one line.
SHORT_TEXT = 14
ROW_NAME = 24


def document_context(snapshot: JsonObject) -> dict[str, Any]:
    """Return the context of ``reports/document.html``."""
    sections = written_sections(snapshot)
    return {
        "report": {
            **snapshot,
            "inputs_sha256_short": snapshot["inputs_sha256"][:SHORT_HASH],
            "sections": sections,
            "has_contents": len(sections) >= CONTENTS_FROM,
        }
    }


def written_sections(snapshot: JsonObject) -> list[dict[str, Any]]:
    """Return a snapshot's sections with their numbers written and their figures drawn."""
    simulated = bool(snapshot["simulated"])
    return [
        {
            "key": section["key"],
            "title": section["title"],
            "blocks": [_WRITERS[block["type"]](block, simulated) for block in section["blocks"]],
        }
        for section in snapshot.get("sections", [])
    ]


def _facts(block: JsonObject, simulated: bool) -> dict[str, Any]:  # noqa: ARG001, FBT001 - one shape for all blocks
    rows = [{"name": row["name"], **_cell(row["value"])} for row in block["rows"]]
    return {**block, "rows": rows}


def _table(block: JsonObject, simulated: bool) -> dict[str, Any]:  # noqa: ARG001, FBT001 - one shape for all blocks
    if not block["printed"]:
        return {**block, "count": len(block["rows"])}
    rows = block["rows"]
    half = TABLE_ROWS_MAX // 2
    cut = len(rows) > TABLE_ROWS_MAX
    shown = [*rows[:half], *rows[-half:]] if cut else rows
    columns = []
    for place, column in enumerate(block["columns"]):
        cells = [_cell(row[place], column["unit"]) for row in shown]
        numeric = any(cell["numeric"] for cell in cells)
        if place == 0:
            # It names the row.
            cells = [{**cell, "whole": len(cell["value"]) <= ROW_NAME} for cell in cells]
        values = aligned([cell["value"] for cell in cells]) if numeric else [cell["value"] for cell in cells]
        spread = any(cell["uncertainty"] for cell in cells)
        columns.append(
            {
                "label": column["label"],
                "unit": unit_sign(column["unit"]),
                "numeric": numeric,
                "spread": spread,
                "cells": [
                    {**cell, "value": value, "spread_column": spread}
                    for cell, value in zip(cells, values, strict=True)
                ],
            }
        )
    left_out = f"{len(rows)} rows were frozen; the first and the last {half} are printed." if cut else ""
    return {
        **block,
        "columns": columns,
        "rows": [[column["cells"][n] for column in columns] for n in range(len(shown))],
        "left_out": left_out,
    }


def _cell(value: Any, unit: str = "") -> dict[str, Any]:
    """Return a cell as it is written: text, or a number with its uncertainty and unit."""
    if isinstance(value, Mapping):
        own_unit = "" if value["unit"] == unit else unit_sign(value["unit"])
        if value["value"] is None:
            return _written(value.get("reason") or NO_VALUE, reason=bool(value.get("reason")))
        if value.get("as_entered"):
            return _written(significant(value["value"], value["as_entered"]), unit=own_unit, numeric=True)
        parts = number_parts(value)
        return _written(parts.value, parts.uncertainty, own_unit, numeric=True)
    if isinstance(value, bool):
        return _written("yes" if value else "no")
    if isinstance(value, int | float):
        parts = number_parts({"value": value, "unit": unit})
        return _written(parts.value, numeric=True)
    return _written(NO_VALUE if value in (None, "") else moment(value))


def _written(
    value: str, uncertainty: str = "", unit: str = "", *, numeric: bool = False, reason: bool = False
) -> dict[str, Any]:
    return {
        "value": value,
        "uncertainty": uncertainty,
        "unit": unit,
        "numeric": numeric,
        "reason": reason,
        # A code or a number that breaks over lines cannot be read or copied.
        "whole": len(value) <= SHORT_TEXT,
    }


def _figure(block: JsonObject, simulated: bool) -> dict[str, Any]:  # noqa: FBT001 - one shape for all blocks
    return {**block, "image": data_uri(DRAWINGS[block["draw"]](block["data"], simulated=simulated))}


def _markdown(block: JsonObject, simulated: bool) -> dict[str, Any]:  # noqa: ARG001, FBT001 - one shape for all blocks
    return {**block, "html": to_html(block["text"])}


def _as_it_is(block: JsonObject, simulated: bool) -> dict[str, Any]:  # noqa: ARG001, FBT001 - one shape for all blocks
    return dict(block)


_WRITERS: dict[str, Callable[[JsonObject, bool], dict[str, Any]]] = {
    "facts": _facts,
    "table": _table,
    "text": _as_it_is,
    "items": _as_it_is,
    "markdown": _markdown,
    "figure": _figure,
}
