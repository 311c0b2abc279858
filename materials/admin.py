"""The administrator's view of powders: everything can be read; mass is drawn through the same action as anywhere."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from lims.admin import ReadOnlyAdmin
from lims.forms import perform
from lims.models import User
from lims.permissions import may
from materials import models
from materials.actions import draw_mass
from materials.forms import DrawForm, PowderChoiceField, offer_powders
from materials.models import MassEntry, Powder


class AdminDrawForm(DrawForm):
    """A plain draw, with the powder to choose."""

    powder = PowderChoiceField(Powder.objects.none())

    field_order = ("powder", "mass_ug", "purpose", "balance")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        offer_powders(self, "powder", user)


@admin.register(MassEntry)
class MassEntryAdmin(ReadOnlyAdmin):
    """The ledger. Adding an entry draws mass through the action, with its rules and its sentences."""

    list_display = ["powder", "seq", "kind", "change_ug", "balance_after_ug", "at", "by"]
    list_filter = ["kind"]
    list_select_related = ["powder__identity", "by"]
    search_fields = ["powder__identity__code", "powder__name"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may(request.user, "record")

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not isinstance(request.user, User):
            raise TypeError("The admin needs a person.")
        form: forms.Form = AdminDrawForm(request.POST or None, user=request.user)
        if request.method == "POST" and isinstance(form, AdminDrawForm):
            drawn = perform(form, draw_mass)
            if drawn is not None:
                messages.success(request, f"Drawn from {drawn.code}.")
                return redirect(reverse("admin:materials_massentry_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": "Draw mass",
            "form": form,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/draw_mass.html", context, status=400 if form.errors else 200)


class RecordAdmin(ReadOnlyAdmin):
    """A record as its actions wrote it."""

    list_display = ["code", "title", "performed_at", "performed_by"]
    list_select_related = ["identity", "performed_by"]
    search_fields = ["identity__code"]


for record in (
    models.Material, models.Supplier, models.Equipment, models.Place, models.Powder, models.CoatingRecipe,
    models.Formulation, models.WeighingSheet,
):  # fmt: skip
    admin.site.register(record, RecordAdmin)
for row in (
    models.MaterialCapacity, models.MaterialLimit, models.MaterialRole, models.PowderLot, models.CoatingBatch,
    models.CoatingInterruption, models.CoatingStepDone, models.CompositeBatch, models.MixComponent,
    models.Treatment, models.Use, models.CountEntry, models.PrecursorFill, models.Hold, models.DrawReview,
    models.QualityResult, models.GloveboxReading, models.WeighingRow, models.CoatingRecipeEdition,
    models.CoatingStep, models.Calibration, models.CalibrationPoint, models.FormulationEdition,
    models.FormulationPart,
):  # fmt: skip
    admin.site.register(row, ReadOnlyAdmin)
