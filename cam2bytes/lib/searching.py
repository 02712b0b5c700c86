"""Finding entries by a few words or a label, on any database that Django speaks to."""

import json

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from cam2bytes.lib.listing import with_label


def matching(entries: QuerySet, query: str = "", label: str = "") -> QuerySet:
    """The entries that hold every word of `query` in name, device, camera, external id or labels, and carry `label`."""
    if label:
        entries = with_label(entries, label)
    if query:
        entries = entries.alias(labels_text=Cast("labels", TextField()))
    for word in query.split():
        entries = entries.filter(
            Q(name__icontains=word)
            | Q(device_name__icontains=word)
            | Q(camera_label__icontains=word)
            | Q(external_id__icontains=word)
            # SQLite keeps JSON with escapes beyond ASCII, PostgreSQL without: both spellings.
            | Q(labels_text__icontains=word)
            | Q(labels_text__icontains=json.dumps(word)[1:-1])
        )
    return entries
