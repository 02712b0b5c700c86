"""What the fields of the HTTP API mean. One name means one thing, in whatever object, query or header it stands."""

MEANINGS: dict[str, str] = {
    # Which
    "id": "of this capture session, recording or derivative; stands in its addresses",
    "number": "place in order, from 0; given by the sender",
    "client_id": "made by the sender; starting again with the same one finds the first instead of making another",
    "continues": "id of the recording that this one goes on from, after a camera dropped and came back",
    # Said by people and pages
    "name": "for people",
    "camera_label": "what the browser calls the camera",
    "device_name": "what the place calls the device, such as desk-07",
    "external_id": "your own key for it; lists can be filtered by it",
    "labels": "short texts to sort and filter by",
    "label": "only what carries exactly this label",
    "metadata": "whatever you want to keep with it: a JSON object of at most 4096 bytes",
    "requested_fps": "frames per second asked for",
    "timeslice_ms": "MediaRecorder's timeslice",
    "width": "pixels",
    "height": "pixels",
    "content_type": "the media type; in what you start, as the browser names it, parameters included",
    # States
    "status": "capture session: open, closed; frame: stored, ready, rejected; recording: open, sealed, "
    "assembling, ready, failed; derivative: waiting, making, ready, failed; in receipts and problems: the HTTP status",
    "reason": "why a frame was rejected, for a person; empty otherwise",
    "failure": "why a recording or a derivative failed, for a person; empty otherwise",
    "end_reason": "why it ended, such as stopped; abandoned: its page fell silent",
    "revision": "raised each time the recording is opened again; the video may be another one then",
    "state": "what the page is doing; draining: it records no more and sends what it still holds",
    # Counts and bytes
    "achieved_fps": "frames per second between the first and the last frame taken; null below two",
    "frame_count": "frames held; at close, how many there are according to the sender",
    "ready_count": "frames that were verified by decoding",
    "rejected_count": "frames that did not decode",
    "expected_frame_count": "the frame_count stated at close",
    "dropped_count": "frames that the sender had to leave out; they took no number",
    "chunk_count": "how many chunks there are; null until sealed",
    "received_count": "distinct chunks held",
    "waiting_count": "chunks that the sender still holds",
    "held": "ranges of chunk numbers held, both ends included",
    "missing": "ranges of chunk numbers not held, both ends included",
    "gaps": "holes in the current video: a list of {from, to, start_ms, duration_ms}; chunks from..to are missing",
    "size_bytes": "bytes of the file; of a recording without video yet, of its chunks",
    "sha256": "SHA-256 of the bytes, in hex",
    "header": "the recording's first bytes once more, in base64, at most 64 KiB",
    # Times and media facts
    "started_at": "when the server first heard of it",
    "closed_at": "when it was closed",
    "sealed_at": "when it was sealed",
    "ready_at": "when the current video became playable, or the derivative was made",
    "taken_at": "by the sender's clock; null if it did not say",
    "received_at": "by the server's clock",
    "duration_ms": "length of the video",
    "video_codec": "as read off the video; empty without one",
    "audio_codec": "as read off the video; empty without one",
    "image_url": "the image as sent; null when rejected",
    "thumbnail_url": "a small JPEG; null until made",
    "video_url": "the playable file; null until there is one",
    "poster_url": "a JPEG picture of the video; null until made",
    # Made from a recording
    "kind": "mp4: H.264 and AAC, for every player; frames: pictures out of the video, as one ZIP file with a list of "
    "their times; sprite: small pictures of all of it on one sheet, made by itself",
    "fps": "of frames: how many pictures for each second; null: every one",
    "progress": "from 0 to 1; 1 only when it is ready",
    "seconds_left": "by what went before; null while nothing tells",
    "created_at": "when it was asked for",
    "file_url": "its file; null until there is one. While another is made, that of the video before",
    "webvtt_url": "of a sprite: WebVTT that says which part of the picture is for when; null otherwise",
    # Watched while it is recorded
    "at_ms": "from the last key frame before this moment; without it and without after: from the live edge",
    "page_state": "what the page that records last said it was doing: recording, paused, draining",
    "lag_ms": "how long ago the end of what is held was in the lens",
    "edge_ms": "how far it is held; null where no piece tells",
    "is_over": "true once it is sealed: no more will come but what still waits; then watch for video_url",
    "pieces": "live pieces, in order: fetch and append each",
    # Lists and answers
    "cursor": "the next_cursor of the page before",
    "limit": "how many at most",
    "after": "only numbers above this one; absent: from the first",
    "items": "what was found",
    "next_cursor": "cursor of the next page; null on the last",
    "next_after": "after of the next page; null on the last",
    "receipts": "one receipt or refusal for each record, in the order sent",
    "download": "1 offers the file for saving, under a readable name",
    "type": "about:blank# and the code",
    "code": "stable, for programs: a row of the table of problems",
    "detail": "a sentence for a person",
}


def meaning_of(name: str) -> str:
    return MEANINGS[name]
