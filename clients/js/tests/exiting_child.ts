/** A process that records five events and then ends in the way that its argument says. */

import { openRecorder } from "../src/recorder.js";

const [baseUrl, ending] = process.argv.slice(2) as [string, string];
const recorder = await openRecorder({ apiKey: "imk_child", baseUrl });
for (let n = 0; n < 5; n++) recorder.record({ actor_id: "user_1", action: `number.${n}` });
if (ending === "own listener") {
  process.on("SIGTERM", () => {
    recorder.record({ actor_id: "user_1", action: "number.5" });
    clearInterval(alive);
  });
}
const alive =
  ending === "sigterm" || ending === "own listener" ? setInterval(() => {}, 1_000) : undefined;
if (alive) {
  process.kill(process.pid, "SIGTERM");
}
if (ending === "exit") process.exit(3);
