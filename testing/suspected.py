"""What rests on suspect cells and is no record: their metrics, and the statistics and figures they stand in."""

from __future__ import annotations

from collections.abc import Collection

from django.urls import reverse

from cells.models import Cell, Study
from lims import registry
from lims.models import User
from lims.numbers import NO_VALUE
from lims.tables import Cell as Field
from lims.tables import Column, Table
from lims.templatetags.numbers import with_unit
from testing.analyse import ICE, LABELS
from testing.calc.statistics import describe
from testing.metric_keys import MetricKey
from testing.models import Comparison, Metric
from testing.pictures import CATALOGUE
from testing.statistics import Group, by_condition
from testing.wording import summary_texts

# More rows than this are no list that somebody works through; the cells above lead to the others.
MOST_ROWS = 200


def parts(identities: Collection[int], user: User) -> list[dict[str, object]]:
    """Return the tables that the page of a suspicion shows below its records, as far as ``user`` may see them."""
    cells = list(Cell.objects.visible_to(user).filter(pk__in=identities).values_list("pk", flat=True))
    if not cells:
        return []
    found = [_metrics(cells), _statistics(set(cells), user), _figures(cells, user)]
    return [part for part in found if part is not None]


def _metrics(cells: list[int]) -> dict[str, object] | None:
    rows = Metric.objects.filter(cell__in=cells, value__isnull=False).select_related("cell__identity")
    shown = list(rows.order_by("name", "cell")[:MOST_ROWS])
    if not shown:
        return None
    columns = [
        Column("Metric", lambda m: f"{LABELS.get(m.name, m.name)} {m.variant}".strip()),
        Column("Cell", lambda m: Field(m.cell.code, url=registry.url_of(m.cell.identity))),
        Column("Value", with_unit, numeric=True),
    ]
    return {"title": f"Metrics ({rows.count()})", "table": Table.of(columns, shown)}


def _statistics(cells: set[int], user: User) -> dict[str, object] | None:
    """Return the efficiency of every condition with a suspect cell in it, with and without those cells."""
    key = MetricKey(ICE)
    studies = Study.objects.visible_to(user).with_codes().filter(conditions__cells__in=cells).distinct()
    rows = [
        (study, group)
        for study in studies.order_by("pk")
        for group in by_condition(study, key)
        if any(cell.pk in cells for cell in group.cells)
    ]
    if not rows:
        return None

    def told(numbers: list[float]) -> str:
        texts = summary_texts(describe(numbers) if numbers else None, key)
        if not texts["mean"]:
            return NO_VALUE
        sd = f" ± {texts['sd']}" if texts["sd"] else ""
        return f"{texts['mean']}{sd} {texts['unit']}, n = {texts['n']}"

    def clear(group: Group) -> list[float]:
        codes = {cell.code for cell in group.cells if cell.pk in cells}
        return [value.value for value in group.values if value.cell not in codes]

    columns = [
        Column("Study", lambda r: Field(r[0].code, url=f"{registry.url_of(r[0].identity)}#statistics")),
        Column("Condition", lambda r: r[1].name),
        Column("Suspect cells", lambda r: str(sum(c.pk in cells for c in r[1].cells)), numeric=True),
        Column("As it stands", lambda r: told(r[1].numbers)),
        Column("Without them", lambda r: told(clear(r[1]))),
    ]
    return {"title": f"Statistics: {key.label}", "table": Table.of(columns, rows[:MOST_ROWS])}


def _figures(cells: list[int], user: User) -> dict[str, object] | None:
    """Return the figures that show one of these cells: those of their studies, and the comparisons with them."""
    studies = Study.objects.visible_to(user).with_codes().filter(conditions__cells__in=cells).distinct()
    rows = [
        (f"{study.code}: {entry.label}", f"{registry.url_of(study.identity)}?picture={entry.name}#pictures")
        for study in studies.order_by("pk")
        for entry in CATALOGUE.values()
    ]
    compared = Comparison.objects.visible_to(user).with_codes().filter(members__cell__in=cells).distinct()
    rows += [
        (f"{c.code}: {c.name}", reverse("testing:comparison", args=[c.code])) for c in compared.order_by("pk")
    ]
    if not rows:
        return None
    columns = [Column("Figure", lambda row: Field(row[0], url=row[1]))]
    return {"title": f"Figures ({len(rows)})", "table": Table.of(columns, rows[:MOST_ROWS])}
