"""What people type of a calibration."""

from __future__ import annotations

from typing import Any

from django import forms

from lims.form_parts import RowsForm, model_fields
from lims.models import Attachment, User
from materials.models import Calibration, Equipment


class PointRow(forms.Form):
    """What one reference read."""

    what = forms.CharField(max_length=80, label="Compared", help_text="20 g weight, 5 kN, bore at 90°.")
    reference = forms.FloatField(label="Should read")
    found = forms.FloatField(label="Read")
    allowed = forms.FloatField(min_value=0, required=False, label="Allowed, ±")
    unit = forms.CharField(max_length=12, label="Unit")


class CertificateField(forms.ModelChoiceField):
    """A file that was put beside the piece."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


class CalibrationForm(RowsForm):
    """A calibration with what was found."""

    row_class = PointRow
    rows_title = "What was found"
    add_label = "Add a reading"
    least_rows = 0
    shown_rows = 2

    certificate = CertificateField(
        Attachment.objects.none(),
        required=False,
        help_text="A file put beside this piece before: attach the certificate on its page first.",
    )

    def __init__(self, *args: Any, user: User, equipment: Equipment, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.fields.update(model_fields(Calibration, "done_on", "done_by", "due_on", "result", "note"))
        for name in ("done_on", "due_on"):
            self.fields[name].widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        self.fields["done_on"].label, self.fields["due_on"].label = "Done on", "Due again on"
        files = Attachment.objects.filter(identity=equipment.pk, withdrawn_at=None)
        certificate = self.fields["certificate"]
        if isinstance(certificate, forms.ModelChoiceField):
            certificate.queryset = files
        self.order_fields(["done_on", "done_by", "due_on", "result", "certificate", "note"])

    def arguments(self) -> dict[str, Any]:
        return {**super().arguments(), "points": self.rows()}
