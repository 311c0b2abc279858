"""Addresses of the cells app's API."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from cells.api import building_views, views

router = SimpleRouter()
router.register("studies", views.StudyViewSet, basename="api-study")
router.register("cell-designs", views.DesignViewSet, basename="api-design")
router.register("cells", views.CellViewSet, basename="api-cell")

urlpatterns = [
    path("records/<code:code>/exposures/", building_views.ExposuresView.as_view(), name="api_exposures"),
    path("", include(router.urls)),
]
