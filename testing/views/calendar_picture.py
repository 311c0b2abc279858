"""The calendar of channels as an SVG: a row for each channel, a bar for each interval."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from lims import registry
from lims.models import User
from testing.models import ChannelInterval, Instrument

WEEKS = 8
LABEL_WIDE, WIDE, ROW_HIGH, HEAD_HIGH = 150, 940, 34, 34
LEAST_TEXT = 60


@dataclass(frozen=True)
class Scale:
    """Where a moment stands in the picture."""

    begin: datetime
    end: datetime

    def x(self, moment: datetime) -> float:
        share = (moment - self.begin) / (self.end - self.begin)
        return round(LABEL_WIDE + min(1.0, max(0.0, share)) * (WIDE - LABEL_WIDE), 1)


def calendar_of(user: User, begin: datetime) -> dict[str, Any]:
    """Return bars, rows and ticks as ``testing/calendar.html`` draws them."""
    end = begin + timedelta(weeks=WEEKS)
    scale = Scale(begin, end)
    instruments = Instrument.objects.visible_to(user).with_codes().prefetch_related("channels")
    held: dict[int, list[ChannelInterval]] = {}
    shown = ChannelInterval.objects.visible_to(user).overlapping(begin, end).with_names()
    for interval in shown.order_by("begins_at"):
        held.setdefault(interval.channel_id, []).append(interval)
    rows: list[dict[str, Any]] = []
    for instrument in instruments.order_by("identity_id"):
        for channel in sorted(instrument.channels.all(), key=lambda c: c.pk):
            top = HEAD_HIGH + ROW_HIGH * len(rows)
            bars = [_bar(one, scale, top) for one in held.get(channel.pk, [])]
            rows.append({"label": str(channel), "top": top, "text_y": top + 22, "bars": bars})
    now = timezone.now()
    return {
        "wide": WIDE,
        "high": HEAD_HIGH + ROW_HIGH * len(rows) + 6,
        "label_wide": LABEL_WIDE,
        "rows": rows,
        "ticks": [_tick(begin + timedelta(weeks=week), scale) for week in range(WEEKS)],
        "now_x": scale.x(now) if begin <= now < end else None,
        "title": f"{begin.day} {begin:%B %Y} to {(end - timedelta(days=1)).day} {end - timedelta(days=1):%B %Y}",
        "simulated": any(instrument.simulated for instrument in instruments),
    }


def _tick(moment: datetime, scale: Scale) -> dict[str, Any]:
    return {"x": scale.x(moment), "text": f"{moment.day} {moment:%b}"}


def _bar(interval: ChannelInterval, scale: Scale, top: int) -> dict[str, Any]:
    held_until = interval.held_until
    left = scale.x(max(interval.begins_at, scale.begin))
    right = scale.x(min(held_until or scale.end, scale.end))
    what = interval.test.code if interval.test else interval.cell.code if interval.cell else interval.purpose
    wide = max(3.0, right - left)
    record = interval.test or interval.cell
    return {
        "x": left,
        "y": top + 4,
        "wide": round(wide, 1),
        "high": ROW_HIGH - 8,
        "text": what[: int(wide // 8)] if wide >= LEAST_TEXT else "",
        "text_y": top + 22,
        "kind": interval.kind if held_until else f"{interval.kind} open",
        "url": registry.url_of(record.identity) if record else "",
        "title": f"{what}: {interval}",
    }
