/** A process that records without end, and says of each event that `record` has returned. */

import { writeSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";

import { openRecorder } from "../src/recorder.js";
import { outside } from "./support.js";

const [baseUrl, directory, run, count] = process.argv.slice(2) as [string, string, string, string];
const options = {
  apiKey: process.env["INDELIBLE_API_KEY"] ?? "imk_child",
  baseUrl,
  spool: { directory },
  log: () => {},
};
const recorder = await openRecorder(options, outside());
for (let n = 0; n < Number(count); n++) {
  const action = `${run}.${n}`;
  recorder.record({ actor_id: "user_1", action });
  writeSync(1, `${action}\n`);
  if (n % 10 === 0) await turn();
}
await recorder.close(60_000);
