"""Near-duplicates and blur: what the measures of one frame mean among those of its capture session.

A frame is a **near-duplicate** when its hash differs in at most `NEAR` of 64 bits from the last distinct frame before
it, by number, and it is not `SHARPER` times as sharp as that one (so that a blurred picture does not hide the sharp
one after it). All others are distinct. That is a chain: a frame that comes late, or is deleted, may change what is
said of those behind it. So each verdict that is in doubt is null, and judging goes on from there until a frame that
was distinct is distinct again: from it on, everything said before still holds. The outcome is the same in whatever
order the frames came.

A frame is **blurred** when its sharpness is below half of the median of its capture session: how high the figure can
be at all depends on what the camera looks at.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from cam2bytes.lib.measures import distance
from capture.models import CaptureSession, Frame

NEAR = 4
SHARPER = 2.0
PLAIN = 4.0  # sharpness below this is that of noise on a plain surface
BLURRED = 0.5
SLICE = 500  # frames judged in one transaction, which holds up whoever adds frames to this capture session
FEW = 8  # below this many measured frames there is no median worth the name


def judge(capture_ids: Iterable[UUID]) -> None:
    """Settle which frames of these capture sessions are near-duplicates; where nothing is in doubt, one look."""
    for capture_id in capture_ids:
        while _judge_slice(capture_id):
            pass


@transaction.atomic
def _judge_slice(capture_id: UUID) -> bool:
    """Judge from the first frame in doubt on; whether there was one."""
    # One at a time: the chain is read and written as it is, between two changes of the capture session.
    if not CaptureSession.objects.select_for_update().filter(pk=capture_id).exists():
        return False
    doubtful = Frame.unjudged().filter(capture=capture_id).order_by("number").values_list("number", flat=True).first()
    if doubtful is None:
        return False
    for verdict, ids in _verdicts(capture_id, doubtful).items():
        Frame.objects.filter(pk__in=ids).update(near_duplicate=verdict)
    return True


def _verdicts(capture_id: UUID, start: int) -> dict[bool | None, list[int]]:
    """{verdict: ids of the frames of which it is to be said from now on}, from frame number `start` on."""
    rows = Frame.objects.filter(capture=capture_id, perceptual_hash__isnull=False).only(
        "number", "perceptual_hash", "sharpness", "near_duplicate"
    )
    last = rows.filter(number__lt=start, near_duplicate=False).order_by("-number").first()
    found = list(rows.filter(number__gte=start).order_by("number")[: SLICE + 1])
    changed: dict[bool | None, list[int]] = {True: [], False: [], None: []}
    for frame in found[:SLICE]:
        verdict = last is not None and is_near_duplicate(frame, last)
        if frame.near_duplicate is not verdict:
            changed[verdict].append(frame.pk)
        elif not verdict:
            return changed
        if not verdict:
            last = frame
    changed[None] = [frame.pk for frame in found[SLICE:]]  # not settled yet: the next slice begins there
    return changed


def is_near_duplicate(frame: Frame, last: Frame) -> bool:
    """Whether a measured frame shows nothing that the last distinct one before it does not show as well."""
    if distance(frame.perceptual_hash, last.perceptual_hash) > NEAR:
        return False
    return frame.sharpness < SHARPER * max(last.sharpness, PLAIN)


def blurred_below(capture: CaptureSession) -> float | None:
    """The sharpness below which a frame of this capture session is blurred; None while too few are measured."""
    sharpness = Frame.objects.filter(capture=capture, sharpness__isnull=False).order_by("sharpness", "number")
    count = sharpness.count()
    if count < FEW:
        return None
    return BLURRED * sharpness.values_list("sharpness", flat=True)[count // 2]
