from django.db import migrations

# Constraints of this kind would break SQLite in a model's Meta; there the action's check and its one writer suffice.
EXCLUDED = (
    (
        "testing_channelinterval",
        "channel_held_once",
        "channel_id WITH =, kind WITH =, tstzrange(begins_at, ends_at, '[)') WITH &&",
    ),
    (
        "testing_clockoffset",
        "clock_offset_stated_once",
        "instrument_id WITH =, tstzrange(begins_at, ends_at, '[)') WITH &&",
    ),
)


def exclude(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    for table, name, what in EXCLUDED:
        schema_editor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} EXCLUDE USING gist ({what})")


def allow(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    for table, name, _ in EXCLUDED:
        schema_editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")


def assign_what_hangs(apps, schema_editor):
    """A test that is open on a channel holds it since it was set up."""
    tests = apps.get_model("testing", "CellTest")
    intervals = apps.get_model("testing", "ChannelInterval")
    hanging = tests.objects.filter(state__in=["planned", "running"]).exclude(channel=None)
    intervals.objects.bulk_create(
        intervals(
            channel_id=test.channel_id,
            kind="assigned",
            test=test,
            cell_id=test.cell_id,
            begins_at=test.performed_at,
            entered_by_id=test.recorded_by_id,
        )
        for test in hanging
    )


def forget_assignments(apps, schema_editor):
    apps.get_model("testing", "ChannelInterval").objects.all().delete()


class Migration(migrations.Migration):
    # PostgreSQL alters no table with rows that the same transaction has just written.
    atomic = False

    dependencies = [("testing", "0004_intake")]

    operations = [
        migrations.RunPython(exclude, allow),
        migrations.RunPython(assign_what_hangs, forget_assignments),
    ]
