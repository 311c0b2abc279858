from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("testing", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="celltest",
            name="blanks",
            field=models.JSONField(
                blank=True,
                default=dict,
                editable=False,
                help_text="Fields that hold nothing, and whether they were not measured or not recorded.",
            ),
        ),
        migrations.AddField(
            model_name="instrument",
            name="blanks",
            field=models.JSONField(
                blank=True,
                default=dict,
                editable=False,
                help_text="Fields that hold nothing, and whether they were not measured or not recorded.",
            ),
        ),
        migrations.AddField(
            model_name="protocol",
            name="blanks",
            field=models.JSONField(
                blank=True,
                default=dict,
                editable=False,
                help_text="Fields that hold nothing, and whether they were not measured or not recorded.",
            ),
        ),
        migrations.AddField(
            model_name="report",
            name="blanks",
            field=models.JSONField(
                blank=True,
                default=dict,
                editable=False,
                help_text="Fields that hold nothing, and whether they were not measured or not recorded.",
            ),
        ),
    ]
