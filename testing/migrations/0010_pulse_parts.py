from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('testing', '0009_mappings_and_logs'),
    ]

    operations = [
        migrations.AddField(
            model_name='testpulse',
            name='current_began_s',
            field=models.FloatField(help_text='Test time of the first current.', null=True),
        ),
        migrations.AddField(
            model_name='testpulse',
            name='half_sign',
            field=models.SmallIntegerField(default=0, help_text='1 while charging, -1 while discharging.'),
        ),
    ]
