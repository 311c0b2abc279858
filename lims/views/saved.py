"""Views that people keep: a page with its filters, under a name."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from lims.models import SavedView
from lims.notebook_forms import SaveViewForm
from lims.views.screens import person

MOST_VIEWS = 60


@login_required
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep the page that the form stands on; a view of the same name is replaced."""
    user = person(request)
    old = SavedView.objects.filter(user=user, name=request.POST.get("name", "").strip()).first()
    form = SaveViewForm(request.POST, instance=old or SavedView(user=user))
    if not form.is_valid():
        sentences = [str(problem) for problems in form.errors.values() for problem in problems]
        messages.error(request, " ".join(sentences))
        return redirect("lims:home")
    if old is None and SavedView.objects.filter(user=user).count() >= MOST_VIEWS:
        messages.error(request, f"You have {MOST_VIEWS} views already: drop one first.")
        return redirect("lims:home")
    kept = form.save()
    messages.success(request, f"Kept as “{kept.name}”. It stands on your home page.")
    return redirect(kept.address)


@login_required
@require_POST
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Drop a view of one's own."""
    view = get_object_or_404(SavedView, pk=pk, user=person(request))
    view.delete()
    messages.success(request, f"“{view.name}” is dropped.")
    return redirect("lims:home")
