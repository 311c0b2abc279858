"""Instruments, tests, the files they left, the cycles in them, and what follows."""

from testing.models.alerts import Alert, AlertChoice, AlertDelivery, AlertKind, AlertWebhook
from testing.models.channels import ChannelInterval
from testing.models.comparisons import ComparedCell, Comparison
from testing.models.data import Cycle, Dataset, DatasetFile
from testing.models.files import Submission
from testing.models.instruments import (
    Channel,
    ClockOffset,
    CurrentRange,
    Instrument,
    InstrumentPulse,
    Protocol,
    ProtocolEdition,
)
from testing.models.live import LiveSegment, TestPulse
from testing.models.mappings import AuxiliaryLog, ColumnMapping
from testing.models.metrics import Exclusion, MethodInUse, MethodTrial, Metric, PastMetric, TrialMetric
from testing.models.quality import Judgement, ProtocolDeparture, QualityCheck, QualityThreshold
from testing.models.reports import Report, ReportDependency, ReportLayout, ReportPrint, Signature
from testing.models.samples import Characterisation, CharacterisedValue, Sample
from testing.models.spectra import Spectrum
from testing.models.tests import CellTest, Phase, Polarity
from testing.models.uploads import Upload

__all__ = [
    "Alert",
    "AlertChoice",
    "AlertDelivery",
    "AlertKind",
    "AlertWebhook",
    "AuxiliaryLog",
    "CellTest",
    "Channel",
    "ChannelInterval",
    "Characterisation",
    "CharacterisedValue",
    "ClockOffset",
    "ColumnMapping",
    "ComparedCell",
    "Comparison",
    "CurrentRange",
    "Cycle",
    "Dataset",
    "DatasetFile",
    "Exclusion",
    "Instrument",
    "InstrumentPulse",
    "Judgement",
    "LiveSegment",
    "MethodInUse",
    "MethodTrial",
    "Metric",
    "PastMetric",
    "Phase",
    "Polarity",
    "Protocol",
    "ProtocolDeparture",
    "ProtocolEdition",
    "QualityCheck",
    "QualityThreshold",
    "Report",
    "ReportDependency",
    "ReportLayout",
    "ReportPrint",
    "Sample",
    "Signature",
    "Spectrum",
    "Submission",
    "TestPulse",
    "TrialMetric",
    "Upload",
]
