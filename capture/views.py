"""Pages of capture sessions: the Studio in capture mode, one session with its frames, one frame large."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cam2bytes.accounts.ownership import visible_or_404
from cam2bytes.lib.editing import WrongEdit, apply_form
from cam2bytes.lib.studio import studio_facts
from capture import archive, choosing, comparing, grid, ingest, presentation, rateplot, sampling_words
from capture.models import CaptureSession, Frame

FILM_STRIP = 6  # frames on either side of the one shown


@require_safe
def capture_studio(request):
    studio = studio_facts("capture", request.user.pk, request.get_host(), request.path)
    return render(request, "capture/studio.html", {"studio": studio, "place": "studio"})


@require_safe
def capture_detail(request, pk):
    capture = _capture_or_404(request, pk)
    choice = grid.choice_of(request.GET)
    page = grid.page_of(capture, choice, after=request.GET.get("after"), before=request.GET.get("before"))
    context = {
        "place": "library",
        "capture": capture,
        "title": presentation.title(capture),
        "health": presentation.health(capture),
        "sampling_line": sampling_words.line(capture),
        "page": page,
        "choice": choice,
        "orders": choosing.ORDERS,
        "hidden": choosing.hidden_by(choice, capture),
        "rate_plot": rateplot.rate_plot(capture),
        "jumps": grid.jumps(capture, choice),
        "waiting_count": capture.frame_count - capture.ready_count - capture.rejected_count,
        "changes_by_itself": not presentation.is_over(capture) or any(_is_waiting(frame) for frame in page.frames),
    }
    return render(request, "capture/detail.html", context)


@require_POST
def capture_edit(request, pk):
    return _edit(request, _capture_or_404(request, pk), redirect("capture-detail", pk))


@require_http_methods(["GET", "HEAD", "POST"])
def capture_delete(request, pk):
    """Asks on GET, deletes on POST: rows at once, files after them."""
    capture = _capture_or_404(request, pk)
    title = presentation.title(capture)
    if request.method != "POST":
        return render(request, "capture/delete.html", {"place": "library", "capture": capture, "title": title})
    ingest.delete_capture(capture)
    messages.success(request, _("Deleted %(name)s.") % {"name": title})
    return redirect("library")


@require_safe
def capture_download(request, pk):
    """The chosen images as one ZIP file, made while it is sent; `?frame=3&frame=10-17` for only these."""
    capture = _capture_or_404(request, pk)
    try:
        frames = archive.picked(grid.choice_of(request.GET).frames(capture), request.GET.getlist("frame"))
    except ValueError:
        raise Http404 from None
    return archive.serve_archive(request, [_chosen(capture, frames)])


@require_safe
def captures_download(request):
    """All images of up to thirty capture sessions as one ZIP file: `?capture=…&capture=…`."""
    wanted = list(dict.fromkeys(request.GET.getlist("capture")))
    if not 1 <= len(wanted) <= archive.MOST_CAPTURES:
        messages.error(request, _("Select 1 to %(n)s capture sessions to download.") % {"n": archive.MOST_CAPTURES})
        return redirect("library")
    captures = [_capture_or_404(request, pk) for pk in wanted]
    return archive.serve_archive(request, [_chosen(capture, capture.frames.all()) for capture in captures])


def _chosen(capture, frames):
    return archive.Chosen(presentation.title(capture), capture, frames)


@require_safe
def frame_detail(request, pk, number):
    capture = _capture_or_404(request, pk)
    frame = _frame_or_404(capture, number)
    before, after = grid.neighbours(frame, FILM_STRIP)
    previous = before[-1] if before else None
    context = {
        "place": "library",
        "capture": capture,
        "title": presentation.title(capture),
        "frame": frame,
        "strip": _film_strip(before, frame, after),
        "previous": previous,
        "next": after[0] if after else None,
        "since_previous_ms": _between_ms(previous.taken_at if previous else None, frame.taken_at),
        "travel_ms": _between_ms(frame.taken_at, frame.received_at),
        "taken_within": sampling_words.times_within(capture),
        "position": _position(capture, frame),
        "changes_by_itself": _is_waiting(frame),
    }
    return render(request, "capture/frame.html", context)


@require_safe
def frame_compare(request, pk):
    """Two frames of a capture session beside each other: `?frame=3&frame=17`, in whatever order."""
    capture = _capture_or_404(request, pk)
    pair = comparing.pair_of(capture, request.GET.getlist("frame"))
    if pair is None:
        messages.error(request, _("Select two frames to compare."))
        return redirect("capture-detail", pk)
    context = {"place": "library", "capture": capture, "title": presentation.title(capture), "pair": pair}
    return render(request, "capture/compare.html", context)


@require_POST
def frame_edit(request, pk, number):
    frame = _frame_or_404(_capture_or_404(request, pk), number)
    return _edit(request, frame, redirect("frame-detail", pk, number))


@require_http_methods(["GET", "HEAD", "POST"])
def frame_delete(request, pk, number):
    """Asks on GET, deletes on POST, and goes on to the next frame."""
    capture = _capture_or_404(request, pk)
    frame = _frame_or_404(capture, number)
    if request.method != "POST":
        return render(request, "capture/delete_frame.html", {"place": "library", "capture": capture, "frame": frame})
    before, after = grid.neighbours(frame, 1)
    ingest.delete_frame(capture, number)
    messages.success(request, _("Deleted frame %(number)s.") % {"number": number})
    if goes_on := after or before:
        return redirect("frame-detail", pk, goes_on[0].number)
    return redirect("capture-detail", pk)


def _capture_or_404(request, pk):
    return visible_or_404(CaptureSession.objects.all(), request.user, pk)


def _frame_or_404(capture, number):
    frame = Frame.objects.filter(capture=capture, number=number).first()
    if frame is None:
        raise Http404
    return frame


def _film_strip(before, frame, after):
    """The frames around, padded with None, so that the one shown is always in the middle."""
    empty = [None] * FILM_STRIP
    return [*(empty + before)[-FILM_STRIP:], frame, *(after + empty)[:FILM_STRIP]]


def _edit(request, entry, answer):
    try:
        apply_form(entry, request.POST)
    except WrongEdit as error:
        messages.error(request, str(error))
    return answer


def _is_waiting(frame):
    return frame.status == Frame.Status.STORED or (frame.status == Frame.Status.READY and not frame.thumbnail)


def _between_ms(earlier, later):
    return (later - earlier).total_seconds() * 1000 if earlier and later else None


def _position(capture, frame):
    """Where in the capture session's time the frame lies, in percent; None without times."""
    whole = _between_ms(capture.first_taken_at, capture.last_taken_at)
    here = _between_ms(capture.first_taken_at, frame.taken_at)
    return round(100 * here / whole, 2) if whole and here is not None else None
