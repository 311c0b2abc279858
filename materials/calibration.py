"""What speaks against equipment: a calibration that is overdue, failed or was never made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from materials.models import Calibration, Equipment


@dataclass(frozen=True)
class CalibrationNote:
    """What speaks against the numbers of a piece of equipment on a day."""

    equipment_id: int
    code: str
    name: str
    sentence: str


def notes_on(equipment: Iterable[Equipment | None], on: date) -> list[CalibrationNote]:
    """Return what speaks against each of these pieces on this day, in one question; usually nothing.

    Where the lab calibrates a piece at all, its newest calibration by that day counts: overdue or outside its limits. A
    piece that was never calibrated is silent here; its own page says so.
    """
    wanted = {piece.pk: piece for piece in equipment if piece is not None}
    if not wanted:
        return []
    newest: dict[int, Calibration] = {}
    rows = Calibration.objects.filter(equipment__in=wanted, done_on__lte=on)
    for row in rows.order_by("done_on", "pk"):
        newest[row.equipment_id] = row
    found = []
    for key, row in sorted(newest.items()):
        sentence = said_of(row.result, row.due_on, on)
        if sentence:
            piece = wanted[key]
            found.append(
                CalibrationNote(key, piece.code, piece.name, f"{piece.code} {piece.name}: {sentence}")
            )
    return found


def said_of(result: str | None, due_on: date | None, on: date) -> str:
    """Return what the newest calibration says against using a piece on this day, or nothing."""
    if result == Calibration.Result.FAILED:
        return "calibration failed: its numbers are not to be trusted"
    if due_on is not None and due_on < on:
        return f"calibration overdue since {due_on:%Y-%m-%d}"
    return ""


def newest_of(equipment: Equipment) -> Calibration | None:
    """Return the newest calibration of a piece, or None."""
    return equipment.calibrations.first()


def sentences_on(equipment: Iterable[Equipment | None], on: date) -> list[str]:
    """Return the notes of these pieces as sentences, for a banner."""
    return [note.sentence for note in notes_on(equipment, on)]
