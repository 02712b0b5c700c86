"""Send a frame under a key of your own and find it again: python example.py URL TOKEN PICTURE"""

import json
import sys
import urllib.request

URL, TOKEN, PICTURE = sys.argv[1:]


def cam2bytes(method, path, body=None, content_type="application/json"):
    request = urllib.request.Request(f"{URL}/api/v1/{path}", body, method=method)
    request.add_header("Authorization", f"Bearer {TOKEN}")
    request.add_header("Content-Type", content_type)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


capture = cam2bytes("POST", "captures", json.dumps({"external_id": "interview-12"}).encode())
with open(PICTURE, "rb") as picture:
    receipt = cam2bytes("PUT", f"captures/{capture['id']}/frames/0", picture.read(), "image/jpeg")
cam2bytes("POST", f"captures/{capture['id']}/close", json.dumps({"frame_count": 1}).encode())
for found in cam2bytes("GET", "captures?external_id=interview-12")["items"]:
    for frame in cam2bytes("GET", f"captures/{found['id']}/frames")["items"]:
        print(frame["number"], frame["status"], frame["sha256"] == receipt["sha256"], URL + frame["image_url"])
