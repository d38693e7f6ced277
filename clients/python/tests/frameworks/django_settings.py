"""Settings of a Django application without a database, for the time of a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import django
from django.conf import settings
from django.test.utils import override_settings

SETTINGS: dict[str, Any] = {
    "ALLOWED_HOSTS": ["*"],
    "AUTHENTICATION_BACKENDS": ["django_site.Users"],
    "CACHES": {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    "INSTALLED_APPS": ["django.contrib.auth", "django.contrib.contenttypes"],
    "MIDDLEWARE": [
        "indelible_client.frameworks.django.AuditMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    "ROOT_URLCONF": "django_site",
    "SECRET_KEY": "a key of the test",
    "SESSION_ENGINE": "django.contrib.sessions.backends.cache",
}


@contextmanager
def configured(**changes: Any) -> Iterator[None]:
    """Apply the settings. Django is set up once in a process, perhaps by another test."""
    if not settings.configured:
        settings.configure(LOGGING_CONFIG=None, SECRET_KEY=SETTINGS["SECRET_KEY"])
        django.setup()
    with override_settings(**{**SETTINGS, **changes}):
        from django.contrib.auth.signals import user_logged_in  # noqa: PLC0415  # needs settings

        user_logged_in.disconnect(dispatch_uid="update_last_login")  # it needs a database
        yield
