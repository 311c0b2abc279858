"""Results of statistics as pages print them: means with their spread, differences in their own unit, p values."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from lims import registry
from lims.numbers import SUPERSCRIPTS, percent, plain, rounded_parts, significant, unit_sign
from testing.calc.comparisons import Comparison
from testing.calc.statistics import Summary
from testing.metric_keys import MetricKey
from testing.statistics import Excluded, Group

STRIP_WIDTH, STRIP_HEIGHT, STRIP_EDGE = 260, 34, 10
# The unit of what is counted, and the spread, as a share of the mean, below which only binary digits differ.
COUNTED, ROUNDING = "cycles", 1e-9


def scale_of(metric: MetricKey) -> float:
    """Return what a stored value is multiplied by to be printed: fractions are printed as percent."""
    return 100.0 if metric.unit == "fraction" else 1.0


def unit_of_difference(metric: MetricKey) -> str:
    """Return the unit of a difference: that of two percentages is in percentage points."""
    return "percentage points" if metric.unit == "fraction" else unit_sign(metric.unit)


def group_row(
    group: Group, metric: MetricKey, span: tuple[float, float], *, may_exclude: bool
) -> dict[str, Any]:
    """Return a condition's statistics as a row of the page's table."""
    summary = group.summary
    cells = {cell.code: cell for cell in group.cells}
    return {
        "name": group.name,
        "counted": group.counted(),
        **summary_texts(summary, metric),
        "with_all": summary_texts(group.summary_with_all, metric) if group.summary_with_all else None,
        "strip": _strip(group, summary, metric, span),
        "values": [
            {
                "code": item.cell,
                "text": value_text(item.value, metric),
                "url": registry.url_of(cells[item.cell].identity),
                "exclude_url": f"{reverse('testing:exclude', args=[item.cell])}?metric={metric.name}",
            }
            for item in group.values
        ],
        "excluded": [_excluded(item, metric, cells[item.cell]) for item in group.excluded],
        "may_exclude": may_exclude,
    }


def _excluded(item: Excluded, metric: MetricKey, cell: Any) -> dict[str, Any]:
    return {
        "code": item.cell,
        "reason": item.reason,
        "by": item.by,
        "value": "" if item.value is None else value_text(item.value, metric),
        "url": registry.url_of(cell.identity),
        "lift_url": reverse("testing:lift_exclusion", args=[item.exclusion]) if item.exclusion else "",
    }


def value_text(value: float, metric: MetricKey) -> str:
    """Return one cell's number as it is printed.

    >>> value_text(0.91623, MetricKey("initial_coulombic_efficiency"))
    '91.62 %'
    >>> value_text(300.0, MetricKey("cycles_below_efficiency"))
    '300 cycles'
    """
    return f"{number_text(value, metric)} {unit_sign(metric.unit)}".strip()


def number_text(value: float, metric: MetricKey) -> str:
    """Return one cell's number as it is printed where its unit stands elsewhere."""
    return percent(value, 2) if metric.unit == "fraction" else _by_itself(value, metric)


def _by_itself(value: float, metric: MetricKey) -> str:
    """Return a number that no spread rounds: a count as it is, anything else with four digits."""
    if metric.unit == COUNTED and value == round(value):
        return plain(value, 0)
    return significant(value, 4)


def summary_texts(summary: Summary | None, metric: MetricKey) -> dict[str, Any]:
    """Return mean, sample sd and 95 % limits as text, rounded by the sd; empty where there is none.

    Numbers that differ by no more than adding in binary does have no spread that anybody measured.

    >>> from testing.calc.statistics import describe
    >>> key = MetricKey("rate_capability")
    >>> summary_texts(describe([0.86, 0.86, 0.8600000000000002]), key)["sd"]
    ''
    """
    if summary is None:
        return {"n": 0, "mean": "", "sd": "", "ci": "", "unit": ""}
    scale, unit = scale_of(metric), unit_sign(metric.unit)
    told = {"n": summary.n, "sd": "", "ci": "", "unit": unit}
    sd, mean = summary.sd or 0.0, summary.mean
    if summary.ci95_low is None or summary.ci95_high is None or sd <= ROUNDING * abs(mean):
        return {**told, "mean": _by_itself(scale * mean, metric)}
    parts = rounded_parts(scale * mean, scale * sd)
    decimals = len(parts.value.partition(".")[2])
    limits = (plain(scale * limit, decimals) for limit in (summary.ci95_low, summary.ci95_high))
    return {**told, "mean": parts.value, "sd": parts.uncertainty, "ci": " to ".join(limits)}


def comparison_row(pair: Comparison, metric: MetricKey) -> dict[str, Any]:
    """Return a difference with its interval in its own unit, or why there is none."""
    told: dict[str, Any] = {"first": pair.first, "second": pair.second, "reason": pair.reason}
    if pair.result is None or pair.p_adjusted is None:
        return told
    scale = scale_of(metric)
    half_width = scale * (pair.result.ci95_high - pair.result.ci95_low) / 2
    parts = rounded_parts(scale * pair.result.difference, half_width, digits=2)
    decimals = len(parts.value.partition(".")[2])
    return {
        **told,
        "difference": parts.value,
        "unit": unit_of_difference(metric),
        "low": plain(scale * pair.result.ci95_low, decimals),
        "high": plain(scale * pair.result.ci95_high, decimals),
        "t": plain(pair.result.t, 1),
        "df": plain(pair.result.degrees_of_freedom, 1),
        "p": p_text(pair.result.p_value),
        "p_adjusted": p_text(pair.p_adjusted),
        "batches_only": pair.batches_only,
    }


def p_text(p_value: float) -> str:
    """Return a probability with two digits, never as a star or a limit that it passed.

    >>> p_text(0.0123), p_text(4.8e-5), p_text(1.0)
    ('0.012', '4.8 · 10⁻⁵', '1.0')
    """
    if p_value >= 0.001 or p_value == 0:
        return significant(p_value, 2)
    mantissa, _, exponent = f"{p_value:.1e}".partition("e")
    return f"{mantissa} · 10{str(int(exponent)).translate(SUPERSCRIPTS)}"


def _strip(
    group: Group, summary: Summary | None, metric: MetricKey, span: tuple[float, float]
) -> dict[str, Any]:
    """Return the places of a row's points, its mean and its interval on a small drawing that all rows share."""
    low, high = span
    wide = (high - low) or abs(high) or 1.0

    def place(value: float) -> float:
        inside = STRIP_EDGE + (value - low) / wide * (STRIP_WIDTH - 2 * STRIP_EDGE)
        return round(min(max(inside, 1.0), STRIP_WIDTH - 1.0), 1)

    limits = None
    if summary and summary.ci95_low is not None and summary.ci95_high is not None:
        limits = {
            "x": place(summary.ci95_low),
            "width": round(place(summary.ci95_high) - place(summary.ci95_low), 1),
        }
    return {
        "width": STRIP_WIDTH,
        "height": STRIP_HEIGHT,
        "points": [
            {"x": place(v.value), "label": f"{v.cell} {value_text(v.value, metric)}"} for v in group.values
        ],
        "aside": [
            {"x": place(item.value), "label": f"{item.cell} {value_text(item.value, metric)}, left out"}
            for item in group.set_aside
            if item.value is not None
        ],
        "mean": place(summary.mean) if summary else None,
        "limits": limits,
    }
