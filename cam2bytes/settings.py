"""Django settings of cam2bytes: everything an operator may change comes from the environment.

`docs/operations.md` has the table of the variables; `tests/test_docs.py` keeps it complete.
"""

import json
import secrets
from pathlib import Path

from cam2bytes import env

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = env.folder("CAM2BYTES_DATA_DIR", BASE_DIR / "var")


def _make_data_dir() -> None:
    try:
        DATA_DIR.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise env.WrongSetting(
            f"CAM2BYTES_DATA_DIR is {str(DATA_DIR)!r}, and that folder cannot be made: {error.strerror}."
        ) from None


def _secret_key() -> str:
    """The key from the environment, or one made once and kept in the data folder, readable by its owner only."""
    given = env.text("CAM2BYTES_SECRET_KEY")
    if given:
        if len(given) < 50:
            raise env.WrongSetting("CAM2BYTES_SECRET_KEY is too short; it needs at least 50 characters.")
        return given
    path = DATA_DIR / "secret-key"
    try:
        path.touch(mode=0o600)
        key = path.read_text().strip()
        if not key:
            key = secrets.token_urlsafe(64)
            path.write_text(key)
    except OSError as error:
        raise env.WrongSetting(
            f"CAM2BYTES_DATA_DIR is {str(DATA_DIR)!r}, and it cannot be written: {error.strerror}."
        ) from None
    return key


def _running() -> dict:
    """{url, broker_url} of the `./dev run` that serves this data folder now, for `./dev manage` beside it."""
    try:
        return json.loads((DATA_DIR / "running.json").read_text())
    except (OSError, ValueError):
        return {}


_make_data_dir()
RUNNING = _running()
SECRET_KEY = _secret_key()
DEBUG = env.flag("CAM2BYTES_DEBUG")
ALLOWED_HOSTS = env.words("CAM2BYTES_ALLOWED_HOSTS", ("localhost", "127.0.0.1", "[::1]"))
CSRF_TRUSTED_ORIGINS = env.origins("CAM2BYTES_CSRF_TRUSTED_ORIGINS")
CAM2BYTES_PUBLIC_URL = (env.text("CAM2BYTES_PUBLIC_URL") or RUNNING.get("url", "")).rstrip("/")
CAM2BYTES_LOCAL_HINT = env.text("CAM2BYTES_LOCAL_HINT", "./dev run --host 0.0.0.0 --https")

# Rooms -------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "cam2bytes",
    "cam2bytes.accounts",
    "capture",
    "recordings",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "cam2bytes.lib.middleware.SecurityHeaders",
    "cam2bytes.lib.middleware.CrossOrigin",
    "cam2bytes.lib.apipaths.ApiProblems",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "cam2bytes.lib.viewer_zone.ViewerZoneMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "cam2bytes.accounts.middleware.SignInRequired",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "cam2bytes.urls"
WSGI_APPLICATION = "cam2bytes.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "library"
LOGOUT_REDIRECT_URL = "sign-in"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# Data --------------------------------------------------------------------------------------------

DATABASES = {"default": env.database("DATABASE_URL", DATA_DIR / "db.sqlite3")}
MEDIA_ROOT = DATA_DIR / "media"
MEDIA_URL = ""  # media is served by views that know its owner, never from a public folder

CAM2BYTES_STORAGE = env.text("CAM2BYTES_STORAGE", "local", choices=("local", "s3"))
if CAM2BYTES_STORAGE == "s3":
    _media = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": env.text("CAM2BYTES_S3_BUCKET"),
            "endpoint_url": env.text("CAM2BYTES_S3_ENDPOINT") or None,
            "region_name": env.text("CAM2BYTES_S3_REGION", "us-east-1"),
            "access_key": env.text("CAM2BYTES_S3_ACCESS_KEY") or None,
            "secret_key": env.text("CAM2BYTES_S3_SECRET_KEY") or None,
            "addressing_style": env.text("CAM2BYTES_S3_ADDRESSING", "path", choices=("path", "virtual")),
            "signature_version": "s3v4",
            "file_overwrite": False,
            "default_acl": None,
            "querystring_expire": 300,
        },
    }
    if not _media["OPTIONS"]["bucket_name"]:
        raise env.WrongSetting("CAM2BYTES_STORAGE is 's3', so CAM2BYTES_S3_BUCKET must name the bucket.")
else:
    _media = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(MEDIA_ROOT)},
    }
STORAGES = {
    "default": _media,
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or env.flag("CAM2BYTES_PLAIN_STATIC")
        else "cam2bytes.lib.staticfiles.HashedStaticFiles",
    },
}
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = DEBUG or env.flag("CAM2BYTES_PLAIN_STATIC")

# Limits ------------------------------------------------------------------------------------------

CAM2BYTES_ABANDONED_AFTER = env.number("CAM2BYTES_ABANDONED_AFTER", 25, minimum=1)  # seconds
CAM2BYTES_MAX_FRAME_BYTES = env.number("CAM2BYTES_MAX_FRAME_BYTES", 32 * 2**20, minimum=1)
CAM2BYTES_MAX_CHUNK_BYTES = env.number("CAM2BYTES_MAX_CHUNK_BYTES", 16 * 2**20, minimum=1)
CAM2BYTES_MAX_BATCH_BYTES = env.number("CAM2BYTES_MAX_BATCH_BYTES", 64 * 2**20, minimum=1)
CAM2BYTES_MAX_PIXELS = env.number("CAM2BYTES_MAX_PIXELS", 40_000_000, minimum=1)
CAM2BYTES_RESERVE_BYTES = env.number("CAM2BYTES_RESERVE_BYTES", 2**30)
CAM2BYTES_OPEN_UPLOAD = env.flag("CAM2BYTES_OPEN_UPLOAD")
CAM2BYTES_OPEN_UPLOAD_OWNER = env.text("CAM2BYTES_OPEN_UPLOAD_OWNER")
CAM2BYTES_CORS_ORIGINS = env.origins("CAM2BYTES_CORS_ORIGINS")
CAM2BYTES_FRAME_PROCESSORS = env.words("CAM2BYTES_FRAME_PROCESSORS")
CAM2BYTES_FRAME_PROCESSOR_SECONDS = env.number("CAM2BYTES_FRAME_PROCESSOR_SECONDS", 10, minimum=0.1, whole=False)
# The API counts bodies itself while it reads them, and answers 413; this one is for Django's own forms.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 2**20

# Web ---------------------------------------------------------------------------------------------

CAM2BYTES_HTTPS = env.flag("CAM2BYTES_HTTPS")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = CAM2BYTES_HTTPS
SECURE_SSL_REDIRECT = CAM2BYTES_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked on this machine, behind the proxy
SESSION_COOKIE_AGE = 60 * 60 * 24 * 90
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "cam2bytes.refusals.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# A certificate of one's own must not pin a name to https for ever: HSTS is for a real one, set by hand.
SECURE_HSTS_SECONDS = env.number("CAM2BYTES_HSTS_SECONDS", 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = False
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W005", "security.W021"]
CAM2BYTES_BEHIND_PROXY = env.flag("CAM2BYTES_BEHIND_PROXY")
if CAM2BYTES_BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    USE_X_FORWARDED_HOST = True

LANGUAGE_CODE = "en"
TIME_ZONE = env.text("CAM2BYTES_TIME_ZONE", "UTC")
USE_TZ = True
USE_I18N = True

# Work --------------------------------------------------------------------------------------------

CELERY_BROKER_URL = (
    env.text("CELERY_BROKER_URL") or env.text("REDIS_URL") or RUNNING.get("broker_url") or "redis://127.0.0.1:6379/0"
)
CELERY_TIMEZONE = "UTC"
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ALWAYS_EAGER = env.flag("CAM2BYTES_EAGER")  # tasks in the request, for tests without a worker
# The database is the queue: a message that a dead worker took is found again by the sweep, so a worker
# that dies must not make Redis hand out the same poison at once (reject_on_worker_lost would loop).
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 800_000  # kB
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_WORKER_ENABLE_SOFT_SHUTDOWN_ON_IDLE = False  # it would sleep those 30 s with nothing to do
CELERY_WORKER_SEND_TASK_EVENTS = True  # Flower
CELERY_TASK_SEND_SENT_EVENT = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 90
# A broker that is down must not hold an upload: one try, then the sweep will find the row.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "max_retries": 0,  # RabbitMQ's: else kombu tries for six seconds
}
CELERY_TASK_DEFAULT_QUEUE = "maintenance"
CELERY_TASK_ROUTES = {
    "capture.process_frames": {"queue": "frames"},
    # 9 is the last of Redis's priorities: when nothing else waits in any queue of that worker.
    "capture.derive_frames": {"queue": "frames", "priority": 9},
    "capture.run_frame_processors": {"queue": "derivatives"},
    "recordings.assemble": {"queue": "recordings"},
    "recordings.make_poster": {"queue": "derivatives"},
    "recordings.make_derivative": {"queue": "derivatives"},
    "recordings.make_live_poster": {"queue": "derivatives"},
}
CELERY_BEAT_SCHEDULER = "cam2bytes.beat:SteadyScheduler"
CAM2BYTES_SWEEP_SECONDS = env.number("CAM2BYTES_SWEEP_SECONDS", 10, minimum=1)
CELERY_BEAT_SCHEDULE = {
    name: {"task": name, "schedule": CAM2BYTES_SWEEP_SECONDS, "options": {"expires": CAM2BYTES_SWEEP_SECONDS}}
    for name in ("capture.sweep", "recordings.sweep", "accounts.sweep")
} | {"media.check_recent": {"task": "media.check_recent", "schedule": 60 * 60}}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "botocore": {"level": "WARNING"},
    },
}
