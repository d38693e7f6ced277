"""The most expensive input that fits takes less than half of the memory of its function.

Each runs in a process of its own, which reports the most memory that it ever had.
"""

from __future__ import annotations

import subprocess
import sys

import pytest
from support.handlers import ROOT
from support.template import read_template

PEAK = """
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(int(status["VmHWM"].split()[0]) // 1_024)
"""
"""Not `ru_maxrss`, which begins with the memory of the process that started this one."""

NESTED = '{"":{"":{"":{}}}},'
"""Its 17 bytes become four dictionaries."""

BODY = f"""
import base64, gzip
from indelible.ingest.batch import batch_of
from indelible.web.request import MAX_BODY_BYTES
from support.bodies import read_body
from support.builders import an_event
from unit.ingest_driver import IngestDriver

head = '{{"events":[{{"actor_id":"a","actor_id":"a","action":"b","metadata":{{"k":['
tail = ']}}}}]}}'
count = (MAX_BODY_BYTES - len(head) - len(tail)) // {len(NESTED)}
body = head + ('{NESTED}' * count)[:-1] + tail
packed = base64.b64encode(gzip.compress(body.encode())).decode()
assert len(packed) < 100_000
events = batch_of(read_body(packed, {{"Content-Encoding": ["gzip"]}}, is_base64=True))
receipts = IngestDriver().submit(*events, an_event())
assert [each.status for each in receipts] == ["invalid", "queued"]
"""

LINES = """
import base64, gzip
from indelible.ingest.batch import MAX_STREAMED, events_of
from indelible.web.request import MAX_BODY_BYTES, parse_json, plain_body
from unit.ingest_driver import IngestDriver

nested = '{"":{"":{"":{}}}},'
head, tail = '{"actor_id":"a","actor_id":"a","action":"b","metadata":{"k":[', ']}}\\n'
count = (MAX_BODY_BYTES // MAX_STREAMED - len(head) - len(tail)) // len(nested)
body = (head + (nested * count)[:-1] + tail) * (MAX_STREAMED - 1)
body += '{"actor_id":"a","action":"b"}'
packed = base64.b64encode(gzip.compress(body.encode())).decode()
plain = plain_body(packed, {"Content-Encoding": ["gzip"]}, is_base64=True)
events = events_of(plain, "application/x-ndjson", parse_json)
receipts = IngestDriver().submit(*events, key="h")
assert [each.status for each in receipts] == ["invalid"] * (MAX_STREAMED - 1) + ["queued"]
"""

MESSAGE = f"""
from indelible.chain.fields import MAX_EVENT_BYTES
from indelible.message import MAX_JSON_BYTES
from indelible.writing.delivery import chain_messages
from support.builders import NOON, WORKSPACE, a_body, as_delivered, event_id, tries
from support.memory_ledger import MemoryLedger
from support.writers import writer_on

def event(number):
    head = '{{"id":"%s","received_at":%d,"fields":{{"actor_id":"a","action":"b","metadata":{{"k":['
    count = (MAX_EVENT_BYTES - 1_000) // {len(NESTED)}
    filling = ('{NESTED}' * count)[:-1]
    return head % (event_id(number), NOON) + filling + ']}}}}}}'

count = (MAX_JSON_BYTES - 1_000) // len(event(0))
head = '{{"format":1,"workspace_id":"%s","correlation_id":"c","events":[' % WORKSPACE
body = a_body((head + ",".join(map(event, range(count))) + "]}}").encode())
assert len(body) < 50_000
delivered = [as_delivered(str(number), body) for number in range(2)]
outcome = chain_messages(writer_on(MemoryLedger()), WORKSPACE, delivered, tries(0))
assert (outcome.chained, outcome.failed, outcome.quarantined) == (count, [], [])
"""


def peak_of(program: str) -> int:
    """The most memory in MiB of a process that runs this program."""
    paths = [str(ROOT / "layers" / "common"), str(ROOT / "tests")]
    code = f"import sys; sys.path[:0] = {paths}\n{program}{PEAK}"
    return int(subprocess.check_output([sys.executable, "-c", code], text=True))


@pytest.mark.slow
@pytest.mark.parametrize("program", [BODY, LINES, MESSAGE], ids=["a body", "lines", "messages"])
def test_crafted_input_takes_less_than_half_of_the_memory_of_a_function(program: str) -> None:
    """The body has a name twice, so the slower of two parsers reads it."""
    assert peak_of(program) < read_template()["Globals"]["Function"]["MemorySize"] / 2
