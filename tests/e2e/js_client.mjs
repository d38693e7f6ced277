/** Submits with a client for each URL, and reads with the first: js_client.mjs SINGLE BATCHES SIZE URL….
 *
 * Prints the ids of all receipts, waits for a line, and prints what it read.
 */

import { once } from "node:events";

import { ImmutableClient } from "../../clients/js/dist/index.js";

const [single, batches, size] = process.argv.slice(2, 5).map(Number);
const apiKey = process.env.INDELIBLE_API_KEY;
const clients = process.argv.slice(5).map((baseUrl) => new ImmutableClient({ apiKey, baseUrl }));

async function submit(client, caller) {
  const ids = [];
  let version = 0;
  const event = () => ({
    actor_id: `caller-${caller}`,
    action: "document.created",
    version: ++version,
  });
  for (let n = 0; n < single; n++) ids.push((await client.track(event())).id);
  for (let n = 0; n < batches; n++) {
    const { events } = await client.trackBatch(Array.from({ length: size }, event));
    ids.push(...events.map(({ id }) => id));
  }
  return ids;
}

async function collect(pages) {
  const found = [];
  for await (const each of pages) found.push(each);
  return found;
}

console.log(JSON.stringify((await Promise.all(clients.map(submit))).flat()));
await once(process.stdin, "data");
process.stdin.destroy();

const [reader] = clients;
const listed = await collect(reader.iterateEvents({ action: "document.*", limit: 100 }));
const { data } = await reader.getEvent(listed.at(-1).id);
const parts = await collect(reader.verifyParts());
console.log(
  JSON.stringify({
    listed: listed.map(({ id }) => id),
    first: [data.actor.id, data.version],
    valid: parts.map(({ valid }) => valid),
    checked: parts.reduce((sum, part) => sum + part.events_checked, 0),
  }),
);
