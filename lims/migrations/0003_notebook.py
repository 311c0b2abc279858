import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('lims', '0002_suspicion_and_attachments'),
    ]

    operations = [
        migrations.CreateModel(
            name='Note',
            fields=[
                ('identity', models.OneToOneField(editable=False, on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='lims.identity')),
                ('performed_at', models.DateTimeField(default=django.utils.timezone.now, help_text='When it was done at the bench.')),
                ('recorded_at', models.DateTimeField(auto_now_add=True)),
                ('source', models.CharField(choices=[('bench', 'At the bench'), ('paper', 'From paper, later'), ('import', 'Imported')], default='bench', max_length=8)),
                ('note', models.TextField(blank=True, max_length=20000)),
                ('blanks', models.JSONField(blank=True, default=dict, editable=False, help_text='Fields that hold nothing, and whether they were not measured or not recorded.')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('kind', models.CharField(choices=[('entry', 'Entry'), ('conclusion', 'Conclusion')], default='entry', max_length=10)),
                ('heading', models.CharField(max_length=200)),
                ('body', models.TextField(help_text='Markdown.', max_length=100000)),
                ('performed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('recorded_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('subject', models.ForeignKey(blank=True, help_text='The record that it is about; empty: of the project as a whole.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='notes', to='lims.identity')),
            ],
            options={
                'ordering': ['-identity_id'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Mention',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('identity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mentions', to='lims.identity')),
                ('note', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mentions', to='lims.note')),
            ],
            options={
                'ordering': ['note', 'identity'],
            },
        ),
        migrations.CreateModel(
            name='NoteEdition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('heading', models.CharField(max_length=200)),
                ('body', models.TextField(max_length=100000)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('note', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='editions', to='lims.note')),
            ],
            options={
                'ordering': ['note', '-number'],
            },
        ),
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('path', models.CharField(max_length=200)),
                ('query', models.CharField(blank=True, max_length=2000)),
                ('made_at', models.DateTimeField(auto_now_add=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='saved_views', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.AddConstraint(
            model_name='note',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'conclusion'), _negated=True), ('subject__isnull', False), _connector='OR'), name='a_conclusion_is_of_something', violation_error_message='A conclusion is drawn from something: say which record.'),
        ),
        migrations.AddConstraint(
            model_name='mention',
            constraint=models.UniqueConstraint(fields=('note', 'identity'), name='one_mention_each'),
        ),
        migrations.AddConstraint(
            model_name='noteedition',
            constraint=models.UniqueConstraint(fields=('note', 'number'), name='one_note_edition_each'),
        ),
        migrations.AddConstraint(
            model_name='savedview',
            constraint=models.UniqueConstraint(fields=('user', 'name'), name='one_view_of_a_name', violation_error_message='You have a view of this name already.'),
        ),
    ]
