"""Entries of the audit log are never changed or removed one by one, whoever asks."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION dsr_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER dsr_audit_append_only BEFORE UPDATE OR DELETE ON dsr_auditentry
    FOR EACH ROW EXECUTE FUNCTION dsr_audit_refuse();
"""
ALLOW = "DROP TRIGGER dsr_audit_append_only ON dsr_auditentry; DROP FUNCTION dsr_audit_refuse();"


class Migration(migrations.Migration):
    dependencies = [("dsr", "0001_initial")]
    operations = [migrations.RunSQL(REFUSE, ALLOW)]
