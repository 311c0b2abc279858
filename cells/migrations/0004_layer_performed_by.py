import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    # Apart from the rows being filled: PostgreSQL alters no table with rows still to be checked.
    dependencies = [
        ("cells", "0003_building"),
    ]

    operations = [
        migrations.AlterField(
            model_name="layer",
            name="performed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
    ]
