"""Fifty ways to smuggle a script into a page, in every field. None runs, and none is markup."""

from __future__ import annotations

import json

import pytest
from browser.opened_viewer import opened
from browser.sample_log import a_log
from playwright.sync_api import Browser

RUN = "document.title='run'"
PAYLOADS = [
    f"<script>{RUN}</script>",
    f"<ScRiPt>{RUN}</sCrIpT>",
    f"<script src=data:text/javascript,{RUN}></script>",
    f"<script type=module>{RUN}</script>",
    f"</script><script>{RUN}</script>",
    f"</title><script>{RUN}</script>",
    f"</textarea><script>{RUN}</script>",
    f"</style><script>{RUN}</script>",
    f"<!--><script>{RUN}</script>-->",
    f"<![CDATA[<script>{RUN}</script>]]>",
    f"<img src=x onerror={RUN}>",
    f'<img src=x:x onerror="{RUN}">',
    f"<img/src=x/onerror={RUN}>",
    f"<IMG SRC=x OnErRoR={RUN}>",
    f"<image src=x onerror={RUN}>",
    f"<svg onload={RUN}>",
    f"<svg/onload={RUN}>",
    f"<svg><script>{RUN}</script></svg>",
    f"<svg><animate onbegin={RUN} attributeName=x dur=1s>",
    f"<svg><a href=javascript:{RUN}><text y=9>x</text></a></svg>",
    f"<svg><foreignObject><body onload={RUN}></foreignObject></svg>",
    f"<math><mtext><img src=x onerror={RUN}></mtext></math>",
    f"<body onload={RUN}>",
    f"<iframe onload={RUN}></iframe>",
    f"<iframe src=javascript:{RUN}></iframe>",
    f'<iframe srcdoc="<script>top.{RUN}</script>"></iframe>',
    f"<object data=javascript:{RUN}></object>",
    f"<embed src=javascript:{RUN}>",
    f"<a href=javascript:{RUN}>x</a>",
    f'<a href="java\tscript:{RUN}">x</a>',
    f"<form action=javascript:{RUN}><button autofocus>x</button></form>",
    f"<input autofocus onfocus={RUN}>",
    f"<select autofocus onfocus={RUN}></select>",
    f"<textarea autofocus onfocus={RUN}></textarea>",
    f"<button formaction=javascript:{RUN}>x</button>",
    f"<details open ontoggle={RUN}>x</details>",
    f"<video><source onerror={RUN}></video>",
    f"<audio src=x onerror={RUN}>",
    f"<marquee onstart={RUN}>x</marquee>",
    f"<div style=animation-name:arrive onanimationstart={RUN}>x</div>",
    f"<link rel=stylesheet href=x onerror={RUN}>",
    f"<meta http-equiv=refresh content=0;url=javascript:{RUN}>",
    f"<base href=javascript:{RUN}//>",
    f"<template><script>{RUN}</script></template>",
    f"<custom-element onclick={RUN} tabindex=1 autofocus onfocus={RUN}>",
    f'"><script>{RUN}</script>',
    f"'-{RUN}-'",
    f"`${{{RUN}}}`",
    f"javascript:{RUN}",
    f'{{{{constructor.constructor("{RUN}")()}}}}',
    f"\u2028</script>\u2029<script>{RUN}</script>",
    f'<noscript><p title="</noscript><img src=x onerror={RUN}>">',
]


def infected(payload: str) -> dict[str, object]:
    """An event that has the payload in every field that takes any text."""
    return {
        "actor_id": payload,
        "actor_name": payload,
        "actor_type": payload,
        "action": payload,
        "action_category": payload,
        "resource": payload,
        "resource_id": payload,
        "resource_name": payload,
        "metadata": {payload: payload, "list": [payload, {payload: [payload]}]},
        "targets": [
            {"type": payload, "id": payload, "name": payload, "metadata": {payload: payload}}
        ],
        "session_id": payload,
        "tenant_id": "org_acme",
        "idempotency_key": payload,
        "ip_address": payload,
        "user_agent": payload,
    }


def test_there_are_fifty() -> None:
    assert len({*PAYLOADS}) >= 50


def test_no_payload_runs_in_the_table_the_panel_the_chart_or_a_chip(browser: Browser) -> None:
    log = a_log([infected(each) for each in PAYLOADS])
    with opened(browser, log) as viewer:
        viewer.wait_for_verdict("witnessed")
        page = viewer.page
        markup = (
            "script:not([src]), img, iframe, object, embed, video, audio, form, base, [onerror]"
        )
        for number in range(1, len(PAYLOADS) + 1):
            viewer.open_row(number)
            page.evaluate(
                "document.querySelectorAll('details').forEach((each) => each.open = true)"
            )
            record = json.loads(log.records[-number])
            assert record["actor_name"].replace("\t", " ")[:20].strip()[:8] in page.locator(
                "aside"
            ).inner_text().replace("\t", " ")
            assert page.locator(markup).count() == 0
        assert page.title() == "Audit log"
        assert viewer.problems == [], "the policy had nothing to stop"


@pytest.mark.parametrize("payload", PAYLOADS[::7])
def test_a_payload_in_the_address_is_the_text_of_a_chip(browser: Browser, payload: str) -> None:
    log = a_log([infected(each) for each in PAYLOADS[:3]])

    def prepare(page: object, api: object) -> None:
        """Nothing to prepare."""

    with opened(browser, log, prepare=prepare) as viewer:
        viewer.wait_for_rows()
        viewer.page.evaluate(
            "(text) => { location.search = new URLSearchParams([['actor_id', text],"
            " ['search', text], ['event', text], ['metadata.x', text]]) }",
            payload,
        )
        viewer.page.locator(".notice").wait_for()
        assert viewer.page.title() == "Audit log"
        assert viewer.page.locator("img, iframe, script:not([src])").count() == 0
