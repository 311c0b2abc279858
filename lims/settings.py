"""Every setting of the product, from the environment; the defaults are the embedded lab of one machine."""

from datetime import timedelta
from pathlib import Path

import environ
from django.core.management.utils import get_random_secret_key

from lims.broker import broker_url

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.str("LIMS_DATA", default=str(BASE_DIR / "data"))).expanduser().resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)

VERSION = "0.1.0"
LAB_NAME = env.str("LIMS_LAB_NAME", default="Solid-State Battery Laboratory")

# --- what kind of run this is -------------------------------------------------------------------------------
LAB_LOGO = env.str("LIMS_LAB_LOGO", default="")
RELEASE_NEEDS_TWO = env.bool("LIMS_RELEASE_NEEDS_TWO", default=True)
EMBEDDED = not env.str("LIMS_REDIS_URL", default="")
DEBUG = env.bool("LIMS_DEBUG", default=False)
# What a phone that scans a label opens; without it labels hold the code alone.
PUBLIC_URL = env.str("LIMS_PUBLIC_URL", default="").rstrip("/")
ALLOWED_HOSTS = env.list("LIMS_ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("LIMS_TRUSTED_ORIGINS", default=[])


def _secret_key() -> str:
    """Return the key from the environment, or this lab's own, made once and kept beside its database."""
    given = str(env.str("LIMS_SECRET_KEY", default=""))
    if given:
        return given
    path = DATA_DIR / "secret-key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(get_random_secret_key(), encoding="ascii")
    return path.read_text(encoding="ascii")


SECRET_KEY = _secret_key()

# --- apps ---------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "lims.apps.LimsConfig",
    "materials.apps.MaterialsConfig",
    "cells.apps.CellsConfig",
    "testing.apps.TestingConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_htmx",
    "lucide",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "lims.middleware.RequestIdMiddleware",
    "lims.middleware.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "lims.middleware.PeopleOnlyMiddleware",
    "lims.middleware.NoZeroByteMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "lims.urls"
WSGI_APPLICATION = "lims.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

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
                "lims.context_processors.lab",
            ],
        },
    },
]
FORM_RENDERER = "lims.forms.LabRenderer"

# --- database -----------------------------------------------------------------------------------------------
DATABASES = {
    "default": env.db_url("LIMS_DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'lab.sqlite3'}"),
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # BEGIN IMMEDIATE queues writers instead of failing them; so ATOMIC_REQUESTS stays off.
    # Without recursive_triggers, INSERT OR REPLACE would remove a protected row behind its DELETE trigger's back.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        # A sheet of 2,000 rows is checked in one transaction: other writers wait for it rather than fail.
        "timeout": 60,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; PRAGMA recursive_triggers=ON;"
        ),
    }
else:
    DATABASES["default"].setdefault("CONN_MAX_AGE", 60)
    DATABASES["default"].setdefault("CONN_HEALTH_CHECKS", True)

# --- cache, broker, worker ----------------------------------------------------------------------------------
REDIS_URL = env.str("LIMS_REDIS_URL", default="")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
    }
    if REDIS_URL
    else {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": str(DATA_DIR / "cache"),
    }
}
CELERY_BROKER_URL = REDIS_URL or broker_url(DATA_DIR / "broker.sqlite3")
JOB_LEASE = timedelta(seconds=env.int("LIMS_JOB_LEASE_S", default=30))
JOB_ATTEMPTS = env.int("LIMS_JOB_ATTEMPTS", default=4)
JOB_SWEEP_S = env.int("LIMS_JOB_SWEEP_S", default=5)

# --- people -------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "lims.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "lims.accounts.ClosedLabAdapter"
ACCOUNT_RATE_LIMITS = {"login_failed": "5/5m/key"}
KNOX_TOKEN_MODEL = "lims.ApiToken"  # noqa: S105 - the name of a model
# The tokens are rows of our own model; knox's migrations would only leave an empty table behind.
MIGRATION_MODULES = {"knox": None}
REST_KNOX = {"TOKEN_TTL": None, "TOKEN_MODEL": KNOX_TOKEN_MODEL}

# --- API ----------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "lims.api.authentication.LabTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["lims.api.permissions.LabPermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["lims.api.parsers.LabJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "lims.api.pagination.LabPagination",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "lims.api.errors.handle",
    "NON_FIELD_ERRORS_KEY": "__all__",
    "STRICT_JSON": True,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Laboratory API",
    "DESCRIPTION": "Powders, cells, tests, files, metrics and reports of a solid-state battery laboratory.",
    "VERSION": VERSION,
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["lims.api.permissions.LabPermission"],
    "SERVE_AUTHENTICATION": None,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    # Two things are called role, and each needs a name of its own.
    "ENUM_NAME_OVERRIDES": {
        "LayerRoleEnum": "cells.models.design.LayerRole",
        "AlertKindEnum": "testing.models.alerts.AlertKind",
        "ReportKindEnum": "testing.models.reports.Report.Kind",
        "MaterialRoleEnum": "materials.models.material.Material.Role",
    },
}

# --- files --------------------------------------------------------------------------------------------------
BLOB_DIR = DATA_DIR / "blobs"
HOLD_NEW_LOTS = env.bool("LIMS_HOLD_NEW_LOTS", default=False)
EXPIRY_NOTICE = timedelta(days=env.int("LIMS_EXPIRY_NOTICE_DAYS", default=30))
UPLOAD_MAX_BYTES = env.int("LIMS_UPLOAD_MAX_BYTES", default=2 * 1024**3)
# A photo of a sheet, a certificate, a pressure trace: smaller than what a cycler writes.
ATTACHMENT_MAX_BYTES = env.int("LIMS_ATTACHMENT_MAX_BYTES", default=100 * 1024**2)
# How long half a file waits for its other half.
UPLOAD_LIFE = timedelta(hours=env.int("LIMS_UPLOAD_LIFE_H", default=48))
READER_MEMORY_MB = env.int("LIMS_READER_MEMORY_MB", default=1024)
READER_TIME_S = env.int("LIMS_READER_TIME_S", default=300)
FILE_UPLOAD_TEMP_DIR = str(DATA_DIR / "incoming")
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
Path(FILE_UPLOAD_TEMP_DIR).mkdir(parents=True, exist_ok=True)

# --- telling people of alerts -------------------------------------------------------------------------------
_mail = env.email_url("LIMS_EMAIL_URL", default="dummymail://")
EMAIL_BACKEND, EMAIL_HOST, EMAIL_PORT = _mail["EMAIL_BACKEND"], _mail["EMAIL_HOST"], _mail["EMAIL_PORT"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_USER"], _mail["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.get("EMAIL_USE_TLS", False), _mail.get("EMAIL_USE_SSL", False)
EMAIL_HOST_STATED = bool(env.str("LIMS_EMAIL_URL", default=""))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("LIMS_EMAIL_FROM", default="lims@localhost")
# Off, because a webhook to an address inside would let anybody with an account reach what only this server may.
WEBHOOK_PRIVATE = env.bool("LIMS_WEBHOOK_PRIVATE", default=False)

# --- static files -------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "lims.finders.PackageFileFinder",
]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

# --- time and language --------------------------------------------------------------------------------------
USE_TZ = True
TIME_ZONE = env.str("LIMS_TIME_ZONE", default="UTC")
LANGUAGE_CODE = "en-gb"
USE_I18N = False

# --- security -----------------------------------------------------------------------------------------------
HTTPS = env.bool("LIMS_HTTPS", default=False)
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LIMS_LOG_LEVEL", default="WARNING")},
}
