"""The reference of metrics and checks says what the registries hold: no more, no less."""

from __future__ import annotations

from pathlib import Path

from testing import methods
from testing.methods.base import Method, Output
from testing.methods.per import PER_AREA, PER_GRAM
from testing.methods.quality import CHECKS

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "metrics.md"


def metric_row(method: Method, output: Output) -> str:
    units = ", ".join(u for u in (output.unit, PER_AREA.get(output.unit), PER_GRAM.get(output.unit)) if u)
    scope = "test" if method.scope == "test" else "cell"
    page = f"[{method.name} {method.version}](../science/{method.science}.md)"
    return f"| `{output.name}` | {output.label} | {units} | {scope} | {page} |"


def parameter_row(method: Method) -> list[str]:
    return [
        f"| {method.name} | `{p.name}` | {p.label} | {p.default} {p.unit}".rstrip() + " |"
        for p in method.parameters
    ]


def rows() -> list[str]:
    newest = methods.newest().values()
    numbers = [metric_row(method, output) for method in newest for output in method.outputs]
    choices = [row for method in newest for row in parameter_row(method)]
    checks = [f"| `{c.name}` | {c.label} | {c.threshold:g} {c.unit} | {c.means} |" for c in CHECKS]
    return [*numbers, *choices, *checks]


def test_every_metric_parameter_and_check_stands_in_the_reference_and_nothing_else():
    heads = ("| name |", "| method |", "| check |", "|---")
    told = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    assert [line for line in told if not line.startswith(heads)] == rows()
