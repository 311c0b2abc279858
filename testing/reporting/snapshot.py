"""Freezing: everything that a report says, as one JSON document with the hash of its inputs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone

from lims import registry
from lims.logo import lab_logo
from lims.models import Project, Record, User
from testing.models import Report
from testing.reporting import blocks
from testing.reporting.kinds import KINDS

# What lies behind these is on no first page.
PREVIEWED_SECTIONS = 3


def inputs_sha256(inputs: Mapping[str, Any]) -> str:
    """Return the SHA-256 of frozen inputs, over their canonical JSON."""
    return hashlib.sha256(json.dumps(inputs, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def freeze(report: Report, about: Record | Project, by: User) -> dict[str, Any]:
    """Return the report's snapshot; its hash is over all but who asked for it and when."""
    inputs = frozen_inputs(report.kind, about, by, report.options)
    return head_of(report, about, by, code=report.code, inputs=inputs)


def head_of(
    report: Report, about: Record | Project, by: User, *, code: str, inputs: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a snapshot: frozen inputs with what the title block says."""
    return {
        "code": code,
        "title": KINDS[report.kind].title.format(code=about.code),
        "lab_name": settings.LAB_NAME,
        "lab_logo": lab_logo(),
        "made_at": timezone.now().isoformat(timespec="seconds"),
        "made_by": by.display_name,
        "inputs_sha256": inputs_sha256(inputs),
        "software_version": settings.VERSION,
        **inputs,
    }


def section_titles(kind: str, about: Record | Project, by: User) -> list[tuple[str, str]]:
    """Return key and title of each section that such a report would have now."""
    sections = KINDS[kind].freeze(about, by).get("sections", [])
    return [(section["key"], section["title"]) for section in sections]


def preview_inputs(
    kind: str, about: Record | Project, by: User, options: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the inputs of a first page: no more sections than fill it."""
    inputs = frozen_inputs(kind, about, by, options)
    if "sections" in inputs:
        inputs["sections"] = inputs["sections"][:PREVIEWED_SECTIONS]
    return inputs


def frozen_inputs(kind: str, about: Record | Project, by: User, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a report of this kind says now, with its sections chosen and ordered, and the words around them."""
    inputs = {"simulated": about.simulated, **KINDS[kind].freeze(about, by)}
    if "sections" not in inputs:
        return inputs
    chosen = _chosen(inputs["sections"], options.get("sections"))
    before, after = (
        blocks.markdown(options.get("foreword", "")),
        blocks.markdown(options.get("afterword", "")),
    )
    inputs["sections"] = [
        *([blocks.section("foreword", "Foreword", before)] if before else []),
        *chosen,
        *([blocks.section("afterword", "Remarks", after)] if after else []),
    ]
    return inputs


def _chosen(sections: list[dict[str, Any]], wanted: list[str] | None) -> list[dict[str, Any]]:
    if wanted is None:
        return sections
    known = {section["key"]: section for section in sections}
    for key in wanted:
        if key not in known:
            raise ValidationError(
                {"options": f"This report has no section {key!r}; there is: {', '.join(known)}."}
            )
    return [known[key] for key in dict.fromkeys(wanted)]


def subject_of(report: Report) -> Record | Project:
    """Return what a report is of: a record, or its project as a whole."""
    if report.subject is not None:
        return registry.record_of(report.subject)
    if report.project is None:
        raise LookupError(f"{report.code} is of neither a record nor a project.")
    return report.project
