from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cells", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="cell",
            name="blanks",
            field=models.JSONField(
                blank=True,
                default=dict,
                editable=False,
                help_text="Fields that hold nothing, and whether they were not measured or not recorded.",
            ),
        ),
        migrations.AddField(
            model_name="celldesign",
            name="blanks",
            field=models.JSONField(
                blank=True,
                default=dict,
                editable=False,
                help_text="Fields that hold nothing, and whether they were not measured or not recorded.",
            ),
        ),
        migrations.AddField(
            model_name="study",
            name="blanks",
            field=models.JSONField(
                blank=True,
                default=dict,
                editable=False,
                help_text="Fields that hold nothing, and whether they were not measured or not recorded.",
            ),
        ),
    ]
