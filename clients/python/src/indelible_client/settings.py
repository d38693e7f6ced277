"""The base URL and the API key, checked before anything is sent."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from .errors import InvalidSettings


def api_root(base_url: str) -> str:
    """Return the URL that `/events` and the other paths are appended to.

    `https://host`, `https://host/` and `https://host/api` are the same. A domain whose base path
    is not `api` is given with the version: `https://host/v1` or `https://host/audit/v1`.
    """
    try:
        parts = urlsplit(base_url.strip())
        parts.port  # noqa: B018 - raises ValueError if it is no number
    except ValueError as error:
        raise InvalidSettings(f"The base URL is not a URL: {error}.") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InvalidSettings(
            "The base URL must begin with https://, such as https://audit.example.com."
        )
    if parts.username is not None or parts.query or parts.fragment:
        raise InvalidSettings("The base URL must have no user, no `?` and no `#`.")
    path = parts.path.rstrip("/")
    if not path.endswith("/v1"):
        path = f"{path}/v1" if path.endswith("/api") else f"{path}/api/v1"
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def checked_key(api_key: str) -> str:
    """Return the API key without the spaces around it. No error shows the key."""
    api_key = api_key.strip()
    if not api_key:
        raise InvalidSettings("The API key is empty. Check where it is read from.")
    if not (api_key.isascii() and api_key.isprintable()) or " " in api_key:
        raise InvalidSettings("The API key has characters that no key has. Check how it is read.")
    return api_key
