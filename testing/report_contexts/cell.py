"""What ``reports/cell.html`` shows of one cell."""

from typing import Any

from testing.report_contexts.document import written_sections
from testing.report_contexts.rows import (
    JsonObject,
    context_of_test,
    layer_rows,
    lineage_image,
    lineage_rows,
    methods,
    number_rows,
    press_rows,
)

SHORT_HASH = 12


def cell_report_context(snapshot: JsonObject) -> dict[str, Any]:
    """Return the context of ``reports/cell.html``: the snapshot as ``report``, figures and rows added.

    Raises KeyError when the snapshot lacks a part that the report promises.
    """
    simulated = bool(snapshot["simulated"])
    return {
        "report": {
            **snapshot,
            "inputs_sha256_short": snapshot["inputs_sha256"][:SHORT_HASH],
            "balance_rows": number_rows(snapshot["balance"]),
            "layer_rows": layer_rows(snapshot["layers"]),
            "press_rows": press_rows(snapshot["press_steps"]),
            "sections": written_sections(snapshot),
            "lineage_figure": lineage_image(snapshot["lineage"]),
            "lineage_rows": lineage_rows(snapshot["lineage"]),
            "tests": [context_of_test(test, simulated=simulated) for test in snapshot["tests"]],
            "methods": methods(snapshot["tests"]),
        }
    }
