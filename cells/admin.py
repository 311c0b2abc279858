"""The administrator's view of cells: everything can be read, nothing written past its action."""

from django.contrib import admin

from cells import models
from lims.admin import ReadOnlyAdmin
from materials.admin import RecordAdmin

for record in (models.Study, models.CellDesign, models.Cell):
    admin.site.register(record, RecordAdmin)
for row in (
    models.Condition, models.CellDesignEdition, models.DesignPress, models.Layer, models.PressStep,
    models.Deviation, models.CellBasis, models.DesignLayer, models.AssemblyLimit, models.PlungerHeight,
    models.StackReading, models.Exposure, models.StepUnderWay, models.BuildPlan, models.Claim,
):  # fmt: skip
    admin.site.register(row, ReadOnlyAdmin)
