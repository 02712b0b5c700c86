"""Capture sessions and frames in the admin."""

from django.contrib import admin, messages
from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from cam2bytes.lib import imageheads, words
from cam2bytes.lib.admins import MachineAdmin, precise_time
from capture import ingest, presentation, removal_words, sampling_words, tasks
from capture.models import CaptureSession, Frame, Removal


@admin.register(CaptureSession)
class CaptureSessionAdmin(MachineAdmin):
    ordering = ("-started_at", "-id")
    date_hierarchy = "started_at"
    list_display = (
        "strip", "__str__", "owner", "status", "started_at", "frames_kept", "rejected_count", "size", "rates",
        "device_name",
    )  # fmt: skip
    list_display_links = ("strip", "__str__")
    list_select_related = ("owner",)
    list_filter = ("status", ("started_at", admin.DateFieldListFilter))
    search_fields = ("name", "device_name", "camera_label", "external_id", "owner__username", "id__exact")
    fields = (
        "strip", "name", "owner", "labels", "metadata", "device_name", "camera_label", "external_id", "status",
        "end_reason", "picture", "content_type", "rates", "frames_kept", "ready_count", "rejected_count",
        "dropped_count", "sampling_told", "taken_at_error_ms", "size", "started_at", "first_taken_at", "last_taken_at",
        "alive_at", "closed_at",
        "started_by_token", "id", "all_frames",
    )  # fmt: skip
    editable_fields = ("name", "labels", "metadata", "device_name", "camera_label", "external_id")
    actions = ("process_again",)

    def get_queryset(self, request):
        return super().get_queryset(request).filter(deleted_at=None)

    def prepare_rows(self, rows):
        numbers = presentation.strip_numbers(rows)
        for capture in rows:
            capture.strip_numbers = numbers[capture.pk]

    @admin.display(description=_("pictures"))
    def strip(self, capture):
        if not hasattr(capture, "strip_numbers"):
            self.prepare_rows([capture])
        urls = ((presentation.thumbnail_url(capture.pk, number),) for number in capture.strip_numbers)
        pictures = format_html_join("", '<img src="{}" alt="" width="64" height="36" loading="lazy">', urls)
        return format_html('<span class="strip">{}</span>', pictures) if pictures else "-"

    @admin.display(description=_("frames"), ordering="frame_count")
    def frames_kept(self, capture):
        if missing := presentation.missing_count(capture):
            return _("%(kept)s, %(missing)s missing") % {"kept": capture.frame_count, "missing": missing}
        return capture.frame_count

    @admin.display(description=_("size"), ordering="size_bytes")
    def size(self, capture):
        return words.size(capture.size_bytes)

    @admin.display(description=_("rate: got, asked for"))
    def rates(self, capture):
        return f"{words.rate(capture.achieved_fps) or '-'}, {words.rate(capture.requested_fps) or '-'}"

    @admin.display(description=_("sampling"))
    def sampling_told(self, capture):
        return sampling_words.line(capture) or "-"

    @admin.display(description=_("picture"))
    def picture(self, capture):
        return f"{capture.width} x {capture.height}" if capture.width and capture.height else "-"

    @admin.display(description=_("frames of it"))
    def all_frames(self, capture):
        address = reverse("admin:capture_frame_changelist")
        return format_html(
            '<a href="{}?capture__id__exact={}">{}</a> · <a href="{}">{}</a>',
            address, capture.pk, _("All frames"), reverse("capture-detail", args=[capture.pk]), _("Its page"),
        )  # fmt: skip

    @admin.action(description=_("Process all frames again"), permissions=["change"])
    def process_again(self, request, queryset):
        frames = Frame.objects.filter(capture__in=queryset.order_by().values("pk"))
        _process_again(self, request, frames)

    def told_for_deletion(self, capture):
        return f"{capture}: {capture.frame_count} frames, {words.size(capture.size_bytes)}"

    def delete_with_files(self, capture):
        ingest.delete_capture(capture)


@admin.register(Removal)
class RemovalAdmin(MachineAdmin):
    """What was deleted and is not gone completely: to be watched, there is nothing to do."""

    ordering = ("-deleted_at", "-id")
    list_display = ("__str__", "owner", "deleted_at", "progress")
    list_select_related = ("owner",)
    fields = ("__str__", "owner", "deleted_at", "progress", "removal_lease_until", "id")

    def get_queryset(self, request):
        return super().get_queryset(request).filter(deleted_at__isnull=False)

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description=_("progress"))
    def progress(self, capture):
        return removal_words.progress_of(capture).sentence


class TypeFilter(admin.SimpleListFilter):
    """The types are known; asking the table for those that occur would read all of it."""

    title = _("type")
    parameter_name = "type"

    def lookups(self, request, model_admin):
        return [(content_type, words.type_name(content_type)) for content_type in imageheads.ACCEPTED]

    def queryset(self, request, queryset):
        return queryset.filter(content_type=self.value()) if self.value() else queryset


MOST_NAMED = 500  # capture sessions whose frames a search finds
MOST_DIGITS = 10


class OneCaptureFilter(admin.SimpleListFilter):
    """Frames of one capture session; shown only while it is on."""

    title = _("capture session")
    parameter_name = "capture__id__exact"

    def lookups(self, request, model_admin):
        value = request.GET.get(self.parameter_name)
        return [(value, _("this one"))] if value else []

    def queryset(self, request, queryset):
        return queryset.filter(capture=self.value()) if self.value() else queryset


def _is_of_one(request) -> bool:
    return OneCaptureFilter.parameter_name in request.GET


def _named(sought: list[str]):
    """The capture sessions with all these words in their names or devices: all of them, or the newest few."""
    captures = CaptureSession.objects.order_by("-started_at")
    for word in sought:
        captures = captures.filter(Q(name__icontains=word) | Q(device_name__icontains=word))
    return list(captures.values_list("pk", flat=True)[:MOST_NAMED]) if sought else captures.order_by().values("pk")


@admin.register(Frame)
class FrameAdmin(MachineAdmin):
    ordering = ("-received_at", "-id")
    date_hierarchy = "received_at"
    list_display = (
        "small", "number", "capture_link", "status", "type", "picture", "size", "taken", "received", "reason",
    )  # fmt: skip
    list_display_links = ("small", "number")
    list_select_related = ("capture",)
    list_filter = ("status", TypeFilter, ("received_at", admin.DateFieldListFilter), OneCaptureFilter)
    search_fields = ("capture__name",)  # there is a field to search in; `get_search_results` says how
    search_help_text = _("A number, or a name or device of the capture session; of one, the beginning of a digest too.")
    fields = (
        "large", "capture_link", "number", "labels", "status", "reason", "type", "picture", "size", "sha256",
        "taken_at", "received_at", "sharpness", "brightness", "perceptual_hash", "near_duplicate", "processed",
        "attempts", "lease_until", "last_error", "image", "thumbnail",
    )  # fmt: skip
    editable_fields = ("labels",)
    actions = ("process_again", "run_processors")

    def get_queryset(self, request):
        """Without those whose capture session is deleted: they only wait to be removed."""
        rows = super().get_queryset(request)
        removing = list(CaptureSession.removing().values_list("pk", flat=True))
        return rows.exclude(capture__in=removing) if removing else rows

    def get_ordering(self, request):
        """Of one capture session by number: its index has that order, as the index of times has it for all."""
        return ("-number",) if _is_of_one(request) else self.ordering

    def get_search_results(self, request, queryset, search_term):
        """Every word is in the name or the device of the capture session; one may be a number instead. All of it is
        found in indexes, never by reading all frames, so digests are looked for within one capture session only."""
        sought = search_term.replace("\0", "").split()
        wanted = Q(capture__in=_named(sought))
        for place, word in enumerate(sought):
            if word.isascii() and word.isdigit() and len(word) < MOST_DIGITS:
                wanted |= Q(number=int(word), capture__in=_named(sought[:place] + sought[place + 1 :]))
        if _is_of_one(request):
            wanted |= Q(sha256__startswith=search_term.strip().lower())
        return queryset.filter(wanted) if sought else queryset, False

    def get_changelist_instance(self, request):
        """The days of one capture session are few, and finding them has no index."""
        changelist = super().get_changelist_instance(request)
        if _is_of_one(request):
            changelist.date_hierarchy = None
        return changelist

    @admin.display(description=_("frame"))
    def small(self, frame):
        if not frame.thumbnail:
            return "-"
        address = presentation.thumbnail_url(frame.capture_id, frame.number)
        return format_html('<img src="{}" alt="" width="80" height="45" loading="lazy">', address)

    @admin.display(description=_("frame"))
    def large(self, frame):
        if frame.status == Frame.Status.REJECTED:
            return "-"
        address = presentation.image_url(frame.capture_id, frame.number)
        return format_html('<a href="{}"><img class="large" src="{}" alt=""></a>', address, address)

    @admin.display(description=_("capture session"), ordering="capture")
    def capture_link(self, frame):
        address = reverse("admin:capture_capturesession_change", args=[frame.capture_id])
        return format_html('<a href="{}">{}</a>', address, frame.capture)

    @admin.display(description=_("type"))
    def type(self, frame):
        return words.type_name(frame.content_type)

    @admin.display(description=_("picture"))
    def picture(self, frame):
        return f"{frame.width} x {frame.height}"

    @admin.display(description=_("size"), ordering="size_bytes")
    def size(self, frame):
        return words.size(frame.size_bytes)

    @admin.display(description=_("taken"))
    def taken(self, frame):
        return precise_time(frame.taken_at)

    @admin.display(description=_("received"), ordering="received_at")
    def received(self, frame):
        return precise_time(frame.received_at)

    @admin.action(description=_("Process again"), permissions=["change"])
    def process_again(self, request, queryset):
        _process_again(self, request, queryset)

    @admin.action(description=_("Run the frame processors"), permissions=["change"])
    def run_processors(self, request, queryset):
        count = tasks.run_processors_again(list(queryset.order_by("pk").values_list("pk", flat=True)))
        sentence = ngettext("%(n)s frame will be processed.", "%(n)s frames will be processed.", count)
        self.message_user(request, sentence % {"n": count}, messages.SUCCESS)

    def told_for_deletion(self, frame):
        return f"{frame}, {words.size(frame.size_bytes)}"

    def delete_with_files(self, frame):
        ingest.delete_frame(frame.capture, frame.number)


def _process_again(model_admin, request, frames):
    count = tasks.process_again(list(frames.order_by("pk").values_list("pk", flat=True)))
    sentence = ngettext("%(n)s frame is processed again.", "%(n)s frames are processed again.", count)
    model_admin.message_user(request, sentence % {"n": count}, messages.SUCCESS)
