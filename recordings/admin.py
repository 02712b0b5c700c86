"""Recordings and chunks in the admin."""

from django.contrib import admin, messages
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from cam2bytes.lib import words
from cam2bytes.lib.admins import MachineAdmin, precise_time
from recordings import ingest, presentation
from recordings.models import Chunk, Recording
from recordings.runs import runs_of


@admin.register(Recording)
class RecordingAdmin(MachineAdmin):
    ordering = ("-started_at", "-id")
    date_hierarchy = "started_at"
    list_display = (
        "poster_small", "__str__", "owner", "status", "started_at", "length", "chunks_kept", "gap_words", "size",
        "failure", "device_name",
    )  # fmt: skip
    list_display_links = ("poster_small", "__str__")
    list_select_related = ("owner",)
    list_filter = ("status", "sealed_by", ("started_at", admin.DateFieldListFilter))
    search_fields = ("name", "device_name", "camera_label", "external_id", "owner__username", "id__exact")
    fields = (
        "player", "health",
        "name", "owner", "labels", "metadata", "device_name", "camera_label", "external_id", "status",
        "failure", "last_error", "end_reason", "sealed_by", "length", "gap_words", "file_facts", "size", "held",
        "original_type", "chunk_table", "revision", "continues", "page_state", "waiting_count", "started_at",
        "sealed_at", "ready_at", "alive_at", "last_chunk_at", "attempts", "lease_until", "started_by_token", "id",
        "page",
    )  # fmt: skip
    editable_fields = ("name", "labels", "metadata", "device_name", "camera_label", "external_id")
    actions = ("assemble_again",)

    def get_queryset(self, request):
        return super().get_queryset(request).defer("header", "metadata")

    @admin.display(description=_("picture"))
    def poster_small(self, recording):
        address = presentation.poster_url(recording)
        if not address:
            return "-"
        return format_html('<img src="{}" alt="" width="80" height="45" loading="lazy">', address)

    @admin.display(description=_("video"))
    def player(self, recording):
        if not recording.video:
            return "-"
        return format_html(
            '<video class="large" controls preload="metadata" src="{}" poster="{}"></video>',
            presentation.video_url(recording), presentation.poster_url(recording),
        )  # fmt: skip

    @admin.display(description=_("health"))
    def health(self, recording):
        return presentation.health_sentence(recording)

    @admin.display(description=_("length"), ordering="duration_ms")
    def length(self, recording):
        return words.clock(recording.duration_ms) or "-"

    @admin.display(description=_("chunks"), ordering="received_count")
    def chunks_kept(self, recording):
        if recording.chunk_count is None:
            return recording.received_count
        return f"{recording.received_count} / {recording.chunk_count}"

    @admin.display(description=_("gaps"))
    def gap_words(self, recording):
        return presentation.gaps_sentence(recording) or "-"

    @admin.display(description=_("file"))
    def file_facts(self, recording):
        return presentation.file_facts(recording) if recording.video else "-"

    @admin.display(description=_("size"), ordering="video_size_bytes")
    def size(self, recording):
        return words.size(recording.video_size_bytes) or "-"

    @admin.display(description=_("chunks held"), ordering="held_bytes")
    def held(self, recording):
        return words.size(recording.held_bytes)

    @admin.display(description=_("type as recorded"))
    def original_type(self, recording):
        return recording.content_type

    @admin.display(description=_("chunks"))
    def chunk_table(self, recording):
        """Runs of chunks in order, and the holes between them."""
        rows = []
        for run in runs_of(recording):
            numbers = run.first if run.first == run.last else f"{run.first} to {run.last}"
            if run.is_hole:
                row = '<tr class="hole"><td>{}</td><td>{}</td><td>{}</td></tr>'
                rows.append(format_html(row, numbers, run.count, _("never came")))
            else:
                row = "<tr><td>{}</td><td>{}</td><td>{}</td></tr>"
                rows.append(format_html(row, numbers, run.count, words.size(run.size_bytes)))
        head = format_html("<tr><th>{}</th><th>{}</th><th>{}</th></tr>", _("Numbers"), _("Chunks"), _("Size"))
        address = f"{reverse('admin:recordings_chunk_changelist')}?recording__id__exact={recording.pk}"
        table = mark_safe("".join([head, *rows]))  # noqa: S308 - every row was made by format_html
        return format_html('<table class="chunks">{}</table><a href="{}">{}</a>', table, address, _("All chunks"))

    @admin.display(description=_("its page"))
    def page(self, recording):
        return format_html('<a href="{0}">{0}</a>', reverse("recording-detail", args=[recording.pk]))

    @admin.action(description=_("Assemble again"), permissions=["change"])
    def assemble_again(self, request, queryset):
        count = sum(ingest.assemble_again(recording) for recording in queryset)
        sentence = ngettext("%(n)s recording is assembled again.", "%(n)s recordings are assembled again.", count)
        self.message_user(request, sentence % {"n": count}, messages.SUCCESS)

    def told_for_deletion(self, recording):
        return f"{recording}: {recording.received_count} chunks, {words.size(recording.held_bytes)}"

    def delete_with_files(self, recording):
        ingest.delete_recording(recording)


class OneRecordingFilter(admin.SimpleListFilter):
    """Chunks of one recording; shown only while it is on."""

    title = _("recording")
    parameter_name = "recording__id__exact"

    def lookups(self, request, model_admin):
        value = request.GET.get(self.parameter_name)
        return [(value, _("this one"))] if value else []

    def queryset(self, request, queryset):
        return queryset.filter(recording=self.value()).order_by("number") if self.value() else queryset


@admin.register(Chunk)
class ChunkAdmin(MachineAdmin):
    """To look at only: a chunk goes with its recording."""

    ordering = ("-id",)
    date_hierarchy = "received_at"
    list_display = ("number", "recording_link", "size", "received", "sha256")
    list_select_related = ("recording",)
    list_filter = (("received_at", admin.DateFieldListFilter), OneRecordingFilter)
    search_fields = ("=number", "sha256__startswith", "recording__name", "recording__device_name")
    search_help_text = _("A number, the beginning of a digest, or a name or device of the recording.")
    fields = ("recording_link", "number", "size", "sha256", "received_at", "file")

    def get_queryset(self, request):
        return super().get_queryset(request).defer("recording__header", "recording__metadata", "recording__gaps")

    @admin.display(description=_("recording"), ordering="recording")
    def recording_link(self, chunk):
        address = reverse("admin:recordings_recording_change", args=[chunk.recording_id])
        return format_html('<a href="{}">{}</a>', address, chunk.recording)

    @admin.display(description=_("size"), ordering="size_bytes")
    def size(self, chunk):
        return words.size(chunk.size_bytes)

    @admin.display(description=_("received"), ordering="received_at")
    def received(self, chunk):
        return precise_time(chunk.received_at)

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
