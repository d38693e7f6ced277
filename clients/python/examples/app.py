"""An application that records numbered events: app.py SPOOL FIRST COUNT.

A number is printed once its event is recorded. INDELIBLE_URL and INDELIBLE_API_KEY are read from
the environment. However often the process is killed, each printed number gets into the chain once.
"""

import os
import sys
import time

from indelible_client import Recorder

spool, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
url, api_key = os.environ["INDELIBLE_URL"], os.environ["INDELIBLE_API_KEY"]

recorder = Recorder(api_key, url, spool=spool)
for number in range(first, first + count):
    recorder.record("example-app", "document.created", resource_id=str(number))
    print(number, flush=True)
    time.sleep(0.005)
if not recorder.close(timeout=60):
    sys.exit("Some events were not sent yet. The next start sends them.")
