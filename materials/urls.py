"""Addresses of powders and of what they are made with."""

from django.urls import path

from materials.views import library, powders, recipes, work

app_name = "materials"
urlpatterns = [
    path("powders/", powders.powders, name="powders"),
    path("powders/receive/", work.receive, name="receive_lot"),
    path("powders/coat/", work.coat, name="run_coating"),
    path("powders/mix/", work.choose_mix, name="mix"),
    path("powders/mix/<str:code>/", work.mix, name="mix_formulation"),
    path("powders/<str:code>/", powders.powder, name="powder"),
    path("powders/<str:code>/draw/", work.draw, name="draw"),
    path("materials/", library.materials_list, name="materials_list"),
    path("materials/new/", library.new_material, name="create_material"),
    path("materials/<str:code>/", library.material, name="material"),
    path("suppliers/", library.suppliers_list, name="suppliers_list"),
    path("suppliers/new/", library.new_supplier, name="create_supplier"),
    path("suppliers/<str:code>/", library.supplier, name="supplier"),
    path("equipment/", library.equipment_list, name="equipment_list"),
    path("equipment/new/", library.new_equipment, name="create_equipment"),
    path("equipment/<str:code>/", library.equipment, name="equipment"),
    path("recipes/", recipes.recipes_list, name="recipes_list"),
    path("recipes/new/", recipes.new_recipe, name="create_recipe"),
    path("recipes/<str:code>/", recipes.recipe, name="recipe"),
    path("formulations/", recipes.formulations_list, name="formulations_list"),
    path("formulations/new/", recipes.new_formulation, name="create_formulation"),
    path("formulations/<str:code>/", recipes.formulation, name="formulation"),
]
