"""Addresses of the materials app's API."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from materials.api import (
    coatings,
    composites,
    imports,
    library,
    lots,
    places,
    powders,
    quality,
    substances,
)

router = SimpleRouter()
router.register("materials", substances.MaterialViewSet, basename="api-material")
router.register("suppliers", library.SupplierViewSet, basename="api-supplier")
router.register("equipment", library.EquipmentViewSet, basename="api-equipment")
router.register("places", places.PlaceViewSet, basename="api-place")
router.register("coating-recipes", coatings.RecipeViewSet, basename="api-recipe")
router.register("coating-batches", coatings.CoatingBatchViewSet, basename="api-coating-batch")
router.register("formulations", composites.FormulationViewSet, basename="api-formulation")
router.register("weighing-sheets", composites.WeighingSheetViewSet, basename="api-weighing-sheet")
router.register("powders", powders.PowderViewSet, basename="api-powder")
router.register("draw-reviews", powders.DrawReviewViewSet, basename="api-draw-review")
router.register("lots", lots.LotViewSet, basename="api-lot")
router.register("precursor-fills", lots.FillViewSet, basename="api-fill")

urlpatterns = [
    path("powders/<code:code>/use/", lots.CountedVerbs.as_view({"post": "use"}), name="api-use-count"),
    path("powders/<code:code>/count/", lots.CountedVerbs.as_view({"post": "count"}), name="api-adjust-count"),
    path("composite-batches/", composites.MixView.as_view(), name="api-mix"),
    path("composite-batches/plan/", composites.PlanMixView.as_view(), name="api-plan-mix"),
    path("powders/<code:code>/move/", places.MovePowderView.as_view(), name="api-move-powder"),
    path("powders/<code:code>/results/", quality.ResultsView.as_view(), name="api-results"),
    path("stock/", places.StockView.as_view(), name="api-stock"),
    path("imports/<slug:kind>/", imports.ImportView.as_view(), name="api-import"),
    path("", include(router.urls)),
]
