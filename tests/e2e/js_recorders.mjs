/** Records with a buffer and with a spool at once: js_recorders.mjs URL URL SPOOL COUNT. */

import { setImmediate as turn } from "node:timers/promises";

import { openRecorder } from "../../clients/js/dist/index.js";

const [bufferUrl, spoolUrl, directory, count] = process.argv.slice(2);
const apiKey = process.env.INDELIBLE_API_KEY;
const refused = [];

async function record(recorder, actor_id) {
  for (let version = 1; version <= Number(count); version++) {
    recorder.record({ actor_id, action: "document.created", version });
    if (version % 10 === 0) await turn();
  }
}

async function run(kind, baseUrl, spool) {
  const recorder = await openRecorder({
    apiKey,
    baseUrl,
    spool,
    onRefused: (event, errors) => refused.push([event.actor_id, event.action, errors[0].field]),
    log: () => {},
  });
  await Promise.all([0, 1, 2, 3].map((number) => record(recorder, `${kind}-${number}`)));
  for (const action of ["first", "second"]) {
    recorder.record({ actor_id: `${kind}-repeats`, action, version: 1, idempotency_key: kind });
  }
  return recorder.close(90_000);
}

const sent = await Promise.all([run("buffer", bufferUrl), run("spool", spoolUrl, { directory })]);
console.log(JSON.stringify({ sent, refused }));
