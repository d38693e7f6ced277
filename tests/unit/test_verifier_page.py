"""verify.html is what its sources make, ships with the package, and can load nothing."""

from __future__ import annotations

import re
import tomllib
from base64 import b64encode
from hashlib import sha256

from tools.local.settings import ROOT
from tools.verifier_page import TARGET, make_page

PAGE = TARGET.read_text()


def test_it_is_what_its_sources_make() -> None:
    assert make_page() == PAGE, "run .venv/bin/python -m tools.verifier_page"


def test_its_policy_allows_its_own_script_and_style_and_no_request() -> None:
    [policy] = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', PAGE)
    for name in ("script", "style"):
        [content] = re.findall(rf"<{name}>(.*?)</{name}>", PAGE, re.DOTALL)
        digest = b64encode(sha256(content.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "trusted-types 'none'" in policy


def test_it_names_nothing_outside_of_itself() -> None:
    assert re.findall(r"\b(?:src|href|action)=|url\(|https?:|@import|\bfetch\(", PAGE) == []


def test_the_package_has_it() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    files = settings["tool"]["setuptools"]["package-data"]["indelible"]
    assert str(TARGET.relative_to(ROOT / "layers/common/indelible")) in files
