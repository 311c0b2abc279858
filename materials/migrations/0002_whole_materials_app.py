import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("lims", "0002_suspicion_and_attachments"),
        ("materials", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CoatingInterruption",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("after_cycle", models.PositiveIntegerField()),
                (
                    "minutes",
                    models.FloatField(
                        blank=True, null=True, validators=[django.core.validators.MinValueValidator(0)]
                    ),
                ),
                ("reason", models.CharField(max_length=200)),
            ],
            options={
                "ordering": ["after_cycle", "pk"],
            },
        ),
        migrations.CreateModel(
            name="CountEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seq", models.PositiveIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("received", "Received"),
                            ("used", "Used"),
                            ("returned", "Returned"),
                            ("adjusted", "Adjusted"),
                            ("disposed", "Disposed"),
                        ],
                        max_length=10,
                    ),
                ),
                ("change_milli", models.BigIntegerField()),
                ("balance_after_milli", models.BigIntegerField()),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name_plural": "count entries",
                "ordering": ["powder", "seq"],
            },
        ),
        migrations.CreateModel(
            name="DrawReview",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "why",
                    models.CharField(
                        choices=[("expired", "expired"), ("on_hold", "on hold"), ("suspect", "suspect")],
                        max_length=8,
                    ),
                ),
                ("reason", models.CharField(max_length=500)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("reviewed_at", models.DateTimeField(blank=True, null=True)),
                ("verdict", models.CharField(blank=True, max_length=500)),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="GloveboxReading",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "oxygen_ppm",
                    models.FloatField(
                        blank=True, null=True, validators=[django.core.validators.MinValueValidator(0)]
                    ),
                ),
                (
                    "water_ppm",
                    models.FloatField(
                        blank=True, null=True, validators=[django.core.validators.MinValueValidator(0)]
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "ordering": ["-at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Hold",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=500)),
                ("placed_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("released_at", models.DateTimeField(blank=True, null=True)),
                ("release_reason", models.CharField(blank=True, max_length=500)),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="MaterialLimit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "quantity",
                    models.CharField(
                        choices=[
                            ("moisture_ppm", "Moisture"),
                            ("d10_um", "Particle size D10"),
                            ("d50_um", "Particle size D50"),
                            ("d90_um", "Particle size D90"),
                            ("ionic_conductivity_ms_cm", "Ionic conductivity"),
                            ("surface_area_m2_g", "Specific surface area (BET)"),
                            ("element_mass_fraction", "Element's mass fraction (ICP)"),
                            ("purity_fraction", "Purity"),
                            ("tap_density_g_cm3", "Tap density"),
                        ],
                        max_length=26,
                    ),
                ),
                (
                    "element",
                    models.CharField(
                        blank=True,
                        max_length=2,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Z][a-z]?$", "An element is its symbol, such as Nb."
                            )
                        ],
                    ),
                ),
                ("lower", models.FloatField(blank=True, null=True)),
                ("upper", models.FloatField(blank=True, null=True)),
                ("source", models.CharField(help_text="Where the limit comes from.", max_length=200)),
            ],
            options={
                "ordering": ["quantity", "element"],
            },
        ),
        migrations.CreateModel(
            name="MaterialRole",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("positive_active", "Positive active material"),
                            ("negative_active", "Negative active material"),
                            ("electrolyte", "Solid electrolyte"),
                            ("binder", "Binder"),
                            ("carbon", "Conductive additive"),
                            ("coating", "Coating"),
                            ("precursor", "Precursor"),
                            ("foil", "Foil or current collector"),
                            ("gas", "Gas"),
                            ("solvent", "Solvent"),
                        ],
                        max_length=16,
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Place",
            fields=[
                (
                    "identity",
                    models.OneToOneField(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="lims.identity",
                    ),
                ),
                (
                    "performed_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, help_text="When it was done at the bench."
                    ),
                ),
                ("recorded_at", models.DateTimeField(auto_now_add=True)),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("bench", "At the bench"),
                            ("paper", "From paper, later"),
                            ("import", "Imported"),
                        ],
                        default="bench",
                        max_length=8,
                    ),
                ),
                ("note", models.TextField(blank=True, max_length=20000)),
                (
                    "blanks",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        editable=False,
                        help_text="Fields that hold nothing, and whether they were not measured or not recorded.",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("name", models.CharField(max_length=80)),
                (
                    "path",
                    models.CharField(editable=False, help_text="Room > glovebox > shelf.", max_length=500),
                ),
            ],
            options={
                "ordering": ["path"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PrecursorFill",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "source",
                    models.CharField(help_text="The reactor's source or valve: source 1.", max_length=40),
                ),
                ("filled_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("emptied_at", models.DateTimeField(blank=True, null=True)),
                (
                    "pulses_before",
                    models.PositiveIntegerField(
                        default=0,
                        help_text="Pulses on this fill before the lab kept count.",
                        validators=[django.core.validators.MinValueValidator(0)],
                    ),
                ),
            ],
            options={
                "ordering": ["-filled_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="QualityResult",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "quantity",
                    models.CharField(
                        choices=[
                            ("moisture_ppm", "Moisture"),
                            ("d10_um", "Particle size D10"),
                            ("d50_um", "Particle size D50"),
                            ("d90_um", "Particle size D90"),
                            ("ionic_conductivity_ms_cm", "Ionic conductivity"),
                            ("surface_area_m2_g", "Specific surface area (BET)"),
                            ("element_mass_fraction", "Element's mass fraction (ICP)"),
                            ("purity_fraction", "Purity"),
                            ("tap_density_g_cm3", "Tap density"),
                        ],
                        max_length=26,
                    ),
                ),
                (
                    "element",
                    models.CharField(
                        blank=True,
                        max_length=2,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Z][a-z]?$", "An element is its symbol, such as Nb."
                            )
                        ],
                    ),
                ),
                ("value", models.FloatField(validators=[django.core.validators.MinValueValidator(0)])),
                (
                    "uncertainty",
                    models.FloatField(
                        blank=True,
                        help_text="Standard uncertainty, k = 1.",
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                    ),
                ),
                (
                    "below_detection",
                    models.BooleanField(
                        default=False,
                        help_text="It was below the detection limit, which is what the value says.",
                    ),
                ),
                (
                    "method",
                    models.CharField(
                        help_text="Karl Fischer, laser diffraction, BET, ICP-OES, …", max_length=120
                    ),
                ),
                ("measured_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("recorded_at", models.DateTimeField(auto_now_add=True)),
                ("note", models.CharField(blank=True, max_length=500)),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Treatment",
            fields=[
                (
                    "powder",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="treatment",
                        serialize=False,
                        to="materials.powder",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("dry", "Dry"),
                            ("sieve", "Sieve"),
                            ("mill", "Mill"),
                            ("anneal", "Anneal"),
                            ("redry", "Re-dry"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "temperature_c",
                    models.FloatField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(-273.15),
                            django.core.validators.MaxValueValidator(3000),
                        ],
                    ),
                ),
                (
                    "duration_h",
                    models.FloatField(
                        blank=True, null=True, validators=[django.core.validators.MinValueValidator(0.0001)]
                    ),
                ),
                (
                    "ramp_c_min",
                    models.FloatField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="ramp, °C/min",
                    ),
                ),
                (
                    "pressure_mbar",
                    models.FloatField(
                        blank=True, null=True, validators=[django.core.validators.MinValueValidator(0)]
                    ),
                ),
                (
                    "atmosphere",
                    models.CharField(blank=True, help_text="Argon, oxygen, vacuum.", max_length=60),
                ),
                (
                    "container",
                    models.CharField(
                        blank=True, help_text="Alumina boat, glass vial, steel jar.", max_length=120
                    ),
                ),
                (
                    "mesh_um",
                    models.FloatField(
                        blank=True,
                        help_text="Of a sieve: its opening.",
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0.1)],
                    ),
                ),
                (
                    "speed_rpm",
                    models.FloatField(
                        blank=True,
                        help_text="Of a mill.",
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WeighingRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("order", models.PositiveSmallIntegerField()),
                (
                    "target_ug",
                    models.BigIntegerField(validators=[django.core.validators.MinValueValidator(1)]),
                ),
                (
                    "tolerance_ug",
                    models.BigIntegerField(
                        blank=True, null=True, validators=[django.core.validators.MinValueValidator(0)]
                    ),
                ),
                (
                    "boat_full_ug",
                    models.BigIntegerField(
                        blank=True, null=True, validators=[django.core.validators.MinValueValidator(0)]
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
                    "reading",
                    models.CharField(
                        blank=True, help_text="What the balance sent, as it sent it.", max_length=120
                    ),
                ),
                ("weighed_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["sheet", "order"],
            },
        ),
        migrations.CreateModel(
            name="WeighingSheet",
            fields=[
                (
                    "identity",
                    models.OneToOneField(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="lims.identity",
                    ),
                ),
                (
                    "performed_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, help_text="When it was done at the bench."
                    ),
                ),
                ("recorded_at", models.DateTimeField(auto_now_add=True)),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("bench", "At the bench"),
                            ("paper", "From paper, later"),
                            ("import", "Imported"),
                        ],
                        default="bench",
                        max_length=8,
                    ),
                ),
                ("note", models.TextField(blank=True, max_length=20000)),
                (
                    "blanks",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        editable=False,
                        help_text="Fields that hold nothing, and whether they were not measured or not recorded.",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("mixed", "Mixed"), ("dropped", "Dropped")],
                        default="open",
                        editable=False,
                        max_length=8,
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=120)),
                (
                    "total_ug",
                    models.BigIntegerField(
                        help_text="What all of it weighs together.",
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="total",
                    ),
                ),
                (
                    "planned_for",
                    models.CharField(
                        blank=True,
                        help_text="How the total came about: 24 pellets of 8.1 mg.",
                        max_length=120,
                    ),
                ),
            ],
            options={
                "ordering": ["-identity_id"],
                "abstract": False,
            },
        ),
        migrations.AlterModelOptions(
            name="mixcomponent",
            options={"ordering": ["part__order", "pk"]},
        ),
        migrations.RemoveConstraint(
            model_name="massentry",
            name="entry_has_the_sign_of_its_kind",
        ),
        migrations.RemoveConstraint(
            model_name="massentry",
            name="correction_has_a_reason",
        ),
        migrations.RemoveConstraint(
            model_name="powder",
            name="composite_has_no_single_material",
        ),
        migrations.AddField(
            model_name="coatingbatch",
            name="base_pressure_at_flow_sccm",
            field=models.FloatField(
                blank=True, null=True, validators=[django.core.validators.MinValueValidator(0)]
            ),
        ),
        migrations.AddField(
            model_name="coatingbatch",
            name="base_pressure_mtorr",
            field=models.FloatField(
                blank=True, null=True, validators=[django.core.validators.MinValueValidator(0)]
            ),
        ),
        migrations.AddField(
            model_name="coatingbatch",
            name="bed_preheat_min",
            field=models.FloatField(
                blank=True, null=True, validators=[django.core.validators.MinValueValidator(0)]
            ),
        ),
        migrations.AddField(
            model_name="coatingbatch",
            name="carrier_flow_sccm",
            field=models.FloatField(
                blank=True, null=True, validators=[django.core.validators.MinValueValidator(0)]
            ),
        ),
        migrations.AddField(
            model_name="coatingbatch",
            name="rotation_rpm",
            field=models.FloatField(
                blank=True, null=True, validators=[django.core.validators.MinValueValidator(0)]
            ),
        ),
        migrations.AddField(
            model_name="coatingbatch",
            name="solution_volume_ml",
            field=models.FloatField(
                blank=True, null=True, validators=[django.core.validators.MinValueValidator(0.001)]
            ),
        ),
        migrations.AddField(
            model_name="coatingbatch",
            name="substrate_temperature_c",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="coatingbatch",
            name="thickness_standard_deviation_nm",
            field=models.FloatField(
                blank=True,
                help_text="Between the places.",
                null=True,
                validators=[django.core.validators.MinValueValidator(0)],
            ),
        ),
        migrations.AddField(
            model_name="coatingbatch",
            name="witness_sites",
            field=models.PositiveSmallIntegerField(
                blank=True, null=True, verbose_name="witness wafer, places measured"
            ),
        ),
        migrations.AddField(
            model_name="coatingbatch",
            name="witness_thickness_nm",
            field=models.FloatField(
                blank=True,
                null=True,
                validators=[django.core.validators.MinValueValidator(0.01)],
                verbose_name="witness wafer, thickness",
            ),
        ),
        migrations.AddField(
            model_name="coatingrecipe",
            name="blanks",
            field=models.JSONField(
                blank=True,
                default=dict,
                editable=False,
                help_text="Fields that hold nothing, and whether they were not measured or not recorded.",
            ),
        ),
        migrations.AddField(
            model_name="coatingrecipe",
            name="growth_limits_citation",
            field=models.CharField(
                blank=True, help_text="Where the limits of growth per cycle come from.", max_length=200
            ),
        ),
        migrations.AddField(
            model_name="coatingrecipe",
            name="growth_lower_angstrom",
            field=models.FloatField(
                blank=True,
                null=True,
                validators=[django.core.validators.MinValueValidator(0)],
                verbose_name="growth per cycle, lower limit",
            ),
        ),
        migrations.AddField(
            model_name="coatingrecipe",
            name="growth_upper_angstrom",
            field=models.FloatField(
                blank=True,
                null=True,
                validators=[django.core.validators.MinValueValidator(0)],
                verbose_name="growth per cycle, upper limit",
            ),
        ),
        migrations.AddField(
            model_name="coatingrecipeedition",
            name="bed_preheat_min",
            field=models.FloatField(
                blank=True,
                help_text="How long the bed is heated before.",
                null=True,
                validators=[django.core.validators.MinValueValidator(0)],
            ),
        ),
        migrations.AddField(
            model_name="coatingrecipeedition",
            name="growth_expected_angstrom",
            field=models.FloatField(
                blank=True,
                null=True,
                validators=[django.core.validators.MinValueValidator(0.001)],
                verbose_name="growth per cycle, expected",
            ),
        ),
        migrations.AddField(
            model_name="coatingrecipeedition",
            name="growth_source",
            field=models.CharField(blank=True, help_text="Where the expectation comes from.", max_length=200),
        ),
        migrations.AddField(
            model_name="coatingrecipeedition",
            name="method",
            field=models.CharField(
                choices=[("ald", "Atomic layer deposition"), ("solution", "From solution")],
                default="ald",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="coatingrecipeedition",
            name="target_basis",
            field=models.CharField(
                blank=True,
                choices=[("powder", "of the powder put in"), ("product", "of the coated powder")],
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="coatingrecipeedition",
            name="target_mass_fraction",
            field=models.FloatField(
                blank=True,
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(1e-05),
                    django.core.validators.MaxValueValidator(0.5),
                ],
                verbose_name="coating aimed at",
            ),
        ),
        migrations.AddField(
            model_name="coatingstep",
            name="atmosphere",
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AddField(
            model_name="coatingstep",
            name="flow_sccm",
            field=models.FloatField(
                blank=True, null=True, validators=[django.core.validators.MinValueValidator(0)]
            ),
        ),
        migrations.AddField(
            model_name="coatingstep",
            name="material",
            field=models.ForeignKey(
                blank=True,
                help_text="The precursor of a pulse: its fills count their pulses by it.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="materials.material",
            ),
        ),
        migrations.AddField(
            model_name="coatingstep",
            name="ramp_c_min",
            field=models.FloatField(
                blank=True,
                null=True,
                validators=[django.core.validators.MinValueValidator(0)],
                verbose_name="ramp, °C/min",
            ),
        ),
        migrations.AddField(
            model_name="coatingstep",
            name="temperature_c",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="compositebatch",
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
            model_name="compositebatch",
            name="tool",
            field=models.ForeignKey(
                blank=True,
                limit_choices_to={"kind": "mixer"},
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="materials.equipment",
            ),
        ),
        migrations.AddField(
            model_name="equipment",
            name="blanks",
            field=models.JSONField(
                blank=True,
                default=dict,
                editable=False,
                help_text="Fields that hold nothing, and whether they were not measured or not recorded.",
            ),
        ),
        migrations.AddField(
            model_name="equipment",
            name="minimum_weight_mg",
            field=models.FloatField(
                blank=True,
                help_text="Below it a weighing is not to be trusted.",
                null=True,
                validators=[django.core.validators.MinValueValidator(1e-05)],
                verbose_name="minimum weight, mg",
            ),
        ),
        migrations.AddField(
            model_name="formulation",
            name="blanks",
            field=models.JSONField(
                blank=True,
                default=dict,
                editable=False,
                help_text="Fields that hold nothing, and whether they were not measured or not recorded.",
            ),
        ),
        migrations.AddField(
            model_name="formulationpart",
            name="tolerance_fraction",
            field=models.FloatField(
                blank=True,
                help_text="How far a weighing may be off its target.",
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(0.0001),
                    django.core.validators.MaxValueValidator(0.5),
                ],
                verbose_name="tolerance",
            ),
        ),
        migrations.AddField(
            model_name="material",
            name="blanks",
            field=models.JSONField(
                blank=True,
                default=dict,
                editable=False,
                help_text="Fields that hold nothing, and whether they were not measured or not recorded.",
            ),
        ),
        migrations.AddField(
            model_name="material",
            name="cas_number",
            field=models.CharField(
                blank=True,
                max_length=12,
                validators=[
                    django.core.validators.RegexValidator(
                        "^\\d{2,7}-\\d{2}-\\d$", "A CAS number is digits in three groups, such as 1313-96-8."
                    )
                ],
                verbose_name="CAS number",
            ),
        ),
        migrations.AddField(
            model_name="material",
            name="hazard_statements",
            field=models.CharField(
                blank=True,
                help_text="The H codes of its safety data sheet, such as H250, H314.",
                max_length=200,
                validators=[
                    django.core.validators.RegexValidator(
                        "^(EU)?H\\d{3}[A-Za-z]*(, (EU)?H\\d{3}[A-Za-z]*)*$",
                        "Hazard statements are codes with commas between them, such as H250, H314.",
                    )
                ],
            ),
        ),
        migrations.AddField(
            model_name="material",
            name="low_stock_count",
            field=models.FloatField(
                blank=True,
                help_text="The same for lots that are counted, in their own unit.",
                null=True,
                validators=[django.core.validators.MinValueValidator(0)],
            ),
        ),
        migrations.AddField(
            model_name="material",
            name="low_stock_ug",
            field=models.BigIntegerField(
                blank=True,
                help_text="The home page says so when all its open lots together hold less.",
                null=True,
                validators=[django.core.validators.MinValueValidator(1)],
                verbose_name="low stock",
            ),
        ),
        migrations.AddField(
            model_name="material",
            name="safety_note",
            field=models.CharField(
                blank=True, help_text="What must not happen to it: water, air, oxidisers.", max_length=200
            ),
        ),
        migrations.AddField(
            model_name="material",
            name="signal_word",
            field=models.CharField(
                blank=True,
                choices=[("", "none"), ("warning", "Warning"), ("danger", "Danger")],
                default="",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="powder",
            name="blanks",
            field=models.JSONField(
                blank=True,
                default=dict,
                editable=False,
                help_text="Fields that hold nothing, and whether they were not measured or not recorded.",
            ),
        ),
        migrations.AddField(
            model_name="powder",
            name="container_tare_ug",
            field=models.BigIntegerField(
                blank=True,
                help_text="The empty container with its lid: with it the jar can be weighed as it stands.",
                null=True,
                validators=[django.core.validators.MinValueValidator(1)],
                verbose_name="container tare",
            ),
        ),
        migrations.AddField(
            model_name="powder",
            name="counted_in",
            field=models.CharField(
                blank=True,
                choices=[
                    ("disc", "discs"),
                    ("cm2", "cm²"),
                    ("g", "g"),
                    ("ml", "mL"),
                    ("l", "L"),
                    ("bar", "bar"),
                    ("piece", "pieces"),
                ],
                default="",
                editable=False,
                help_text="The unit of a foil, gas, solution or precursor; empty for what is weighed.",
                max_length=6,
            ),
        ),
        migrations.AddField(
            model_name="powderlot",
            name="concentration_g_ml",
            field=models.FloatField(
                blank=True,
                help_text="Of a solution: mass of the solute per volume; 5 % (w/v) is 0.05 g/mL.",
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(1e-06),
                    django.core.validators.MaxValueValidator(5),
                ],
                verbose_name="concentration, g/mL",
            ),
        ),
        migrations.AddField(
            model_name="powderlot",
            name="mass_basis",
            field=models.CharField(
                choices=[("nominal", "As printed on the container"), ("weighed", "Weighed on arrival")],
                default="nominal",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="powderlot",
            name="opened_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="supplier",
            name="blanks",
            field=models.JSONField(
                blank=True,
                default=dict,
                editable=False,
                help_text="Fields that hold nothing, and whether they were not measured or not recorded.",
            ),
        ),
        migrations.AlterField(
            model_name="coatingbatch",
            name="cycles_done",
            field=models.PositiveIntegerField(
                blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)]
            ),
        ),
        migrations.AlterField(
            model_name="coatingbatch",
            name="reactor",
            field=models.ForeignKey(
                blank=True,
                limit_choices_to={"kind__in": ["ald_reactor", "furnace"]},
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="materials.equipment",
            ),
        ),
        migrations.AlterField(
            model_name="coatingrecipe",
            name="coating",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="materials.material"
            ),
        ),
        migrations.AlterField(
            model_name="coatingrecipeedition",
            name="cycles",
            field=models.PositiveIntegerField(
                blank=True,
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(100000),
                ],
            ),
        ),
        migrations.AlterField(
            model_name="coatingrecipeedition",
            name="substrate_temperature_c",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="coatingstep",
            name="kind",
            field=models.CharField(
                choices=[
                    ("pulse", "Pulse"),
                    ("exposure", "Exposure"),
                    ("purge", "Purge"),
                    ("stir", "Stir"),
                    ("dry", "Dry"),
                    ("anneal", "Anneal"),
                ],
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="equipment",
            name="kind",
            field=models.CharField(
                choices=[
                    ("balance", "Balance"),
                    ("die", "Die"),
                    ("press", "Press"),
                    ("glovebox", "Glovebox"),
                    ("ald_reactor", "ALD reactor"),
                    ("mixer", "Mixer"),
                    ("frame", "Stack-pressure frame"),
                    ("oven", "Oven"),
                    ("furnace", "Furnace"),
                    ("sieve", "Sieve"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="massentry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("received", "Received"),
                    ("made", "Made"),
                    ("gained", "Gained"),
                    ("drawn", "Drawn"),
                    ("lost", "Lost"),
                    ("returned", "Returned"),
                    ("corrected", "Corrected"),
                    ("rebalanced", "Gain or loss corrected"),
                    ("adjusted", "Adjusted"),
                    ("disposed", "Disposed"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="material",
            name="formula",
            field=models.CharField(blank=True, help_text="Such as LiNi0.5Mn0.3Co0.2O2.", max_length=80),
        ),
        migrations.AlterField(
            model_name="mixcomponent",
            name="part",
            field=models.ForeignKey(
                blank=True,
                help_text="Empty for a premix, whose own composition says what it brings.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="materials.formulationpart",
            ),
        ),
        migrations.AlterField(
            model_name="powder",
            name="kind",
            field=models.CharField(
                choices=[
                    ("lot", "Lot"),
                    ("coating", "Coated powder"),
                    ("composite", "Composite"),
                    ("treatment", "Treated powder"),
                    ("aliquot", "Aliquot"),
                    ("merge", "Merged powder"),
                ],
                editable=False,
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="use",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("coated", "coated"),
                    ("mixed", "mixed"),
                    ("pressed", "pressed"),
                    ("precursor", "precursor, counted in pulses"),
                    ("treated", "treated"),
                    ("parted", "parted off"),
                    ("merged", "merged"),
                    ("filled", "filled into a source"),
                    ("other", "other"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="coatingrecipe",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("growth_lower_angstrom", None), ("growth_upper_angstrom", None)),
                    models.Q(("growth_limits_citation", ""), _negated=True),
                    _connector="OR",
                ),
                name="growth_limits_are_cited",
                violation_error_message="Limits of growth per cycle need their citation.",
            ),
        ),
        migrations.AddConstraint(
            model_name="coatingrecipe",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("growth_lower_angstrom", None),
                    ("growth_upper_angstrom", None),
                    ("growth_upper_angstrom__gte", models.F("growth_lower_angstrom")),
                    _connector="OR",
                ),
                name="growth_limits_in_order",
                violation_error_message="The upper limit of growth per cycle is below the lower one.",
            ),
        ),
        migrations.AddConstraint(
            model_name="coatingrecipeedition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("method", "ald"), _negated=True),
                    models.Q(("cycles__isnull", False), ("substrate_temperature_c__isnull", False)),
                    _connector="OR",
                ),
                name="ald_has_cycles_and_temperature",
                violation_error_message="An ALD recipe needs its cycles and its substrate temperature.",
            ),
        ),
        migrations.AddConstraint(
            model_name="coatingrecipeedition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("method", "solution"), _negated=True),
                    models.Q(
                        ("target_mass_fraction__isnull", False), models.Q(("target_basis", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="solution_has_target_and_basis",
                violation_error_message="A solution coating needs the mass fraction it aims at, and of what.",
            ),
        ),
        migrations.AddConstraint(
            model_name="coatingrecipeedition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("growth_expected_angstrom", None),
                    models.Q(("growth_source", ""), _negated=True),
                    _connector="OR",
                ),
                name="expected_growth_has_a_source",
                violation_error_message="An expected growth per cycle needs its source.",
            ),
        ),
        migrations.AddConstraint(
            model_name="massentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("change_ug__gt", 0), ("kind__in", ["received", "made", "gained", "returned"])),
                    models.Q(("change_ug__lt", 0), ("kind__in", ["drawn", "lost", "disposed"])),
                    ("kind__in", ["corrected", "rebalanced", "adjusted"]),
                    _connector="OR",
                ),
                name="entry_has_the_sign_of_its_kind",
                violation_error_message="What enters is above 0 and what leaves is below 0.",
            ),
        ),
        migrations.AddConstraint(
            model_name="massentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kind__in", ["corrected", "rebalanced", "adjusted", "disposed"]), _negated=True
                    ),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="correction_has_a_reason",
                violation_error_message="A correction needs its reason.",
            ),
        ),
        migrations.AddConstraint(
            model_name="powderlot",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("opened_on", None),
                    ("received_on", None),
                    ("opened_on__gte", models.F("received_on")),
                    _connector="OR",
                ),
                name="opened_after_it_came",
                violation_error_message="A container cannot have been opened before it was received.",
            ),
        ),
        migrations.AddField(
            model_name="coatinginterruption",
            name="batch",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="interruptions",
                to="materials.coatingbatch",
            ),
        ),
        migrations.AddField(
            model_name="countentry",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="countentry",
            name="powder",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="counts", to="materials.powder"
            ),
        ),
        migrations.AddField(
            model_name="countentry",
            name="use",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="counts",
                to="materials.use",
            ),
        ),
        migrations.AddField(
            model_name="drawreview",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="drawreview",
            name="reviewed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="drawreview",
            name="use",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="reviews", to="materials.use"
            ),
        ),
        migrations.AddField(
            model_name="gloveboxreading",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="gloveboxreading",
            name="glovebox",
            field=models.ForeignKey(
                limit_choices_to={"kind": "glovebox"},
                on_delete=django.db.models.deletion.PROTECT,
                related_name="readings",
                to="materials.equipment",
            ),
        ),
        migrations.AddField(
            model_name="hold",
            name="placed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="hold",
            name="powder",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="holds", to="materials.powder"
            ),
        ),
        migrations.AddField(
            model_name="hold",
            name="released_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="materiallimit",
            name="material",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="limits", to="materials.material"
            ),
        ),
        migrations.AddField(
            model_name="materialrole",
            name="material",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="roles", to="materials.material"
            ),
        ),
        migrations.AddField(
            model_name="place",
            name="inside",
            field=models.ForeignKey(
                blank=True,
                help_text="What it is in.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="places",
                to="materials.place",
            ),
        ),
        migrations.AddField(
            model_name="place",
            name="performed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="place",
            name="recorded_by",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="powder",
            name="place",
            field=models.ForeignKey(
                blank=True,
                help_text="Where it stands.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="powders",
                to="materials.place",
            ),
        ),
        migrations.AddConstraint(
            model_name="powder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "composite"), ("material", None)),
                    models.Q(("kind__in", ["lot", "coating"]), ("material__isnull", False)),
                    ("kind__in", ["treatment", "aliquot", "merge"]),
                    _connector="OR",
                ),
                name="composite_has_no_single_material",
                violation_error_message="A lot and a coated powder need a material; a composite has none of its own.",
            ),
        ),
        migrations.AddConstraint(
            model_name="powder",
            constraint=models.CheckConstraint(
                condition=models.Q(("counted_in", ""), ("kind", "lot"), _connector="OR"),
                name="only_lots_are_counted",
                violation_error_message="Only lots are counted in a unit of their own.",
            ),
        ),
        migrations.AddField(
            model_name="precursorfill",
            name="filled_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="precursorfill",
            name="powder",
            field=models.ForeignKey(
                help_text="The precursor's lot.",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="fills",
                to="materials.powder",
            ),
        ),
        migrations.AddField(
            model_name="precursorfill",
            name="reactor",
            field=models.ForeignKey(
                limit_choices_to={"kind": "ald_reactor"},
                on_delete=django.db.models.deletion.PROTECT,
                related_name="fills",
                to="materials.equipment",
            ),
        ),
        migrations.AddField(
            model_name="precursorfill",
            name="use",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="fill", to="materials.use"
            ),
        ),
        migrations.AddField(
            model_name="coatingbatch",
            name="fills",
            field=models.ManyToManyField(
                blank=True,
                help_text="The precursor fills that were pulsed.",
                related_name="batches",
                to="materials.precursorfill",
            ),
        ),
        migrations.AddField(
            model_name="qualityresult",
            name="instrument",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="materials.equipment",
            ),
        ),
        migrations.AddField(
            model_name="qualityresult",
            name="measured_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="qualityresult",
            name="powder",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="results", to="materials.powder"
            ),
        ),
        migrations.AddField(
            model_name="qualityresult",
            name="recorded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="qualityresult",
            name="replaces",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="replaced_by",
                to="materials.qualityresult",
            ),
        ),
        migrations.AddField(
            model_name="treatment",
            name="equipment",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="materials.equipment",
            ),
        ),
        migrations.AddField(
            model_name="treatment",
            name="load",
            field=models.OneToOneField(
                help_text="The powder put in.",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="materials.use",
            ),
        ),
        migrations.AddField(
            model_name="weighingrow",
            name="part",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="materials.formulationpart",
            ),
        ),
        migrations.AddField(
            model_name="weighingrow",
            name="powder",
            field=models.ForeignKey(
                blank=True,
                help_text="What was scanned; empty until then, unless the plan chose it.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="materials.powder",
            ),
        ),
        migrations.AddField(
            model_name="weighingrow",
            name="weighed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="weighingsheet",
            name="balance",
            field=models.ForeignKey(
                blank=True,
                limit_choices_to={"kind": "balance"},
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="materials.equipment",
            ),
        ),
        migrations.AddField(
            model_name="weighingsheet",
            name="batch",
            field=models.OneToOneField(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="weighing_sheet",
                to="materials.powder",
            ),
        ),
        migrations.AddField(
            model_name="weighingsheet",
            name="edition",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sheets",
                to="materials.formulationedition",
            ),
        ),
        migrations.AddField(
            model_name="weighingsheet",
            name="performed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="weighingsheet",
            name="recorded_by",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="weighingrow",
            name="sheet",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="rows", to="materials.weighingsheet"
            ),
        ),
        migrations.AddConstraint(
            model_name="countentry",
            constraint=models.UniqueConstraint(fields=("powder", "seq"), name="count_order"),
        ),
        migrations.AddConstraint(
            model_name="countentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("balance_after_milli__gte", 0)),
                name="count_never_below_zero",
                violation_error_message="A lot cannot hold less than nothing.",
            ),
        ),
        migrations.AddConstraint(
            model_name="countentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("change_milli", 0), _negated=True),
                name="count_moves_something",
                violation_error_message="An entry moves something.",
            ),
        ),
        migrations.AddConstraint(
            model_name="countentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("change_milli__gt", 0), ("kind__in", ["received", "returned"])),
                    models.Q(("change_milli__lt", 0), ("kind__in", ["used", "disposed"])),
                    ("kind", "adjusted"),
                    _connector="OR",
                ),
                name="count_has_the_sign_of_its_kind",
                violation_error_message="What enters is above 0 and what leaves is below 0.",
            ),
        ),
        migrations.AddConstraint(
            model_name="countentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ["adjusted", "disposed"]), _negated=True),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="count_adjusted_with_a_reason",
                violation_error_message="A correction needs its reason.",
            ),
        ),
        migrations.AddConstraint(
            model_name="drawreview",
            constraint=models.UniqueConstraint(fields=("use", "why"), name="each_reason_reviewed_once"),
        ),
        migrations.AddConstraint(
            model_name="drawreview",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reviewed_at", None), ("reviewed_by", None)),
                    models.Q(("reviewed_at__isnull", False), ("reviewed_by__isnull", False)),
                    _connector="OR",
                ),
                name="review_names_its_reviewer",
                violation_error_message="A review names who reviewed it.",
            ),
        ),
        migrations.AddIndex(
            model_name="gloveboxreading",
            index=models.Index(fields=["glovebox", "-at"], name="newest_reading"),
        ),
        migrations.AddConstraint(
            model_name="gloveboxreading",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("oxygen_ppm__isnull", False), ("water_ppm__isnull", False), _connector="OR"
                ),
                name="reading_shows_something",
                violation_error_message="A reading shows oxygen, water or both.",
            ),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.UniqueConstraint(
                condition=models.Q(("released_at", None)),
                fields=("powder",),
                name="one_hold_at_a_time",
                violation_error_message="This powder is on hold already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("released_at", None), ("released_by", None)),
                    models.Q(("released_at__isnull", False), ("released_by__isnull", False)),
                    _connector="OR",
                ),
                name="hold_released_by_someone",
                violation_error_message="A release names who released it.",
            ),
        ),
        migrations.AddConstraint(
            model_name="materiallimit",
            constraint=models.UniqueConstraint(
                fields=("material", "quantity", "element"),
                name="one_limit_of_a_quantity",
                violation_error_message="This material has a limit for this already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="materiallimit",
            constraint=models.CheckConstraint(
                condition=models.Q(("lower__isnull", False), ("upper__isnull", False), _connector="OR"),
                name="limit_limits_something",
                violation_error_message="A limit needs its lower or its upper end.",
            ),
        ),
        migrations.AddConstraint(
            model_name="materiallimit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("lower", None), ("upper", None), ("upper__gte", models.F("lower")), _connector="OR"
                ),
                name="limits_in_order",
                violation_error_message="The upper limit is below the lower one.",
            ),
        ),
        migrations.AddConstraint(
            model_name="materiallimit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("quantity", "element_mass_fraction"), models.Q(("element", ""), _negated=True)),
                    models.Q(models.Q(("quantity", "element_mass_fraction"), _negated=True), ("element", "")),
                    _connector="OR",
                ),
                name="limit_names_its_element",
                violation_error_message="An element's mass fraction names its element; nothing else does.",
            ),
        ),
        migrations.AddIndex(
            model_name="materialrole",
            index=models.Index(fields=["role", "material"], name="materials_in_role"),
        ),
        migrations.AddConstraint(
            model_name="materialrole",
            constraint=models.UniqueConstraint(
                fields=("material", "role"),
                name="each_role_once",
                violation_error_message="This substance has this role already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="place",
            constraint=models.UniqueConstraint(
                fields=("path",),
                name="one_place_of_a_name",
                violation_error_message="There is a place of this name already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="precursorfill",
            constraint=models.UniqueConstraint(
                condition=models.Q(("emptied_at", None)),
                fields=("reactor", "source"),
                name="one_fill_in_a_source",
                violation_error_message="This source holds a fill already: empty it first.",
            ),
        ),
        migrations.AddConstraint(
            model_name="qualityresult",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("quantity", "element_mass_fraction"), models.Q(("element", ""), _negated=True)),
                    models.Q(models.Q(("quantity", "element_mass_fraction"), _negated=True), ("element", "")),
                    _connector="OR",
                ),
                name="result_names_its_element",
                violation_error_message="An element's mass fraction names its element; nothing else does.",
            ),
        ),
        migrations.AddConstraint(
            model_name="treatment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ["anneal"]), _negated=True),
                    ("temperature_c__isnull", False),
                    _connector="OR",
                ),
                name="heat_has_its_temperature",
                violation_error_message="Annealing needs its temperature.",
            ),
        ),
        migrations.AddConstraint(
            model_name="weighingsheet",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("batch__isnull", False), ("state", "mixed")),
                    models.Q(models.Q(("state", "mixed"), _negated=True), ("batch", None)),
                    _connector="OR",
                ),
                name="mixed_sheet_has_its_batch",
                violation_error_message="A sheet is mixed when there is a batch of it.",
            ),
        ),
        migrations.AddConstraint(
            model_name="weighingrow",
            constraint=models.UniqueConstraint(fields=("sheet", "order"), name="weighing_row_order"),
        ),
        migrations.AddConstraint(
            model_name="weighingrow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("boat_after_ug", None),
                    models.Q(
                        ("boat_full_ug__gt", models.F("boat_after_ug")), ("boat_full_ug__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="boat_is_lighter_after",
                violation_error_message="The boat must weigh less after it was emptied than before.",
            ),
        ),
        migrations.AddConstraint(
            model_name="weighingrow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("mass_ug", None),
                    models.Q(
                        ("powder__isnull", False),
                        ("weighed_at__isnull", False),
                        ("weighed_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="weighed_row_says_what_and_who",
                violation_error_message="A weighed row says what was weighed, when and by whom.",
            ),
        ),
    ]
