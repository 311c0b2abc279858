"""Codes, versions and the one way in which a plain record is saved."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from cells.actions import correct_layer, record_deviation
from cells.models import Cell
from cells.models.design import LayerRole
from lims.audit import action
from lims.models import CodeSequence, Identity, LogEntry, Project, User
from lims.records import StaleRecord, next_code, save_record
from lims.units import ug_from_mg
from materials.actions import create_supplier, draw_mass
from materials.models import Supplier
from tests.factories import make_lot, make_shelf, make_supplier, plan_cell, press
from tests.threads import at_once, succeed


@pytest.mark.django_db
def test_codes_of_a_kind_rise_by_one(ada: User, project: Project) -> None:
    assert [make_lot(ada, project).code for _ in range(3)] == ["LOT-0001", "LOT-0002", "LOT-0003"]


@pytest.mark.django_db
def test_a_code_that_was_not_kept_is_given_again(ada: User, project: Project) -> None:
    make_lot(ada, project)
    with pytest.raises(ValidationError):
        make_lot(ada, project, received_mg=0)
    assert make_lot(ada, project).code == "LOT-0002"


@pytest.mark.django_db
def test_codes_grow_past_four_digits() -> None:
    CodeSequence.objects.create(prefix="LOT", last_number=9999)
    assert next_code("LOT") == "LOT-10000"


@pytest.mark.django_db(transaction=True)
def test_no_code_is_given_twice_at_once() -> None:
    taken = action(lambda: next_code("CELL"))
    outcomes = succeed(at_once(*(lambda: [taken() for _ in range(5)] for _ in range(4))))
    codes = [code for one_thread in outcomes for code in one_thread]
    assert sorted(codes) == [f"CELL-{number:04d}" for number in range(1, 21)]


@pytest.mark.django_db
def test_every_record_has_one_identity_under_its_own_key(ada: User, project: Project) -> None:
    lot = make_lot(ada, project)
    identity = Identity.objects.get(code=lot.code)
    assert (identity.pk, identity.kind, identity.project) == (lot.pk, "materials.powder", project)


@pytest.mark.django_db
def test_nobody_records_into_a_project_that_is_not_theirs(otto: User, ada: User, project: Project) -> None:
    with pytest.raises(ValidationError, match="not a member of project NB-COAT"):
        make_lot(otto, project)


@pytest.mark.django_db
def test_what_lies_in_the_future_was_not_done_yet(ada: User, project: Project) -> None:
    make_lot(ada, project, performed_at=timezone.now() + timedelta(minutes=5))
    with pytest.raises(ValidationError, match="lies in the future"):
        make_lot(ada, project, performed_at=timezone.now() + timedelta(minutes=15))


@pytest.mark.django_db
def test_saving_logs_what_was_and_what_is_and_why(ada: User, grace: User) -> None:
    supplier = make_supplier(ada, "MSE")
    supplier.name = "MSE Supplies"
    save_record(supplier, by=grace, reason="The full name.")
    entry = LogEntry.objects.get(verb="changed")
    assert entry.changes == {"name": ["MSE", "MSE Supplies"]}
    assert (entry.actor_name, entry.reason, entry.identity_id) == ("grace", "The full name.", supplier.pk)
    assert Supplier.objects.get().version == 2


@pytest.mark.django_db
def test_saving_what_has_not_changed_is_no_change(ada: User) -> None:
    supplier = make_supplier(ada)
    told = LogEntry.objects.count()
    save_record(supplier, by=ada)
    assert (Supplier.objects.get().version, LogEntry.objects.count()) == (1, told)


@pytest.mark.django_db
def test_who_saves_over_a_change_they_have_not_seen_is_told(ada: User, grace: User) -> None:
    hers, his = make_supplier(ada, "MSE"), Supplier.objects.get()
    hers.name = "MSE Supplies"
    save_record(hers, by=ada, expected_version=1)
    his.name = "MSE Incorporated"
    with pytest.raises(StaleRecord, match="you have version 1, it is at version 2"):
        save_record(his, by=grace, expected_version=1)
    assert Supplier.objects.get().name == "MSE Supplies"


@pytest.mark.django_db
def test_saving_obeys_the_rules_of_the_model(ada: User) -> None:
    make_supplier(ada, "Strem")
    other = create_supplier(by=ada, name="MSE")
    other.name = "Strem"
    with pytest.raises(ValidationError, match="already exists"):
        save_record(other, by=ada)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_the_same_version_one_is_told(ada: User) -> None:
    supplier = make_supplier(ada, "MSE")

    def rename(name: str) -> None:
        mine = Supplier.objects.get(pk=supplier.pk)
        mine.name = name
        save_record(mine, by=ada, expected_version=1)

    outcomes = at_once(lambda: rename("first"), lambda: rename("second"))
    assert [type(outcome) for outcome in outcomes].count(StaleRecord) == 1
    assert Supplier.objects.get().version == 2


@pytest.mark.django_db
def test_a_powder_s_version_rises_when_mass_leaves_it(ada: User, project: Project) -> None:
    lot = make_lot(ada, project)
    draw_mass(powder=lot, mass_ug=ug_from_mg(1), purpose="XRD", by=ada)
    lot.refresh_from_db()
    assert lot.version == 2


@pytest.mark.django_db
def test_a_cell_s_version_rises_with_each_layer_deviation_and_correction(ada: User, project: Project) -> None:
    shelf = make_shelf(ada, project)
    cell = plan_cell(shelf)

    def version() -> int:
        return Cell.objects.get(pk=cell.pk).version

    assert version() == 1
    press(shelf, cell, LayerRole.POSITIVE, "8.1")
    assert version() == 2
    record_deviation(cell=cell, category="other", impact="minor", text="Edge chipped", by=ada)
    assert version() == 3
    correct_layer(cell=cell, role="positive", mass_ug=8_200, reason="Misread", by=ada, expected_version=3)
    assert version() == 4
    with pytest.raises(StaleRecord):
        correct_layer(cell=cell, role="positive", mass_ug=8_300, reason="Again", by=ada, expected_version=3)
