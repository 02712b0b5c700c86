"""How gunicorn serves cam2bytes (`--config python:cam2bytes.webserver`): threads, and no client may keep one.

gunicorn's threads read a request with no time limit, so that a handful of clients that stall, by mischief
or on a dead line, would hold every thread for ever. `BoundedWorker` gives each phase its time:

    first byte              keepalive, and no thread
    handshake and headers   HEAD_SECONDS altogether
    body                    SILENCE_SECONDS between two pieces, and BODY_SECONDS + size / SLOWEST altogether
    answer                  SILENCE_SECONDS between two pieces (a paused <video> simply asks again)

The slowest link that gets through is SLOWEST bytes per second for each request under way.
"""

import contextlib
import functools
import gc
import logging
import os
import selectors
import signal
import socket
import threading
import time

from celery import current_app
from django.urls import get_resolver
from gunicorn.workers.gthread import ThreadWorker

from cam2bytes.lib.problems import Problem, as_http
from cam2bytes.lib.sharedcounts import SharedCounts

HEAD_SECONDS = 20
SILENCE_SECONDS = 30
BODY_SECONDS = 60
SLOWEST = 4096  # bytes per second
LONGEST_BODY_SECONDS = 900
HEARD_AT_ONCE = 256 * 1024
LEFT_AT_MOST = 8  # times that a connection is left to another process
LEFT_SECONDS = 0.0005
TURNED_AWAY = as_http(Problem("unavailable", "The server is stopping; keep it and send it again."))

connections = SharedCounts()  # of each worker

worker_class = "cam2bytes.webserver.BoundedWorker"
workers = 2
threads = 16
preload_app = True  # imported once, then forked: a faster start, and memory that is shared
timeout = 60
graceful_timeout = 20
keepalive = 15
control_socket_disable = True
# No access log: one-time links would be in it. GUNICORN_CMD_ARGS="--access-logfile -" turns it on.


def when_ready(server):
    """gunicorn's hook before it forks: load the pages too, and what talks to the broker, which would otherwise be left
    to the first visit. What is there by now stays, so the garbage collector need not look at it again and again."""
    get_resolver().url_patterns  # noqa: B018 (looking is loading)
    current_app.connection_for_write()
    gc.collect()
    gc.freeze()
    let_stops_wait_while_forking()


def let_stops_wait_while_forking():
    """A worker told to stop between its fork and its own signal handlers would never hear it, and gunicorn would
    wait for it until `graceful_timeout` is over. So SIGTERM waits for that long."""
    master = os.getpid()

    def in_master(how):
        if os.getpid() == master:
            signal.pthread_sigmask(how, {signal.SIGTERM})

    os.register_at_fork(
        before=lambda: in_master(signal.SIG_BLOCK), after_in_parent=lambda: in_master(signal.SIG_UNBLOCK)
    )


def post_worker_init(worker):
    """gunicorn's hook in each new worker, whose signal handlers are there by now."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    worker.log.error_log.addFilter(in_one_line)
    connections.tell(worker.age, 0)


def child_exit(server, worker):
    """gunicorn's hook in its first process, when a worker has ended."""
    connections.leave(worker.age)


def in_one_line(record):
    """A client that stalled is worth a line in the log, not a traceback."""
    if record.exc_info and isinstance(record.exc_info[1], TimeoutError):
        record.levelno, record.levelname = logging.INFO, "INFO"
        record.msg, record.args = "A client stalled; its connection is closed.", ()
        record.exc_info = record.exc_text = None
    return True


def pre_request(worker, request):
    """gunicorn's hook between the headers and the body, in the thread that serves the request."""
    worker.headers_are_read(request)


class BoundedWorker(ThreadWorker):
    """gthread whose connections are cut when a client takes longer than its phase allows."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._deadlines = {}  # thread id -> (monotonic time, connection)
        self._left = 0

    def accept(self, listener):
        """Connections stay with the worker that accepted them, and of some that come together whoever looks first would
        take all, and serve them on one core. So who holds more than another leaves him the next, for a moment."""
        connections.tell(self.age, self.nr_conns)
        if self.nr_conns > connections.least() and self._left < LEFT_AT_MOST:
            self._left += 1
            time.sleep(LEFT_SECONDS)
            return
        self._left = 0
        super().accept(listener)
        connections.tell(self.age, self.nr_conns)

    def set_accept_enabled(self, enabled):
        """A worker that was told to stop finishes what is under way and turns away who comes. Else the system would
        go on letting people in, and they would wait for an answer that nobody gives."""
        super().set_accept_enabled(enabled)
        if self.alive:
            return
        for listener in self.sockets:
            if self.cfg.is_ssl:
                listener.close()  # an answer would need a handshake, and a thread for it: refused, they try again too
            else:
                self.poller.register(listener, selectors.EVENT_READ, self.turn_away)

    def turn_away(self, listener):
        """503, whatever is asked, without a thread and without waiting for the request."""
        with contextlib.suppress(OSError):  # another worker was faster, or the client has left
            client, _ = listener.accept()
            client.setblocking(False)
            client.send(TURNED_AWAY)
            client.shutdown(socket.SHUT_WR)
            self.poller.register(client, selectors.EVENT_READ, self.hear_out)

    def hear_out(self, client):
        """The system breaks a connection that is closed with bytes unread, and the answer may be lost with it."""
        try:
            rest = client.recv(HEARD_AT_ONCE)
        except OSError:
            rest = b""
        if not rest:
            self.poller.unregister(client)
            client.close()

    def enqueue_req(self, conn):
        """A new connection waits at the poller until it says something: browsers open some to spare."""
        if conn.initialized or conn.data_ready:
            super().enqueue_req(conn)
            return
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + self.cfg.keepalive
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, functools.partial(self.on_pending_socket_readable, conn))

    def handle(self, conn):
        thread = threading.get_ident()
        self._deadlines[thread] = (time.monotonic() + HEAD_SECONDS, conn)
        try:
            return super().handle(conn)
        finally:
            self._deadlines.pop(thread, None)

    def headers_are_read(self, request):
        thread = threading.get_ident()
        _, conn = self._deadlines.pop(thread)
        conn.sock.settimeout(SILENCE_SECONDS)
        allowed = seconds_for_body(request.headers)
        if allowed:
            self._deadlines[thread] = (time.monotonic() + allowed, conn)

    def murder_pending(self):
        """Called by gunicorn's main loop at least once a second."""
        super().murder_pending()
        connections.tell(self.age, self.nr_conns)
        now = time.monotonic()
        for deadline, conn in list(self._deadlines.values()):
            if deadline < now:
                cut(conn.sock)


def seconds_for_body(headers):
    """Seconds a request with these headers ([(NAME, value)]) may take; 0, for no limit, if it has no body."""
    named = {name.upper(): value for name, value in headers}
    if "TRANSFER-ENCODING" in named:
        return LONGEST_BODY_SECONDS
    length = int(named.get("CONTENT-LENGTH") or 0)
    return min(BODY_SECONDS + length / SLOWEST, LONGEST_BODY_SECONDS) if length else 0


def cut(sock):
    """End a connection under the thread that waits on it: its read or write fails at once."""
    with contextlib.suppress(OSError):  # it may have ended by itself
        sock.shutdown(socket.SHUT_RDWR)
