"""Points that a running test sends before it has a file."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.utils import timezone

from lims import jobs
from lims.audit import action, log
from lims.models import User
from testing import half_hour, sealing
from testing.calc.running import Running, go_on
from testing.live_rows import Point, points_of
from testing.models import CellTest, LiveSegment, TestPulse

MA_PER_A = 1000.0


@dataclass(frozen=True)
class Accepted:
    """How many of the points were new, how many were here, and how many of those said something else before."""

    accepted: int
    duplicate: int
    differing: int


def receive_rows(*, test: CellTest, points: Sequence[Point], by: User) -> Accepted:
    """Keep live points of ``test``; those whose record numbers are here already are counted and left out."""
    if by.is_instrument and (test.channel is None or test.channel.instrument_id != by.instrument.pk):
        raise PermissionDenied(f"{test.code} does not run on {by.instrument.code}.")
    return _receive(test=test, points=points, by=by)


@action
def _receive(*, test: CellTest, points: Sequence[Point], by: User) -> Accepted:
    TestPulse.objects.get_or_create(test=test)
    # Held to the end, so that the same points sent twice at once are found the second time.
    pulse = TestPulse.objects.select_for_update().get(pk=test.pk)
    ordered = _once_each(points)
    here = _here_already(test, ordered)
    fresh = [point for point in ordered if point.record not in here]
    differing = sum(here.get(p.record) not in (None, p.line) for p in ordered)
    told = Accepted(len(fresh), len(points) - len(fresh), differing)
    if fresh:
        LiveSegment.objects.create(
            test=test,
            first_record=fresh[0].record,
            last_record=fresh[-1].record,
            rows=len(fresh),
            content=zlib.compress(b"\n".join(point.line for point in fresh), 1),
            sender=by,
        )
    first_ever = pulse.live_rows == 0 and bool(fresh)
    _note(pulse, fresh, told)
    if first_ever:
        _begin(test, by)
    _ask(test, pulse)
    return told


def _once_each(points: Sequence[Point]) -> list[Point]:
    return [point for _, point in sorted({point.record: point for point in reversed(points)}.items())]


def _here_already(test: CellTest, ordered: Sequence[Point]) -> dict[int, bytes | None]:
    """Return the records among these that are here, with the line that they came in where it is at hand."""
    lowest, highest = ordered[0].record, ordered[-1].record
    near = LiveSegment.objects.filter(test=test, first_record__lte=highest, last_record__gte=lowest)
    here: dict[int, bytes | None] = {}
    for segment in near:
        if segment.content is None:
            here |= {
                p.record: None for p in ordered if segment.first_record <= p.record <= segment.last_record
            }
        else:
            kept = points_of(zlib.decompress(segment.content))
            here |= {point.record: point.line for point in kept}
    return here


def _note(pulse: TestPulse, fresh: Sequence[Point], told: Accepted) -> None:
    """Carry on what is known of the test; points that fill a hole change the counts alone."""
    pulse.live_rows += told.accepted
    pulse.duplicate_rows += told.duplicate
    pulse.differing_rows += told.differing
    pulse.received_at = timezone.now()
    last = pulse.last_record
    newest = [point for point in fresh if last is None or point.record > last]
    if newest:
        time_s = [float(point.values["test_time_second"]) for point in newest]
        current_ma = [float(point.values["current_ampere"]) * MA_PER_A for point in newest]
        before = Running(pulse.test_time_s, pulse.current_ma, pulse.half_capacity_mah or 0.0, pulse.half_sign)
        now, end = go_on(before, time_s, current_ma), newest[-1]
        pulse.last_record, pulse.test_time_s, pulse.current_ma = end.record, now.test_time_s, now.current_ma
        pulse.half_capacity_mah, pulse.half_sign = now.half_capacity_mah, now.sign
        pulse.voltage_v = end.number("voltage_volt")
        pulse.temperature_c = _temperature(end)
        pulse.step = str(end.values.get("step_id") or end.values.get("step_count") or "")[:40]
        cycle = end.number("cycle_count")
        pulse.cycle_number = int(cycle) if cycle is not None and cycle >= 0 else None
        pulse.point_at = _measured_at(end) or pulse.received_at
        if pulse.current_began_s is None:
            began = (t for t, ma in zip(time_s, current_ma, strict=True) if abs(ma) > half_hour.REST_MA)
            pulse.current_began_s = next(began, None)
    pulse.save()


def _temperature(point: Point) -> float | None:
    for name in ("surface_temperature_celsius", "temperature_t1_celsius", "ambient_temperature_celsius"):
        if (value := point.number(name)) is not None:
            return value
    return None


def _measured_at(point: Point) -> datetime | None:
    """Return when a point was measured, where it says so and the clock can be believed to be one."""
    stamp = point.number("unix_time_second")
    if stamp is None or not 0 < stamp < 4e9:
        return None
    return datetime.fromtimestamp(stamp, UTC)


def _begin(test: CellTest, by: User) -> None:
    CellTest.objects.filter(pk=test.pk, state=CellTest.State.PLANNED).update(
        state=CellTest.State.RUNNING, version=F("version") + 1
    )
    log(by, "began to send points", test)


def _ask(test: CellTest, pulse: TestPulse) -> None:
    """Ask for the first half hour to be judged, and for points to be put into a file, where it is time."""
    if half_hour.is_due(pulse):
        jobs.enqueue(half_hour.KIND, test.pk, by=None, identity=test.identity)
    if sealing.is_due(pulse):
        jobs.enqueue(sealing.KIND, test.pk, by=None, identity=test.identity, bulk=True)
