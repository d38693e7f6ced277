import assert from "node:assert/strict";
import { test } from "node:test";

import type { Store } from "../src/batches.js";
import { Connection } from "../src/connection.js";
import { InvalidEventError } from "../src/errors.js";
import { MemoryStore } from "../src/memory.js";
import { send } from "../src/sending.js";
import { openSpool } from "../src/spool.js";
import type { EventPayload } from "../src/types.js";
import { encodeEvent } from "../src/validation.js";
import { cases, directory, KEY, NOW, outside, seeded, startServer } from "./support.js";

interface Batching {
  name: string;
  recorded: { events: number; size: number }[];
  batches: number[];
}

function batchSizes(store: Store, recorded: Batching["recorded"]): number[] {
  for (const { events, size } of recorded) {
    for (let n = 0; n < events; n++) store.add(Buffer.from(`${"x".repeat(size)}\n`));
  }
  const sizes: number[] = [];
  for (let batch = store.next(true); batch; batch = store.next(true)) {
    sizes.push(batch.count);
    store.done(batch);
  }
  return sizes;
}

for (const { name, recorded, batches } of cases<Batching>("batching")) {
  test(`batching: ${name}`, async (t) => {
    assert.deepEqual(batchSizes(new MemoryStore(2 ** 30), recorded), batches);
    const spool = await openSpool({ directory: directory(t) });
    assert.deepEqual(batchSizes(spool, recorded), batches);
    await spool.close();
  });
}

test("batching: whatever the sizes, batches keep the order and every limit, and are as large as they can be", async (t) => {
  const random = seeded(41);
  for (let round = 0; round < 20; round++) {
    const largest = 10 ** (1 + random() * 4.1);
    const lines = Array.from({ length: Math.floor(random() * 400) }, (_, n) =>
      Buffer.from(`${n}${"x".repeat(random() * largest)}\n`),
    );
    const spool = await openSpool({ directory: directory(t) });
    for (const store of [new MemoryStore(2 ** 30), spool]) {
      for (const line of lines) store.add(line);
      assert.equal(store.held.events, lines.length);
      const sent: Buffer[] = [];
      let taken = 0;
      for (let batch = store.next(true); batch; batch = store.next(true)) {
        sent.push(batch.body);
        taken += batch.count;
        const next = lines[taken]?.length ?? Infinity;
        assert.ok(batch.count <= 100 && batch.body.length <= 1_000_000);
        assert.ok(batch.count === 100 || batch.body.length + next > 1_000_000);
        store.done(batch);
      }
      assert.deepEqual(Buffer.concat(sent), Buffer.concat(lines));
      assert.deepEqual(store.held, { events: 0, bytes: 0, open: 0 });
    }
    await spool.close();
  }
});

interface AnswerCase {
  name: string;
  events: number;
  status: number;
  headers?: Record<string, string>;
  text?: string;
  body?: unknown;
  cut?: number;
  expect: "done" | "again" | "blocked";
  refused?: number[];
  after?: number;
}

for (const given of cases<AnswerCase>("answers")) {
  test(`answers: ${given.name}`, async (t) => {
    const text = given.text ?? JSON.stringify(given.body);
    const { status, headers, cut } = given;
    const server = await startServer(t, [
      { status, text, ...(headers && { headers }), ...(cut === undefined ? {} : { cut }) },
    ]);
    const connection = new Connection({ apiKey: KEY, baseUrl: server.url }, outside());
    const batch = {
      key: "key-1",
      body: Buffer.from("{}\n".repeat(given.events)),
      count: given.events,
    };
    const verdict = await send(connection, batch, new AbortController().signal);
    assert.equal(verdict.kind, given.expect);
    if (verdict.kind === "done")
      assert.deepEqual(
        verdict.refused.map(({ index }) => index),
        given.refused,
      );
    else assert.equal(verdict.error.retryAfter, given.after);
  });
}

interface EventCase {
  name: string;
  event: EventPayload;
  refused: string | null;
}

function refusedField(event: EventPayload): string | null {
  try {
    encodeEvent(event, () => NOW);
    return null;
  } catch (error) {
    assert.ok(error instanceof InvalidEventError);
    return error.field;
  }
}

for (const { name, event, refused } of cases<EventCase>("events")) {
  test(`events: ${name}`, () => assert.equal(refusedField(event), refused));
}
