import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

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

test("an application that ends itself at SIGTERM may record until then", async (t) => {
  const server = await startServer(t);
  assert.deepEqual(await run(server.url, "own listener"), { end: 0, errors: "" });
  assert.equal(server.chain.length, 6);
});

test("process.exit leaves no time to send, so a line says what is lost", async (t) => {
  const server = await startServer(t);
  const { end, errors } = await run(server.url, "exit");
  assert.equal(end, 3);
  assert.match(errors, /^indelible: 5 events are lost/);
});
