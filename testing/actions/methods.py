"""Deciding by which methods and thresholds the lab judges: tried first, compared, and switched by a manager."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from lims import jobs
from lims.audit import action, log
from lims.models import User
from lims.permissions import require
from testing import analyse, methods, trials
from testing.methods import quality
from testing.models import Cycle, MethodInUse, MethodTrial, Metric, QualityThreshold


@action
def try_method(*, name: str, version: str, parameters: Mapping[str, Any], why: str, by: User) -> MethodTrial:
    """Ask for a method's other version or parameters to be computed beside what is in use."""
    require(by, "review")
    method = methods.versions(name).get(version)
    if method is None:
        known = ", ".join(methods.versions(name)) or "none"
        raise ValidationError({"version": f"{name} has no version {version!r}; there is: {known}."})
    try:
        judged = method.judged(parameters)
    except ValueError as problem:
        raise ValidationError({"parameters": str(problem)}) from problem
    used = {each.method.name: each for each in analyse.in_use()}[name]
    if used.method.version == version and dict(used.parameters) == judged:
        raise ValidationError({"version": f"{name} {version} with these parameters is what is in use."})
    if not why.strip():
        raise ValidationError({"why": "Say why it is tried."})
    changed = {key: value for key, value in judged.items() if value != method.defaults()[key]}
    trial = MethodTrial(name=name, version=version, parameters=changed, why=why.strip(), asked_by=by)
    trial.full_clean()
    trial.save(force_insert=True)
    jobs.enqueue(trials.KIND, trial.pk, by=by, bulk=True)
    log(by, "tries a method", f"{name} {version}", reason=why, **changed)
    return trial


@action
def decide_trial(*, trial: MethodTrial, take: bool, decision: str, by: User) -> MethodTrial:
    """Use the method of a trial from now on, or drop it; either way with the reason.

    Every number of the method is marked and computed anew; the one before it is kept with its version.
    """
    require(by, "review")
    locked = MethodTrial.objects.select_for_update(of=("self",)).get(pk=trial.pk)
    if locked.state == MethodTrial.State.COMPUTING and take:
        raise ValidationError("It is still being computed: compare it first, then decide.")
    if locked.state in (MethodTrial.State.TAKEN, MethodTrial.State.DROPPED):
        raise ValidationError(f"This trial was decided already: {locked.get_state_display().lower()}.")
    if not decision.strip():
        raise ValidationError({"decision": "Say why."})
    locked.state = MethodTrial.State.TAKEN if take else MethodTrial.State.DROPPED
    locked.decided_by, locked.decided_at, locked.decision = by, timezone.now(), decision.strip()
    locked.save()
    if take:
        MethodInUse.objects.update_or_create(
            name=locked.name,
            defaults={
                "version": locked.version,
                "parameters": locked.parameters,
                "decided_by": by,
                "reason": decision.strip(),
            },
        )
        affected = Metric.objects.filter(method=locked.name)
        cells = set(affected.order_by().values_list("cell", flat=True))
        affected.update(stale=True)
        analyse.request(
            cells | set(locked.metrics.order_by().values_list("cell", flat=True)), by=by, bulk=True
        )
    verb = "switched a method" if take else "dropped a trial"
    log(by, verb, f"{locked.name} {locked.version}", reason=decision, **locked.parameters)
    return locked


@action
def set_threshold(*, name: str, value: float, reason: str, by: User) -> QualityThreshold:
    """Judge by another threshold from now on; every test with data is looked at again."""
    require(by, "review")
    check = quality.BY_NAME.get(name)
    if check is None:
        raise ValidationError(
            {"name": f"There is no check {name!r}; there is: {', '.join(quality.BY_NAME)}."}
        )
    if not reason.strip():
        raise ValidationError({"reason": "Say why."})
    row = QualityThreshold.objects.filter(name=name).first() or QualityThreshold(name=name)
    before = row.value if row.pk else check.threshold
    row.value, row.reason, row.decided_by = value, reason.strip(), by
    row.full_clean()
    row.save()
    log(by, "set a threshold", check.label, reason=reason, **{check.name: [before, value]})
    cells = Cycle.objects.order_by().values_list("test__cell", flat=True).distinct()
    analyse.request(set(cells), by=by, bulk=True)
    return row
