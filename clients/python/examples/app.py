"""Records numbered events, may be killed at any time, and goes on from the number it is given.

python app.py SPOOL_FILE EVENTS [FIRST]
"""

import os
import sys
import time

from indelible_client import Recorder

spool, events, first = (*sys.argv[1:], "0")[:3]
recorder = Recorder(os.environ["INDELIBLE_KEY"], os.environ["INDELIBLE_URL"], spool=spool)
for index in range(int(first), int(events)):
    recorder.record(
        "user_1",
        "document.created",
        resource_id=index,
        # A kill between `record` and `print` repeats the event. The key makes one of both.
        idempotency_key=f"{spool}#{index}",
    )
    print(index, flush=True)
    time.sleep(0.001)
if not recorder.close(timeout=60):
    sys.exit(1)  # the next start sends the rest
