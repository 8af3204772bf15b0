from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from dsr.workflow import sealing


def seal(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Under the key of the request; where that is gone, so is the ground. What stays for a hold repeats it no more."""
    for hold in apps.get_model("dsr", "Hold").objects.exclude(subject_request=None).select_related("subject_request"):
        if not sealing.is_forgotten(hold.subject_request):
            hold.sealed_ground = sealing.seal_for(hold.subject_request, hold.ground.encode(), purpose="hold")
            hold.save(update_fields=("sealed_ground",))
    apps.get_model("dsr", "KeptRecord").objects.filter(rule="legal-hold").update(basis="")


class Migration(migrations.Migration):
    dependencies = [
        ("dsr", "0023_what_shall_be_corrected"),
    ]

    operations = [
        migrations.AddField("hold", "sealed_ground", models.BinaryField(null=True)),
        migrations.RunPython(seal, migrations.RunPython.noop, elidable=True),
        migrations.RemoveField("hold", "ground"),
    ]
