"""A Django project whose database is PostgreSQL if SHOP_SOCKET has the directory of its socket."""

import os
from pathlib import Path
from typing import Any

_SQLITE: dict[str, Any] = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": Path(os.environ["SHOP_DIRECTORY"]) / "shop.db",
    "TEST": {"NAME": Path(os.environ["SHOP_DIRECTORY"]) / "test.db"},
}
_POSTGRESQL: dict[str, Any] = {
    "ENGINE": "django.db.backends.postgresql",
    "NAME": "postgres",
    "USER": "postgres",
    "HOST": os.environ.get("SHOP_SOCKET"),
}
_SECOND = {
    **_SQLITE,
    "NAME": _SQLITE["NAME"].with_name("second.db"),
    "TEST": {"NAME": _SQLITE["NAME"].with_name("test_second.db")},
}

DATABASES = {
    "default": {**(_POSTGRESQL if _POSTGRESQL["HOST"] else _SQLITE), "ATOMIC_REQUESTS": True},
    "second": _SECOND,
}
INSTALLED_APPS = ["django_outbox", "outbox.django_shop"]
ROOT_URLCONF = "outbox.django_shop.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SECRET_KEY = "of a test"
USE_TZ = True
