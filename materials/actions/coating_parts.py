"""What an ALD run and a coating from solution have in common: the load, the code, what was measured, the trace."""

from __future__ import annotations

from typing import Any, TypedDict

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from lims.attachments import attach
from lims.models import Attachment, Project, User
from lims.records import Origin, create_record
from lims.units import mass_text
from materials.actions.ledger import Despite, take
from materials.models import CoatingBatch, CoatingRecipeEdition, Equipment, Powder, Use


class RunFacts(TypedDict, total=False):
    """What a run did where it is known to differ from its recipe, and what was measured on it."""

    substrate_temperature_c: float | None
    base_pressure_mtorr: float | None
    base_pressure_at_flow_sccm: float | None
    carrier_flow_sccm: float | None
    rotation_rpm: float | None
    bed_preheat_min: float | None
    witness_thickness_nm: float | None
    witness_sites: int | None
    thickness_measured_nm: float | None
    thickness_method: str
    thickness_sites: int | None
    thickness_standard_deviation_nm: float | None


class RunTold(Origin, RunFacts, total=False):
    """What may be said of a coating beside its masses."""


def begin(
    powder: Powder,
    told: RunTold,
    *,
    project: Project | None,
    edition: CoatingRecipeEdition,
    parent: Powder,
    load_mass_ug: int,
    recovered_mass_ug: int,
    by: User,
) -> tuple[Powder, dict[str, Any]]:
    """Give the coated powder its code and return it with what is said of its run."""
    if parent.kind == Powder.Kind.COMPOSITE or parent.material is None:
        raise ValidationError(
            {"parent": f"{parent.code} is a composite; a lot or a coated powder is coated."}
        )
    origin = {key: told[key] for key in Origin.__annotations__ if key in told}  # type: ignore[literal-required]
    for key, value in origin.items():
        setattr(powder, key, value)
    powder.name = powder.name or f"{edition.recipe.coating.name}-coated {parent.material.name}"
    powder.material = parent.material
    create_record(
        powder, project=project, by=by, verb="coated", recipe=str(edition), parent=parent.code,
        load=mass_text(load_mass_ug), recovered=mass_text(recovered_mass_ug),
    )  # fmt: skip
    return powder, {key: value for key, value in told.items() if key not in origin}


def draw_load(
    source: Powder, powder: Powder, mass_ug: int, *, balance: Equipment | None, by: User, despite: Despite
) -> Use:
    return take(
        source, mass_ug, consumer=powder.identity, purpose=Use.Purpose.COATED, balance=balance, by=by,
        field="load_mass_ug", performed_at=powder.performed_at, despite=despite,
    )  # fmt: skip


def judge_measured(batch: CoatingBatch) -> None:
    """A scatter needs places to scatter between, and how often something was measured needs the measurement."""
    deviation, sites = batch.thickness_standard_deviation_nm, batch.thickness_sites
    if deviation is not None and (sites or 0) < 2:
        raise ValidationError(
            {
                "thickness_standard_deviation_nm": "A scatter between places needs two places or more: say how many."
            }
        )
    if batch.thickness_measured_nm is None and (sites or deviation is not None):
        raise ValidationError({"thickness_measured_nm": "Places were measured: enter their mean thickness."})
    if batch.witness_thickness_nm is None and batch.witness_sites:
        raise ValidationError({"witness_thickness_nm": "Places were measured: enter their mean thickness."})


def keep_trace(powder: Powder, trace: UploadedFile | None, by: User) -> None:
    if trace is not None:
        attach(identity=powder.identity, upload=trace, purpose=Attachment.Purpose.TRACE, by=by)
