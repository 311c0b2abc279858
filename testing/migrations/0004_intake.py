import django.core.validators
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cells', '0002_blanks'),
        ('lims', '0002_suspicion_and_attachments'),
        ('testing', '0003_spectra'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AlertWebhook',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='alert_webhook', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('url', models.URLField(max_length=500)),
                ('secret', models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='InstrumentPulse',
            fields=[
                ('instrument', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='pulse', serialize=False, to='testing.instrument')),
                ('heard_at', models.DateTimeField()),
                ('every_s', models.FloatField(default=60, validators=[django.core.validators.MinValueValidator(1)])),
                ('agent_version', models.CharField(blank=True, max_length=20)),
                ('host', models.CharField(blank=True, max_length=120)),
                ('waiting_files', models.PositiveIntegerField(null=True)),
                ('clock_difference_s', models.FloatField(help_text="The agent's clock less the lab's when it was heard.", null=True)),
                ('problem', models.CharField(blank=True, max_length=500)),
            ],
        ),
        migrations.CreateModel(
            name='TestPulse',
            fields=[
                ('test', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='pulse', serialize=False, to='testing.celltest')),
                ('point_at', models.DateTimeField(help_text='When the last point was measured.', null=True)),
                ('received_at', models.DateTimeField(null=True)),
                ('test_time_s', models.FloatField(null=True)),
                ('voltage_v', models.FloatField(null=True)),
                ('current_ma', models.FloatField(null=True)),
                ('temperature_c', models.FloatField(null=True)),
                ('step', models.CharField(blank=True, max_length=40)),
                ('half_capacity_mah', models.FloatField(null=True)),
                ('cycle_number', models.PositiveIntegerField(null=True)),
                ('last_record', models.BigIntegerField(null=True)),
                ('live_rows', models.PositiveBigIntegerField(default=0)),
                ('duplicate_rows', models.PositiveBigIntegerField(default=0)),
                ('differing_rows', models.PositiveBigIntegerField(default=0)),
                ('sealed_rows', models.PositiveBigIntegerField(default=0)),
                ('checked_until_s', models.FloatField(default=0, help_text='How much of the first half hour was judged.')),
            ],
        ),
        migrations.AddField(
            model_name='instrument',
            name='day_order',
            field=models.CharField(blank=True, choices=[('', 'not stated: an unclear day is asked for'), ('day_first', 'day first: 03/04 is 3 April'), ('month_first', 'month first: 03/04 is March 4')], default='', max_length=12),
        ),
        migrations.AddField(
            model_name='instrument',
            name='firmware',
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AddField(
            model_name='submission',
            name='conflict_with',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='testing.submission'),
        ),
        migrations.AddField(
            model_name='submission',
            name='follows_on',
            field=models.BooleanField(default=False, help_text='Its clock began anew: its times continue those of the file before it.'),
        ),
        migrations.AddField(
            model_name='submission',
            name='metadata',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='submission',
            name='place',
            field=models.PositiveSmallIntegerField(help_text="Its place among the test's files.", null=True),
        ),
        migrations.AddField(
            model_name='submission',
            name='start_question',
            field=models.CharField(blank=True, choices=[('', 'none'), ('ambiguous', 'That hour came twice'), ('nonexistent', 'That hour did not exist'), ('unreadable', 'The time cannot be read')], default='', max_length=12),
        ),
        migrations.AddField(
            model_name='submission',
            name='started_at',
            field=models.DateTimeField(help_text='When its first point was measured.', null=True),
        ),
        migrations.AddField(
            model_name='submission',
            name='started_text',
            field=models.CharField(blank=True, help_text='As the instrument wrote it.', max_length=60),
        ),
        migrations.AddField(
            model_name='submission',
            name='way',
            field=models.CharField(choices=[('posted', 'Posted'), ('resumed', 'Posted in parts'), ('dropped', 'Dropped on a page'), ('live', 'Live points')], default='posted', max_length=8),
        ),
        migrations.CreateModel(
            name='Alert',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('wrong_current', 'Wrong current'), ('wrong_limits', 'Outside its voltage limits'), ('wrong_direction', 'Wrong direction'), ('wrong_temperature', 'Wrong temperature'), ('reversed_leads', 'Reversed leads'), ('short', 'Short circuit suspected'), ('lost_heartbeat', 'Lost heartbeat'), ('finished', 'Test finished'), ('channel_free', 'Channel free'), ('parked_file', 'File needs a person')], max_length=20)),
                ('cause', models.CharField(help_text='Tells this cause from every other of its kind.', max_length=200)),
                ('sentence', models.TextField()),
                ('evidence', models.JSONField(default=dict)),
                ('raised_at', models.DateTimeField(auto_now_add=True)),
                ('acknowledged_at', models.DateTimeField(null=True)),
                ('acknowledged_note', models.CharField(blank=True, max_length=500)),
                ('acknowledged_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('channel', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='testing.channel')),
                ('instrument', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='testing.instrument')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='lims.project')),
                ('submission', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='testing.submission')),
                ('test', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='alerts', to='testing.celltest')),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='AlertChoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('wrong_current', 'Wrong current'), ('wrong_limits', 'Outside its voltage limits'), ('wrong_direction', 'Wrong direction'), ('wrong_temperature', 'Wrong temperature'), ('reversed_leads', 'Reversed leads'), ('short', 'Short circuit suspected'), ('lost_heartbeat', 'Lost heartbeat'), ('finished', 'Test finished'), ('channel_free', 'Channel free'), ('parked_file', 'File needs a person')], max_length=20)),
                ('on_page', models.BooleanField(default=True)),
                ('by_email', models.BooleanField(default=False)),
                ('by_webhook', models.BooleanField(default=False)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='alert_choices', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='AlertDelivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('way', models.CharField(choices=[('email', 'E-mail'), ('webhook', 'Webhook')], max_length=8)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('sent', 'Sent'), ('failed', 'Failed')], default='waiting', max_length=8)),
                ('reason', models.TextField(blank=True)),
                ('sent_at', models.DateTimeField(null=True)),
                ('alert', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='testing.alert')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'alert deliveries',
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='ChannelInterval',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('assigned', 'Assigned'), ('reserved', 'Reserved')], max_length=8)),
                ('purpose', models.CharField(blank=True, max_length=200)),
                ('begins_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField(blank=True, help_text='The first moment after it; empty: open.', null=True)),
                ('expected_end_at', models.DateTimeField(blank=True, null=True)),
                ('entered_at', models.DateTimeField(auto_now_add=True)),
                ('cell', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='channel_intervals', to='cells.cell')),
                ('channel', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='intervals', to='testing.channel')),
                ('entered_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('test', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='intervals', to='testing.celltest')),
            ],
            options={
                'ordering': ['channel', 'begins_at'],
            },
        ),
        migrations.CreateModel(
            name='ClockOffset',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('offset_s', models.FloatField(help_text='Its clock less the true time: above 0 where it is ahead.')),
                ('begins_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField(blank=True, help_text='Empty: until somebody says otherwise.', null=True)),
                ('note', models.CharField(blank=True, max_length=200)),
                ('entered_at', models.DateTimeField(auto_now_add=True)),
                ('entered_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('instrument', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='clock_offsets', to='testing.instrument')),
            ],
            options={
                'ordering': ['instrument', 'begins_at'],
            },
        ),
        migrations.CreateModel(
            name='CurrentRange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('upper_ma', models.FloatField(help_text='The largest current of the range.', validators=[django.core.validators.MinValueValidator(1e-09)])),
                ('offset_ma', models.FloatField(blank=True, help_text='Standard uncertainty of the zero, mA; empty: not stated.', null=True, validators=[django.core.validators.MinValueValidator(0)])),
                ('gain_fraction', models.FloatField(blank=True, help_text='Standard uncertainty of the scale, as a fraction; empty: not stated.', null=True, validators=[django.core.validators.MinValueValidator(0)])),
                ('calibrated_on', models.DateField()),
                ('due_on', models.DateField(blank=True, null=True)),
                ('certificate', models.CharField(blank=True, max_length=120)),
                ('entered_at', models.DateTimeField(auto_now_add=True)),
                ('entered_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('instrument', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='current_ranges', to='testing.instrument')),
            ],
            options={
                'ordering': ['instrument', 'upper_ma', '-calibrated_on', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='LiveSegment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_record', models.BigIntegerField()),
                ('last_record', models.BigIntegerField()),
                ('rows', models.PositiveIntegerField()),
                ('content', models.BinaryField(null=True)),
                ('received_at', models.DateTimeField(auto_now_add=True)),
                ('sealed_into', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='segments', to='testing.submission')),
                ('sender', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('test', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='segments', to='testing.celltest')),
            ],
            options={
                'ordering': ['test', 'first_record'],
            },
        ),
        migrations.CreateModel(
            name='Upload',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=255)),
                ('length', models.PositiveBigIntegerField()),
                ('offset', models.PositiveBigIntegerField(default=0, help_text='Bytes that are here and safe.')),
                ('metadata', models.TextField(blank=True, help_text='Upload-Metadata as it was sent.')),
                ('bulk', models.BooleanField(default=False)),
                ('sha256', models.CharField(blank=True, help_text='What the sender says the whole file is.', max_length=64)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('expires_at', models.DateTimeField()),
                ('cell', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cells.cell')),
                ('channel', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='testing.channel')),
                ('project', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='lims.project')),
                ('sender', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('submission', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='testing.submission')),
                ('test', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='testing.celltest')),
            ],
            options={
                'ordering': ['-created_at'],
            },
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(condition=models.Q(('acknowledged_at', None)), fields=['project'], name='open_alerts'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.UniqueConstraint(fields=('kind', 'cause'), name='one_alert_for_a_cause'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('acknowledged_at', None), ('acknowledged_by', None)), models.Q(('acknowledged_at__isnull', False), ('acknowledged_by__isnull', False)), _connector='OR'), name='acknowledged_by_someone', violation_error_message='An alert is acknowledged by somebody.'),
        ),
        migrations.AddConstraint(
            model_name='alertchoice',
            constraint=models.UniqueConstraint(fields=('user', 'kind'), name='one_choice_for_a_kind'),
        ),
        migrations.AddConstraint(
            model_name='alertdelivery',
            constraint=models.UniqueConstraint(fields=('alert', 'user', 'way'), name='told_once_by_each_way'),
        ),
        migrations.AddIndex(
            model_name='channelinterval',
            index=models.Index(fields=['channel', 'begins_at'], name='channel_intervals_in_order'),
        ),
        migrations.AddConstraint(
            model_name='channelinterval',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at', None), ('ends_at__gt', models.F('begins_at')), _connector='OR'), name='interval_ends_after_it_begins', violation_error_message='It ends after it begins.'),
        ),
        migrations.AddConstraint(
            model_name='channelinterval',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'assigned'), ('test__isnull', False)), models.Q(('ends_at__isnull', False), ('kind', 'reserved'), ('test', None)), _connector='OR'), name='an_assignment_has_a_test', violation_error_message='A test is assigned; a reservation has an end.'),
        ),
        migrations.AddConstraint(
            model_name='clockoffset',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at', None), ('ends_at__gt', models.F('begins_at')), _connector='OR'), name='clock_offset_ends_after_it_begins', violation_error_message='It ends after it begins.'),
        ),
        migrations.AddConstraint(
            model_name='currentrange',
            constraint=models.UniqueConstraint(fields=('instrument', 'upper_ma', 'calibrated_on'), name='one_calibration_of_a_range_a_day', violation_error_message='This range has a calibration of that day already.'),
        ),
        migrations.AddConstraint(
            model_name='currentrange',
            constraint=models.CheckConstraint(condition=models.Q(('offset_ma__isnull', False), ('gain_fraction__isnull', False), _connector='OR'), name='calibration_states_something', violation_error_message='A calibration states the zero, the scale, or both.'),
        ),
        migrations.AddConstraint(
            model_name='livesegment',
            constraint=models.UniqueConstraint(fields=('test', 'first_record'), name='one_segment_from_a_record'),
        ),
        migrations.AddConstraint(
            model_name='livesegment',
            constraint=models.CheckConstraint(condition=models.Q(('last_record__gte', models.F('first_record'))), name='segment_in_order', violation_error_message="A segment's last record is not before its first."),
        ),
        migrations.AddConstraint(
            model_name='livesegment',
            constraint=models.CheckConstraint(condition=models.Q(('content__isnull', False), ('sealed_into__isnull', False), _connector='OR'), name='segment_has_points_or_a_file', violation_error_message='A segment holds its points, or names the file that holds them.'),
        ),
        migrations.AddIndex(
            model_name='upload',
            index=models.Index(fields=['expires_at'], name='uploads_by_expiry'),
        ),
        migrations.AddConstraint(
            model_name='upload',
            constraint=models.CheckConstraint(condition=models.Q(('offset__lte', models.F('length'))), name='upload_within_its_length', violation_error_message='An upload never holds more than its length.'),
        ),
    ]
