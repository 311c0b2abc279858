"""The materials, masses and capacities of a full-cell design become the layers of its stack."""

from django.db import migrations

# Place, order from the negative side up, whether it has a capacity.
PLACES = (("negative", 1, True), ("separator", 2, False), ("positive", 3, True))


def forwards(apps, schema_editor):
    Edition, Layer = (apps.get_model("cells", name) for name in ("CellDesignEdition", "DesignLayer"))
    rows = []
    for edition in Edition.objects.select_related(*(f"{place}_material" for place, _, _ in PLACES)):
        for place, order, is_electrode in PLACES:
            material = getattr(edition, f"{place}_material")
            row = Layer(
                edition=edition, order=order, role=place, material=material, mass_ug=getattr(edition, f"{place}_mass_ug")
            )
            if is_electrode:
                row.specific_capacity_mah_g = getattr(edition, f"{place}_specific_capacity_mah_g")
                row.capacity_reference = edition.capacity_reference
            elif material.density_g_cm3 is not None:
                row.density_g_cm3, row.density_source = material.density_g_cm3, material.density_source
            rows.append(row)
    Layer.objects.bulk_create(rows)


def backwards(apps, schema_editor):
    Edition, Layer = (apps.get_model("cells", name) for name in ("CellDesignEdition", "DesignLayer"))
    if Edition.objects.exclude(architecture="full_cell").exists():
        raise ValueError("There are designs of other than full cells, which the schema before this cannot hold.")
    _allow_updates(schema_editor, Edition._meta.db_table)
    for edition in Edition.objects.all():
        layers = {layer.role: layer for layer in Layer.objects.filter(edition=edition)}
        for place, _, is_electrode in PLACES:
            layer = layers[place]
            setattr(edition, f"{place}_material_id", layer.material_id)
            setattr(edition, f"{place}_mass_ug", layer.mass_ug)
            if is_electrode:
                setattr(edition, f"{place}_specific_capacity_mah_g", layer.specific_capacity_mah_g)
                edition.capacity_reference = layer.capacity_reference
        edition.save()


def _allow_updates(schema_editor, table):
    """Drop the trigger that keeps editions as they were written; it is put back after the migration."""
    on_table = f" ON {table}" if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_update{on_table}")


class Migration(migrations.Migration):
    dependencies = [("cells", "0005_design_layers")]

    operations = [migrations.RunPython(forwards, backwards)]
