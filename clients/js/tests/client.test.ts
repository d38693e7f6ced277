import assert from "node:assert/strict";
import { inspect } from "node:util";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { ImmutableClient } from "../src/client.js";
import { apiUrl, Connection, retryAfter } from "../src/connection.js";
import * as errors from "../src/errors.js";
import { Immutable } from "../src/immutable.js";
import { json } from "./fake_server.js";
import type { Fault, FakeServer } from "./fake_server.js";
import { collect, KEY, NOW, outside, startServer } from "./support.js";

const ID = "019584a1-7c2e-7b3a-9d41-5f0c8e6a2b17";
const EVENT = { actor_id: "user_1", action: "document.created" };

async function clientOf(
  t: TestContext,
  answers: Fault[],
  pauses: number[] = [],
): Promise<{ client: ImmutableClient; server: FakeServer }> {
  const server = await startServer(t, answers);
  return {
    client: new ImmutableClient({ apiKey: KEY, baseUrl: server.url }, outside(pauses)),
    server,
  };
}

const calls: [string, (client: ImmutableClient) => Promise<unknown>, string, string][] = [
  ["track", (c) => c.track(EVENT), "POST /api/v1/events", JSON.stringify(EVENT)],
  [
    "trackBatch",
    (c) => c.trackBatch([EVENT]),
    "POST /api/v1/events/batch",
    JSON.stringify([EVENT]),
  ],
  ["getEvents", (c) => c.getEvents(), "GET /api/v1/events", ""],
  [
    "getEvents with filters",
    (c) =>
      c.getEvents({
        action: ["a.*", "b"],
        from: "2026-01-01",
        "metadata.plan": null,
        tenant_id: null as never,
        limit: 5,
      }),
    "GET /api/v1/events?action=a.*&action=b&from=2026-01-01&metadata.plan=null&limit=5",
    "",
  ],
  ["getEvent", (c) => c.getEvent(ID, { proof: true }), `GET /api/v1/events/${ID}?proof=true`, ""],
  [
    "getEvent of a strange id",
    (c) => c.getEvent("a/../b?c"),
    "GET /api/v1/events/a%2F..%2Fb%3Fc",
    "",
  ],
  [
    "verify",
    (c) => c.verify("2026-01-01", undefined, 10),
    "GET /api/v1/verify?from=2026-01-01&limit=10",
    "",
  ],
  [
    "createExport",
    (c) => c.createExport({ tenant_id: "org_1" }),
    "POST /api/v1/exports",
    '{"tenant_id":"org_1"}',
  ],
  ["getExport", (c) => c.getExport(ID), `GET /api/v1/exports/${ID}`, ""],
  ["getExports", (c) => c.getExports({ limit: 2 }), "GET /api/v1/exports?limit=2", ""],
  ["cancelExport", (c) => c.cancelExport(ID), `DELETE /api/v1/exports/${ID}`, ""],
  [
    "createViewerToken",
    (c) => c.createViewerToken({ tenant_id: "org_1", ttl: 600 }),
    "POST /api/v1/viewer-token",
    '{"tenant_id":"org_1","ttl":600}',
  ],
  ["health", (c) => c.health(), "GET /api/v1/health", ""],
];

for (const [name, call, line, body] of calls) {
  test(`${name} sends what the API expects, and returns its answer`, async (t) => {
    const { client, server } = await clientOf(t, [json(200, { data: "as it is" })]);
    assert.deepEqual(await call(client), { data: "as it is" });
    const [seen] = server.seen;
    assert.equal(`${seen!.method} ${seen!.path}`, line);
    assert.equal(seen!.body, body);
    assert.equal(seen!.headers.authorization, `Bearer ${KEY}`);
  });
}

test("an event that is put together step by step has the fields of all steps", async (t) => {
  const server = await startServer(t, [json(202, { id: ID, status: "queued" })]);
  const immutable = new Immutable({ apiKey: KEY, baseUrl: `${server.url}/` });
  const receipt = await immutable
    .actor({ id: "user_1", name: "Jane" })
    .session("ses_1")
    .version(2)
    .actionCategory("update")
    .target("Account", "acc_1", "Savings")
    .idempotencyKey("transfer-1")
    .track("transfer.completed", { type: "Transfer", id: "txn_1" }, { amount: 500 });
  assert.deepEqual(receipt, { id: ID, status: "queued" });
  assert.deepEqual(JSON.parse(server.seen[0]!.body), {
    actor_id: "user_1",
    actor_name: "Jane",
    action: "transfer.completed",
    action_category: "update",
    resource: "Transfer",
    resource_id: "txn_1",
    metadata: { amount: 500 },
    targets: [{ type: "Account", id: "acc_1", name: "Savings" }],
    session_id: "ses_1",
    idempotency_key: "transfer-1",
    version: 2,
  });
});

test("a tenant that is missing by mistake never stands for every tenant", async (t) => {
  const { client, server } = await clientOf(t, []);
  const missing = [
    undefined,
    null,
    "",
    () => "org_1",
    Symbol("org_1"),
    { toJSON: () => undefined },
  ];
  for (const value of missing) {
    for (const name of ["tenant_id", "actor_id"]) {
      const options = { actor_id: "user_1", [name]: value } as never;
      await assert.rejects(client.createViewerToken(options), errors.ConfigurationError);
    }
  }
  assert.equal(server.seen.length, 0);
});

test("the iterators follow every page, and end", async (t) => {
  const page = (data: unknown[], next_cursor: string | null) =>
    json(200, { data, pagination: { has_more: next_cursor !== null, next_cursor } });
  const { client, server } = await clientOf(t, [
    page([1, 2], "c1"),
    page([], "c2"),
    page([3], null),
  ]);
  assert.deepEqual(await collect(client.iterateEvents({ action: "a" })), [1, 2, 3]);
  assert.deepEqual(
    server.seen.map(({ path }) => path),
    [
      "/api/v1/events?action=a",
      "/api/v1/events?action=a&cursor=c1",
      "/api/v1/events?action=a&cursor=c2",
    ],
  );
});

test("verifyParts ends with the part that has no cursor", async (t) => {
  const part = (next_cursor: string | null) => json(200, { data: { valid: true, next_cursor } });
  const { client, server } = await clientOf(t, [part("c1"), part(null)]);
  assert.equal((await collect(client.verifyParts("2026-01-01"))).length, 2);
  assert.equal(server.seen[1]!.path, "/api/v1/verify?from=2026-01-01&cursor=c1");
});

for (const [code, kind] of Object.entries(errors.BY_CODE)) {
  test(`the code ${code} is a ${kind.name}`, async (t) => {
    const { client } = await clientOf(
      t,
      Array(5).fill(json(418, { error: code, message: "A sentence." })) as Fault[],
    );
    await assert.rejects(client.getEvents(), (error: errors.ImmutableError) => {
      assert.equal(error.constructor, kind);
      assert.deepEqual([error.name, error.code, error.statusCode], [kind.name, code, 418]);
      assert.deepEqual(error.responseBody, { error: code, message: "A sentence." });
      return true;
    });
  });
}

test("a 422 has the receipts of the events, and a used-up quota when it resets", async (t) => {
  const events = [
    { id: null, status: "invalid", errors: [{ field: "action", message: "is required" }] },
  ];
  const resets_at = "2026-12-01T00:00:00.000000Z";
  const { client } = await clientOf(t, [
    json(422, { error: "validation_failed", message: "A sentence.", events }),
    json(429, { error: "quota_exceeded", message: "A sentence.", resets_at }),
  ]);
  const refused = (await client
    .track(EVENT)
    .catch((error: unknown) => error)) as errors.ValidationFailedError;
  assert.deepEqual(refused.events, events);
  const used = (await client
    .track(EVENT)
    .catch((error: unknown) => error)) as errors.QuotaExceededError;
  assert.equal(used.resetsAt, resets_at);
});

test("a submit is sent again under one key until it is answered", async (t) => {
  const faults: Fault[] = [
    "cut before",
    "502",
    "half",
    { ...json(503, {}), headers: { "retry-after": "3" } },
  ];
  const pauses: number[] = [];
  const { client, server } = await clientOf(t, [...faults, json(202, { events: [] })], pauses);
  await client.trackBatch([EVENT]);
  assert.deepEqual(pauses, [0.25, 0.5, 1, 3]);
  assert.equal(new Set(server.seen.map(({ headers }) => headers["idempotency-key"])).size, 1);
});

test("an event with a key of its own is sent again without a header, whatever the key has", async (t) => {
  const done = json(202, { id: ID, status: "duplicate" });
  const { client, server } = await clientOf(t, [{ ...done, cut: 0 }, done]);
  const receipt = await client.track({ ...EVENT, idempotency_key: "ключ".repeat(100) });
  assert.equal(receipt.status, "duplicate");
  assert.equal(server.seen.length, 2);
  assert.equal(server.seen[0]!.headers["idempotency-key"], undefined);
});

test("a key that no header can hold is refused before anything is sent", async (t) => {
  const { client, server } = await clientOf(t, []);
  for (const idempotencyKey of ["ключ", "", "a\r\nb", "k".repeat(256)]) {
    await assert.rejects(client.track(EVENT, { idempotencyKey }), errors.ConfigurationError);
  }
  assert.equal(server.seen.length, 0);
});

test("a value that JSON would change is refused with its path, and the server checks the rest", async (t) => {
  const { client, server } = await clientOf(t, [json(202, { events: [] })]);
  const wrong: [string, unknown][] = [
    ["1.metadata.n", NaN],
    ["1.metadata.n", 10n],
    ["1.metadata.n.0", [new Map()]],
    ["1.metadata.n", new Error("lost")],
  ];
  for (const [field, n] of wrong) {
    await assert.rejects(
      client.trackBatch([EVENT, { ...EVENT, metadata: { n } }]),
      (error: errors.InvalidEventError) => error.field === field,
    );
  }
  class Money {
    amount = 5;
  }
  const metadata = { at: new Date(NOW), price: new Money(), hex: { toJSON: () => "0x1" } };
  await client.trackBatch([{ ...EVENT, metadata }]);
  assert.deepEqual(JSON.parse(server.seen[0]!.body), [
    { ...EVENT, metadata: { at: "2026-03-02T09:15:30.250Z", price: { amount: 5 }, hex: "0x1" } },
  ]);
});

test("an export is not started twice after a lost answer", async (t) => {
  const { client, server } = await clientOf(t, [{ ...json(202, {}), cut: 0 }]);
  await assert.rejects(client.createExport(), errors.ConnectionError);
  assert.equal(server.seen.length, 1);
});

test("a long Retry-After is left to the caller", async (t) => {
  const busy = {
    ...json(429, { error: "rate_limited", message: "Wait." }),
    headers: { "retry-after": "31" },
  };
  const { client, server } = await clientOf(t, [busy]);
  await assert.rejects(
    client.getEvents(),
    (error: errors.RateLimitedError) => error.retryAfter === 31,
  );
  assert.equal(server.seen.length, 1);
});

test("an answer of another server says so", async (t) => {
  const html = { status: 404, text: "<html>Not Found</html>" };
  const login = { status: 200, text: "<html>Log in</html>" };
  const { client } = await clientOf(t, [html, login]);
  await assert.rejects(client.getEvents(), errors.NotIndelibleError);
  await assert.rejects(client.getEvents(), errors.NotIndelibleError);
});

test("a request ends when its signal aborts, with the reason of the signal", async (t) => {
  const { client } = await clientOf(t, []);
  const reason = new Error("the user has left");
  await assert.rejects(client.getEvents({}, { signal: AbortSignal.abort(reason) }), reason);
});

test("a server that does not answer is a TimeoutError", async () => {
  const never: typeof fetch = (_url, init) =>
    new Promise((_resolve, reject) =>
      init!.signal!.addEventListener("abort", () => reject(init!.signal!.reason)),
    );
  const connection = new Connection(
    { apiKey: KEY, baseUrl: "http://x.test", timeout: 5 },
    { ...outside(), fetch: never },
  );
  await assert.rejects(connection.json({ method: "GET", path: "/v1/events" }), errors.TimeoutError);
});

test("a download follows the redirect without the key", async (t) => {
  const storage = await startServer(t, [{ status: 200, text: "id,action\n" }]);
  const { client } = await clientOf(t, [
    { status: 302, text: "", headers: { location: `${storage.url}/file` } },
  ]);
  const stream = await client.downloadExport(ID);
  assert.equal(await new Response(stream).text(), "id,action\n");
  assert.equal(storage.seen[0]!.headers.authorization, undefined);
});

test("a download is asked for again while the service is unavailable", async (t) => {
  const storage = await startServer(t, [
    { status: 200, text: "id,action\n" },
    { status: 403, text: "" },
  ]);
  const redirect = { status: 302, text: "", headers: { location: `${storage.url}/file` } };
  const { client } = await clientOf(t, ["503", redirect, redirect, json(200, { no: "redirect" })]);
  assert.equal(await new Response(await client.downloadExport(ID)).text(), "id,action\n");
  await assert.rejects(client.downloadExport(ID), /storage answered with the status 403/);
  await assert.rejects(client.downloadExport(ID), errors.NotIndelibleError);
});

test("a download that is not ready is a NotReadyError with its pause", async (t) => {
  const busy = {
    ...json(409, { error: "not_ready", message: "Later." }),
    headers: { "retry-after": "5" },
  };
  const { client } = await clientOf(t, [busy, busy]);
  await assert.rejects(
    client.downloadExport(ID),
    (error: errors.NotReadyError) => error.retryAfter === 5,
  );
});

test("base URLs with and without /api, /v1 and slashes mean the same", () => {
  for (const end of ["", "/", "/api", "/api/", "/api/v1", "/api/v1/"]) {
    assert.equal(apiUrl(`https://audit.example.com${end}`), "https://audit.example.com/api");
  }
  assert.equal(apiUrl("https://example.com/audit"), "https://example.com/audit/api");
  for (const wrong of [
    "audit.example.com",
    "",
    "ftp://a",
    "https://user:secret@a",
    "https://a?b=c",
  ]) {
    assert.throws(() => apiUrl(wrong), errors.ConfigurationError);
  }
});

test("Retry-After may be a number of seconds, or a date after that of the answer", () => {
  const date = "Mon, 02 Mar 2026 09:15:30 GMT";
  assert.equal(retryAfter("7", null), 7);
  assert.equal(retryAfter("Mon, 02 Mar 2026 09:16:30 GMT", date), 60);
  assert.equal(retryAfter("Mon, 02 Mar 2026 09:00:00 GMT", date), 0);
  assert.equal(retryAfter("Mon, 02 Mar 2026 09:16:30 GMT", null), undefined);
  assert.equal(retryAfter("soon", date), undefined);
  assert.equal(retryAfter(null, date), undefined);
});

test("the key is in no error and in no printed object", async (t) => {
  const { client, server } = await clientOf(t, [
    json(401, { error: "unauthenticated", message: "Send a key." }),
  ]);
  const error: unknown = await client.getEvents().catch((caught: unknown) => caught);
  await server.stop();
  const broken: unknown = await client.track(EVENT).catch((caught: unknown) => caught);
  for (const thing of [client, error, broken]) {
    assert.ok(!inspect(thing, { showHidden: true, depth: 9 }).includes(KEY));
    assert.ok(!JSON.stringify(thing).includes(KEY));
  }
  const line = `${KEY}\r\nX-Injected: 1`;
  assert.throws(
    () => new ImmutableClient({ apiKey: line, baseUrl: server.url }),
    (wrong: Error) => !wrong.message.includes(KEY),
  );
});
