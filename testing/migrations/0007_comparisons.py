import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cells', '0004_layer_performed_by'),
        ('lims', '0002_suspicion_and_attachments'),
        ('testing', '0006_metric_framework'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Comparison',
            fields=[
                ('identity', models.OneToOneField(editable=False, on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='lims.identity')),
                ('performed_at', models.DateTimeField(default=django.utils.timezone.now, help_text='When it was done at the bench.')),
                ('recorded_at', models.DateTimeField(auto_now_add=True)),
                ('source', models.CharField(choices=[('bench', 'At the bench'), ('paper', 'From paper, later'), ('import', 'Imported')], default='bench', max_length=8)),
                ('note', models.TextField(blank=True, max_length=20000)),
                ('blanks', models.JSONField(blank=True, default=dict, editable=False, help_text='Fields that hold nothing, and whether they were not measured or not recorded.')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('name', models.CharField(max_length=200)),
                ('question', models.TextField(blank=True, max_length=5000)),
                ('colour_by', models.CharField(default='condition', max_length=40)),
                ('performed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('recorded_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-identity_id'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ComparedCell',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order', models.PositiveSmallIntegerField()),
                ('cell', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='comparisons', to='cells.cell')),
                ('comparison', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='testing.comparison')),
            ],
            options={
                'ordering': ['order'],
                'constraints': [models.UniqueConstraint(fields=('comparison', 'cell'), name='each_cell_compared_once', violation_error_message='This cell is in the comparison already.')],
            },
        ),
    ]
