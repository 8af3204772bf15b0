import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dsr", "0029_batches_are_recorded"),
    ]

    operations = [
        migrations.CreateModel(
            name="IssuedLetter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("issued_at", models.DateTimeField()),
                ("content", models.JSONField()),
                ("sha256", models.CharField(max_length=64)),
                (
                    "subject_request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="issued_letters",
                        to="dsr.subjectrequest",
                    ),
                ),
            ],
            options={"ordering": ("subject_request", "number")},
        ),
        migrations.AddConstraint(
            "issuedletter",
            models.UniqueConstraint(fields=("subject_request", "number"), name="one_letter_per_number"),
        ),
        migrations.RemoveConstraint("recipientinstruction", "one_instruction_per_recipient"),
        migrations.AddField(
            "recipientinstruction",
            "number",
            models.PositiveSmallIntegerField(
                default=1, help_text="1 as the plan was carried out; more as what had been kept was erased."
            ),
        ),
        migrations.AddConstraint(
            "recipientinstruction",
            models.UniqueConstraint(
                fields=("subject_request", "recipient", "kind", "number"), name="one_instruction_per_recipient"
            ),
        ),
        migrations.AlterField(
            "notice",
            "kind",
            models.CharField(
                choices=[
                    ("confirm", "Please confirm"),
                    ("confirmed", "We have your request"),
                    ("ready", "Your copy is ready"),
                    ("refused", "Refused"),
                    ("access_link", "New link"),
                    ("extended", "It takes longer"),
                    ("question", "We have a question"),
                    ("cooling_off", "You may still stop it"),
                    ("erased", "What became of your data"),
                    ("corrected", "What became of a correction"),
                    ("all_answered", "Everybody who got the data has answered"),
                    ("finished", "What was kept is erased too"),
                    ("due_reminder", "The owners are reminded of a date"),
                    ("task", "A colleague is asked"),
                    ("task_reminder", "A colleague is reminded"),
                    ("instruction", "A recipient is told"),
                    ("instruct_reminder", "A recipient is reminded"),
                    ("recipient_task", "The owners are to tell a recipient"),
                ],
                max_length=20,
            ),
        ),
    ]
