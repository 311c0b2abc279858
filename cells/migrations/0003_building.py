import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


def say_who_pressed(apps, schema_editor):
    """A layer was put in when and by whom its cell says, as far as that was kept."""
    Layer, Cell = apps.get_model("cells", "Layer"), apps.get_model("cells", "Cell")
    of_cell = Cell.objects.filter(pk=models.OuterRef("cell_id"))
    Layer.objects.update(
        performed_by=models.Subquery(of_cell.values("performed_by_id")[:1]),
        performed_at=models.Subquery(of_cell.values("performed_at")[:1]),
        recorded_at=models.Subquery(of_cell.values("recorded_at")[:1]),
    )


class Migration(migrations.Migration):
    dependencies = [
        ("cells", "0002_blanks"),
        ("lims", "0002_suspicion_and_attachments"),
        ("materials", "0005_container_number"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Exposure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("how", models.CharField(choices=[("open", "Open"), ("sealed", "Sealed")], max_length=6)),
                (
                    "hours",
                    models.FloatField(
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100000),
                        ]
                    ),
                ),
                (
                    "atmosphere",
                    models.CharField(blank=True, help_text="Glovebox argon, dry room, air.", max_length=60),
                ),
                (
                    "highest_oxygen_ppm",
                    models.FloatField(
                        blank=True, null=True, validators=[django.core.validators.MinValueValidator(0)]
                    ),
                ),
                (
                    "highest_water_ppm",
                    models.FloatField(
                        blank=True, null=True, validators=[django.core.validators.MinValueValidator(0)]
                    ),
                ),
                ("ended_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("note", models.CharField(blank=True, max_length=500)),
                ("recorded_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["identity", "ended_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="PlungerHeight",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("performed_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("recorded_at", models.DateTimeField(auto_now_add=True, null=True)),
                (
                    "after",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("positive", "Positive composite"),
                            ("separator", "SE separator"),
                            ("negative", "Negative composite"),
                        ],
                        help_text="The layer that was pressed in last; empty: the die without a pellet.",
                        max_length=10,
                    ),
                ),
                (
                    "loaded",
                    models.BooleanField(
                        help_text="Measured under the press's load, or after it was taken off."
                    ),
                ),
                (
                    "height_mm",
                    models.FloatField(
                        validators=[
                            django.core.validators.MinValueValidator(0.01),
                            django.core.validators.MaxValueValidator(1000),
                        ]
                    ),
                ),
                (
                    "uncertainty_um",
                    models.FloatField(
                        blank=True,
                        help_text="Standard uncertainty (k = 1) of one reading.",
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                    ),
                ),
            ],
            options={
                "ordering": ["cell", "pk"],
            },
        ),
        migrations.CreateModel(
            name="StackReading",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("performed_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("recorded_at", models.DateTimeField(auto_now_add=True, null=True)),
                (
                    "moment",
                    models.CharField(
                        choices=[
                            ("set", "Set"),
                            ("hot", "Hot"),
                            ("retightened", "Re-tightened"),
                            ("end", "At the end"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "pressure_mpa",
                    models.FloatField(
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(500),
                        ]
                    ),
                ),
                (
                    "temperature_c",
                    models.FloatField(
                        blank=True,
                        help_text="Of the frame then; a frame that is set cold is tighter when it is hot.",
                        null=True,
                    ),
                ),
                (
                    "soak_h",
                    models.FloatField(
                        blank=True,
                        help_text="How long it had been at this temperature.",
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=500)),
            ],
            options={
                "ordering": ["cell", "performed_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="StepUnderWay",
            fields=[
                (
                    "cell",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="under_way",
                        serialize=False,
                        to="cells.cell",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("role", models.CharField(blank=True, max_length=10)),
                (
                    "boat_full_ug",
                    models.BigIntegerField(
                        blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)]
                    ),
                ),
                (
                    "boat_after_ug",
                    models.BigIntegerField(
                        blank=True, null=True, validators=[django.core.validators.MinValueValidator(0)]
                    ),
                ),
                (
                    "mass_ug",
                    models.BigIntegerField(
                        blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)]
                    ),
                ),
                (
                    "lost_ug",
                    models.BigIntegerField(
                        default=0, validators=[django.core.validators.MinValueValidator(0)]
                    ),
                ),
                ("reading", models.CharField(blank=True, max_length=120)),
                ("entered_unit", models.CharField(blank=True, max_length=3)),
                ("pressure_value", models.FloatField(blank=True, null=True)),
                ("pressure_end_value", models.FloatField(blank=True, null=True)),
                ("hold_started_at", models.DateTimeField(blank=True, null=True)),
                ("lot_reason", models.CharField(blank=True, max_length=500)),
                ("book_reason", models.CharField(blank=True, max_length=500)),
                ("changed_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "verbose_name_plural": "steps under way",
            },
        ),
        migrations.AddField(
            model_name="cell",
            name="assembled_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="cell",
            name="assembly_temperature_c",
            field=models.FloatField(
                blank=True, help_text="Of the cell while these two were measured.", null=True
            ),
        ),
        migrations.AddField(
            model_name="cell",
            name="glovebox",
            field=models.ForeignKey(
                blank=True,
                limit_choices_to={"kind": "glovebox"},
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="materials.equipment",
            ),
        ),
        migrations.AddField(
            model_name="cell",
            name="supersedes",
            field=models.OneToOneField(
                blank=True,
                editable=False,
                help_text="The cell that was built anew as this one; its tests stay its own.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="superseded_by",
                to="cells.cell",
            ),
        ),
        migrations.AddField(
            model_name="layer",
            name="boat_after_ug",
            field=models.BigIntegerField(
                blank=True, null=True, validators=[django.core.validators.MinValueValidator(0)]
            ),
        ),
        migrations.AddField(
            model_name="layer",
            name="boat_full_ug",
            field=models.BigIntegerField(
                blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)]
            ),
        ),
        migrations.AddField(
            model_name="layer",
            name="glovebox_reading",
            field=models.ForeignKey(
                blank=True,
                help_text="The last reading of the glovebox when it was pressed.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="materials.gloveboxreading",
            ),
        ),
        migrations.AddField(
            model_name="layer",
            name="performed_at",
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.AddField(
            model_name="layer",
            name="performed_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="layer",
            name="reading",
            field=models.CharField(
                blank=True, help_text="What the balance sent, as it sent it.", max_length=120
            ),
        ),
        migrations.AddField(
            model_name="layer",
            name="recorded_at",
            field=models.DateTimeField(auto_now_add=True, null=True),
        ),
        migrations.AddField(
            model_name="layer",
            name="recorded_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="layer",
            name="thickness_uncertainty_um",
            field=models.FloatField(
                blank=True,
                help_text="Standard uncertainty (k = 1).",
                null=True,
                validators=[django.core.validators.MinValueValidator(0)],
            ),
        ),
        migrations.AddField(
            model_name="pressstep",
            name="entered_unit",
            field=models.CharField(
                choices=[("MPa", "MPa"), ("t", "t"), ("bar", "bar")], default="MPa", max_length=3
            ),
        ),
        migrations.AddField(
            model_name="pressstep",
            name="hold_ended_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="pressstep",
            name="hold_started_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="pressstep",
            name="press",
            field=models.ForeignKey(
                blank=True,
                limit_choices_to={"kind": "press"},
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="materials.equipment",
            ),
        ),
        migrations.AddField(
            model_name="pressstep",
            name="pressure_end_mpa",
            field=models.FloatField(
                blank=True,
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(0),
                    django.core.validators.MaxValueValidator(2000),
                ],
            ),
        ),
        migrations.AddField(
            model_name="pressstep",
            name="recorded_at",
            field=models.DateTimeField(auto_now_add=True, null=True),
        ),
        migrations.AddField(
            model_name="pressstep",
            name="recorded_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="pressstep",
            name="role",
            field=models.CharField(
                blank=True,
                choices=[
                    ("positive", "Positive composite"),
                    ("separator", "SE separator"),
                    ("negative", "Negative composite"),
                ],
                help_text="The layer that went in; empty: pressed once more.",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="cell",
            name="state",
            field=models.CharField(
                choices=[
                    ("planned", "Planned"),
                    ("building", "Building"),
                    ("built", "Built"),
                    ("testing", "Testing"),
                    ("finished", "Finished"),
                    ("failed", "Failed"),
                    ("shorted", "Shorted"),
                    ("dismantled", "Dismantled"),
                ],
                default="planned",
                editable=False,
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="deviation",
            name="category",
            field=models.CharField(
                choices=[
                    ("power_outage", "Power outage"),
                    ("equipment_failure", "Equipment failure"),
                    ("temperature_excursion", "Temperature excursion"),
                    ("software_error", "Software error"),
                    ("operator_intervention", "Operator intervention"),
                    ("premature_termination", "Premature termination"),
                    ("communication_loss", "Communication loss"),
                    ("parameter_drift", "Parameter drift"),
                    ("setpoint_deviation", "Setpoint deviation"),
                    ("calibration_issue", "Calibration issue"),
                    ("out_of_tolerance", "Out of tolerance"),
                    ("dimensional", "Dimensional"),
                    ("other", "Other"),
                ],
                max_length=24,
            ),
        ),
        migrations.AlterField(
            model_name="layer",
            name="thickness_um",
            field=models.FloatField(
                blank=True,
                help_text="Measured on the pellet itself; plunger heights give it too.",
                null=True,
                validators=[django.core.validators.MinValueValidator(0.1)],
            ),
        ),
        migrations.AddConstraint(
            model_name="layer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("boat_after_ug", None), ("boat_full_ug", None)),
                    models.Q(
                        ("boat_after_ug__isnull", False),
                        ("boat_full_ug__gt", models.F("boat_after_ug")),
                        ("boat_full_ug__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="boat_is_lighter_once_emptied",
                violation_error_message="The boat weighs less after it was emptied than before, and both are given.",
            ),
        ),
        migrations.AddConstraint(
            model_name="pressstep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("hold_ended_at", None),
                    models.Q(
                        ("hold_ended_at__gte", models.F("hold_started_at")),
                        ("hold_started_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="hold_ends_after_it_began",
                violation_error_message="A hold ends after it began.",
            ),
        ),
        migrations.AddField(
            model_name="exposure",
            name="glovebox",
            field=models.ForeignKey(
                blank=True,
                limit_choices_to={"kind": "glovebox"},
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="materials.equipment",
            ),
        ),
        migrations.AddField(
            model_name="exposure",
            name="identity",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="exposures", to="lims.identity"
            ),
        ),
        migrations.AddField(
            model_name="exposure",
            name="recorded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="plungerheight",
            name="cell",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="heights", to="cells.cell"
            ),
        ),
        migrations.AddField(
            model_name="plungerheight",
            name="performed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="plungerheight",
            name="recorded_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="stackreading",
            name="cell",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="stack_readings", to="cells.cell"
            ),
        ),
        migrations.AddField(
            model_name="stackreading",
            name="frame",
            field=models.ForeignKey(
                blank=True,
                limit_choices_to={"kind": "frame"},
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="materials.equipment",
            ),
        ),
        migrations.AddField(
            model_name="stackreading",
            name="load_cell",
            field=models.ForeignKey(
                blank=True,
                help_text="What read the force; empty: by torque or spring, which the note says.",
                limit_choices_to={"kind": "load_cell"},
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="materials.equipment",
            ),
        ),
        migrations.AddField(
            model_name="stackreading",
            name="performed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="stackreading",
            name="recorded_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="stepunderway",
            name="balance",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="materials.equipment",
            ),
        ),
        migrations.AddField(
            model_name="stepunderway",
            name="changed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="stepunderway",
            name="powder",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="materials.powder",
            ),
        ),
        migrations.AddField(
            model_name="stepunderway",
            name="press",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="materials.equipment",
            ),
        ),
        migrations.AddConstraint(
            model_name="exposure",
            constraint=models.CheckConstraint(
                condition=models.Q(("hours__gte", 0)),
                name="exposure_lasts",
                violation_error_message="An exposure lasts 0 h or more.",
            ),
        ),
        migrations.RunPython(say_who_pressed, migrations.RunPython.noop),
    ]
