"""Addresses of the cells app's API."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from cells.api import views

router = SimpleRouter()
router.register("studies", views.StudyViewSet, basename="api-study")
router.register("cell-designs", views.DesignViewSet, basename="api-design")
router.register("cells", views.CellViewSet, basename="api-cell")

urlpatterns = [path("", include(router.urls))]
