"""What the record of a bought lot or of a made batch says: how it came to be, its ledger, and where it went."""

from __future__ import annotations

from typing import Any

from lims.models import Identity, User
from lims.trace import ancestors_of, descendants_of
from lims.units import mg_from_ug
from materials.mass_balance import MassBalance, mass_balance
from materials.models import CountEntry, MassEntry, Powder, Use
from materials.models.counted import count_text
from materials.quality import judged, measured_text, value_text
from materials.views import powder_facts
from testing.reporting import blocks
from testing.reporting.common import history_section, lineage_section, origin_section, page_section

Section = dict[str, Any]
MILLI = 1000


def rests_on(powder: Powder) -> set[int]:
    """Return the identities that a powder's record rests on: itself and all that it was made of."""
    return {powder.pk} | {source for source, _, _ in ancestors_of([powder.pk])}


def powder_inputs(record: Powder, by: User) -> dict[str, Any]:
    """Return everything that the record of a powder says, as it stands now."""
    powder = (
        Powder.objects.with_balance().with_codes().select_related(*powder_facts.DETAILS).get(pk=record.pk)
    )
    balance = mass_balance(powder)
    sections = [
        *(page_section(section) for section in powder_facts.sections(powder)),
        *([_made_from(balance)] if balance else []),
        _quality(powder),
        _ledger(powder),
        _used_in(powder, by),
        lineage_section(powder.identity, by),
        origin_section(powder),
        history_section(powder),
    ]
    return {
        "title_facts": [
            {"name": powder.get_kind_display(), "value": powder.code},
            {"name": "Name", "value": powder.name},
            {"name": "Left", "value": powder.left_text()},
            {"name": "Project", "value": str(powder.project or "shared by the lab")},
        ],
        "sections": sections,
    }


def _made_from(balance: MassBalance) -> Section:
    """Return the process as a balance: inputs and gains on one side, outputs and losses on the other."""
    rows = [
        [use.powder.code, use.powder.name, use.get_purpose_display(), _mg(use.mass_ug)]
        for use in balance.inputs
    ]
    closing = blocks.facts(
        [
            ("Put in", _mg(balance.inputs_ug)),
            ("Gained", _mg(balance.gain_ug)),
            ("Came out", _mg(balance.outputs_ug)),
            ("Lost", _mg(balance.loss_ug)),
        ]
    )
    inputs = blocks.table(["Powder", "Name", "How", ("Mass", "mg")], rows)
    told = blocks.text("What went in and was gained is what came out and was lost, to the microgram.")
    return blocks.section("made_from", "Mass balance of the process", inputs, closing, told)


def _quality(powder: Powder) -> Section:
    results = powder.results.select_related("instrument__identity").order_by("measured_at", "pk")
    rows = [
        [
            one.result.measured_at,
            measured_text(one.result),
            value_text(one.result),
            one.result.method,
            one.sentence,
        ]
        for one in judged(powder, results)
    ]
    return blocks.section(
        "quality",
        "Quality results",
        blocks.table(
            ["Measured", "Quantity", "Value", "Method", "Against the limits"], rows, none="None is recorded."
        ),
    )


def _ledger(powder: Powder) -> Section:
    if powder.counted_in:
        unit = count_text(0, powder.counted_in).partition(" ")[2]
        rows = [
            _entry(entry, entry.change_milli / MILLI, entry.balance_after_milli / MILLI)
            for entry in powder.counts.select_related("by").order_by("seq")
        ]
    else:
        unit = "mg"
        rows = [
            _entry(entry, _mg(entry.change_ug), _mg(entry.balance_after_ug))
            for entry in powder.entries.select_related("by").order_by("seq")
        ]
    columns: list[str | tuple[str, str]] = [
        "No.",
        "When",
        "What",
        ("Change", unit),
        ("Balance", unit),
        "Why",
        "By",
    ]
    note = "Entries are never changed; a correction is a new one. The balance after each is their sum up to there."
    return blocks.section("ledger", "Ledger", blocks.table(columns, rows, note=note))


def _entry(entry: MassEntry | CountEntry, change: Any, balance: Any) -> list[Any]:
    kind, by = entry.get_kind_display(), entry.by.display_name
    return [entry.seq, entry.at, kind, change, balance, entry.reason, by]


def _used_in(powder: Powder, by: User) -> Section:
    seen = Identity.objects.visible_to(by)
    uses = Use.objects.filter(powder=powder, consumer__in=seen).with_mass().select_related("consumer")
    rows = [[str(use.consumer), use.get_purpose_display(), _mg(use.mass_ug)] for use in uses.order_by("pk")]
    reached = {target for _, target, _ in descendants_of([powder.pk])}
    cells = seen.filter(pk__in=reached, kind="cells.cell").order_by("pk").values_list("code", flat=True)
    return blocks.section(
        "used_in",
        "Where it went",
        blocks.table(["Record", "How", ("Mass", "mg")], rows, none="It has gone into no record yet."),
        blocks.items([", ".join(cells)] if cells else [], title="Cells that rest on it", none="None yet."),
    )


def _mg(mass_ug: int | None) -> dict[str, Any]:
    return blocks.exactly(None if mass_ug is None else float(mg_from_ug(mass_ug)), "mg")
