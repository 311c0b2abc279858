"""The verbs of the testing app."""

from testing.actions.alerts import acknowledge_alert, choose_alerts
from testing.actions.channels import (
    assign_channel,
    release_channel,
    reserve_channel,
    withdraw_reservation,
)
from testing.actions.comparisons import change_comparison, save_comparison
from testing.actions.exclusions import exclude_cell, lift_exclusion
from testing.actions.files import Received, assign_file, receive_file
from testing.actions.instruments import (
    create_instrument,
    issue_instrument_token,
    revoke_tokens,
)
from testing.actions.instruments_known import (
    calibrate_range,
    change_instrument,
    hear,
    state_clock_offset,
)
from testing.actions.live import receive_rows
from testing.actions.mappings import retire_mapping, save_mapping
from testing.actions.methods import decide_trial, set_threshold, try_method
from testing.actions.polarity import correct_polarity
from testing.actions.protocols import create_protocol, revise_protocol
from testing.actions.release import release_report, return_report, review_report, submit_report
from testing.actions.reports import keep_layout, layout_of, request_report, subject_of
from testing.actions.samples import record_characterisation, take_sample
from testing.actions.settle import (
    answer_start,
    move_file,
    move_interval,
    order_files,
    settle_conflict,
)
from testing.actions.tests import complete_test, create_test

__all__ = [
    "Received",
    "acknowledge_alert",
    "answer_start",
    "assign_channel",
    "assign_file",
    "calibrate_range",
    "change_comparison",
    "change_instrument",
    "choose_alerts",
    "complete_test",
    "correct_polarity",
    "create_instrument",
    "create_protocol",
    "create_test",
    "decide_trial",
    "exclude_cell",
    "hear",
    "issue_instrument_token",
    "keep_layout",
    "layout_of",
    "lift_exclusion",
    "move_file",
    "move_interval",
    "order_files",
    "receive_file",
    "receive_rows",
    "record_characterisation",
    "release_channel",
    "release_report",
    "request_report",
    "reserve_channel",
    "retire_mapping",
    "return_report",
    "review_report",
    "revise_protocol",
    "revoke_tokens",
    "save_comparison",
    "save_mapping",
    "set_threshold",
    "settle_conflict",
    "state_clock_offset",
    "subject_of",
    "submit_report",
    "take_sample",
    "try_method",
    "withdraw_reservation",
]
