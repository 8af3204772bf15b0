"""A request says whether the clock that binds it stands still."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dsr", "0011_clocks_on_requests"),
    ]

    operations = [
        migrations.AddField(
            model_name="subjectrequest",
            name="is_paused",
            field=models.BooleanField(
                default=False, help_text="The clock that binds stands still until the person replies."
            ),
        ),
    ]
