"""Starting a capture session or a recording: once, however often the browser asks."""

from django.db import IntegrityError, transaction

from cam2bytes.lib.problems import Problem


def start_once(model, owner, token, values: dict):
    """(the row, whether it is new). With a client_id that this owner has used, the first row is found again;
    Problem 403 where a token of scope ingest would find one that it did not start."""
    client_id = values.get("client_id")
    if client_id and (found := model.objects.filter(owner=owner, client_id=client_id).first()):
        if token is not None and token.scope == "ingest" and found.started_by_token_id != token.pk:
            raise Problem("scope")
        return found, False
    try:
        with transaction.atomic():
            return model.objects.create(owner=owner, started_by_token=token, **values), True
    except IntegrityError:
        if not client_id:
            raise
        return model.objects.get(owner=owner, client_id=client_id), False
