"""At the balance: a jar is scanned into a row, its mass taken over or undone."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils import timezone

from lims.audit import action, log
from lims.models import User
from lims.records import touch
from lims.units import mass_text
from materials.actions.ledger import judge_open
from materials.actions.weighing import lock_open
from materials.mixtures import part_names, parts_of, wrong_powder
from materials.models import Powder, WeighingRow, WeighingSheet
from materials.weighings import last_weighed, row_name, rows_of


@action
def scan_powder(*, row: WeighingRow, powder: Powder, by: User, instead: bool = False) -> WeighingRow:
    """Say which jar a row is weighed from, or raise ValidationError where it is the wrong one.

    ``instead`` takes another jar of the right material than the one that the plan chose.
    """
    sheet, row = locked_row(row)
    if row.mass_ug is not None:
        raise ValidationError(f"Row {row.order} has been weighed already; undo that first.")
    powder = Powder.objects.with_codes().select_related("material").get(pk=powder.pk)
    judge_open(powder, "powder")
    if problem := _wrong_jar(row, powder, instead=instead):
        raise ValidationError({"powder": problem})
    before = row.powder
    row.powder = powder
    save_row(row)
    change = powder.code if before in (None, powder) else [str(before), powder.code]
    log(by, "scanned", sheet, row=_name(sheet, row), powder=change)
    return row


def _wrong_jar(row: WeighingRow, powder: Powder, *, instead: bool) -> str:
    """Return why this jar is not for this row, or nothing."""
    if row.part is None:
        chosen = row.powder.code if row.powder else ""
        return (
            ""
            if row.powder == powder
            else f"This row is the premix {chosen}; {powder.code} is another powder."
        )
    if powder.counted_in:
        return f"{powder.code} is counted and has no mass."
    if problem := wrong_powder(row.part, powder):
        return problem
    if row.powder is not None and row.powder != powder and not instead:
        return f"The plan chose {row.powder.code}; {powder.code} is {row.part.material.name} too, but another jar."
    return ""


@action
def weigh_row(
    *,
    row: WeighingRow,
    by: User,
    mass_ug: int | None = None,
    boat_full_ug: int | None = None,
    boat_after_ug: int | None = None,
    reading: str = "",
    replaces_ug: int | None = None,
) -> WeighingRow:
    """Take over what the balance showed: the net mass, or the boat full and, after it was emptied, once more.

    ``replaces_ug`` is what the row held when the person looked, so that nobody overwrites what somebody else weighed
    meanwhile. Raises ValidationError for that, without a jar, and for a boat that is not lighter after.
    """
    sheet, row = locked_row(row)
    if row.powder is None:
        raise ValidationError(f"Scan the jar of row {row.order} before it is weighed.")
    judge_open(row.powder, "powder")
    if row.mass_ug != replaces_ug:
        raise ValidationError(_weighed_meanwhile(row))
    before = row.mass_ug
    if mass_ug is not None:
        if boat_full_ug is not None or boat_after_ug is not None:
            raise ValidationError({"mass_ug": "Give either the net mass or the boat's two masses."})
        row.mass_ug, row.boat_full_ug, row.boat_after_ug = mass_ug, None, None
        row.reading = reading[:120]
    else:
        _weigh_boat(row, boat_full_ug, boat_after_ug, reading)
    if row.mass_ug is not None:
        row.weighed_at, row.weighed_by = timezone.now(), by
    save_row(row)
    told = {"boat_full": mass_text(row.boat_full_ug)} if row.boat_full_ug is not None else {}
    if row.boat_after_ug is not None:
        told["boat_after"] = mass_text(row.boat_after_ug)
    if row.mass_ug is not None:
        mass = mass_text(row.mass_ug)
        log(by, "weighed", sheet, row=_name(sheet, row), powder=row.powder.code, reading=row.reading, **told,
            mass=mass if before is None else [mass_text(before), mass])  # fmt: skip
    else:
        log(by, "weighed the full boat", sheet, row=_name(sheet, row), reading=row.reading, **told)
    return row


def _weighed_meanwhile(row: WeighingRow) -> str:
    if row.mass_ug is None:
        return f"What row {row.order} held has been undone meanwhile: weigh it anew."
    who = row.weighed_by.display_name if row.weighed_by else "Somebody"
    return (
        f"{who} has weighed row {row.order} meanwhile: {mass_text(row.mass_ug)}. Undo that to weigh it anew."
    )


def _weigh_boat(row: WeighingRow, full_ug: int | None, after_ug: int | None, reading: str) -> None:
    """Enter the boat full, or empty after it: the difference is what was taken out of it."""
    if full_ug is not None:
        row.boat_full_ug, row.boat_after_ug, row.mass_ug = full_ug, None, None
        row.weighed_at, row.weighed_by, row.reading = None, None, ""
    if after_ug is not None:
        if row.boat_full_ug is None:
            raise ValidationError({"boat_full_ug": "Weigh the full boat first."})
        if after_ug >= row.boat_full_ug:
            raise ValidationError(
                {"boat_after_ug": f"The boat weighed {mass_text(row.boat_full_ug)} full; after it was emptied "
                 f"it must be lighter than that, not {mass_text(after_ug)}."}
            )  # fmt: skip
        row.boat_after_ug, row.mass_ug = after_ug, row.boat_full_ug - after_ug
    elif full_ug is None:
        raise ValidationError({"mass_ug": "Say what the balance showed."})
    row.reading = " / ".join(word for word in (row.reading, reading) if word)[:120]


@action
def clear_row(*, row: WeighingRow, by: User) -> WeighingRow:
    """Take back what was weighed in a row, as if it had not been; the log keeps it."""
    sheet, row = locked_row(row)
    if row.mass_ug is None and row.boat_full_ug is None:
        raise ValidationError(f"Row {row.order} has not been weighed.")
    told = mass_text(row.mass_ug) if row.mass_ug is not None else "the full boat"
    row.mass_ug = row.boat_full_ug = row.boat_after_ug = row.weighed_at = row.weighed_by = None
    row.reading = ""
    save_row(row)
    log(by, "undid a weighing", sheet, row=_name(sheet, row), mass=[told, ""])
    return row


@action
def undo_last(*, sheet: WeighingSheet, by: User) -> WeighingRow:
    """Take back the weighing that was entered last."""
    sheet = lock_open(sheet)
    last = last_weighed(rows_of(sheet))
    if last is None:
        raise ValidationError(f"Nothing has been weighed on {sheet.code} yet.")
    return clear_row(row=last, by=by)


@action
def enter_at_balance(
    *,
    row: WeighingRow,
    by: User,
    jar: str = "",
    powder: Powder | None = None,
    mass_ug: int | None = None,
    reading: str = "",
    boat: bool = False,
    replaces_ug: int | None = None,
) -> WeighingRow:
    """Take whatever came into the one box of the weighing screen: a jar that was scanned, or what the balance showed.

    ``jar`` is the code that was scanned or tapped for this row; without it no mass is taken.
    """
    if powder is not None:
        return scan_powder(row=row, powder=powder, by=by)
    if row.powder is None or row.powder.code != jar:
        raise ValidationError({"entry": "Scan the jar first, or tap it: then weigh."})
    if not boat:
        return weigh_row(row=row, by=by, mass_ug=mass_ug, reading=reading, replaces_ug=replaces_ug)
    waiting = row.boat_full_ug is not None and row.mass_ug is None
    masses = {"boat_after_ug" if waiting else "boat_full_ug": mass_ug}
    return weigh_row(row=row, by=by, reading=reading, replaces_ug=replaces_ug, **masses)


def locked_row(row: WeighingRow) -> tuple[WeighingSheet, WeighingRow]:
    """Return sheet and row as they are now, locked until the transaction ends."""
    sheet = lock_open(row.sheet)
    fresh = next((one for one in rows_of(sheet) if one.pk == row.pk), None)
    if fresh is None:
        raise ValidationError(f"Row {row.order} is no longer on {sheet.code}.")
    fresh.sheet = sheet
    return sheet, fresh


def save_row(row: WeighingRow) -> None:
    row.full_clean()
    row.save()
    touch(row.sheet)


def _name(sheet: WeighingSheet, row: WeighingRow) -> str:
    return f"{row.order} {row_name(row, part_names(parts_of(sheet.edition)))}"
