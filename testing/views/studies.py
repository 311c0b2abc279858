"""The statistics of a study, as a part of its page that answers to other metrics and comparisons."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from cells.models import Study
from lims import registry
from lims.views.screens import find, person
from testing.analyse import ICE
from testing.metric_keys import read_key
from testing.statistics import cells_of
from testing.views.study_parts import statistics_panel


@login_required
@require_GET
def statistics(request: HttpRequest, code: str) -> HttpResponse:
    """Show one metric of a study by condition: a part of its page, or a page of its own."""
    user = person(request)
    study: Study = find(Study.objects.all(), code, user)
    try:
        metric = read_key(request.GET.get("metric", ICE))
    except ValueError:
        raise Http404("There is no such metric.") from None
    panel = statistics_panel(study, cells_of(study), metric, request.GET.get("by", ""), user)
    context = {"statistics": panel, "record": study, "record_url": registry.url_of(study.identity)}
    if request.headers.get("HX-Request"):
        return render(request, "testing/study_statistics.html", context)
    return render(request, "testing/study_statistics_page.html", {**context, "simulated": study.simulated})
