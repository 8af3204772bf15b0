import uuid

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def draw(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """One number for each erasure. Records whose log is gone share the one that they all got: nobody knows whose they are."""
    records = apps.get_model("dsr", "KeptRecord").objects
    known = records.exclude(subject_request=None)
    for number in known.order_by().values_list("subject_request", flat=True).distinct():
        records.filter(subject_request=number).update(person=uuid.uuid4())


class Migration(migrations.Migration):
    dependencies = [
        ("dsr", "0027_kept_records_are_sealed_by_month"),
    ]

    operations = [
        migrations.AddField(
            "keptrecord",
            "person",
            models.UUIDField(
                default=uuid.uuid4, help_text="Drawn by lot: which records are one person's, once no log says so."
            ),
        ),
        migrations.RunPython(draw, migrations.RunPython.noop, elidable=True),
    ]
