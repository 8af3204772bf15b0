"""Where a person lives and what follows for the dates of a request; pauses, extensions and reminders of them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dsr", "0010_policy_versions_say_from_when"),
    ]

    operations = [
        migrations.AddField(
            model_name="subjectrequest",
            name="acknowledge_by",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="subjectrequest",
            name="acknowledged_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="subjectrequest",
            name="latest_lawful_on",
            field=models.DateField(help_text="By the reading of the statute that leaves the most time.", null=True),
        ),
        migrations.AddField(
            model_name="subjectrequest",
            name="residence",
            field=models.CharField(
                blank=True, help_text="Where the person lives: DE, US-CA; empty unknown.", max_length=12
            ),
        ),
        migrations.AddField(
            model_name="subjectrequest",
            name="target_on",
            field=models.DateField(help_text="The shop's own aim, before the date that binds.", null=True),
        ),
        migrations.AlterField(
            model_name="notice",
            name="kind",
            field=models.CharField(
                choices=[
                    ("confirm", "Please confirm"),
                    ("confirmed", "We have your request"),
                    ("ready", "Your copy is ready"),
                    ("refused", "Refused"),
                    ("access_link", "New link"),
                    ("extended", "It takes longer"),
                    ("question", "We have a question"),
                    ("due_reminder", "The owners are reminded of a date"),
                    ("task", "A colleague is asked"),
                    ("task_reminder", "A colleague is reminded"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="subjectrequest",
            name="regime",
            field=models.CharField(default="shop-promise", help_text="Whose date binds: the earliest.", max_length=40),
        ),
        migrations.CreateModel(
            name="Extension",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sealed_reason", models.BinaryField()),
                ("extended_at", models.DateTimeField()),
                ("from_on", models.DateField(help_text="The date before.")),
                ("until_on", models.DateField(help_text="The date that the person was told.")),
                (
                    "notice",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="extension",
                        to="dsr.notice",
                    ),
                ),
                (
                    "subject_request",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="extension", to="dsr.subjectrequest"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ClockPause",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "why",
                    models.CharField(
                        choices=[
                            ("clarification", "What is asked for is not clear"),
                            ("identity", "Who asks is in doubt"),
                            ("fee", "A fee was asked for"),
                            ("authority", "Whether somebody may ask for another is in doubt"),
                        ],
                        max_length=20,
                    ),
                ),
                ("sealed_reason", models.BinaryField()),
                ("asked_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(null=True)),
                (
                    "subject_request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="pauses", to="dsr.subjectrequest"
                    ),
                ),
            ],
            options={
                "ordering": ("asked_at", "id"),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("answered_at", None)),
                        fields=("subject_request",),
                        name="one_open_pause_per_request",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ClockReminder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("nearly_late", "Nearly late"),
                            ("late", "Late"),
                            ("ack_late", "Not acknowledged in time"),
                        ],
                        max_length=20,
                    ),
                ),
                ("about_on", models.DateField(help_text="The date that is near or has passed.")),
                ("made_at", models.DateTimeField()),
                (
                    "subject_request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="clock_reminders",
                        to="dsr.subjectrequest",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("subject_request", "step", "about_on"), name="one_reminder_per_step"
                    )
                ],
            },
        ),
    ]
