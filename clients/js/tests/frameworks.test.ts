import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { test } from "node:test";

import express from "express";
import fastify from "fastify";

import { InvalidEventError } from "../src/errors.js";
import { audit as auditExpress } from "../src/express.js";
import type { AuditRequest } from "../src/express.js";
import { audit as auditFastify } from "../src/fastify.js";
import type { Audit } from "../src/fastify.js";
import { recordWith, sessionName } from "../src/request_context.js";
import { recorderOf, startServer } from "./support.js";

declare module "fastify" {
  interface FastifyRequest {
    audit: Audit;
  }
}

const HEADERS = {
  "user-agent": "Mozilla/5.0",
  "x-request-id": "req-42",
  "x-forwarded-for": "203.0.113.7",
  "x-user": "user_1",
};
const RECORDED = {
  actor_id: "user_1",
  actor_name: "Sarah Chen",
  action: "document.deleted",
  ip_address: "203.0.113.7",
  user_agent: "Mozilla/5.0",
  metadata: { request_id: "req-42", reason: "old" },
  occurred_at: "2026-03-02T09:15:30.250Z",
};
const EVENT = { action: "document.deleted", metadata: { reason: "old" } };

const NOTHING = {
  actor: undefined,
  address: undefined,
  userAgent: undefined,
  sessionId: undefined,
  requestId: undefined,
};

const userOf = (id: unknown) => (typeof id === "string" ? { id, name: "Sarah Chen" } : undefined);

test("Express: an event of a request has its actor, address, client, session and id", async (t) => {
  const server = await startServer(t);
  const recorder = await recorderOf(t, server);
  const app = express();
  app.set("trust proxy", 1);
  app.use((request: AuditRequest, _response: unknown, next: () => void) => {
    request.sessionID = "the cookie of the session";
    next();
  });
  app.use(auditExpress(recorder, { actor: (request) => userOf(request.headers["x-user"]) }));
  app.delete("/document", (request, response) => {
    request.audit(EVENT);
    response.json({});
  });
  const listening = app.listen(0, "127.0.0.1");
  t.after(() => listening.close());
  await new Promise((resolve) => listening.once("listening", resolve));
  const url = `http://127.0.0.1:${(listening.address() as AddressInfo).port}/document`;
  assert.equal((await fetch(url, { method: "DELETE", headers: HEADERS })).status, 200);
  await recorder.flush();
  const session_id = sessionName("the cookie of the session");
  assert.deepEqual(server.chain, [{ ...RECORDED, session_id }]);
  assert.ok(!session_id.includes("cookie"));
});

test("Fastify: an event of a request has its actor, address, client and id", async (t) => {
  const server = await startServer(t);
  const recorder = await recorderOf(t, server);
  const app = fastify({ trustProxy: true, requestIdHeader: "x-request-id" });
  t.after(() => app.close());
  auditFastify(app, recorder, { actor: (request) => userOf(request.headers["x-user"]) });
  app.delete("/document", async (request) => {
    request.audit(EVENT);
    return {};
  });
  const answer = await app.inject({ method: "DELETE", url: "/document", headers: HEADERS });
  assert.equal(answer.statusCode, 200);
  await recorder.flush();
  assert.deepEqual(server.chain, [RECORDED]);
});

test("an event's own fields win, and one without an actor is refused by name", async (t) => {
  const server = await startServer(t);
  const recorder = await recorderOf(t, server);
  const app = fastify();
  t.after(() => app.close());
  auditFastify(app, recorder);
  app.get("/own", async (request) => {
    request.audit({ ...EVENT, actor_id: "job_7", ip_address: "198.51.100.1" });
    return {};
  });
  app.get("/none", async (request) => {
    request.audit(EVENT);
  });
  await app.inject("/own");
  const refused = await app.inject("/none");
  assert.match(refused.body, /actor_id is required/);
  await recorder.flush();
  const [event] = server.chain as unknown as Record<string, string>[];
  assert.equal(event!["actor_id"], "job_7");
  assert.equal(event!["ip_address"], "198.51.100.1");
});

test("an actor of the event's own is not given the name of the request's", async (t) => {
  const server = await startServer(t);
  const recorder = await recorderOf(t, server);
  const actor = { id: "user_1", name: "Sarah Chen", type: "admin" };
  const context = { ...NOTHING, actor, address: "203.0.113.7" };
  recordWith(recorder, { action: "a", actor_id: "job_7" }, context);
  recordWith(recorder, { action: "b", actor_id: "user_1", actor_type: "owner" }, context);
  recordWith(recorder, { action: "c", ip_address: undefined, user_agent: null }, context);
  await recorder.flush();
  const occurred_at = RECORDED.occurred_at;
  const ip_address = "203.0.113.7";
  const sarah = { actor_id: "user_1", actor_name: "Sarah Chen" };
  assert.deepEqual(server.chain, [
    { actor_id: "job_7", action: "a", ip_address, occurred_at },
    { ...sarah, actor_type: "owner", action: "b", ip_address, occurred_at },
    { ...sarah, actor_type: "admin", action: "c", ip_address, user_agent: null, occurred_at },
  ]);
});

test("metadata that is no object is refused by name, not merged", async (t) => {
  const recorder = await recorderOf(t, await startServer(t));
  const event = { action: "a", actor_id: "job_7", metadata: ["a"] as never };
  assert.throws(
    () => recordWith(recorder, event, { ...NOTHING, requestId: "req-42" }),
    (error: InvalidEventError) => error.field === "metadata",
  );
});
