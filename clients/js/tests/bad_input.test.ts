/** What an application, an operator or a network can do wrong: one clear report, nothing else lost. */

import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { createServer } from "node:tls";
import { inspect } from "node:util";

import { ImmutableClient } from "../src/client.js";
import * as errors from "../src/errors.js";
import type { Recorder } from "../src/recorder.js";
import type { EventPayload } from "../src/types.js";
import { json } from "./fake_server.js";
import type { Fault, FakeServer } from "./fake_server.js";
import { CERTIFICATE, PRIVATE_KEY } from "./self_signed.js";
import { directory, KEY, outside, record, recorderOf, startServer } from "./support.js";

const EVENT = { actor_id: "user_1", action: "document.created" };

interface Reported {
  recorder: Recorder;
  lines: string[];
  held: (Error | undefined)[];
  refused: EventPayload[];
  pauses: number[];
}

async function reportingRecorder(
  t: TestContext,
  server: { url: string },
  spool?: { directory: string },
): Promise<Reported> {
  const lines: string[] = [];
  const held: (Error | undefined)[] = [];
  const refused: EventPayload[] = [];
  const pauses: number[] = [];
  const options = {
    log: (line: string) => void lines.push(line),
    onHeld: (error: Error | undefined) => void held.push(error),
    onRefused: (event: EventPayload) => void refused.push(event),
    ...(spool && { spool }),
  };
  const recorder = await recorderOf(t, server as FakeServer, options, pauses);
  return { recorder, lines, held, refused, pauses };
}

function assertSecret(...things: unknown[]): void {
  for (const thing of things) {
    const shown = inspect(thing, { showHidden: true, depth: 20, getters: true });
    assert.ok(!shown.includes(KEY), shown);
  }
}

const wrongEvents: [string, string, unknown][] = [
  ["NaN", "metadata.n", { metadata: { n: NaN } }],
  ["a BigInt", "metadata.big", { metadata: { big: 10n } }],
  ["a function", "metadata.call", { metadata: { call: () => 1 } }],
  ["a symbol", "metadata.mark", { metadata: { mark: Symbol("a") } }],
  ["a Map", "metadata.list.1", { metadata: { list: [1, new Map()] } }],
  ["undefined in an array", "metadata.list.0", { metadata: { list: [undefined] } }],
  ["a hole in an array", "metadata.list.1", { metadata: { list: Object.assign([1], { 2: 3 }) } }],
  ["an unpaired surrogate", "metadata.text", { metadata: { text: "\ud800" } }],
  ["an invalid Date", "metadata.at", { metadata: { at: new Date(NaN) } }],
  ["an integer of 65 bits", "metadata.n", { metadata: { n: 2 ** 64 } }],
  ["a number as the action", "action", { action: 5 }],
  ["an object as the actor", "actor_id", { actor_id: { id: "user_1" } }],
  ["a string as the targets", "targets", { targets: "doc_1" }],
  ["metadata over 64 KB", "metadata", { metadata: { text: "x".repeat(65_536) } }],
  ["an event over 128 KB", "", { resource_name: "x".repeat(131_072) }],
];

for (const [name, field, fields] of wrongEvents) {
  test(`${name} is refused where it is recorded, and the events around it are sent`, async (t) => {
    const server = await startServer(t);
    const { recorder, lines } = await reportingRecorder(t, server);
    recorder.record({ ...EVENT, action: "before" });
    const wrong = { ...EVENT, ...(fields as object) } as EventPayload;
    const isClear = (error: Error) =>
      error instanceof errors.InvalidEventError && error.field === field;
    assert.throws(() => recorder.record(wrong), isClear);
    await assert.rejects(recorder.recordWhenRoom(wrong, 0), isClear);
    recorder.record({ ...EVENT, action: "after" });
    assert.equal(await recorder.flush(), true);
    assert.deepEqual(server.actions, ["before", "after"]);
    assert.deepEqual(lines, []);
  });
}

test("an object within itself is refused, and so is one that toJSON returns again", async (t) => {
  const recorder = await recorderOf(t, await startServer(t));
  const circular: Record<string, unknown> = {};
  circular["self"] = circular;
  const endless: Record<string, unknown> = { toJSON: () => endless };
  for (const metadata of [circular, { endless }]) {
    assert.throws(() => recorder.record({ ...EVENT, metadata }), errors.InvalidEventError);
  }
});

test("an object whose toJSON returns the object itself is recorded as JSON has it", async (t) => {
  const server = await startServer(t);
  const recorder = await recorderOf(t, server);
  class Money {
    readonly amount = 5;
    toJSON() {
      return this;
    }
  }
  recorder.record({ ...EVENT, metadata: { price: new Money() } });
  await recorder.flush();
  assert.deepEqual((server.chain[0] as EventPayload).metadata, { price: { amount: 5 } });
});

/** What is wrong, its answer, and what the log and the error say of it. */
const held: [string, Fault, RegExp, RegExp?][] = [
  ["a key that is revoked while it is used", "401", /401 unauthenticated/, /Send a valid API key/],
  ["a base URL with another server behind it", "404", /none of Indelible\. Check baseUrl/],
  ["a log-in page", { status: 200, text: "<html>Log in</html>" }, /none of Indelible/],
  ["another API", json(200, { ok: true }), /no receipt for each event\. Check baseUrl/],
  [
    "a proxy that mangles bodies",
    json(400, { error: "malformed_json", message: "No: number.120" }),
    /400 malformed_json/,
    /No/,
  ],
  [
    "a 422 without receipts",
    json(422, { error: "validation_failed", message: "No: number.120" }),
    /422 validation_failed/,
    /No/,
  ],
];

for (const [name, fault, logged, said = logged] of held) {
  test(`${name} holds the events, says so once, and once mended they are sent once`, async (t) => {
    const server = await startServer(t);
    const reported = await reportingRecorder(t, server, { directory: directory(t) });
    const { recorder, lines } = reported;
    const actions = record(recorder, 0, 120);
    await recorder.flush();
    server.fail([fault, fault, fault]);
    actions.push(...record(recorder, 120, 250));
    assert.equal(await recorder.flush(), true);
    assert.deepEqual(server.actions, actions);
    assert.deepEqual(reported.refused, []);
    assert.deepEqual(reported.pauses, [45, 45, 45]);
    assert.equal(reported.held.length, 2);
    assert.match(reported.held[0]!.message, said);
    assert.equal(reported.held[1], undefined);
    assert.equal(lines.length, 2);
    assert.match(lines[0]!, logged);
    assert.ok(!lines.join().includes("number."), "no content of events");
    assertSecret(lines, reported.held, recorder);
  });
}

test("a certificate that nobody trusts holds the events, and nothing is sent there", async (t) => {
  let received = "";
  const impostor = createServer({ cert: CERTIFICATE, key: PRIVATE_KEY }, (socket) =>
    socket.on("data", (chunk) => (received += chunk.toString())),
  );
  impostor.on("tlsClientError", () => {});
  t.after(() => impostor.close());
  await once(impostor.listen(0, "127.0.0.1"), "listening");
  const url = `https://127.0.0.1:${(impostor.address() as AddressInfo).port}`;

  const spool = { directory: directory(t) };
  const first = await reportingRecorder(t, { url }, spool);
  const actions = record(first.recorder, 0, 3);
  assert.equal(await first.recorder.close(200), false);
  assert.ok(first.pauses.length > 1 && first.pauses.every((pause) => pause === 45));
  assert.equal(first.held.length, 1);
  assert.ok(first.held[0] instanceof errors.TlsError);
  assert.match(first.lines[0]!, /certificate or its TLS was refused: DEPTH_ZERO_SELF_SIGNED_CERT/);
  assert.equal(received, "");
  assertSecret(first);

  const server = await startServer(t);
  const second = await reportingRecorder(t, server, spool);
  assert.equal(await second.recorder.flush(), true);
  assert.deepEqual(server.actions, actions);
});

test("a TLS failure of the plain client is an error at once, without retries", async (t) => {
  const server = await startServer(t);
  const pauses: number[] = [];
  const baseUrl = server.url.replace("http:", "https:");
  const client = new ImmutableClient({ apiKey: KEY, baseUrl }, outside(pauses));
  await assert.rejects(client.health(), errors.TlsError);
  assert.deepEqual(pauses, []);
});

test("an outage is reported after about ten seconds, and a hiccup never", async (t) => {
  const server = await startServer(t, Array<Fault>(4).fill("502"));
  const { recorder, held, lines } = await reportingRecorder(t, server);
  record(recorder, 0, 1);
  await recorder.flush();
  assert.deepEqual([held, lines], [[], []]);
  server.fail(Array<Fault>(9).fill("502"));
  record(recorder, 1, 2);
  await recorder.flush();
  assert.deepEqual(
    held.map((error) => error?.message),
    ["The answer has the status 502 and is none of Indelible.", undefined],
  );
  assert.equal(lines.length, 2);
});

test("a server that sends the key back puts it into no error, log or report", async (t) => {
  const echo = json(400, { error: "teapot", message: KEY, headers: [`Bearer ${KEY}`] });
  const server = await startServer(t, [echo, echo]);
  const { recorder, held, lines } = await reportingRecorder(t, server);
  record(recorder, 0, 1);
  await recorder.flush();
  const client = new ImmutableClient({ apiKey: KEY, baseUrl: server.url }, outside());
  server.fail([echo]);
  const error: unknown = await client.getEvents().catch((caught: unknown) => caught);
  assert.ok(error instanceof errors.ImmutableError);
  assertSecret(recorder, held, lines, client, error);
});

test("callbacks that fail, at once or later, stop neither recorder nor process", async (t) => {
  const invalid = { id: null, status: "invalid", errors: [{ field: "action", message: "no" }] };
  const server = await startServer(t, [
    "404",
    json(422, { error: "validation_failed", message: "No.", events: [invalid] }),
  ]);
  t.mock.method(console, "error", () => {});
  const fails = async () => {
    throw new Error("the database of the application is gone");
  };
  const options = { log: fails, onHeld: fails, onRefused: fails };
  const recorder = await recorderOf(t, server, options);
  record(recorder, 0, 1);
  assert.equal(await recorder.flush(), true);
  const [after] = record(recorder, 1, 2);
  assert.equal(await recorder.flush(), true);
  await new Promise(setImmediate);
  assert.deepEqual(server.actions, [after]);
});
