import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { Connection } from "../src/connection.js";
import { BufferFullError, ClosedError, SpoolError } from "../src/errors.js";
import { openRecorder } from "../src/recorder.js";
import { lock } from "../src/spool_lock.js";
import type { EventPayload, FieldError } from "../src/types.js";
import type { Fault } from "./fake_server.js";
import { json } from "./fake_server.js";
import { directory, KEY, outside, record, recorderOf, seeded, startServer } from "./support.js";

test("every recorded event is in the chain, in order, with the time of its record", async (t) => {
  const server = await startServer(t);
  const recorder = await recorderOf(t, server);
  const actions = record(recorder, 0, 250);
  assert.equal(await recorder.flush(), true);
  assert.deepEqual(server.actions, actions);
  assert.deepEqual(server.chain[0], {
    actor_id: "user_1",
    action: "number.0",
    occurred_at: "2026-03-02T09:15:30.250Z",
  });
  assert.equal(server.seen.length, 3);
  assert.deepEqual(recorder.pending, { events: 0, bytes: 0 });
});

test("a full batch is sent at once, and the rest waits for company", async (t) => {
  const server = await startServer(t);
  const recorder = await recorderOf(t, server);
  record(recorder, 0, 130);
  while (recorder.pending.events > 30) await pause(5);
  assert.equal(server.chain.length, 100);
  await recorder.flush();
  assert.equal(server.chain.length, 130);
});

test("whatever fails, an event is in the chain once, and bodies and keys stay together", async (t) => {
  const random = seeded(17);
  const kinds: Fault[] = ["none", "cut before", "cut after", "half", "429", "503", "502"];
  for (let round = 0; round < 30; round++) {
    const server = await startServer(t, () => kinds[Math.floor(random() * kinds.length)]!);
    const spool = round % 2 ? { directory: directory(t) } : undefined;
    const recorder = await recorderOf(t, server, spool ? { spool } : {});
    const actions: string[] = [];
    for (let burst = 0; burst < 4; burst++) {
      const from = actions.length;
      actions.push(...record(recorder, from, from + Math.floor(random() * 150)));
      if (random() < 0.5) await recorder.flush();
    }
    assert.equal(await recorder.flush(), true);
    assert.deepEqual(server.actions, actions);
    const bodies = new Map<unknown, string>();
    for (const { headers, body } of server.seen) {
      const key = headers["idempotency-key"];
      assert.equal(bodies.get(key) ?? body, body);
      bodies.set(key, body);
    }
  }
});

test("a time limit without end is none of a millisecond", async (t) => {
  const server = await startServer(t);
  const recorder = await recorderOf(t, server, { timeout: Infinity });
  record(recorder, 0, 250);
  assert.equal(await recorder.close(Infinity), true);
  assert.equal(server.chain.length, 250);
});

test("events that failed get their chance with the whole batch, under the same key", async (t) => {
  const server = await startServer(t, ["failed", "failed"]);
  const recorder = await recorderOf(t, server);
  const actions = record(recorder, 0, 5);
  await recorder.flush();
  assert.deepEqual([...server.actions].sort(), actions);
  assert.equal(new Set(server.seen.map(({ headers }) => headers["idempotency-key"])).size, 1);
});

test("the recorder waits as long as Retry-After says, and longer each time without it", async (t) => {
  const server = await startServer(t, ["503", "502", "502", "502", "cut before"]);
  const pauses: number[] = [];
  const recorder = await recorderOf(t, server, {}, pauses);
  record(recorder, 0, 1);
  await recorder.flush();
  assert.deepEqual(pauses, [1, 0.5, 1, 2, 4]);
});

test("a Retry-After of years is an hour", async (t) => {
  const busy = { ...json(503, {}), headers: { "retry-after": "999999999" } };
  const server = await startServer(t, [busy]);
  const pauses: number[] = [];
  const recorder = await recorderOf(t, server, {}, pauses);
  record(recorder, 0, 1);
  await recorder.flush();
  assert.deepEqual(pauses, [3600]);
});

test("closing twice waits for the same end, and ends who waits for room", async (t) => {
  const server = await startServer(t, () => "503");
  const recorder = await recorderOf(t, server, { maxBytes: 100 });
  record(recorder, 0, 1);
  const waiting = assert.rejects(
    recorder.recordWhenRoom({ actor_id: "user_1", action: "waits" }, 60_000),
    ClosedError,
  );
  const [first, second] = [recorder.close(50), recorder.close(50)];
  assert.equal(await second, false);
  assert.equal(await first, false);
  await waiting;
});

test("a log that throws does not stop the recorder", async (t) => {
  const server = await startServer(t, ["404"]);
  t.mock.method(console, "error", () => {});
  const recorder = await recorderOf(t, server, {
    log: () => {
      throw new Error("the disk of the log is full");
    },
  });
  record(recorder, 0, 1);
  assert.equal(await recorder.flush(), true);
});

test("a refused event goes to the callback with its errors, and no log has its content", async (t) => {
  const errors = [{ field: "action", message: "matches no schema" }];
  const receipts = [
    { id: "1", status: "queued" },
    { id: null, status: "invalid", errors },
  ];
  const server = await startServer(t, [json(202, { events: receipts })]);
  const lines: string[] = [];
  const refused: [EventPayload, FieldError[]][] = [];
  const recorder = await recorderOf(t, server, {
    log: (line) => lines.push(line),
    onRefused: (event, found) => {
      refused.push([event, found]);
      throw new Error("the callback fails with secret.content");
    },
  });
  recorder.record({ actor_id: "user_1", action: "good" });
  recorder.record({ actor_id: "user_1", action: "secret.content" });
  assert.equal(await recorder.flush(), true);
  assert.equal(refused.length, 1);
  assert.equal(refused[0]![0].action, "secret.content");
  assert.deepEqual(refused[0]![1], errors);
  assert.equal(lines.length, 2);
  assert.ok(!lines.join().includes("secret.content"));
});

for (const kind of ["buffer", "spool"] as const) {
  test(`a full ${kind} refuses the newest event, and takes others when there is room`, async (t) => {
    const server = await startServer(t, ["cut before", "cut before"]);
    const options =
      kind === "spool" ? { spool: { directory: directory(t), maxBytes: 500 } } : { maxBytes: 500 };
    const recorder = await recorderOf(t, server, options);
    const actions = record(recorder, 0, 5);
    assert.throws(() => record(recorder, 5, 100), BufferFullError);
    const { events } = recorder.pending;
    assert.ok(events >= 5 && recorder.pending.bytes <= 500);
    const waiting = recorder.recordWhenRoom({ actor_id: "user_1", action: "waited" }, 60_000);
    await recorder.flush();
    await waiting;
    await recorder.flush();
    assert.deepEqual(server.actions.slice(0, 5), actions);
    assert.equal(server.actions.at(-1), "waited");
    assert.equal(server.chain.length, events + 1);
  });
}

test("a closed recorder refuses events", async (t) => {
  const server = await startServer(t);
  const recorder = await recorderOf(t, server);
  record(recorder, 0, 1);
  assert.equal(await recorder.close(), true);
  assert.throws(() => record(recorder, 1, 2), ClosedError);
  assert.equal(server.chain.length, 1);
});

test("closing during an outage ends in time and says what is lost", async (t) => {
  const server = await startServer(t, () => "503");
  const lines: string[] = [];
  const options = {
    apiKey: KEY,
    baseUrl: server.url,
    log: (line: string) => void lines.push(line),
  };
  const recorder = await openRecorder(options, outside());
  record(recorder, 0, 7);
  assert.equal(await recorder.close(50), false);
  assert.match(lines.at(-1)!, /^indelible: 7 events are lost/);
});

test("a flush waits for what was recorded before it, not for what comes after", async (t) => {
  const server = await startServer(t);
  const recorder = await recorderOf(t, server);
  record(recorder, 0, 10);
  const flushing = recorder.flush(60_000);
  let isFlushed = false;
  void flushing.then(() => (isFlushed = true));
  let later = 0;
  for (; !isFlushed && later < 2_000; later++) {
    record(recorder, later, later + 1);
    await new Promise(setImmediate);
  }
  assert.equal(await flushing, true);
  assert.ok(later < 2_000);
});

test("an event is as it was when it was given, also if it waits for room", async (t) => {
  const server = await startServer(t, ["503"]);
  const recorder = await recorderOf(t, server, { maxBytes: 120 });
  record(recorder, 0, 1);
  const event = { actor_id: "user_1", action: "given" };
  const waiting = recorder.recordWhenRoom(event, 60_000);
  event.action = "changed";
  await recorder.flush();
  await waiting;
  await recorder.flush();
  assert.deepEqual(server.actions, ["number.0", "given"]);
});

test("events may be recorded and flushed while the recorder calls the application", async (t) => {
  const invalid = { id: null, status: "invalid", errors: [{ field: "action", message: "no" }] };
  const receipts = json(202, { events: [invalid] });
  const server = await startServer(t, ["401", receipts]);
  let flushed: Promise<boolean> | undefined;
  const recorder = await recorderOf(t, server, {
    onHeld: (error) => recorder.record({ actor_id: "user_1", action: `held.${!error}` }),
    onRefused: () => {
      recorder.record({ actor_id: "user_1", action: "refused" });
      flushed = recorder.flush();
    },
  });
  record(recorder, 0, 1);
  assert.equal(await recorder.flush(), true);
  assert.equal(await flushed, true);
  assert.deepEqual(server.actions, ["held.false", "held.true", "refused"]);
});

test("a flush that is under way when the recorder closes ends with it", async (t) => {
  const server = await startServer(t, () => "503");
  const recorder = await recorderOf(t, server);
  record(recorder, 0, 1);
  const flush = recorder.flush(60_000);
  assert.equal(await recorder.close(20), false);
  assert.equal(await flush, false);
});

test("an answer that arrives while the recorder closes counts", async (t) => {
  const server = await startServer(t);
  const waiting: (() => void)[] = [];
  const slow: typeof fetch = async (url, init) => {
    const answer = await fetch(url, { ...init!, signal: null });
    await new Promise<void>((resolve) => waiting.push(resolve));
    return answer;
  };
  const lines: string[] = [];
  const options = {
    apiKey: KEY,
    baseUrl: server.url,
    log: (line: string) => void lines.push(line),
  };
  const recorder = await openRecorder(options, { ...outside(), fetch: slow });
  record(recorder, 0, 1);
  void recorder.flush();
  // Closing ends a request that has not begun, and then this would wait for ever.
  while (waiting.length === 0) await pause(5);
  const closing = recorder.close(30);
  await pause(60);
  waiting[0]!();
  assert.equal(await closing, true);
  assert.deepEqual(lines, []);
});

test("of two recorders in one process, one has the spool", async (t) => {
  const path = directory(t);
  const server = await startServer(t);
  const first = await recorderOf(t, server, { spool: { directory: path } });
  await assert.rejects(lock(path, 0), SpoolError);
  const opening = recorderOf(t, server, { spool: { directory: path } });
  const actions = record(first, 0, 3);
  assert.equal(await first.close(), true);
  const second = await opening;
  actions.push(...record(second, 3, 6));
  await second.flush();
  assert.deepEqual(server.actions, actions);
});

test("a thousand requests leave nothing at the signal that ends them", async (t) => {
  const server = await startServer(t);
  const connection = new Connection({ apiKey: KEY, baseUrl: server.url }, outside());
  const { signal } = new AbortController();
  const answer = json(200, { status: "ok" });
  server.fail(() => answer);
  for (let n = 0; n < 1_000; n++)
    await connection.json({ method: "GET", path: "/v1/health", signal });
  assert.equal(getEventListeners(signal, "abort").length, 0);
});
