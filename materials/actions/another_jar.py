"""When a jar runs out at the balance: what is missing of its row comes from another one."""

from __future__ import annotations

import math
from typing import Any

from django.core.exceptions import ValidationError

from lims.audit import action, log
from lims.models import User
from lims.units import mass_text
from materials.actions.ledger import judge_open
from materials.actions.weighing_rows import locked_row, save_row
from materials.genealogy import substance_of
from materials.mixtures import part_names, parts_of, premix_fractions, wrong_powder
from materials.models import Powder, WeighingRow, WeighingSheet
from materials.weighings import row_name, rows_of

# Two jars hold the same premix where no part differs by more than this fraction of it: aliquots agree to the digit.
SAME_PREMIX = 1e-3


@action
def take_rest_from(*, row: WeighingRow, powder: Powder, by: User) -> WeighingRow:
    """Take what is missing of a weighed row from another jar: the row keeps what it holds, and a new one asks the rest.

    Raises ValidationError where the row has not been weighed or lacks nothing, and where the jar is the wrong one.
    """
    sheet, row = locked_row(row)
    if row.mass_ug is None or row.powder is None:
        raise ValidationError(f"Weigh first what the jar of row {row.order} gives.")
    missing_ug = row.target_ug - row.mass_ug
    if missing_ug <= 0:
        raise ValidationError(f"Nothing is missing of row {row.order}.")
    powder = Powder.objects.with_codes().select_related("material").get(pk=powder.pk)
    judge_open(powder, "powder")
    if problem := _wrong_jar(sheet, row, row.powder, powder):
        raise ValidationError({"powder": problem})
    names = part_names(parts_of(sheet.edition))
    target = [mass_text(row.target_ug), mass_text(row.mass_ug)]
    row.target_ug = row.mass_ug
    save_row(row)
    rest = WeighingRow(
        sheet=sheet, order=rows_of(sheet)[-1].order + 1, part=row.part, powder=powder, target_ug=missing_ug,
        # What is good enough of the whole part is good enough of its rest.
        tolerance_ug=row.tolerance_ug,
    )  # fmt: skip
    save_row(rest)
    told: dict[str, Any] = {f"target of {row_name(row, names)}": target, powder.code: mass_text(missing_ug)}
    log(by, "took the rest from another jar", sheet, **told)
    return rest


def _wrong_jar(sheet: WeighingSheet, row: WeighingRow, first: Powder, powder: Powder) -> str:
    """Return why the rest of a row cannot come from this jar, or nothing."""
    if powder.pk == first.pk:
        return f"{powder.code} is the jar that row {row.order} was weighed from."
    if powder.counted_in:
        return f"{powder.code} is counted and has no mass."
    if row.part is not None:
        # Coated otherwise it is of the same material, and another powder all the same.
        other = "" if substance_of(powder) == substance_of(first) else _not_the_same(first, powder)
        return wrong_powder(row.part, powder) or other
    try:
        same = _same_premix(sheet, first, powder)
    except ValueError as refusal:
        return str(refusal)
    return "" if same else f"{powder.code} is mixed otherwise than {first.code}: it is another premix."


def _not_the_same(first: Powder, powder: Powder) -> str:
    return (
        f"{first.code} and {powder.code} are not the same substance: the rest comes from a jar of the same."
    )


def _same_premix(sheet: WeighingSheet, first: Powder, second: Powder) -> bool:
    parts = parts_of(sheet.edition)
    one, other = premix_fractions(first, parts), premix_fractions(second, parts)
    return set(one) == set(other) and all(
        math.isclose(one[name], other[name], rel_tol=SAME_PREMIX) for name in one
    )
