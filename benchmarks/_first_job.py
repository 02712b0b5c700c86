"""What the first cam2bytes's worker did with a frame. It is imported for each job, in a process forked for that."""

import base64

import cv2
import numpy as np


def store_frame(message: dict) -> None:
    data = base64.b64decode(message["dataUrl"].split(",")[1])
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    cv2.imwrite(f"frames/{message['timestamp']}.jpg", picture)
