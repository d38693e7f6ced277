"""The viewer: the files of its page, and the headers that keep foreign code out of it."""

from __future__ import annotations

from html import escape
from pathlib import Path

from .scripts import join_scripts
from .static_file import StaticFile, static_file

HTML = "text/html; charset=utf-8"
CSS = "text/css; charset=utf-8"
JAVASCRIPT = "text/javascript; charset=utf-8"

_ANCESTORS_PLACE = "{{FRAME_ANCESTORS}}"
_POLICY = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
)
_PERMISSIONS = (
    "camera=(), clipboard-write=(self), display-capture=(), geolocation=(), microphone=(), "
    "payment=(), usb=()"
)
_CHECK_AGAIN = "no-cache"
"""Caches keep the files, and ask each time whether they are still the same."""


def page_headers(frame_ancestors: str) -> dict[str, str]:
    """The headers of the page, which only these sources may embed."""
    return {
        "Cache-Control": _CHECK_AGAIN,
        "Content-Security-Policy": "; ".join((*_POLICY, f"frame-ancestors {frame_ancestors}")),
        "Permissions-Policy": _PERMISSIONS,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }


def viewer_files(folder: Path, frame_ancestors: str) -> dict[str, StaticFile]:
    """The files of the page in this folder by their names; the page itself has an empty name.

    `frame_ancestors` are sources as Content-Security-Policy has them, or `'none'`. The page gets
    them too, so that it knows from whom it takes a fresh token.
    """
    headers = {
        "Cache-Control": _CHECK_AGAIN,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    page = (folder / "index.html").read_text("utf-8")
    page = page.replace(_ANCESTORS_PLACE, escape(frame_ancestors))
    # Other pages may load this script: it builds the frame of the viewer in them.
    embedding = {**headers, "Cross-Origin-Resource-Policy": "cross-origin"}
    return {
        "": static_file(page, HTML, page_headers(frame_ancestors)),
        "viewer.css": static_file((folder / "style.css").read_text("utf-8"), CSS, headers),
        "viewer.js": static_file(join_scripts(folder / "main.js"), JAVASCRIPT, headers),
        "embed.js": static_file((folder / "embed.js").read_text("utf-8"), JAVASCRIPT, embedding),
    }
