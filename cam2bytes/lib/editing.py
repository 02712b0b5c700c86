"""Names and labels changed by a page's form, under the rules of the API."""

from pydantic import ValidationError

from cam2bytes.lib.schemas import PatchIn


class WrongEdit(Exception):
    """The form's values cannot be taken; the text says why, for a person."""


def apply_form(entry, form):
    """Change what the form names: `name`, `add_label`, `remove_label`. Saves only these fields."""
    changes = {}
    if "name" in form and hasattr(entry, "name"):
        changes["name"] = form["name"].strip()
    labels = list(entry.labels)
    if added := form.get("add_label", "").strip():
        labels.append(added)
    if "remove_label" in form:
        labels = [label for label in labels if label != form["remove_label"]]
    if labels != entry.labels:
        changes["labels"] = labels
    try:
        checked = PatchIn(**changes)
    except ValidationError as error:
        raise WrongEdit(error.errors()[0]["msg"]) from None
    for name in changes:
        setattr(entry, name, getattr(checked, name))
    if changes:
        entry.save(update_fields=list(changes))
