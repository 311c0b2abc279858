"""What a glovebox's sensors show."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone

from lims.audit import action, log
from lims.models import User
from lims.models.records import judge_moment
from lims.records import touch
from materials.models import Equipment, GloveboxReading


@action
def record_reading(
    *,
    glovebox: Equipment,
    by: User,
    oxygen_ppm: float | None = None,
    water_ppm: float | None = None,
    at: datetime | None = None,
) -> GloveboxReading:
    """Enter what a glovebox shows of oxygen, water or both, now or at the moment ``at``."""
    locked = Equipment.objects.with_codes().select_for_update(of=("self",)).get(pk=glovebox.pk)
    if locked.kind != Equipment.Kind.GLOVEBOX:
        raise ValidationError(
            f"{locked.code} is a {locked.get_kind_display().lower()}: only a glovebox has readings."
        )
    try:
        judge_moment(at)
    except ValidationError as error:
        raise ValidationError({"at": error.messages}) from error
    reading = GloveboxReading(
        glovebox=locked, oxygen_ppm=oxygen_ppm, water_ppm=water_ppm, at=at or timezone.now(), by=by
    )
    reading.full_clean()
    reading.save(force_insert=True)
    touch(locked)
    log(by, "read the sensors", locked, oxygen_ppm=oxygen_ppm, water_ppm=water_ppm, at=reading.at)
    return reading
