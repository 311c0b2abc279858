"""What numbers and samples show elsewhere: kinds, jobs, lineage, navigation, parts of pages."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse

from cells.models import Cell
from lims import registry
from lims.models import User
from materials.models import Powder
from testing import trials
from testing.methods.quality import BY_NAME
from testing.models import CellTest, Characterisation, QualityCheck, Sample
from testing.views import quality, samples


def register() -> None:
    """Tell lims about samples, checks and methods."""
    registry.register(
        registry.Kind(
            Sample, "Sample", "Samples", "testing:sample", "testing:samples", "microscope", _samples
        )
    )
    registry.register(
        registry.Kind(
            Characterisation,
            "Sample result",
            "Sample results",
            "testing:characterisation",
            "testing:characterisations",
            "scan-search",
            _results,
        )
    )
    registry.navigation += [
        registry.NavigationItem("Find cells", "testing:find_cells", "search", 21),
        registry.NavigationItem("Samples", "testing:samples", "microscope", 32),
        registry.NavigationItem("Sample results", "testing:characterisations", "scan-search", 33),
        registry.NavigationItem("Checks", "testing:checks", "shield-check", 46),
        registry.NavigationItem("Methods", "testing:methods", "sigma", 67),
    ]
    registry.job_handlers |= {trials.KIND: trials.compute_trial}
    registry.lineage_edges.append(edges)
    registry.on_threads |= {Sample._meta.label_lower, Characterisation._meta.label_lower}
    registry.home_cards.append(flags_card)
    registry.add_detail_part(Cell, quality.of_cell)
    registry.add_detail_part(CellTest, quality.of_test)
    registry.add_detail_part(Cell, samples.of_parent)
    registry.add_detail_part(Powder, samples.of_parent)


def edges(identities: Iterable[int], up: bool) -> list[tuple[int, int, int | None]]:  # noqa: FBT001 - the registry's shape
    """Return the samples of cells and powders and the results of both: (source, target, no mass)."""
    keys = list(identities)
    taken, found = Sample.objects.order_by(), Characterisation.objects.order_by()
    pairs: list[tuple[int, int]] = []
    for parent in ("cell_id", "powder_id"):
        rows = taken.filter(pk__in=keys) if up else taken.filter(**{f"{parent}__in": keys})
        pairs += rows.filter(**{f"{parent}__isnull": False}).values_list(parent, "pk")
    for parent in ("sample_id", "powder_id"):
        results = found.filter(pk__in=keys) if up else found.filter(**{f"{parent}__in": keys})
        pairs += results.filter(**{f"{parent}__isnull": False}).values_list(parent, "pk")
    return [(source, target, None) for source, target in pairs]


def _samples(keys: Iterable[int]) -> dict[int, str]:
    return dict(Sample.objects.filter(pk__in=keys).values_list("pk", "name"))


def _results(keys: Iterable[int]) -> dict[int, str]:
    return {c.pk: c.title for c in Characterisation.objects.with_subjects().filter(pk__in=keys)}


def flags_card(user: User) -> registry.Card | None:
    """Show the newest flags that checks have raised; nothing where there is none."""
    tests = CellTest.objects.visible_to(user).values("pk")
    flagged = QualityCheck.objects.filter(state=QualityCheck.State.FLAGGED, test__in=tests)
    rows = list(flagged.select_related("test__identity", "test__cell__identity").order_by("-test", "pk")[:5])
    if not rows:
        return None
    return registry.Card(
        title="Flags",
        icon="shield-check",
        lines=[
            {
                "text": f"{row.test.cell.code} · {BY_NAME[row.name].label}",
                "url": registry.url_of(row.test.identity),
                "badge": "",
            }
            for row in rows
        ],
        empty="",
        action=("All checks", reverse("testing:checks")),
    )
