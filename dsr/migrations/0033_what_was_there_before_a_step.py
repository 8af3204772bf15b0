from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dsr", "0031_correction_files_and_who_is_told"),
    ]

    operations = [
        migrations.AddField(
            model_name="planstep",
            name="sealed_seen",
            field=models.BinaryField(null=True),
        ),
    ]
