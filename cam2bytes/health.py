"""What programs ask about: does the process answer, and would an upload be kept and worked on."""

from collections.abc import Callable

from celery import current_app
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection, transaction
from django.http import HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError as BrokerError

from cam2bytes.accounts import storemark
from cam2bytes.lib.room import room_bytes
from cam2bytes.lib.store import StoreError


@login_not_required
@never_cache
@require_safe
def healthz(request):
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@never_cache
@require_safe
def readyz(request):
    """{"status", "database", "store", "disk", "broker"}: each "ok" or a sentence.

    `unready` (503): uploads would be refused. `degraded` (200): they are kept, and worked on later.
    """
    needed = {"database": _said_by(_database), "store": _said_by(_store), "disk": _said_by(_disk)}
    wanted = {"broker": _said_by(_broker)}
    status = "ready"
    if any(said != "ok" for said in wanted.values()):
        status = "degraded"
    if any(said != "ok" for said in needed.values()):
        status = "unready"
    return JsonResponse({"status": status, **needed, **wanted}, status=503 if status == "unready" else 200)


def _said_by(trial: Callable[[], str | None]) -> str:
    return trial() or "ok"


def _database() -> str | None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:  # on SQLite this takes the lock of writers
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "The database does not answer, or does not let anyone write."
    return None


def _store() -> str | None:
    try:
        storemark.agreed_mark()
    except storemark.ForeignStore as foreign:
        return str(foreign)
    except StoreError:
        return "The store does not answer."
    except DatabaseError:
        return "Without the database nobody knows whether this store belongs to it."
    return None


def _disk() -> str | None:
    try:
        if room_bytes() == 0:
            return "No more room than the reserve is left: new capture sessions and recordings are refused."
    except StoreError:
        return "The store does not say how much room is left."
    return None


def _broker() -> str | None:
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, timeout=2)
    except (BrokerError, OSError):
        return "The broker does not answer: uploads are kept, and worked on when it is back."
    return None
