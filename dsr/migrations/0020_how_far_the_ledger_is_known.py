"""A database that knows of erasures already takes the ledger as it stands; a new one knows nothing of it."""

from django.db import migrations, models

BEGIN = """
INSERT INTO dsr_ledgerposition (id, number) SELECT 1, CASE
    WHEN EXISTS (SELECT FROM dsr_planstep WHERE intent IS NOT NULL) THEN NULL
    WHEN EXISTS (SELECT FROM dsr_keptrecord WHERE intent IS NOT NULL) THEN NULL
    ELSE 0 END
"""


class Migration(migrations.Migration):
    dependencies = [
        ("dsr", "0019_source_files_have_keys"),
    ]

    operations = [
        migrations.CreateModel(
            name="LedgerPosition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveBigIntegerField(null=True)),
            ],
        ),
        migrations.RunSQL(BEGIN, migrations.RunSQL.noop),
    ]
