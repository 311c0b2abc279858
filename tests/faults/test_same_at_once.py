"""What only one can have, asked for by several at the same moment: one gets it, the others are told why not."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.test import Client

from lims.audit import action
from lims.models import User
from materials.actions import create_supplier
from materials.models import Supplier
from tests.threads import at_once


@pytest.mark.django_db(transaction=True)
def test_a_name_taken_at_the_same_moment_is_told_as_one_that_was_taken_before(ada: User) -> None:
    outcomes = at_once(*(lambda: create_supplier(by=ada, name="NEI") for _ in range(6)))
    refused = [outcome for outcome in outcomes if isinstance(outcome, ValidationError)]
    assert len(refused) == 5, outcomes
    assert Supplier.objects.count() == 1


class _Taken(Exception):
    """As the driver of PostgreSQL raises it."""

    sqlstate = "23505"


@pytest.mark.django_db
def test_an_action_that_came_second_is_judged_again_once_and_only_then() -> None:
    tried = []

    @action
    def take(*, driver_said: Exception | None) -> None:
        tried.append(driver_said)
        raise IntegrityError("refused") from driver_said

    with pytest.raises(IntegrityError):
        take(driver_said=_Taken())
    assert len(tried) == 2
    with pytest.raises(IntegrityError):
        take(driver_said=None)
    assert len(tried) == 3, "a check that failed fails again: it is not tried twice"


@pytest.mark.django_db
def test_an_address_with_a_zero_byte_names_no_page(client: Client, ada: User) -> None:
    client.force_login(ada)
    for address in ("/cells/%00/", "/scan/?code=%00", "/cells/plan/?study=a%00b", "/log/?page=%00"):
        assert client.get(address).status_code == 404, address
