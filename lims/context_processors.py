"""What every page needs: the lab's name and the navigation."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from lims import registry

# What is used all day stands in the bar; what is set up once stands behind one button.
SETUP_FROM_ORDER = 50


def lab(request: HttpRequest) -> dict[str, Any]:
    """Return the lab's name and, for somebody who has signed in, its navigation with the current place marked."""
    known: dict[str, Any] = {"lab_name": settings.LAB_NAME, "product_version": settings.VERSION}
    if not request.user.is_authenticated:
        return known
    known["header_parts"] = [part(request.user) for part in registry.header_parts]
    items = sorted(registry.navigation, key=lambda item: item.order)
    urls = [(item, reverse(item.url_name)) for item in items]
    # The longest address that the path begins with is where the person is; home only matches itself.
    here = max(
        (url for _, url in urls if url != "/" and request.path.startswith(url)), key=len, default=request.path
    )
    entries = [
        {
            "label": i.label,
            "url": url,
            "icon": i.icon,
            "current": url == here,
            "setup": i.order >= SETUP_FROM_ORDER,
        }
        for i, url in urls
    ]
    return known | {
        "navigation": [entry for entry in entries if not entry["setup"]],
        "navigation_setup": [entry for entry in entries if entry["setup"]],
    }
