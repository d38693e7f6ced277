import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";

import { startServer } from "./support.js";

const CHILD = fileURLToPath(new URL("exiting_child.js", import.meta.url));

async function run(baseUrl: string, ending: string): Promise<{ end: unknown; errors: string }> {
  const child = spawn(process.execPath, [CHILD, baseUrl, ending]);
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  return { end: signal ?? code, errors };
}

test("a process that has nothing left to do sends what it has recorded", async (t) => {
  const server = await startServer(t);
  assert.deepEqual(await run(server.url, "by itself"), { end: 0, errors: "" });
  assert.equal(server.chain.length, 5);
});

test("SIGTERM sends what is recorded, and still ends the process", async (t) => {
  const server = await startServer(t);
  assert.deepEqual(await run(server.url, "sigterm"), { end: "SIGTERM", errors: "" });
  assert.equal(server.chain.length, 5);
});

for (const listener of ["own listener", "earlier listener"]) {
  test(`an application with its ${listener} of SIGTERM may record until it ends`, async (t) => {
    const server = await startServer(t);
    assert.deepEqual(await run(server.url, listener), { end: 0, errors: "" });
    assert.equal(server.chain.length, 6);
  });
}

test("what is recorded when the process has nothing left to do is sent as well", async (t) => {
  const server = await startServer(t);
  assert.deepEqual(await run(server.url, "records at the end"), { end: 0, errors: "" });
  assert.equal(server.chain.length, 6);
});

test("a thread that has nothing left to do sends what it has recorded", async (t) => {
  const server = await startServer(t);
  const thread = new Worker(CHILD, { workerData: [server.url, "by itself"] });
  const [code] = (await once(thread, "exit")) as [number];
  assert.equal(code, 0);
  assert.equal(server.chain.length, 5);
});

test("process.exit leaves no time to send, so a line says what is lost", async (t) => {
  const server = await startServer(t);
  const { end, errors } = await run(server.url, "exit");
  assert.equal(end, 3);
  assert.match(errors, /^indelible: 5 events are lost/);
});
