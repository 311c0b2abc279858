"""People at a bench who do with powders what they do, and keep a book of their own beside the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from cells.actions import correct_layer
from cells.models import Cell, Layer
from cells.models.design import LayerRole
from materials import actions
from materials.actions import Despite, Portion
from materials.models import Powder, Use
from tests.factories import Shelf, make_lot, press, weigh
from tests.materials.book import judge

MASS_UG = st.integers(1, 3_000_000) | st.integers(1, 300) | st.sampled_from([1, 8_100, 13_280, 10_000_000])
NUMBER = st.integers(0, 999)
DRIFT_UG = st.integers(-300, 300) | st.sampled_from([0, -1, 1])
VERBS = (
    "receive", "draw", "draw", "put_back", "part_off", "merge", "become_heavier", "spill", "adjust", "weigh_the_jar",
    "correct", "correct", "treat", "coat", "mix", "press_a_layer", "throw_away", "open_again",
)  # fmt: skip


@dataclass(frozen=True)
class Laboratory:
    """What every sequence begins with."""

    shelf: Shelf
    cells: list[Cell]
    mixture: Any
    # How many sequences were begun, and how often each verb was done or rightly refused.
    tally: Counter[str] = field(default_factory=Counter)

    @property
    def who(self) -> dict[str, Any]:
        return {"by": self.shelf.by, "project": self.shelf.project}


def done(possible: object, do: Callable[..., Any], **arguments: Any) -> Any:
    """Return what came of it where it is possible; where it is not, it must be refused."""
    if possible:
        return do(**arguments)
    with pytest.raises(ValidationError):
        do(**arguments)
    return None


@dataclass(frozen=True)
class Step:
    """The numbers that a verb is done with; each takes what it needs."""

    number: int
    mass_ug: int
    other_ug: int
    drift_ug: int


class Powders(RuleBasedStateMachine):
    """People at a bench. ``held`` is what each jar must hold, added up beside the ledger."""

    def __init__(self, laboratory: Laboratory) -> None:
        super().__init__()
        self.lab = laboratory
        self.lab.tally["sequences"] += 1
        self.by = laboratory.shelf.by
        # Each sequence begins with the same lab.
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.held: dict[int, int] = judge().balances()
        self.powders: list[Powder] = list(Powder.objects.weighed().select_related("identity").order_by("pk"))
        self.weighed = {p.pk for p in self.powders if p.kind == Powder.Kind.COATING}
        self.finished: set[int] = set()
        # What tells whether two jars may be merged: all that is coated by one recipe is one substance, and so on.
        self.substance = {p.pk: self.substance_of(p) for p in self.powders}
        self.draws: dict[int, tuple[Powder, int]] = {}
        self.inputs: dict[int, tuple[Powder, int, int | None]] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    # What the rules share.

    def pick(self, number: int, which: Callable[[Powder], bool] = lambda _: True) -> Powder | None:
        found = [p for p in self.powders if which(p)]
        return found[number % len(found)] if found else None

    def active(self, number: int) -> Powder | None:
        nmc = self.lab.shelf.materials["NMC"].pk
        return self.pick(number, lambda p: p.material_id == nmc)

    def substance_of(self, powder: Powder, parent: Powder | None = None) -> object:
        if parent is not None:
            return self.substance[parent.pk]
        edition = powder.composite.edition_id if powder.kind == Powder.Kind.COMPOSITE else None
        return (powder.kind, powder.material_id, edition)

    def is_open(self, powder: Powder) -> bool:
        return powder.pk not in self.finished

    def entered(
        self, powder: Powder, mass_ug: int, *, weighed: bool = False, parent: Powder | None = None
    ) -> None:
        """Note a new jar; one with a parent holds the same substance."""
        self.powders.append(powder)
        self.substance[powder.pk] = self.substance_of(powder, parent)
        self.held[powder.pk] = mass_ug
        if weighed:
            self.weighed.add(powder.pk)

    def went_into(self, product: Powder | Cell, sources: Iterable[tuple[Powder, int]]) -> None:
        """Note what each source gave; a source that held less was corrected first."""
        uses = {use.powder_id: use.pk for use in Use.objects.filter(consumer=product.pk).order_by("pk")}
        for source, mass_ug in sources:
            self.take(source, mass_ug)
            self.inputs[uses[source.pk]] = (
                source,
                mass_ug,
                product.pk if isinstance(product, Powder) else None,
            )

    def some(self, powder: Powder, step: Step) -> int:
        """Return a mass that the jar holds, as a rule; else whatever was asked for."""
        held_ug = self.held[powder.pk]
        return 1 + step.mass_ug % held_ug if held_ug and step.number % 4 else step.mass_ug

    def take(self, source: Powder, mass_ug: int) -> None:
        # "The book was wrong" tops the jar up to what is drawn.
        self.held[source.pk] = max(self.held[source.pk], mass_ug) - mass_ug

    def despite(self, step: Step) -> Despite:
        return Despite(book_reason="more than the book says" if step.number % 5 == 0 else "")

    # What people do.

    # One rule with the verb among its arguments: of rules of their own, most would be switched off in most sequences.
    @rule(verb=st.sampled_from(VERBS), number=NUMBER, mass_ug=MASS_UG, other_ug=MASS_UG, drift_ug=DRIFT_UG)
    def step(self, verb: str, number: int, mass_ug: int, other_ug: int, drift_ug: int) -> None:
        self.lab.tally[verb] += 1
        getattr(self, verb)(Step(number, mass_ug, other_ug, drift_ug))

    def receive(self, step: Step) -> None:
        shelf = self.lab.shelf
        nmc, received_mg = shelf.materials["NMC"], str(step.mass_ug / 1000)
        self.entered(make_lot(self.by, shelf.project, material=nmc, received_mg=received_mg), step.mass_ug)

    def draw(self, step: Step) -> None:
        # Every third draw is tried on a jar that is finished, if there is one.
        of_finished = step.number % 3 == 0 and self.pick(step.number, lambda p: p.pk in self.finished)
        powder = of_finished or self.pick(step.number)
        mass_ug, despite = self.some(powder, step), self.despite(step)
        possible = self.is_open(powder) and (mass_ug <= self.held[powder.pk] or despite.book_reason)
        entry = done(
            possible, actions.draw_mass, powder=powder, mass_ug=mass_ug, purpose="XRD", by=self.by, despite=despite
        )  # fmt: skip
        if entry is not None:
            self.take(powder, mass_ug)
            self.draws[entry.use_id] = (powder, mass_ug)

    def put_back(self, step: Step) -> None:
        if not self.draws:
            self.draw(step)
            return
        key = sorted(self.draws)[step.number % len(self.draws)]
        powder, out_ug = self.draws[key]
        # Often all of it or one microgram more, so that the rule is tried from both sides.
        mass_ug = (1 + step.mass_ug % max(out_ug, 1), max(out_ug, 1), out_ug + 1)[step.drift_ug % 3]
        possible = self.is_open(powder) and mass_ug <= out_ug
        use = Use.objects.get(pk=key)
        if done(possible, actions.return_mass, use=use, mass_ug=mass_ug, reason="too much", by=self.by):
            self.held[powder.pk] += mass_ug
            self.draws[key] = (powder, out_ug - mass_ug)

    def part_off(self, step: Step) -> None:
        source = self.pick(step.number)
        masses_ug = [self.some(source, step), 1 + step.other_ug % 1000][: 1 + step.number % 2]
        try:
            jars = actions.take_aliquots(
                powder=source, masses_ug=masses_ug, by=self.by, despite=self.despite(step)
            )
        except ValidationError:
            return
        for jar, mass_ug in zip(jars, masses_ug, strict=True):
            self.entered(jar, mass_ug, parent=source)
            self.went_into(jar, [(source, mass_ug)])

    def merge(self, step: Step) -> None:
        first = self.pick(step.number)
        same = self.substance[first.pk]
        second = self.pick(step.other_ug, lambda p: p.pk != first.pk and self.substance[p.pk] == same)
        if second is None:
            return
        whole = step.number % 2 == 0
        masses = [self.held[first.pk] if whole else self.some(first, step), self.some(second, step)]
        out_ug = sum(masses) + step.drift_ug
        try:
            merged = actions.merge_powders(
                portions=[Portion(first, None if whole else masses[0]), Portion(second, masses[1])],
                recovered_mass_ug=out_ug if step.drift_ug else None,
                by=self.by,
            )
        except ValidationError:
            return
        self.entered(merged, out_ug, weighed=step.drift_ug != 0, parent=first)
        self.went_into(merged, zip((first, second), masses, strict=True))
        self.finished |= {p.pk for p in (first, second) if self.held[p.pk] == 0}

    def become_heavier(self, step: Step) -> None:
        powder, mass_ug = self.pick(step.number), step.mass_ug
        possible = self.is_open(powder)
        if done(possible, actions.gain_mass, powder=powder, mass_ug=mass_ug, reason="moisture", by=self.by):
            self.held[powder.pk] += mass_ug

    def spill(self, step: Step) -> None:
        powder = self.pick(step.number)
        mass_ug = self.some(powder, step)
        possible = self.is_open(powder) and mass_ug <= self.held[powder.pk]
        if done(possible, actions.lose_mass, powder=powder, mass_ug=mass_ug, reason="spilled", by=self.by):
            self.held[powder.pk] -= mass_ug

    def adjust(self, step: Step) -> None:
        powder = self.pick(step.number)
        mass_ug = 0 if step.drift_ug == 0 else step.mass_ug
        possible = self.is_open(powder) and mass_ug != self.held[powder.pk]
        if done(
            possible, actions.adjust_mass, powder=powder, mass_ug=mass_ug, reason="stocktake", by=self.by
        ):
            self.held[powder.pk] = mass_ug

    def weigh_the_jar(self, step: Step) -> None:
        powder, tare_ug = self.pick(step.number), 5_000_000
        net_ug = max(0, self.held[powder.pk] + step.drift_ug)
        gross_ug = tare_ug + net_ug
        possible = self.is_open(powder)
        if done(possible, actions.weigh_jar, powder=powder, gross_ug=gross_ug, tare_ug=tare_ug, by=self.by):
            self.held[powder.pk] = net_ug

    def correct(self, step: Step) -> None:
        known = sorted({*self.draws, *self.inputs})
        if not known:
            self.draw(step)
            return
        # What was entered last is corrected soonest, and by little as a rule.
        use = Use.objects.select_related("powder").get(pk=known[-1 - step.number % min(len(known), 4)])
        source, before_ug, product = self.inputs.get(use.pk) or (*self.draws[use.pk], None)
        mass_ug = max(1, before_ug + step.drift_ug) if step.mass_ug % 3 else step.mass_ug
        more_ug = mass_ug - before_ug
        follows = product is not None and product not in self.weighed
        possible = (
            more_ug != 0
            and more_ug <= self.held[source.pk]
            and (not follows or self.held[product] + more_ug >= 0)
        )
        if done(possible, self.corrected, use=use, mass_ug=mass_ug):
            self.held[source.pk] -= more_ug
            if follows:
                self.held[product] += more_ug
            if use.pk in self.draws:
                self.draws[use.pk] = (source, mass_ug)
            else:
                self.inputs[use.pk] = (source, mass_ug, product)

    def corrected(self, use: Use, mass_ug: int) -> Use | Cell:
        layer = Layer.objects.select_related("cell").filter(use=use).first()
        if layer is None:
            return actions.correct_use(use=use, mass_ug=mass_ug, reason="misread", by=self.by)
        return correct_layer(cell=layer.cell, role=layer.role, mass_ug=mass_ug, reason="misread", by=self.by)

    def treat(self, step: Step) -> None:
        source = self.pick(step.number)
        load_ug = self.some(source, step)
        out_ug = max(1, load_ug + step.drift_ug)
        try:
            treated = actions.treat_powder(
                powder=source, kind=("dry", "sieve", "mill")[step.number % 3], load_mass_ug=load_ug,
                recovered_mass_ug=out_ug, by=self.by, despite=self.despite(step),
            )  # fmt: skip
        except ValidationError:
            return
        self.entered(treated, out_ug, weighed=True, parent=source)
        self.went_into(treated, [(source, load_ug)])

    def coat(self, step: Step) -> None:
        source = self.active(step.number)
        load_ug = self.some(source, step)
        out_ug = max(1, load_ug + step.drift_ug)
        try:
            coated = actions.run_coating(
                edition=self.lab.shelf.recipe, parent=source, load_mass_ug=load_ug, recovered_mass_ug=out_ug,
                despite=self.despite(step), **self.lab.who,
            )  # fmt: skip
        except ValidationError:
            return
        self.entered(coated, out_ug, weighed=True)
        self.went_into(coated, [(source, load_ug)])

    def mix(self, step: Step) -> None:
        powders = [self.active(step.number), self.lab.shelf.lots["LPSC"]]
        masses = [self.some(powders[0], step), 1 + step.other_ug % 100_000]
        out_ug = sum(masses) + step.drift_ug
        try:
            mixed = actions.mix_composite(
                edition=self.lab.mixture,
                weighings=weigh(self.lab.mixture, powders, [str(ug / 1000) for ug in masses]),
                recovered_mass_ug=out_ug if step.drift_ug else None,
                despite=self.despite(step),
                **self.lab.who,
            )
        except ValidationError:
            return
        self.entered(mixed, out_ug, weighed=step.drift_ug != 0)
        self.went_into(mixed, zip(powders, masses, strict=True))

    def press_a_layer(self, step: Step) -> None:
        source = self.pick(
            step.number, lambda p: p.pk == self.lab.shelf.lots["LPSC"].pk or p.kind == "composite"
        )
        role = LayerRole.POSITIVE if source.kind == "composite" else LayerRole.SEPARATOR
        cell = self.lab.cells[step.other_ug % len(self.lab.cells)]
        mass_ug = 2 + step.mass_ug % 100_000
        try:
            press(self.lab.shelf, cell, role, str(mass_ug / 1000), powder=source)
        except ValidationError:
            return
        use = Use.objects.filter(consumer=cell.pk).latest("pk")
        self.take(source, mass_ug)
        self.inputs[use.pk] = (source, mass_ug, None)

    def throw_away(self, step: Step) -> None:
        powder = self.pick(step.number)
        if done(self.is_open(powder), actions.dispose, powder=powder, reason="old", by=self.by):
            self.held[powder.pk] = 0
            self.finished.add(powder.pk)

    def open_again(self, step: Step) -> None:
        powder = self.pick(step.number, lambda p: p.pk in self.finished) or self.pick(step.number)
        if done(not self.is_open(powder), actions.reopen, powder=powder, reason="found some", by=self.by):
            self.finished.remove(powder.pk)

    # What must hold after each of it.

    @initialize()
    def the_book_is_right(self) -> None:
        judge()

    @invariant()
    def the_ledger_agrees(self) -> None:
        balances = judge().balances()
        assert {key: balances.get(key, 0) for key in self.held} == self.held
