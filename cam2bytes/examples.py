"""The examples of the API reference, each for a POSIX shell with curl, in the order of a story.

They use $URL and $TOKEN, and what the examples before them have set. `tests/test_reference.py` pastes them,
as the page shows them, one after another against a live server.
"""

AUTH = '-H "Authorization: Bearer $TOKEN"'
UNTIL_MADE = "--fail --retry 30 --retry-delay 1 --retry-all-errors"  # a worker makes it
JSON = '-H "Content-Type: application/json"'
ID = """python3 -c 'import json, sys; print(json.load(sys.stdin)["id"])'"""

SETUP = """URL={url}
TOKEN=$(./dev manage create_token YOUR-NAME --scope full)
curl -sS -o frame.jpg "$URL{frame}"
curl -sS -o clip.webm "$URL{clip}"
"""

BATCH = (
    """python3 - frame.jpg frame.jpg > batch.bin <<'END'
import hashlib, json, struct, sys, time

for number, path in enumerate(sys.argv[1:], start=1):
    image = open(path, "rb").read()
    head = {"number": number, "taken_at_ms": time.time() * 1000, "size_bytes": len(image),
            "sha256": hashlib.sha256(image).hexdigest()}
    encoded = json.dumps(head).encode()
    sys.stdout.buffer.write(struct.pack(">I", len(encoded)) + encoded + image)
END
"""
    + f"""curl -sS {AUTH} -H "Content-Type: application/vnd.cam2bytes.frames" \\
  --data-binary @batch.bin "$URL/api/v1/captures/$CAPTURE/frames"
"""
)


def curl(path: str, *options: str) -> str:
    words = " ".join(["curl", "-sS", AUTH, *options])
    return f'{words} \\\n  "$URL/api/v1/{path}"\n'


CAPTURE, RECORDING = "captures/$CAPTURE", "recordings/$RECORDING"

# operation id -> what to paste
EXAMPLES: dict[str, str] = {
    "cam2bytes_clock_get_time": curl("time"),
    "capture_api_start_capture": (
        f"CAPTURE=$(curl -sS {AUTH} {JSON} \\\n"
        """  -d '{"name": "Desk 7", "requested_fps": 2, "labels": ["bright"]}' \\\n"""
        f'  "$URL/api/v1/captures" | {ID})\necho "$CAPTURE"\n'
    ),
    "capture_api_put_frame": (
        "DIGEST=$(openssl dgst -sha256 -binary frame.jpg | openssl base64)\n"
        f"curl -sS {AUTH} -X PUT --data-binary @frame.jpg \\\n"
        '  -H "Content-Type: image/jpeg" -H "Content-Digest: sha-256=:$DIGEST:" \\\n'
        '  -H "Cam2Bytes-Taken-At: $(date +%s)000" \\\n'
        f'  "$URL/api/v1/{CAPTURE}/frames/0"\n'
    ),
    "capture_api_post_frames": BATCH,
    "capture_api_alive": curl(f"{CAPTURE}/alive", "-X POST"),
    "capture_api_list_frames": curl(f"{CAPTURE}/frames?after=0&limit=100"),
    "capture_api_get_frame": curl(f"{CAPTURE}/frames/0"),
    "capture_api_get_image": curl(f"{CAPTURE}/frames/0/image", "-o image.jpg"),
    "capture_api_get_thumbnail": curl(f"{CAPTURE}/frames/0/thumbnail", UNTIL_MADE, "-o thumbnail.jpg"),
    "capture_api_get_archive": curl(f"{CAPTURE}/archive?frame=0-99", "-o frames.zip"),
    "capture_api_get_captures_archive": curl("captures/archive?capture=$CAPTURE", "-o frames.zip"),
    "capture_api_change_frame": curl(f"{CAPTURE}/frames/0", "-X PATCH", JSON, """-d '{"labels": ["blurred"]}'"""),
    "capture_api_close_capture": curl(f"{CAPTURE}/close", JSON, """-d '{"frame_count": 3, "dropped_count": 0}'"""),
    "capture_api_list_captures": curl("captures?limit=10&label=bright"),
    "capture_api_get_capture": curl(CAPTURE),
    "capture_api_change_capture": curl(CAPTURE, "-X PATCH", JSON, """-d '{"name": "Desk 7, morning"}'"""),
    "capture_api_delete_frame": curl(f"{CAPTURE}/frames/2", "-X DELETE"),
    "capture_api_delete_capture": curl(CAPTURE, "-X DELETE"),
    "recordings_api_start_recording": (
        f"RECORDING=$(curl -sS {AUTH} {JSON} \\\n"
        """  -d '{"content_type": "video/webm; codecs=\\"vp8, opus\\"", "name": "Interview 12"}' \\\n"""
        f'  "$URL/api/v1/recordings" | {ID})\necho "$RECORDING"\n'
    ),
    "recordings_api_put_chunk": (
        "split -b 5000 clip.webm chunk.\nCOUNT=0\nfor CHUNK in chunk.*; do\n"
        f'  curl -sS {AUTH} -X PUT --data-binary "@$CHUNK" \\\n'
        '    -H "Content-Type: application/octet-stream" \\\n'
        f'    "$URL/api/v1/{RECORDING}/chunks/$COUNT"\n'
        "  COUNT=$((COUNT + 1))\ndone\n"
    ),
    "recordings_api_alive": curl(f"{RECORDING}/alive", JSON, """-d '{"state": "draining", "waiting_count": 0}'"""),
    "recordings_api_list_chunks": curl(f"{RECORDING}/chunks"),
    "recordings_api_watch_live": curl(f"{RECORDING}/live?at_ms=0"),
    "recordings_api_get_live_init": curl(f"{RECORDING}/live/1/init", "-o live.webm"),
    "recordings_api_get_live_piece": curl(f"{RECORDING}/live/1", ">> live.webm"),
    "recordings_api_seal": curl(f"{RECORDING}/seal", JSON, '-d "{\\"chunk_count\\": $COUNT}"'),
    "recordings_api_get_recording": curl(RECORDING),
    "recordings_api_get_health": curl(f"{RECORDING}/health"),
    "recordings_api_get_video": (
        curl(f"{RECORDING}/video", UNTIL_MADE, "-o video.webm")
        + curl(f"{RECORDING}/video", "-H 'Range: bytes=0-999' -o first-kilobyte")
    ),
    "recordings_api_get_original": curl(f"{RECORDING}/original", "-o original.webm"),
    "recordings_api_list_pictures": curl(f"{RECORDING}/pictures?start_ms=0", UNTIL_MADE),
    "recordings_api_get_poster": curl(f"{RECORDING}/poster", UNTIL_MADE, "-o poster.jpg"),
    "recordings_derivative_api_ask_for_derivative": (
        f"MADE=$(curl -sS {AUTH} {JSON} \\\n"
        """  -d '{"kind": "frames", "fps": 2}' \\\n"""
        f'  "$URL/api/v1/{RECORDING}/derivatives" | {ID})\necho "$MADE"\n'
    ),
    "recordings_derivative_api_list_derivatives": curl(f"{RECORDING}/derivatives"),
    "recordings_derivative_api_get_derivative": curl(f"{RECORDING}/derivatives/$MADE"),
    "recordings_derivative_api_get_derivative_file": curl(
        f"{RECORDING}/derivatives/$MADE/file?download=1", UNTIL_MADE, "-o frames.zip"
    ),
    "recordings_derivative_api_get_derivative_webvtt": (
        "SPRITE=$(curl -sS "
        + AUTH
        + f' "$URL/api/v1/{RECORDING}/derivatives" \\\n'
        + """  | python3 -c 'import json, sys; print([d["id"] for d in json.load(sys.stdin)["items"]
                                          if d["kind"] == "sprite"][0])')\n"""
        + curl(f"{RECORDING}/derivatives/$SPRITE/webvtt", UNTIL_MADE)
    ),
    "recordings_derivative_api_delete_derivative": curl(f"{RECORDING}/derivatives/$MADE", "-X DELETE"),
    "recordings_api_list_recordings": curl("recordings?limit=10"),
    "recordings_api_change_recording": curl(
        RECORDING, "-X PATCH", JSON, """-d '{"labels": ["checked"], "metadata": {"ticket": 4711}}'"""
    ),
    "recordings_api_delete_recording": curl(RECORDING, "-X DELETE"),
}
