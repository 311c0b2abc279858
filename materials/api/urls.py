"""Addresses of the materials app's API."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from materials.api import views

router = SimpleRouter()
router.register("materials", views.MaterialViewSet, basename="api-material")
router.register("suppliers", views.SupplierViewSet, basename="api-supplier")
router.register("equipment", views.EquipmentViewSet, basename="api-equipment")
router.register("coating-recipes", views.RecipeViewSet, basename="api-recipe")
router.register("formulations", views.FormulationViewSet, basename="api-formulation")
router.register("powders", views.PowderViewSet, basename="api-powder")

urlpatterns = [
    path("lots/", views.ReceiveLotView.as_view(), name="api-receive-lot"),
    path("coating-batches/", views.RunCoatingView.as_view(), name="api-run-coating"),
    path("composite-batches/", views.MixView.as_view(), name="api-mix"),
    path("composite-batches/plan/", views.PlanMixView.as_view(), name="api-plan-mix"),
    path("", include(router.urls)),
]
