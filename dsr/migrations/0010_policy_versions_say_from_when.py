"""A policy version says from when, by whom, whether the change was material; and no version is ever changed."""

from django.db import migrations, models

FROM_THE_START = "UPDATE dsr_policyversion SET in_force_from = published_at"
REFUSE = """
CREATE FUNCTION dsr_policy_version_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a published policy version never changes' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER dsr_policy_version_is_immutable BEFORE UPDATE OR DELETE ON dsr_policyversion
    FOR EACH ROW EXECUTE FUNCTION dsr_policy_version_refuse();
"""
ALLOW = """
DROP TRIGGER dsr_policy_version_is_immutable ON dsr_policyversion;
DROP FUNCTION dsr_policy_version_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("dsr", "0009_source_files")]
    operations = [
        migrations.AddField("policyversion", "in_force_from", models.DateTimeField(null=True)),
        migrations.AddField(
            "policyversion",
            "is_material",
            models.BooleanField(default=False, help_text="Customers had to be told of the change."),
        ),
        migrations.AddField(
            "policyversion",
            "notice_proofs",
            models.JSONField(default=list, help_text="Where and on which day customers were told of it."),
        ),
        migrations.AddField(
            "policyversion",
            "published_by",
            models.CharField(
                default="command", max_length=40, help_text="Who, as the audit log says it: command, staff:7."
            ),
            preserve_default=False,
        ),
        migrations.RunSQL(FROM_THE_START, migrations.RunSQL.noop),
        migrations.AlterField("policyversion", "in_force_from", models.DateTimeField()),
        migrations.RunSQL(REFUSE, ALLOW),
    ]
