"""What the admin's lists of captured things share: they stay fast with a hundred thousand rows.

Nothing here counts a whole table, and no column asks the database once for each row.
"""

from datetime import timedelta

from django import forms
from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Max, Min, QuerySet
from django.utils import timezone
from django.utils.functional import cached_property
from pydantic import ValidationError

from cam2bytes.lib.schemas import PatchIn

MOST_COUNTED = 10_000  # rows; what lies behind is reached by search, filter or date


class BoundedPaginator(Paginator):
    """Counts at most `MOST_COUNTED` rows, so that a list costs the same however long it is."""

    @cached_property
    def count(self):
        return self.object_list.order_by()[:MOST_COUNTED].count()


class SteppingQuerySet(QuerySet):
    """Finds the days, months or years that occur by stepping from each to the next in the index of the field,
    where Django would look at every row."""

    def datetimes(self, field_name, kind, order="ASC", tzinfo=None):
        rows = self.order_by(field_name).values_list(field_name, flat=True)
        found, moment = [], rows.first()
        while moment is not None:
            found.append(_begin(timezone.localtime(moment), kind))
            moment = _from(rows, field_name, _next(found[-1], kind)).first()
        return found if order == "ASC" else found[::-1]

    def aggregate(self, **wanted):
        """The least and the greatest by a look at each end of the index: SQLite reads all of it for both at once."""
        if not all(type(one) in (Min, Max) for one in wanted.values()):
            return super().aggregate(**wanted)
        return {name: self._end(one) for name, one in wanted.items()}

    def _end(self, wanted):
        field = wanted.source_expressions[0].name
        return self.order_by(f"-{field}" if type(wanted) is Max else field).values_list(field, flat=True).first()


def _from(rows, field_name, moment):
    """Those at or after `moment`; said before all other conditions, as SQLite begins at the first bound it reads."""
    later = rows.filter(**{f"{field_name}__gte": moment})
    conditions = later.query.where.children
    conditions.insert(0, conditions.pop())
    return later


def _begin(moment, kind):
    start = {"year": {"month": 1, "day": 1}, "month": {"day": 1}, "day": {}}[kind]
    return moment.replace(hour=0, minute=0, second=0, microsecond=0, **start)


def _next(begin, kind):
    """The beginning of the next one; days differ in length, so step well into it and begin again."""
    days = {"year": 366, "month": 31, "day": 1}[kind]
    return _begin(begin + timedelta(days=days, hours=2), kind)


def precise_time(moment):
    """Like "2026-11-22 08:02:11.300", in the viewer's zone; a dash where there is none."""
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] if moment else "-"


class CheckedForm(forms.ModelForm):
    """Names and labels under the rules of the API: JSON typed by hand can be anything."""

    def clean(self):
        cleaned = super().clean()
        typed = {name: cleaned[name] for name in PatchIn.model_fields if cleaned.get(name) is not None}
        try:
            PatchIn(**typed)
        except ValidationError as error:
            for wrong in error.errors():
                self.add_error(str(wrong["loc"][0]), wrong["msg"])
        return cleaned


class MachineAdmin(admin.ModelAdmin):
    """Rows that machines make. People may look, name, label and delete; deleting takes the files too."""

    show_full_result_count = False
    paginator = BoundedPaginator
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER
    form = CheckedForm
    editable_fields = ()

    class Media:
        css = {"all": ["css/admin.css"]}

    def get_queryset(self, request):
        return SteppingQuerySet(self.model, using=self.model._default_manager.db).order_by(*self.ordering)

    def get_changelist_instance(self, request):
        """A search is not broken down by date: that would search once for every day."""
        changelist = super().get_changelist_instance(request)
        if changelist.query:
            changelist.date_hierarchy = None
        self.prepare_rows(changelist.result_list)
        return changelist

    def prepare_rows(self, rows):
        """Fetch, for all rows at once, what their columns show."""

    def has_add_permission(self, request):
        return False

    def get_readonly_fields(self, request, obj=None):
        """What people may change is named; machines own the rest."""
        return [name for name in self.fields if name not in self.editable_fields]

    # Deleting ----------------------------------------------------------------------------------

    def delete_with_files(self, obj):
        """How one is deleted: each admin says it, as the app's `ingest` does it."""
        raise NotImplementedError

    def told_for_deletion(self, obj):
        """One line for the page that asks."""
        return str(obj)

    def get_deleted_objects(self, objs, request):
        """For the page that asks first. Django would load every row below; the counts are on the objects."""
        listed = [self.told_for_deletion(obj) for obj in objs]
        permitted = set() if self.has_delete_permission(request) else {self.opts.verbose_name}
        return listed, {self.opts.verbose_name_plural: len(listed)}, permitted, []

    def delete_model(self, request, obj):
        self.delete_with_files(obj)

    def delete_queryset(self, request, queryset):
        for obj in queryset:
            self.delete_with_files(obj)

    def get_actions(self, request):
        actions = super().get_actions(request)
        if "delete_selected" in actions:
            function, name, _description = actions["delete_selected"]
            actions["delete_selected"] = (function, name, "Delete with files")
        return actions
