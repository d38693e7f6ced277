/** An application that records numbered events: app.mjs SPOOL FIRST COUNT.
 *
 * A number is printed once its event is recorded. INDELIBLE_URL and INDELIBLE_API_KEY are read from
 * the environment. However often the process is killed, each printed number gets into the chain once.
 */

import { setTimeout as sleep } from "node:timers/promises";

import { openRecorder } from "indelible-client";

const [directory, first, count] = process.argv.slice(2);
const { INDELIBLE_URL: baseUrl, INDELIBLE_API_KEY: apiKey } = process.env;

const recorder = await openRecorder({ apiKey, baseUrl, spool: { directory } });
for (let number = Number(first); number < Number(first) + Number(count); number++) {
  recorder.record({
    actor_id: "example-app",
    action: "document.created",
    resource_id: String(number),
  });
  console.log(number);
  await sleep(5);
}
if (!(await recorder.close(60_000))) {
  console.error("Some events were not sent yet. The next start sends them.");
  process.exitCode = 1;
}
