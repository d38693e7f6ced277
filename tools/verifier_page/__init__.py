"""`verify.html`: the page's checking code as one file, which works without a network.

`python -m tools.verifier_page` makes it from its sources, and a test says when it must be made
again. Its policy allows one script, by its hash, and no request.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from indelible.web.scripts import join_scripts

from tools.local.settings import ROOT

TARGET = ROOT / "layers/common/indelible/verifying/verify.html"
_PAGE = Path(__file__).parent / "page"
_POLICY = (
    "default-src 'none'; script-src {script}; style-src {style}; base-uri 'none';"
    " form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)


def make_page() -> str:
    """The file, from the sources as they are. Raises WrongScript when they cannot be joined."""
    script = join_scripts(_PAGE / "main.js")
    style = (_PAGE / "style.css").read_text(encoding="utf-8")
    policy = _POLICY.format(script=_source_of(script), style=_source_of(style))
    page = (_PAGE / "verify.html").read_text(encoding="utf-8")
    for name, content in {"POLICY": policy, "STYLE": style, "SCRIPT": script}.items():
        before, place, after = page.partition(f"<!--{name}-->")
        if not place or "</s" in content.lower() or "<!--" in content:
            raise ValueError(f"{name} has no place in verify.html, or would end its element")
        page = before + content + after
    return page


def _source_of(content: str) -> str:
    """What the policy allows: content with this hash."""
    return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"
