import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("lims", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="SuspectFlag",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("raised_at", models.DateTimeField(auto_now_add=True)),
                ("cleared_at", models.DateTimeField(blank=True, null=True)),
                ("clear_reason", models.CharField(blank=True, max_length=500)),
            ],
            options={
                "ordering": ["suspicion", "identity"],
            },
        ),
        migrations.CreateModel(
            name="Suspicion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=500)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.AddField(
            model_name="attachment",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("certificate", "Certificate of analysis"),
                    ("sheet", "Photo of a sheet"),
                    ("trace", "Pressure trace"),
                    ("result", "Result of a measurement"),
                    ("photo", "Photo"),
                    ("other", "Other"),
                ],
                default="other",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="attachment",
            name="withdrawn_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="attachment",
            name="withdrawn_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="attachment",
            name="withdrawn_reason",
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AddConstraint(
            model_name="attachment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("withdrawn_at", None), ("withdrawn_by", None), ("withdrawn_reason", "")),
                    models.Q(
                        ("withdrawn_at__isnull", False),
                        ("withdrawn_by__isnull", False),
                        models.Q(("withdrawn_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="withdrawn_by_someone_who_says_why",
                violation_error_message="Withdrawing a file needs who and why.",
            ),
        ),
        migrations.AddField(
            model_name="suspectflag",
            name="cleared_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="suspectflag",
            name="identity",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="suspect_flags", to="lims.identity"
            ),
        ),
        migrations.AddField(
            model_name="suspicion",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="suspicion",
            name="identity",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="suspicions", to="lims.identity"
            ),
        ),
        migrations.AddField(
            model_name="suspectflag",
            name="suspicion",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="flags", to="lims.suspicion"
            ),
        ),
        migrations.AddIndex(
            model_name="suspectflag",
            index=models.Index(
                condition=models.Q(("cleared_at", None)), fields=["identity"], name="standing_flags"
            ),
        ),
        migrations.AddConstraint(
            model_name="suspectflag",
            constraint=models.UniqueConstraint(
                fields=("suspicion", "identity"), name="flagged_once_for_each_suspicion"
            ),
        ),
        migrations.AddConstraint(
            model_name="suspectflag",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("clear_reason", ""), ("cleared_at", None), ("cleared_by", None)),
                    models.Q(
                        ("cleared_at__isnull", False),
                        ("cleared_by__isnull", False),
                        models.Q(("clear_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="flag_cleared_by_someone_who_says_why",
                violation_error_message="Clearing a flag needs who and why.",
            ),
        ),
    ]
