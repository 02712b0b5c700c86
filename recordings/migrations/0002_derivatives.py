from decimal import Decimal

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("recordings", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Derivative",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("sprite", "Sprite"), ("mp4", "Mp4"), ("frames", "Frames")], max_length=10
                    ),
                ),
                (
                    "fps",
                    models.DecimalField(
                        decimal_places=2,
                        default=Decimal("0"),
                        help_text="Of frames: how many for each second; 0 means every picture.",
                        max_digits=4,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("making", "Making"),
                            ("ready", "Ready"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                (
                    "source",
                    models.CharField(blank=True, help_text="Key of the video that it is made from.", max_length=200),
                ),
                (
                    "facts",
                    models.JSONField(
                        blank=True, default=dict, help_text="What its maker found out and must not forget."
                    ),
                ),
                ("done_ms", models.PositiveBigIntegerField(default=0, help_text="How much of the video is through.")),
                ("worked_ms", models.PositiveBigIntegerField(default=0, help_text="How long that took.")),
                ("file", models.FileField(blank=True, max_length=200, upload_to="")),
                ("content_type", models.CharField(blank=True, max_length=50)),
                ("size_bytes", models.PositiveBigIntegerField(blank=True, null=True)),
                ("failure", models.CharField(blank=True, max_length=300)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("ready_at", models.DateTimeField(blank=True, null=True)),
                ("turn", models.PositiveIntegerField(default=0, help_text="Raised by every claim.")),
                ("attempts", models.PositiveSmallIntegerField(default=0, help_text="Claims since something was kept.")),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                (
                    "offered_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, help_text="When the workers last heard of it."
                    ),
                ),
                ("last_error", models.CharField(blank=True, max_length=500)),
                (
                    "recording",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="derivatives",
                        to="recordings.recording",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DerivativePart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("file", models.FileField(max_length=200, upload_to="")),
                ("size_bytes", models.PositiveBigIntegerField()),
                ("facts", models.JSONField(blank=True, default=dict)),
                (
                    "derivative",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="parts", to="recordings.derivative"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="derivative",
            index=models.Index(
                condition=models.Q(("status__in", ["waiting", "making"])),
                fields=["offered_at"],
                name="derivative_unfinished",
            ),
        ),
        migrations.AddConstraint(
            model_name="derivative",
            constraint=models.UniqueConstraint(fields=("recording", "kind", "fps"), name="derivative_once"),
        ),
        migrations.AddConstraint(
            model_name="derivativepart",
            constraint=models.UniqueConstraint(fields=("derivative", "number"), name="derivative_part_number_once"),
        ),
    ]
