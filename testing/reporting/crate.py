"""A report with everything that it rests on, as an RO-Crate 1.2: PDF, snapshot, tables, original files, BDF.

https://w3id.org/ro/crate/1.2. The old version of a corrected number is kept, and a CreateAction names both.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q

from cells.models import Cell
from lims.facts import told_changes
from lims.models import LogEntry
from testing.bdf_export import bdf_bytes, bdf_name
from testing.models import CellTest, Dataset, Report
from testing.reporting.data import attached_data

CONTEXT = "https://w3id.org/ro/crate/1.2/context"
# Where a term of BattINFO or EMMO exists for a thing, it is named beside the schema.org type.
TERMS = {
    "cell": "https://w3id.org/emmo/domain/battery#battery_68ed592a_7924_45d0_a108_94d6275d57f0",
    "bdf": "https://w3id.org/battery-data-alliance/ontology/battery-data-format",
}
# The log says with these words that something was put right.
CORRECTED = Q(verb__startswith="corrected") | Q(verb="changed")

Entity = dict[str, Any]


def write_crate(report: Report, path: Path) -> None:
    """Write the crate of a printed report to ``path`` as a zip; raises ValidationError where it is not printed."""
    if report.pdf is None:
        raise ValidationError(f"{report.code} is not printed yet.")
    entities: list[Entity] = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as crate:
        crate.write(report.pdf.path, f"{report.code}.pdf")
        entities.append(_file(f"{report.code}.pdf", "application/pdf", report.title, report.pdf_sha256))
        frozen = json.dumps(report.snapshot, ensure_ascii=False, sort_keys=True, indent=1).encode()
        crate.writestr("snapshot.json", frozen)
        entities.append(_file("snapshot.json", "application/json", "Everything that the report says, frozen"))
        for one in attached_data(report):
            crate.writestr(f"tables/{one.name}", one.content)
            entities.append(_file(f"tables/{one.name}", "text/csv", one.description))
        tests = _tests(report)
        for test in tests:
            entities += _write_test(crate, test)
        entities += [_cell(cell) for cell in _cells(tests)]
        entities += _corrections(report)
        metadata = {"@context": CONTEXT, "@graph": [*_heads(report, entities), *entities]}
        crate.writestr("ro-crate-metadata.json", json.dumps(metadata, ensure_ascii=False, indent=1))


def _heads(report: Report, entities: Iterable[Entity]) -> list[Entity]:
    parts = [{"@id": entity["@id"]} for entity in entities if "File" in entity["@type"]]
    simulated = (
        " All of it is simulated data: it tests software, not science."
        if report.snapshot["simulated"]
        else ""
    )
    return [
        {
            "@id": "ro-crate-metadata.json",
            "@type": "CreativeWork",
            "about": {"@id": "./"},
            "conformsTo": {"@id": "https://w3id.org/ro/crate/1.2"},
        },
        {
            "@id": "./",
            "@type": "Dataset",
            "name": f"{report.code} {report.snapshot['title']}",
            "description": f"A report of {report.about} with the tables and files that it rests on.{simulated}",
            "datePublished": report.snapshot["made_at"],
            "license": "All rights stay with the laboratory that measured.",
            "identifier": report.code,
            "creator": {"@id": "#laboratory"},
            "hasPart": parts,
        },
        {"@id": "#laboratory", "@type": "Organization", "name": report.snapshot["lab_name"]},
        {
            "@id": "#software",
            "@type": "SoftwareApplication",
            "name": "Laboratory information management system",
            "softwareVersion": report.snapshot["software_version"],
        },
        {
            "@id": "#report",
            "@type": "CreateAction",
            "name": f"{report.code} was frozen and printed",
            "agent": {"@id": "#laboratory"},
            "instrument": {"@id": "#software"},
            "endTime": report.snapshot["made_at"],
            "actionStatus": "http://schema.org/CompletedActionStatus",
            "result": {"@id": f"{report.code}.pdf"},
            "description": f"SHA-256 of the frozen inputs: {report.inputs_sha256}",
        },
    ]


def _file(name: str, media_type: str, words: str, sha256: str = "") -> Entity:
    told: Entity = {"@id": name, "@type": "File", "name": words, "encodingFormat": media_type}
    return {**told, "sha256": sha256} if sha256 else told


def _tests(report: Report) -> list[CellTest]:
    """Return the tests that the report rests on, as it was frozen."""
    keys = report.dependencies.values_list("identity", flat=True)
    tests = CellTest.objects.filter(pk__in=keys).with_cells().with_codes()
    return list(tests.select_related("channel__instrument__identity").order_by("pk"))


def _cells(tests: Iterable[CellTest]) -> list[Cell]:
    return list({test.cell_id: test.cell for test in tests}.values())


def _cell(cell: Cell) -> Entity:
    return {
        "@id": f"#{cell.code}",
        "@type": "IndividualProduct",
        "additionalType": {"@id": TERMS["cell"]},
        "name": cell.code,
        "productionDate": cell.performed_at.isoformat(),
    }


def _write_test(crate: zipfile.ZipFile, test: CellTest) -> list[Entity]:
    """Write a test's original files and its points, and tell of the act that made them."""
    dataset = Dataset.objects.filter(test=test, current=True).select_related("blob").first()
    if dataset is None:
        return []
    entities: list[Entity] = []
    originals = []
    for place in dataset.places.select_related("submission__blob").order_by("order"):
        blob = place.submission.blob
        name = f"files/{test.code}/{place.order}-{Path(place.submission.name).name}"
        crate.write(blob.path, name)
        originals.append(name)
        entities.append(_file(name, "application/octet-stream", place.submission.name, blob.sha256))
    name = f"bdf/{bdf_file_name(test, 'parquet')}"
    crate.writestr(name, bdf_bytes(dataset, "parquet", simulated=test.simulated))
    points = _file(
        name, "application/vnd.apache.parquet", f"Points of {test.code} in the Battery Data Format"
    )
    entities.append({**points, "conformsTo": {"@id": TERMS["bdf"]}})
    if test.channel:
        instrument = test.channel.instrument
        entities.append(
            {
                "@id": f"#{instrument.code}",
                "@type": "IndividualProduct",
                "name": instrument.name,
                "manufacturer": instrument.maker,
                "serialNumber": instrument.serial_number,
            }
        )
    entities.append(_measuring(test, originals, name))
    return entities


def _measuring(test: CellTest, originals: list[str], points: str) -> Entity:
    told: Entity = {
        "@id": f"#{test.code}",
        "@type": "CreateAction",
        "name": f"{test.code}: {test.get_phase_display()} of {test.cell.code}",
        "object": {"@id": f"#{test.cell.code}"},
        "result": [{"@id": name} for name in (*originals, points)],
        "endTime": test.performed_at.isoformat(),
        "actionStatus": "http://schema.org/CompletedActionStatus",
    }
    if test.channel:
        told["instrument"] = {"@id": f"#{test.channel.instrument.code}"}
    return told


def _corrections(report: Report) -> list[Entity]:
    """Return each correction of what the report rests on, with the old value as object and the new one as result."""
    keys = report.dependencies.values_list("identity", flat=True)
    entries = LogEntry.objects.filter(CORRECTED, identity__in=keys).select_related("identity")
    told = []
    for entry in entries.order_by("seq"):
        for place, change in enumerate(told_changes(entry.changes)):
            if change["old"] in (None, ""):
                continue
            told.append(_correction(entry, place, change))
    return told


def _correction(entry: LogEntry, place: int, change: Mapping[str, Any]) -> Entity:
    return {
        "@id": f"#log-{entry.seq}-{place}",
        "@type": "CreateAction",
        "name": f"{entry.subject}: {change['field']} was put right",
        "agent": {"@type": "Person", "name": entry.actor_name},
        "endTime": entry.at.isoformat(),
        "object": f"{change['field']} {change['old']}",
        "result": f"{change['field']} {change['new']}",
        "description": entry.reason,
        "actionStatus": "http://schema.org/CompletedActionStatus",
    }


def bdf_file_name(test: CellTest, form: Any) -> str:
    """Return the name of a test's file in the Battery Data Format."""
    day = f"{test.performed_at:%Y%m%d}"
    return bdf_name(settings.LAB_NAME, test.cell.code, day, test.code, form, simulated=test.simulated)
