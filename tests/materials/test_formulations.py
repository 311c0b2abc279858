"""Formulations: parts with tolerances, in editions that stay as they were written."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction

from lims.models import LogEntry, User
from materials.actions import PartFacts, create_formulation, write_formulation_edition
from materials.mixtures import differences, mixture_of, parts_of
from materials.models import FormulationEdition, FormulationPart
from tests.factories import make_material

pytestmark = pytest.mark.django_db


@pytest.fixture
def cathode(ada: User) -> FormulationEdition:
    """The paper's cathode, 70:30:5:5, with ± 2 % on the active material."""
    materials = [
        make_material(ada, name, role, density_g_cm3=density)
        for name, role, density in (
            ("NMC532", "positive_active", 4.75), ("Li6PS5Cl", "electrolyte", 1.86), ("PTFE", "binder", 2.2),
            ("CNF", "carbon", 1.95),
        )
    ]  # fmt: skip
    parts = [
        PartFacts(m, p, 0.02 if p == 70 else None) for m, p in zip(materials, (70, 30, 5, 5), strict=True)
    ]
    return create_formulation(by=ada, name="Cathode", parts=parts)


def changed(edition: FormulationEdition, **parts: float) -> list[PartFacts]:
    """Return the parts of an edition with some of them changed by name; 0 leaves one out."""
    return [
        PartFacts(part.material, parts.get(part.material.name, part.parts), part.tolerance_fraction)
        for part in edition.parts.select_related("material")
        if parts.get(part.material.name, part.parts)
    ]


def test_the_paper_s_cathode_is_63_6_by_weight_and_41_by_volume(cathode: FormulationEdition) -> None:
    whole = mixture_of(parts_of(cathode))
    by_weight = [round(100 * fraction, 3) for fraction in whole.weight_fractions.values()]
    assert by_weight == [63.636, 27.273, 4.545, 4.545]
    assert whole.volume_fractions is not None and whole.density_g_cm3 is not None
    assert [round(whole.volume_fractions[name], 2) for name in ("NMC532", "Li6PS5Cl")] == [0.41, 0.45]
    assert round(whole.density_g_cm3, 2) == 3.08


def test_where_a_density_is_missing_it_is_said_which(cathode: FormulationEdition) -> None:
    parts = parts_of(cathode)
    parts[2].material.density_g_cm3 = None
    whole = mixture_of(parts)
    assert (whole.volume_fractions, whole.without_density) == (None, ("PTFE",))


def test_a_new_edition_follows_and_the_old_one_stays(cathode: FormulationEdition, ada: User) -> None:
    second = write_formulation_edition(
        formulation=cathode.formulation, parts=changed(cathode, PTFE=3), by=ada, reason="less binder"
    )
    assert (second.number, second.ratio(), cathode.ratio()) == (2, "70:30:3:5", "70:30:5:5")
    assert [(d.label, d.old, d.new) for d in differences(cathode, second)] == [("PTFE", "5 parts", "3 parts")]
    entry = LogEntry.objects.filter(verb="wrote an edition").order_by("-seq")[0]
    assert entry.changes == {"edition": 2, "part PTFE": ["5 parts", "3 parts"]}
    assert entry.reason == "less binder"


def test_a_part_that_goes_or_comes_and_a_tolerance_are_differences_too(
    cathode: FormulationEdition, ada: User
) -> None:
    parts = [PartFacts(p.material, p.parts, 0.01) for p in changed(cathode, CNF=0)]
    second = write_formulation_edition(formulation=cathode.formulation, parts=parts, by=ada)
    told = {d.label: (d.old, d.new) for d in differences(cathode, second)}
    assert told["CNF"] == ("5 parts", "")
    assert told["NMC532"] == ("70 parts, ± 2 %", "70 parts, ± 1 %")


def test_an_edition_that_says_nothing_new_is_refused(cathode: FormulationEdition, ada: User) -> None:
    with pytest.raises(ValidationError, match="what edition 1 says"):
        write_formulation_edition(formulation=cathode.formulation, parts=changed(cathode), by=ada)
    assert cathode.formulation.editions.count() == 1


def test_an_edition_from_an_old_page_is_refused_where_another_was_written_meanwhile(
    cathode: FormulationEdition, ada: User, grace: User
) -> None:
    facts = {"formulation": cathode.formulation, "based_on": 1}
    write_formulation_edition(parts=changed(cathode, PTFE=3), by=grace, **facts)
    with pytest.raises(ValidationError, match="Edition 2 of FRM-0001 has been written meanwhile: 70:30:3:5"):
        write_formulation_edition(parts=changed(cathode, PTFE=4), by=ada, **facts)


def test_a_written_edition_cannot_be_changed_even_by_hand(cathode: FormulationEdition) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        FormulationPart.objects.filter(edition=cathode).update(parts=1)


def test_a_formulation_needs_a_part(ada: User) -> None:
    with pytest.raises(ValidationError, match="at least one part"):
        create_formulation(by=ada, name="Nothing", parts=[])
