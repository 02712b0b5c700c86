"""The first cam2bytes's way, as it was: a Flask view that hands the whole message to an RQ worker through Redis,
which decodes the picture with OpenCV and writes it again. The yardstick of `./dev bench ingest`.

Its frames go into the folder `frames` of the current directory, which it does not make.
"""

import os

from flask import Flask, jsonify, request
from redis import Redis
from rq import Queue

app = Flask(__name__)
queue = Queue(connection=Redis.from_url(os.environ.get("FIRST_REDIS_URL", "redis://127.0.0.1:6379/0")))


@app.post("/upload")
def upload():
    job = queue.enqueue("benchmarks._first_job.store_frame", request.get_json())
    return jsonify({"message": "Task enqueued successfully", "job_id": job.id})
