/** A process that submits two events, and prints what the API says of them when its input ends. */

import { ImmutableClient } from "../src/client.js";
import { collect } from "./support.js";

const client = new ImmutableClient({
  apiKey: process.env["INDELIBLE_API_KEY"]!,
  baseUrl: process.argv[2]!,
});
const first = await client
  .actor({ id: "user_1" })
  .track("invoice.paid", "Invoice", { plan: "pro" });
const { events } = await client.trackBatch([{ actor_id: 7, action: "invoice.sent" }]);
console.log("submitted");
await collect(process.stdin); // until the events are chained

const matching = await collect(client.iterateEvents({ action: ["invoice.*"], limit: 1 }));
const { data } = await client.getEvent(first.id, { proof: true });
const parts = await collect(client.verifyParts());
const missing = await client.getEvent("unknown").catch((error: Error) => error.name);
console.log(
  JSON.stringify({
    submitted: [first, ...events].map(({ status }) => status),
    matching: matching.map((event) => [event.action, event.actor.id]),
    proof: data.proof?.sequence,
    metadata: data.metadata,
    verified: parts.map(({ valid, events_checked }) => [valid, events_checked]),
    missing,
  }),
);
