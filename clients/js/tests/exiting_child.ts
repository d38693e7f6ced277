/** A process, or a thread, that records five events and then ends in the way that it is told. */

import { workerData } from "node:worker_threads";

import { openRecorder } from "../src/recorder.js";

const [baseUrl, ending] = (workerData ?? process.argv.slice(2)) as [string, string];
let alive: NodeJS.Timeout | undefined;
const recordLast = () => {
  recorder.record({ actor_id: "user_1", action: "number.5" });
  clearInterval(alive);
};
if (ending === "earlier listener") process.once("SIGTERM", recordLast);
const recorder = await openRecorder({ apiKey: "imk_child", baseUrl });
for (let n = 0; n < 5; n++) recorder.record({ actor_id: "user_1", action: `number.${n}` });
if (ending === "own listener") process.on("SIGTERM", recordLast);
if (ending === "records at the end") process.once("beforeExit", recordLast);
if (["sigterm", "own listener", "earlier listener"].includes(ending)) {
  alive = setInterval(() => {}, 1_000);
  process.kill(process.pid, "SIGTERM");
}
if (ending === "exit") process.exit(3);
