"""What the page of a recording does about what is made from it: ask for it, cancel it, remove it."""

from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from cam2bytes.accounts.ownership import visible_or_404
from cam2bytes.lib.problems import Problem
from recordings import asking, derivative_words
from recordings.derivative import Derivative
from recordings.models import Recording


@require_POST
def make(request, pk):
    """`kind` mp4, or frames with `fps`, one of those that the page offers."""
    recording = visible_or_404(Recording.objects.select_related("owner").defer("header"), request.user, pk)
    kind, fps = request.POST.get("kind", ""), _rate(request.POST.get("fps", "0"))
    if kind not in (Derivative.Kind.MP4, Derivative.Kind.FRAMES) or fps not in derivative_words.RATES:
        raise Http404
    try:
        asking.ask_for(recording, kind, fps)
    except Problem as problem:
        messages.error(request, problem.detail)
    return redirect("recording-detail", pk)


@require_POST
def discard(request, pk, derivative_id):
    recording = visible_or_404(Recording.objects.defer("header"), request.user, pk)
    rows = recording.derivatives.select_related("recording__owner")
    asking.discard(get_object_or_404(rows, pk=derivative_id))
    return redirect("recording-detail", pk)


def _rate(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None
