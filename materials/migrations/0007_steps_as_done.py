import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("materials", "0006_calibrations"),
    ]

    operations = [
        migrations.CreateModel(
            name="CoatingStepDone",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("duration_s", models.FloatField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(0.001)])),
                ("temperature_c", models.FloatField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(-273.15), django.core.validators.MaxValueValidator(3000)])),
                ("atmosphere", models.CharField(blank=True, max_length=60)),
                ("ramp_c_min", models.FloatField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name="ramp, °C/min")),
                ("batch", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="steps_done", to="materials.coatingbatch")),
                ("step", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="materials.coatingstep")),
            ],
            options={
                "ordering": ["step__order"],
                "constraints": [
                    models.UniqueConstraint(fields=("batch", "step"), name="each_step_done_once", violation_error_message="What was done in this step has been said already."),
                    models.CheckConstraint(condition=models.Q(("duration_s__isnull", False), ("temperature_c__isnull", False), ("ramp_c_min__isnull", False), models.Q(("atmosphere", ""), _negated=True), _connector="OR"), name="step_done_says_something", violation_error_message="Say what was done in the step: how long, how hot, in what."),
                ],
            },
        ),
        migrations.AlterField(
            model_name="material",
            name="hazard_statements",
            field=models.CharField(
                blank=True,
                help_text="The H codes of its safety data sheet, such as H250, H314.",
                max_length=200,
                validators=[
                    django.core.validators.RegexValidator(
                        "^(EU)?H\\d{3}[A-Za-z]*(\\+H\\d{3})*(, (EU)?H\\d{3}[A-Za-z]*(\\+H\\d{3})*)*$",
                        "Hazard statements are codes with commas between them, such as H250, H302+H332, H314.",
                    )
                ],
            ),
        ),
        migrations.RemoveConstraint(
            model_name="mixcomponent",
            name="each_part_weighed_once",
        ),
    ]
