import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("materials", "0004_drop_single_role_and_place_text"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="powderlot",
            name="container_recorded_once",
        ),
        migrations.AddField(
            model_name="powderlot",
            name="container_number",
            field=models.PositiveSmallIntegerField(
                default=1,
                help_text="2 for a second container of the same lot.",
                validators=[django.core.validators.MinValueValidator(1)],
            ),
        ),
        migrations.AddConstraint(
            model_name="powderlot",
            constraint=models.UniqueConstraint(
                fields=("supplier", "catalogue_number", "lot_number", "container_number"),
                name="container_recorded_once",
                violation_error_message="This supplier's container with this lot number is recorded already; a further container of the lot has a container number of its own.",
            ),
        ),
    ]
