"""Instruments, tests, the files they left, the cycles in them, and what follows."""

from testing.models.data import Cycle, Dataset, DatasetFile, Metric
from testing.models.files import Submission
from testing.models.instruments import Channel, Instrument, Protocol, ProtocolEdition
from testing.models.reports import Report, ReportDependency
from testing.models.tests import CellTest, Phase

__all__ = [
    "CellTest",
    "Channel",
    "Cycle",
    "Dataset",
    "DatasetFile",
    "Instrument",
    "Metric",
    "Phase",
    "Protocol",
    "ProtocolEdition",
    "Report",
    "ReportDependency",
    "Submission",
]
