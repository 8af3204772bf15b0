from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dsr", "0033_what_was_open_in_a_run"),
    ]

    operations = [
        migrations.AddField(
            model_name="planstep",
            name="sealed_seen",
            field=models.BinaryField(null=True),
        ),
    ]
