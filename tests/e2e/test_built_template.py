"""The output of `sam build` for template.yaml, as `make up` and `make deploy` deploy it."""

from __future__ import annotations

import yaml
from e2e.template import RESOURCES

from tools.local import settings


def test_no_alias_is_left_for_cloudformation_which_would_refuse_it() -> None:
    text = (settings.LOCAL / "build" / "template.yaml").read_text()
    found = {type(token) for token in yaml.scan(text)}
    assert not {yaml.AliasToken, yaml.AnchorToken} & found
    assert set(RESOURCES) == set(yaml.safe_load(text)["Resources"])
