"""The verbs of the testing app."""

from testing.actions.files import Received, assign_file, receive_file
from testing.actions.instruments import (
    create_instrument,
    create_protocol,
    issue_instrument_token,
    revoke_tokens,
)
from testing.actions.reports import request_report
from testing.actions.tests import complete_test, create_test

__all__ = [
    "Received",
    "assign_file",
    "complete_test",
    "create_instrument",
    "create_protocol",
    "create_test",
    "issue_instrument_token",
    "receive_file",
    "request_report",
    "revoke_tokens",
]
