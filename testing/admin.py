"""The administrator's view of tests, files and reports: everything can be read, nothing written past its action."""

from django.contrib import admin

from lims.admin import ReadOnlyAdmin
from materials.admin import RecordAdmin
from testing import models

for record in (models.Instrument, models.Protocol, models.CellTest, models.Report):
    admin.site.register(record, RecordAdmin)
for row in (
    models.Channel, models.ProtocolEdition, models.Submission, models.Dataset, models.DatasetFile, models.Cycle,
    models.Metric, models.ReportDependency, models.ChannelInterval, models.CurrentRange, models.ClockOffset,
    models.InstrumentPulse, models.TestPulse, models.LiveSegment, models.Upload, models.Alert, models.AlertChoice,
    models.AlertDelivery,
):  # fmt: skip
    admin.site.register(row, ReadOnlyAdmin)
