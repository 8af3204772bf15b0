import json

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone

from dsr import crypto
from dsr.clocks.arithmetic import add_months
from dsr.workflow import sealing


def seal(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Under a month's key instead of the ledger's, which is never destroyed; what has ended keeps no key."""
    records = apps.get_model("dsr", "KeptRecord").objects
    records.exclude(state="waiting").update(sealed_key=b"")
    month = add_months(timezone.now().date().replace(day=1), 1)
    for kept in records.filter(state="waiting").iterator():
        version, _, body = bytes(kept.sealed_key).partition(b":")
        context = f"kept:{kept.digest}"
        columns = json.loads(crypto.unseal(sealing.ring().key("ledger", version.decode()), body, context=context))
        plain = json.dumps([columns, {}]).encode()
        kept.key_month, kept.sealed_key = month, crypto.seal(sealing.ring().month_key(month), plain, context=context)
        kept.save(update_fields=("key_month", "sealed_key"))


class Migration(migrations.Migration):
    dependencies = [
        ("dsr", "0026_accounts_role"),
    ]

    operations = [
        migrations.AddField(
            "keptrecord",
            "key_month",
            models.DateField(null=True, help_text="The month by whose key it is sealed. None: it has ended."),
        ),
        migrations.RunPython(seal, migrations.RunPython.noop, elidable=True),
    ]
