"""Static files under hashed names, compressed, with the imports of JavaScript modules rewritten too."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Modules import each other by relative paths; Workers' modules are rewritten the same way."""

    support_js_module_import_aggregation = True
