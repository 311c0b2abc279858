import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("testing", "0002_blanks"),
    ]

    operations = [
        migrations.AddField(
            model_name="submission",
            name="measured",
            field=models.CharField(
                default="cycling", help_text="What the file holds: cycling or impedance.", max_length=10
            ),
        ),
        migrations.CreateModel(
            name="Spectrum",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sweep", models.PositiveIntegerField(help_text="Its place in the file, from 1.")),
                ("points", models.PositiveIntegerField()),
                ("lowest_frequency_hz", models.FloatField()),
                ("highest_frequency_hz", models.FloatField()),
                ("mean_voltage_v", models.FloatField(null=True)),
                (
                    "submission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="spectra",
                        to="testing.submission",
                    ),
                ),
                (
                    "test",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="spectra",
                        to="testing.celltest",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "spectra",
                "ordering": ["submission", "sweep"],
                "constraints": [
                    models.UniqueConstraint(fields=("submission", "sweep"), name="each_sweep_once")
                ],
            },
        ),
    ]
