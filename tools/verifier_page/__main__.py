"""Makes verify.html."""

from __future__ import annotations

from hashlib import sha256

from tools.local.settings import ROOT

from . import TARGET, make_page

content = make_page().encode()
TARGET.write_bytes(content)
print(f"{TARGET.relative_to(ROOT)} is written, SHA-256 {sha256(content).hexdigest()}")
