"""Tokens, links and tombstones in the admin: to look at and to end, never to make."""

from django.contrib import admin
from django.http import HttpRequest

from cam2bytes.accounts.models import ApiToken, OneTimeLink, Tombstone


class LookOnly(admin.ModelAdmin):
    """Rows that machines own."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return False


@admin.register(ApiToken)
class ApiTokenAdmin(LookOnly):
    list_display = ["prefix", "name", "owner", "scope", "created_at", "last_used_at", "revoked_at"]
    list_filter = ["scope", ("revoked_at", admin.EmptyFieldListFilter)]
    list_select_related = ["owner"]
    search_fields = ["name", "prefix", "owner__username"]
    date_hierarchy = "created_at"
    exclude = ["token_hash"]
    actions = ["revoke"]

    @admin.action(description="Revoke the selected tokens", permissions=["delete"])
    def revoke(self, request: HttpRequest, queryset) -> None:
        count = sum(token.revoke() for token in queryset)
        self.message_user(request, f"{count} revoked.")


@admin.register(OneTimeLink)
class OneTimeLinkAdmin(LookOnly):
    list_display = ["purpose", "user", "created_at", "expires_at", "used_at"]
    list_filter = ["purpose"]
    list_select_related = ["user"]
    search_fields = ["user__username"]
    exclude = ["token_hash"]


@admin.register(Tombstone)
class TombstoneAdmin(LookOnly):
    list_display = ["object_id", "kind", "owner", "deleted_at", "purged_at", "attempts", "last_error"]
    list_filter = ["kind", ("purged_at", admin.EmptyFieldListFilter)]
    list_select_related = ["owner"]
    search_fields = ["object_id"]
    date_hierarchy = "deleted_at"

    def has_delete_permission(self, request: HttpRequest, obj=None) -> bool:
        return False  # late uploads of what was deleted would be taken again
