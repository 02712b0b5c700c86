"""Pages of recordings: the Studio in record mode, and one recording with its player, facts and gaps."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cam2bytes.accounts.ownership import visible_or_404
from cam2bytes.lib.editing import WrongEdit, apply_form
from cam2bytes.lib.studio import studio_facts
from recordings import derivative_words, ingest, playback, presentation, report_words
from recordings.models import Recording

LONGEST_SECONDS = 7 * 24 * 3600  # no recording is longer; what is beyond is a mistyped address


@require_safe
def record_studio(request):
    studio = studio_facts("record", request.user.pk, request.get_host(), request.path)
    return render(request, "recordings/studio.html", {"studio": studio, "place": "studio"})


@require_safe
def recording_detail(request, pk):
    recording = _recording_or_404(request, pk)
    unfinished = recording.status not in (Recording.Status.READY, Recording.Status.FAILED)
    made = derivative_words.made_from(recording)
    context = {
        "place": "library",
        "recording": recording,
        "title": presentation.title(recording),
        "health": presentation.health(recording),
        "line": presentation.line(recording, wide=True),
        "file_facts": presentation.file_facts(recording),
        "size_bytes": presentation.size_bytes(recording),
        "kept_to_ms": presentation.kept_to_ms(recording),
        "is_live": presentation.is_live(recording),
        "is_silent": presentation.is_silent(recording),
        "is_sound": recording.content_type.startswith("audio/"),
        "poster_url": presentation.poster_url(recording),
        "video_url": presentation.video_url(recording),
        "live_url": presentation.live_url(recording),
        "start_at": _start_at(request),
        "file_stem": playback.file_stem(recording),
        "parts": presentation.parts_row(recording),
        "made": made,
        "report": report_words.rows(recording),
        "changes_by_itself": unfinished or made.changes or (recording.video and not recording.poster),
    }
    return render(request, "recordings/detail.html", context)


@require_POST
def recording_edit(request, pk):
    recording = _recording_or_404(request, pk)
    try:
        apply_form(recording, request.POST)
    except WrongEdit as error:
        messages.error(request, str(error))
    return redirect("recording-detail", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def recording_delete(request, pk):
    """Asks on GET, deletes on POST: rows at once, files after them."""
    recording = _recording_or_404(request, pk)
    title = presentation.title(recording)
    if request.method != "POST":
        return render(request, "recordings/delete.html", {"place": "library", "recording": recording, "title": title})
    ingest.delete_recording(recording)
    messages.success(request, _("Deleted %(name)s.") % {"name": title})
    return redirect("library")


@require_POST
def recording_retry(request, pk):
    """Puts the chunks together again, in a new revision; the last video stays until then."""
    ingest.assemble_again(_recording_or_404(request, pk))
    return redirect("recording-detail", pk)


def _recording_or_404(request, pk):
    return visible_or_404(Recording.objects.defer("header"), request.user, pk)


def _start_at(request):
    """Seconds to begin playing at, from ?t=; None where the address names none."""
    try:
        seconds = float(request.GET.get("t", ""))
    except ValueError:
        return None
    return seconds if 0 < seconds < LONGEST_SECONDS else None
