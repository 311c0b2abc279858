"""Control charts of what is made again and again."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET

from lims.views.screens import person
from testing.calc.control import LEAST_FOR_LIMITS
from testing.pictures.control import control as control_picture
from testing.process import PROCESSES
from testing.views.pictures import FORMATS, answer


@login_required
@require_GET
def control(request: HttpRequest) -> HttpResponse:
    """Show the control chart of one process quantity, the others a click away."""
    user = person(request)
    chosen = PROCESSES.get(request.GET.get("process", ""), next(iter(PROCESSES.values())))
    made = chosen.read(user)
    return render(
        request,
        "testing/control.html",
        {
            "processes": [
                {
                    "label": process.label,
                    "url": f"{reverse('testing:control')}?process={process.name}",
                    "chosen": process is chosen,
                }
                for process in PROCESSES.values()
            ],
            "title": chosen.label,
            "url": reverse("testing:control_data", args=[chosen.name, "json"]) if made else "",
            "batch": chosen.batch,
            "count": len(made),
            "least": LEAST_FOR_LIMITS,
            "simulated": any(one.simulated for one in made),
        },
    )


@login_required
@require_GET
@gzip_page
def control_data(request: HttpRequest, name: str, form: str) -> HttpResponse:
    """Answer with a control chart as JSON, SVG or CSV."""
    if name not in PROCESSES or form not in FORMATS:
        raise Http404(f"There is no control chart {name}.{form}.")
    process = PROCESSES[name]
    return answer(request, control_picture(process, process.read(person(request))), form)
