"""What a design's layers say is no longer said by its edition too."""

from django.db import migrations

GONE = (
    "capacity_reference", "positive_material", "negative_material", "separator_material",
    "positive_specific_capacity_mah_g", "negative_specific_capacity_mah_g", "positive_mass_ug", "separator_mass_ug",
    "negative_mass_ug",
)  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("cells", "0006_layers_of_the_designs")]

    operations = [migrations.RemoveField(model_name="celldesignedition", name=name) for name in GONE]
