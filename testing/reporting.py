"""Reports: freezing what they say, printing them, and telling when they no longer hold."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.conf import settings
from django.utils import timezone

from cells.models import Cell, CellBasis, Layer
from cells.models.design import LayerRole
from lims.audit import action, log
from lims.blobs import store
from lims.facts import told_changes
from lims.jobs import JobRefused, Lease
from lims.models import Job, LogEntry, User
from lims.pdf import PdfUnavailable, render_pdf
from lims.trace import ancestors_of, trace
from lims.units import mg_from_ug
from materials.genealogy import weighed_mg
from materials.lineage import drawn_kind
from materials.models import Powder
from testing import lineage_facts
from testing.models import CellTest, Cycle, Report
from testing.printed import cycle_row, metric_rows, quantities
from testing.report_context import cell_report_context
from testing.tables import curves

KIND = "print_report"


def rests_on(cell: Cell) -> set[int]:
    """Return the identities that a report of this cell rests on."""
    above = {source for source, _, _ in ancestors_of([cell.pk])}
    return above | {cell.pk} | set(cell.tests.values_list("pk", flat=True))


def cell_snapshot(cell: Cell, *, report: Report, by: User) -> dict[str, Any]:
    """Return everything that the cell's report says, frozen; its hash is over all but who printed it and when."""
    basis = cell.bases.filter(current=True).first()
    inputs: dict[str, Any] = {
        "simulated": cell.simulated,
        "cell": _cell_facts(cell),
        "balance": quantities(basis),
        "layers": _layers(cell),
        "press_steps": [
            {
                "number": s.number,
                "presses": s.presses,
                "pressure_mpa": s.pressure_mpa,
                "force_kn": lineage_facts.force_kn(s.pressure_mpa, cell.die.diameter_mm),
                "hold_s": s.hold_s,
            }
            for s in cell.press_steps.all()
        ],
        "lineage": _lineage(cell, by),
        "tests": [_test(test, basis) for test in cell.tests.with_cells().with_codes().order_by("place")],
        "deviations": [
            {"category": d.get_category_display(), "impact": d.get_impact_display(), "text": d.text}
            for d in cell.deviations.all()
        ],
        "not_recorded": _not_recorded(cell),
        "history": _history(cell),
    }
    digest = hashlib.sha256(json.dumps(inputs, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    head = {
        "code": report.code,
        "title": f"Cell report {cell.code}",
        "lab_name": settings.LAB_NAME,
        "made_at": timezone.now().isoformat(timespec="seconds"),
        "made_by": by.display_name,
        "inputs_sha256": digest,
        "software_version": settings.VERSION,
    }
    return head | inputs


def _cell_facts(cell: Cell) -> dict[str, Any]:
    edition = cell.edition
    return {
        "code": cell.code,
        "state": cell.get_state_display(),
        "study": f"{cell.study.code} {cell.study.name}",
        "condition": cell.condition.name,
        "project": str(cell.project),
        "design": f"{edition.design.code} {edition.design.name}",
        "design_edition": edition.number,
        "performed_at": cell.performed_at.isoformat(timespec="minutes"),
        "performed_by": cell.performed_by.display_name,
        "note": cell.note,
        "die": f"{cell.die.code} {cell.die.name}",
        "die_diameter_mm": cell.die.diameter_mm,
        "upper_cut_off_v": edition.upper_cut_off_v_vs_li,
        "lower_cut_off_v": edition.lower_cut_off_v_vs_li,
        "upper_cell_voltage_v": edition.upper_cell_voltage_v,
        "lower_cell_voltage_v": edition.lower_cell_voltage_v,
        "reference_offset_v": edition.reference_offset_v,
        "reference_offset_source": edition.reference_offset_source,
        "stack_pressure_mpa": edition.stack_pressure_mpa,
        "temperature_c": edition.temperature_c,
        "np_basis": edition.get_np_basis_display(),
        "coating_counted_as_active": edition.coating_counted_as_active,
        "open_circuit_voltage_v": cell.open_circuit_voltage_v,
        "resistance_1khz_ohm": cell.resistance_1khz_ohm,
    }


def _layers(cell: Cell) -> list[dict[str, Any]]:
    rows = []
    layers = (
        Layer.objects.filter(cell=cell).with_mass().select_related("use__powder__identity", "use__balance")
    )
    for layer in layers.order_by("pk"):
        uncertainty = weighed_mg(layer.mass_ug, layer.use.balance).std_dev
        rows.append(
            {
                "role": LayerRole(layer.role).label,
                "powder": layer.use.powder.code,
                "powder_label": layer.use.powder.name,
                "mass_mg": float(mg_from_ug(layer.mass_ug)),
                "uncertainty_mg": None if uncertainty != uncertainty else uncertainty,
                "dispensed_mg": float(mg_from_ug(layer.dispensed_ug)),
                "lost_mg": float(mg_from_ug(layer.lost_ug)),
            }
        )
    return rows


def _lineage(cell: Cell, by: User) -> dict[str, Any]:
    found = trace(cell.identity, direction="up", user=by)
    facts = lineage_facts.of_powders(
        [n.identity_id for n in found.nodes if n.kind == Powder._meta.label_lower]
    )
    return {
        "nodes": [
            {
                "code": n.code,
                "kind": drawn_kind(n),
                "label": n.label,
                "facts": facts.get(n.identity_id, []),
            }
            for n in found.nodes
        ],
        "edges": [
            {
                "source": e.source,
                "target": e.target,
                "mass_mg": None if e.mass_ug is None else float(mg_from_ug(e.mass_ug)),
            }
            for e in found.edges
        ],
    }


def _test(test: CellTest, basis: CellBasis | None) -> dict[str, Any]:
    dataset = test.datasets.filter(current=True).select_related("blob").first()
    places = dataset.places.select_related("submission__blob") if dataset else []
    rows = list(test.cycles.order_by("cycle_number"))
    area = basis.area_cm2 if basis else None
    return {
        "code": test.code,
        "phase": test.get_phase_display(),
        "protocol": str(test.protocol_edition) if test.protocol_edition else "",
        "instrument": f"{test.channel.instrument.code} {test.channel.instrument.name}, channel {test.channel.name}"
        if test.channel
        else "",
        "one_c_current_ma": test.one_c_current_ma,
        "temperature_c": test.temperature_c,
        "stack_pressure_mpa": test.stack_pressure_mpa,
        "files": [
            {
                "name": p.submission.name,
                "sha256": p.submission.blob.sha256,
                "rows": p.submission.rows,
                "reader": f"{p.submission.reader} {p.submission.reader_version}",
            }
            for p in places
        ],
        "flags": dataset.flags if dataset else [],
        "cycles": [cycle_row(cycle, area) for cycle in rows],
        "curves": _curves(dataset, rows, area) if dataset else [],
        # What is said of the cell rests on its first test, and is printed there.
        "metrics": metric_rows(test.cell) if test.place == 1 else [],
    }


def _curves(dataset: Any, cycles: list[Cycle], area_cm2: float | None) -> list[dict[str, Any]]:
    """Return the curves of the first cycle and, in a longer test, the last: what a reader looks for first."""
    if not cycles or not area_cm2:
        return []
    chosen = {cycles[0].pk: cycles[0], cycles[-1].pk: cycles[-1]}
    return [
        {
            "label": f"cycle {cycle.cycle_number}",
            "capacity_mah_cm2": [round(q / area_cm2, 6) for q in half.capacity_mah],
            "voltage_v": [round(v, 5) for v in half.voltage_v],
        }
        for cycle in chosen.values()
        for half in curves(dataset, cycle, points=250)
    ]


def _not_recorded(cell: Cell) -> list[str]:
    """Return what a reader would look for and the records do not say."""
    missing = []
    if cell.open_circuit_voltage_v is None:
        missing.append("Open-circuit voltage after assembly")
    if cell.resistance_1khz_ohm is None:
        missing.append("Resistance at 1 kHz after assembly")
    for layer in cell.layers.select_related("use__balance"):
        if layer.thickness_um is None:
            missing.append(f"Thickness of the {layer.get_role_display()}")
        if layer.use.balance is None:
            missing.append(f"Balance that weighed the {layer.get_role_display()}")
    missing += lineage_facts.not_recorded(rests_on(cell))
    return missing


def _history(cell: Cell) -> list[dict[str, Any]]:
    entries = LogEntry.objects.filter(identity=cell.pk).order_by("seq")
    return [
        {"at": entry.at.isoformat(timespec="seconds"), "who": entry.actor_name, "text": _told(entry)}
        for entry in entries
    ]


def _told(entry: LogEntry) -> str:
    """Return a log entry as a line: what was done, to what, and why."""
    changes = [
        f"{c['field']} {c['new']}" if c["old"] in (None, "") else f"{c['field']} {c['old']} → {c['new']}"
        for c in told_changes(entry.changes)
    ]
    told = f"{entry.verb}: {', '.join(changes)}" if changes else entry.verb
    return f"{told} ({entry.reason})" if entry.reason else told


def print_report(job: Job, lease: Lease) -> None:
    """Print a report from its snapshot."""
    report = Report.objects.get(pk=job.target_id)
    if report.state == Report.State.READY:
        return
    lease.renew(0.2, "drawing figures")
    context = cell_report_context(report.snapshot)
    lease.renew(0.5, "laying out pages")
    try:
        pdf = render_pdf("reports/cell.html", context)
    except PdfUnavailable as problem:
        raise JobRefused(str(problem)) from problem
    _publish(report, lease, pdf)


@action
def _publish(report: Report, lease: Lease, pdf: bytes) -> None:
    lease.check()
    blob = store([pdf])
    Report.objects.filter(pk=report.pk).update(
        state=Report.State.READY, pdf=blob, pdf_sha256=blob.sha256, version=report.version + 1
    )
    log(None, "printed", report, pdf_sha256=blob.sha256)


def give_up(job: Job, reason: str) -> None:
    """Say on the report itself that it could not be printed."""
    Report.objects.filter(pk=job.target_id).update(state=Report.State.FAILED, reason=reason)


def mark_stale(identities: frozenset[int]) -> None:
    """Mark every report that rests on one of these records, in the transaction that changed it."""
    Report.objects.filter(dependencies__identity__in=identities, stale=False).update(stale=True)
