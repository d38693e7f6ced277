// Records numbered events, may be killed at any time, and goes on from the number it is given:
// node app.mjs SPOOL_DIRECTORY EVENTS [FIRST]
import { setTimeout as pause } from "node:timers/promises";

import { openRecorder } from "indelible-client";

const [directory, events, first = "0"] = process.argv.slice(2);
const recorder = await openRecorder({
  apiKey: process.env.INDELIBLE_KEY,
  baseUrl: process.env.INDELIBLE_URL,
  spool: { directory },
});
for (let index = Number(first); index < Number(events); index++) {
  recorder.record({
    actor_id: "user_1",
    action: "document.created",
    resource_id: index,
    // A kill between `record` and the next line repeats the event. The key makes one of both.
    idempotency_key: `${directory}#${index}`,
  });
  console.log(index);
  await pause(1);
}
if (!(await recorder.close(60_000))) process.exitCode = 1; // the next start sends the rest
