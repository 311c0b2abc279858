"""A substance's one role becomes the first of its roles; a place that was text becomes places inside one another."""

from django.db import migrations

MODEL = "materials.place"


def forwards(apps, schema_editor):
    Material, MaterialRole = (apps.get_model("materials", name) for name in ("Material", "MaterialRole"))
    MaterialRole.objects.bulk_create(
        MaterialRole(material_id=pk, role=role) for pk, role in Material.objects.values_list("pk", "role")
    )
    PowderLot = apps.get_model("materials", "PowderLot")
    for lot in PowderLot.objects.exclude(place="").select_related("powder"):
        names = [name.strip() for name in lot.place.split(">") if name.strip()][:6]
        if names:
            lot.powder.place_id = _place(apps, names, lot.powder).pk
            lot.powder.save(update_fields=["place"])


def _place(apps, names, powder):
    """Return the place of these names, entering what is missing in the name of who recorded the lot."""
    Place = apps.get_model("materials", "Place")
    path = " > ".join(names)
    found = Place.objects.filter(path=path).first()
    if found is not None:
        return found
    inside = _place(apps, names[:-1], powder) if len(names) > 1 else None
    sequence, _ = apps.get_model("lims", "CodeSequence").objects.get_or_create(prefix="LOC")
    sequence.last_number += 1
    sequence.save()
    identity = apps.get_model("lims", "Identity").objects.create(
        code=f"LOC-{sequence.last_number:04d}", kind=MODEL, project=None
    )
    return Place.objects.create(
        identity=identity, name=names[-1][:80], inside=inside, path=path[:500], recorded_by_id=powder.recorded_by_id,
        performed_by_id=powder.performed_by_id, performed_at=powder.performed_at,
    )  # fmt: skip


def backwards(apps, schema_editor):
    Material, MaterialRole = (apps.get_model("materials", name) for name in ("Material", "MaterialRole"))
    for material in Material.objects.all():
        first = MaterialRole.objects.filter(material_id=material.pk).order_by("pk").first()
        if first is not None:
            Material.objects.filter(pk=material.pk).update(role=first.role)
    MaterialRole.objects.all().delete()
    for lot in apps.get_model("materials", "PowderLot").objects.exclude(powder__place=None):
        lot.place = lot.powder.place.path[:120]
        lot.save(update_fields=["place"])
        lot.powder.place = None
        lot.powder.save(update_fields=["place"])
    Place = apps.get_model("materials", "Place")
    while Place.objects.exists():
        Place.objects.filter(places=None).delete()
    apps.get_model("lims", "Identity").objects.filter(kind=MODEL).delete()


class Migration(migrations.Migration):
    dependencies = [("materials", "0002_whole_materials_app"), ("lims", "0002_suspicion_and_attachments")]

    operations = [migrations.RunPython(forwards, backwards)]
