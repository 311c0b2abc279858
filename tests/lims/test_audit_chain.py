"""The log: whole or not at all, chained, and never a wait in a circle."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from lims import triggers
from lims.audit import action, at_the_end, log, verify_chain
from lims.facts import told_changes
from lims.models import LogEntry, LogHead, Project, User
from lims.units import ug_from_mg
from materials.actions import draw_mass
from tests.factories import make_lot, make_study
from tests.threads import at_once, succeed


@action
def say(text: str, *, by: User | None = None, **changes: object) -> None:
    log(by, text, "a thing", **changes)


def say_three() -> None:
    for text in ("first", "second", "third"):
        say(text)


def tamper(sql: str, *arguments: object) -> None:
    """Change the log as somebody with the database's own password could."""
    triggers.drop(connection)
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
    triggers.install(connection)


def broken() -> str:
    return " ".join(fault.sentence for fault in verify_chain())


@pytest.mark.django_db
def test_a_log_that_nobody_touched_is_whole(ada: User) -> None:
    say("did", by=ada, mass=["1 mg", "2 mg"], note="µ and – are kept")
    say_three()
    assert verify_chain() == []
    assert list(LogEntry.objects.order_by("seq").values_list("seq", flat=True)) == [1, 2, 3, 4]


@pytest.mark.django_db
@pytest.mark.parametrize("column", ["verb", "reason", "actor_name", "subject", "changes_json"])
def test_a_changed_entry_is_found(column: str) -> None:
    say_three()
    tamper(f"UPDATE lims_logentry SET {column} = 'something else' WHERE seq = 2")
    assert broken() == "Entry 2 was changed after it was written."


@pytest.mark.django_db
def test_a_removed_entry_is_found() -> None:
    say_three()
    tamper("DELETE FROM lims_logentry WHERE seq = 2")
    assert "Entries 2 to 2 are missing." in broken()


@pytest.mark.django_db
def test_a_removed_last_entry_is_found() -> None:
    say_three()
    tamper("DELETE FROM lims_logentry WHERE seq = 3")
    assert broken() == "The log ends at 2, not at 3."


@pytest.mark.django_db
def test_a_log_whose_end_was_forgotten_is_found() -> None:
    say_three()
    LogHead.objects.all().delete()
    assert broken()


@pytest.mark.django_db
def test_a_last_entry_rewritten_with_a_hash_that_fits_is_found() -> None:
    say_three()
    last = LogEntry.objects.get(seq=3)
    last.verb = "never did"
    tamper("UPDATE lims_logentry SET verb = %s, hash = %s WHERE seq = 3", last.verb, last.computed_hash())
    assert broken()


@pytest.mark.django_db
def test_nothing_is_logged_outside_an_action() -> None:
    with pytest.raises(RuntimeError, match="outside an action"):
        log(None, "did", "a thing")


@pytest.mark.django_db
def test_an_action_that_fails_is_neither_done_nor_told(project: Project) -> None:
    @action
    def rename() -> None:
        project.name = "Renamed"
        project.save()
        log(None, "renamed", "a project")
        raise ValidationError("No.")

    with pytest.raises(ValidationError):
        rename()
    project.refresh_from_db()
    assert project.name == "Coated NMC532"
    assert not LogEntry.objects.exists()


@pytest.mark.django_db
def test_what_an_inner_action_took_back_is_not_told() -> None:
    ends: list[str] = []

    @action
    def inner() -> None:
        log(None, "inner", "a thing")
        at_the_end("inner", lambda: ends.append("inner"))
        raise ValidationError("No.")

    @action
    def outer() -> None:
        log(None, "before", "a thing")
        at_the_end("outer", lambda: ends.append("outer"))
        with pytest.raises(ValidationError):
            inner()
        log(None, "after", "a thing")

    outer()
    assert list(LogEntry.objects.order_by("seq").values_list("verb", flat=True)) == ["before", "after"]
    assert ends == ["outer"]


@pytest.mark.django_db
def test_an_inner_action_is_told_in_the_order_in_which_things_happened() -> None:
    @action
    def outer() -> None:
        log(None, "before", "a thing")
        say("inner")
        log(None, "after", "a thing")

    outer()
    assert list(LogEntry.objects.order_by("seq").values_list("verb", flat=True)) == [
        "before",
        "inner",
        "after",
    ]


@pytest.mark.django_db
def test_the_last_step_of_a_name_is_done_once_and_may_log() -> None:
    done: list[int] = []

    @action
    def work() -> None:
        for number in (1, 2, 3):
            at_the_end("sum up", lambda number=number: (done.append(number), log(None, "summed up", "it")))

    work()
    assert done == [3]
    assert LogEntry.objects.get().verb == "summed up"


@pytest.mark.django_db
def test_an_entry_says_who_in_which_role_and_why(ada: User, client: object) -> None:
    say("did", by=ada, mass=["1 mg", "2 mg"])
    entry = LogEntry.objects.get()
    assert (entry.actor_name, entry.actor_role) == ("ada", "researcher")
    assert json.loads(entry.changes_json) == {"mass": ["1 mg", "2 mg"]}


@pytest.mark.django_db(transaction=True)
def test_two_who_write_at_once_leave_one_whole_chain() -> None:
    def ten(name: str) -> None:
        for number in range(10):
            say(f"{name} {number}")

    succeed(at_once(*(lambda name=name: ten(name) for name in ("ada", "grace", "otto", "robo"))))
    assert verify_chain() == []
    assert LogEntry.objects.count() == 40


@pytest.mark.django_db(transaction=True)
def test_drawing_from_the_same_powders_in_opposite_order_never_deadlocks(ada: User, project: Project) -> None:
    one, two = make_lot(ada, project, received_mg=1000), make_lot(ada, project, received_mg=1000)

    def both(powders: list[object]) -> None:
        for _ in range(8):
            for powder in powders:
                draw_mass(powder=powder, mass_ug=ug_from_mg(1), purpose="x", by=ada)

    succeed(at_once(lambda: both([one, two]), lambda: both([two, one]), lambda: both([one, two])))
    assert (one.balance_now_ug(), two.balance_now_ug()) == (976_000, 976_000)
    assert verify_chain() == []


@pytest.mark.django_db(transaction=True)
def test_the_chain_is_not_held_while_an_action_works(ada: User) -> None:
    """Whoever only gathers entries must not hold up those who write: the lock is taken at the end."""
    with transaction.atomic():
        say("at rest", by=ada)

    @action
    def slow() -> None:
        log(ada, "slow", "a thing")
        assert not LogEntry.objects.filter(verb="slow").exists()

    slow()
    assert LogEntry.objects.filter(verb="slow").exists()


def test_a_study_of_two_conditions_is_not_told_as_a_change_from_one_to_the_other(ada, project):
    study = make_study(ada, project, ("coated", "uncoated"))
    entry = LogEntry.objects.get(identity=study.pk, verb="named its conditions")
    assert told_changes(entry.changes) == [{"field": "conditions", "old": None, "new": "coated; uncoated"}]
