from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("materials", "0003_roles_and_places")]

    operations = [
        # So that going back has something to begin with.
        migrations.AlterField(
            model_name="material", name="role", field=models.CharField(max_length=16, default="precursor")
        ),
        migrations.RemoveField(
            model_name="material",
            name="role",
        ),
        migrations.RemoveField(
            model_name="powderlot",
            name="place",
        ),
    ]
