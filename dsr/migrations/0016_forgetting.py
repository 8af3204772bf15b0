"""Requests are forgotten when their time is over; a chain of the log is removed whole at the end of its own, and never a part of it.

An entry may go only when its chain has a tombstone that says how long it was and how it ended. The app's role has no right to
remove entries at all: it may call ``dsr_audit_remove``, which acts with the owner's rights and looks for itself that the chain
is a request's and that nothing was done in it for 24 months (11 CCR 7101(a)). Having been forgotten is not counted as done.
"""

from django.db import migrations, models

ALLOW_EXPIRED = """
CREATE OR REPLACE FUNCTION dsr_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT 1 FROM dsr_auditstream chain JOIN dsr_audittombstone stone
            ON stone.stream_digest = encode(sha256(convert_to(chain.name, 'UTF8')), 'hex')
            AND stone.entries = chain.length AND stone.head = chain.head
        WHERE chain.id = OLD.stream_id
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE FUNCTION dsr_audit_remove(chain_id bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM dsr_auditstream WHERE id = chain_id AND name LIKE 'request:%')
        OR EXISTS (
            SELECT 1 FROM dsr_auditentry WHERE stream_id = chain_id AND action <> 'request.forgotten'
                AND at > now() - interval '24 months'
        )
    THEN
        RAISE EXCEPTION 'only the chain of a request goes, and not within 24 months'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    DELETE FROM dsr_auditentry WHERE stream_id = chain_id;
    DELETE FROM dsr_auditstream WHERE id = chain_id;
END
$$;
REVOKE ALL ON FUNCTION dsr_audit_remove(bigint) FROM PUBLIC;
"""
REFUSE_ALL = """
DROP FUNCTION dsr_audit_remove(bigint);
CREATE OR REPLACE FUNCTION dsr_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("dsr", "0015_steps_know_outcomes")]
    operations = [
        migrations.CreateModel(
            name="AuditTombstone",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "stream_digest",
                    models.CharField(help_text="SHA-256 of the chain's name.", max_length=64, unique=True),
                ),
                ("entries", models.PositiveIntegerField()),
                ("head", models.CharField(max_length=64)),
                ("last_at", models.DateTimeField(help_text="When the last fact was written.")),
                ("removed_at", models.DateTimeField()),
                ("public_key", models.CharField(max_length=44)),
                ("signature", models.CharField(max_length=88)),
            ],
            options={"ordering": ("id",)},
        ),
        migrations.AddField(
            model_name="subjectrequest",
            name="forgotten_at",
            field=models.DateTimeField(help_text="What was sealed is removed; the bare log stays.", null=True),
        ),
        migrations.RunSQL(ALLOW_EXPIRED, REFUSE_ALL),
    ]
