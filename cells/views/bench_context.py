"""What the building screen shows of a cell: its step, its numbers, the jars to tap, and the cells beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from cells import bench_forms as shapes
from cells.bench import Stage, Standing, stand
from cells.forms import fitting
from cells.limits import judged
from cells.models import Cell, DesignPress, Layer, PressStep, StepUnderWay
from cells.pressure import in_every_unit
from cells.run_sheet import amount_text
from lims import registry
from lims.forms import ActionForm
from lims.models import User
from lims.numbers import plain
from lims.units import mass_text
from materials.actions.ledger import what_speaks_against
from materials.models import Powder
from materials.weighings import shown_mg, step_ug

JARS_OFFERED = 4
READY_REASONS = ("Checked: it is good for this", "For a trial only", "Agreed with a manager")
MOST_BESIDE = 5
UNDER_CONSTRUCTION = (Cell.State.PLANNED, Cell.State.BUILDING)
ASKS = {
    Stage.POWDER: "Scan the jar",
    Stage.WEIGH: "Weigh, mg",
    Stage.BOAT_AFTER: "Boat after, mg",
    Stage.PRESS: "Scan, or type another pressure",
    Stage.HOLD: "Pressure at the end, if it fell",
    Stage.VOLTAGE: "Open-circuit voltage, V",
    Stage.RESISTANCE: "Resistance at 1 kHz, Ω",
    Stage.DONE: "Scan the next cell",
}
WORDS = {
    Stage.POWDER: "scan", Stage.WEIGH: "weigh", Stage.BOAT_AFTER: "weigh", Stage.PRESS: "press", Stage.HOLD: "hold",
    Stage.VOLTAGE: "measure", Stage.RESISTANCE: "measure", Stage.DONE: "built",
}  # fmt: skip


def screen_context(
    user: User, standing: Standing, *, asked: Mapping[str, str], form: ActionForm | None
) -> dict[str, Any]:
    """Return what the screen shows."""
    cell, row = standing.cell, standing.under_way
    lost = asked.get("lost") == "yes" and standing.stage == Stage.PRESS
    boat = asked.get("boat") == "yes" and standing.stage == Stage.WEIGH
    known = {"expected": standing.version}
    label = "Lost while spreading, mg" if lost else "Boat full, mg" if boat else ASKS[standing.stage]
    if standing.stage == Stage.BOAT_AFTER and row is not None and row.boat_full_ug:
        label = f"{label} (full it was {mass_text(row.boat_full_ug)})"
    return {
        "cell": cell,
        "simulated": cell.simulated,
        "standing": standing,
        "stage": str(standing.stage),
        "under_way": row,
        "layer_name": _name(cell, standing.step),
        "ask": label,
        "steps": _steps(standing),
        "beside": _beside(user, cell),
        "problems": _problems(form),
        "lot_reasons": _lot_reasons(form),
        "ready_reasons": READY_REASONS,
        "warnings": _warnings(standing),
        "numbers": _numbers(standing),
        "presses": _presses(standing),
        "left_s": _left_s(standing),
        "jars": _jars(user, standing) if standing.stage == Stage.POWDER else [],
        "enter_form": shapes.BenchForm(user=user, initial=known | {"boat": boat or "", "lost": lost or ""}),
        "hold_form": shapes.HoldForm(user=user, initial=known),
        "release_form": shapes.ReleaseForm(user=user, initial=known),
        "on_time_form": shapes.ReleaseForm(user=user, initial=known | {"on_time": "True"}),
        "blank_form": shapes.BlankForm(user=user, initial=known),
        "back_form": shapes.BackForm(user=user, initial=known),
        "unit_forms": [
            {"form": shapes.UnitForm(user=user, initial=known | {"unit": unit}), "unit": unit.label}
            for unit in PressStep.Unit
        ],
        "tools": _tools(standing),
        "lost": lost,
        "boat": boat,
        "can_go_back": row is not None and (row.powder is not None or row.hold_started_at is not None),
        "keypad": standing.stage not in (Stage.POWDER, Stage.DONE),
        "cell_url": registry.url_of(cell.identity),
        "flags": judged(cell) if standing.stage == Stage.DONE else [],
        "next_cells": _waiting(user, cell) if standing.stage == Stage.DONE else [],
    }


def _name(cell: Cell, step: DesignPress | None) -> str:
    """Return what a step puts in, as the design calls it."""
    meant = cell.edition.layer(step.role) if step and step.role else None
    return meant.label if meant else "Press once more"


def _steps(standing: Standing) -> list[dict[str, Any]]:
    """Return the steps of the schedule, then the measurement: done, current or to come."""
    masses = {
        layer.role: amount_text(layer)
        for layer in Layer.objects.filter(cell=standing.cell).with_mass().select_related("use__powder")
    }
    schedule = list(standing.cell.edition.press_schedule.all())
    here = standing.step.order if standing.step else None
    steps = [
        {
            "name": _name(standing.cell, step),
            "done": here is None or step.order < here,
            "current": step.order == here,
            "told": masses.get(step.role, ""),
        }
        for step in schedule
    ]
    measuring = standing.stage in (Stage.VOLTAGE, Stage.RESISTANCE)
    return [
        *steps,
        {"name": "Measure", "done": standing.stage == Stage.DONE, "current": measuring, "told": ""},
    ]


def _beside(user: User, cell: Cell) -> list[dict[str, Any]]:
    """Return the cells that are under way, this one among them; a scan of another's code goes there."""
    rows = StepUnderWay.objects.filter(
        cell__in=Cell.objects.visible_to(user).filter(state__in=UNDER_CONSTRUCTION), changed_by=user
    )
    keys = {cell.pk, *rows.order_by("-changed_at").values_list("cell", flat=True)[:MOST_BESIDE]}
    cells = Cell.objects.with_codes().with_study().filter(pk__in=keys).order_by("pk")
    found = []
    for one in cells:
        standing = stand(one)
        layer = _name(one, standing.step) if standing.step else ""
        found.append(
            {
                "code": one.code,
                "current": one.pk == cell.pk,
                "word": WORDS[standing.stage],
                "layer": layer,
                "left_s": _left_s(standing),
            }
        )
    return found


def _left_s(standing: Standing) -> int | None:
    """Return how many seconds the hold still takes; 0 or less once it is over."""
    if standing.held_until is None:
        return None
    return round((standing.held_until - timezone.now()).total_seconds())


def _numbers(standing: Standing) -> dict[str, str]:
    """Return target and mass as the balance shows them."""
    row = standing.under_way
    # Until the balance is known, a mass is told with the digits that it has.
    step = step_ug(row.balance) if row and row.balance else None
    weighed = row.mass_ug if row else None
    return {
        "target": _meant(standing) if standing.target_ug is None else _shown(standing.target_ug, step),
        "unit": "" if standing.target_ug is None else "mg",
        "note": "for the cathode in this cell" if standing.proposed else "by the design",
        "weighed": "\u2013" if weighed is None else _shown(weighed, step),
        "lost": "" if row is None or not row.lost_ug else mass_text(row.lost_ug),
    }


def _meant(standing: Standing) -> str:
    """Return what is laid in where nothing is weighed: discs or area of a foil."""
    step = standing.step
    meant = standing.cell.edition.layer(step.role) if step and step.role else None
    return meant.target_text() if meant else ""


def _shown(mass_ug: int, step: int | None) -> str:
    return mass_text(mass_ug).removesuffix(" mg") if step is None else shown_mg(mass_ug, step)


def _presses(standing: Standing) -> dict[str, Any]:
    """Return the pressure that the design asks for, in every unit that die and press allow."""
    step, row = standing.step, standing.under_way
    if step is None or step.pressure_mpa is None:
        return {}
    known = in_every_unit(step.pressure_mpa, die=standing.cell.die, press=row.press if row else None)
    typed = ""
    if row is not None and row.pressure_value is not None:
        typed = f"{row.pressure_value:g} {row.entered_unit}"
        if row.pressure_end_value is not None:
            typed += f", at the end {row.pressure_end_value:g} {row.entered_unit}"
    return {
        "mpa": plain(known.pressure_mpa, 0),
        "tonnes": "" if known.force_tonnes is None else plain(known.force_tonnes, 2),
        "bar": "" if known.gauge_bar is None else plain(known.gauge_bar, 1),
        "hold": spoken_s(step.hold_s or 0),
        "unit": (row.entered_unit if row else "") or PressStep.Unit.MPA,
        "typed": typed,
    }


def spoken_s(seconds: float) -> str:
    """Return a time as people say it.

    >>> spoken_s(10), spoken_s(600), spoken_s(90)
    ('10 s', '10 min', '1 min 30 s')
    """
    minutes, rest = divmod(round(seconds), 60)
    return " ".join(
        word for word in (f"{minutes} min" * bool(minutes), f"{rest} s" * bool(rest or not minutes)) if word
    )


def _warnings(standing: Standing) -> list[str]:
    """Return what speaks against the jar in hand, and how little is left of it."""
    row = standing.under_way
    if row is None or row.powder is None or standing.stage == Stage.DONE:
        return []
    warnings = list(what_speaks_against(row.powder, timezone.localdate()).values())
    held_ug = row.powder.balance_now_ug()
    if not row.powder.counted_in and standing.target_ug and held_ug < (row.mass_ug or standing.target_ug):
        warnings.append(f"The book says that {row.powder.code} holds only {mass_text(held_ug)}.")
    return warnings


def _tools(standing: Standing) -> list[dict[str, str]]:
    """Return what it is weighed and pressed with; another one is scanned into the box."""
    row, cell = standing.under_way, standing.cell
    known = (
        ("Die", cell.die),
        ("Balance", row.balance if row else None),
        ("Press", row.press if row else None),
        ("Glovebox", cell.glovebox),
    )
    return [{"name": name, "code": tool.code if tool else ""} for name, tool in known]


def _jars(user: User, standing: Standing) -> list[dict[str, Any]]:
    """Return the jars that can be tapped: those that fit the layer, the one used last for such a layer first."""
    step = standing.step
    if step is None:
        return []
    powders = Powder.objects.visible_to(user).with_codes().with_balance().open()
    fit = powders.filter(fitting(standing.cell.edition, step.role)).distinct()
    last = (
        Layer.objects.filter(cell__condition=standing.cell.condition_id, role=step.role)
        .order_by("-pk")
        .values_list("use__powder", flat=True)
        .first()
    )
    jars = sorted(fit.order_by("-pk")[: 3 * JARS_OFFERED], key=lambda jar: (jar.pk != last, -jar.pk))
    return [
        {
            "form": shapes.TapJarForm(user=user, initial={"powder": jar, "expected": standing.version}),
            "powder": jar,
            "left": jar.left_text(),
        }
        for jar in jars[:JARS_OFFERED]
    ]


def _waiting(user: User, cell: Cell) -> list[Cell]:
    """Return the cells of the same study that wait to be built."""
    rows = Cell.objects.visible_to(user).with_codes().with_study().filter(state__in=UNDER_CONSTRUCTION)
    return list(rows.filter(condition__study=cell.condition.study_id).order_by("pk")[:6])


def _problems(form: ActionForm | None) -> list[str]:
    """Return what is wrong with what was sent, as sentences."""
    if form is None:
        return []
    return [str(sentence) for sentences in form.errors.values() for sentence in sentences]


def _lot_reasons(form: ActionForm | None) -> bool:
    """Return whether a reason is asked for: the jar is on hold, expired or suspect."""
    if form is None:
        return False
    return any("used all the same" in sentence for sentence in _problems(form))
