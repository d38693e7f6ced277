import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import type { EventPayload } from "../src/types.js";
import type { Fault } from "./fake_server.js";
import { directory, KEY, seeded, startServer } from "./support.js";

const APPLICATION = fileURLToPath(new URL("../../examples/app.mjs", import.meta.url));
const EVENTS = 400;

/** Runs the application, kills it after so many printed numbers, and returns the last one. */
async function run(url: string, spool: string, first: number, prints: number): Promise<number> {
  const child = spawn(process.execPath, [APPLICATION, spool, String(EVENTS), String(first)], {
    env: { ...process.env, INDELIBLE_KEY: KEY, INDELIBLE_URL: url },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const printed: number[] = [];
  child.stdout.on("data", (chunk: Buffer) => {
    printed.push(...chunk.toString().trim().split("\n").map(Number));
    if (printed.length >= prints) child.kill("SIGKILL");
  });
  const [code] = (await once(child, "close")) as [number | null];
  if (prints === Infinity) assert.equal(code, 0);
  return printed.at(-1) ?? first - 1;
}

test("the example application is killed, comes back, and each event is in the chain once", async (t) => {
  const random = seeded(3);
  const kinds: Fault[] = ["none", "none", "cut before", "cut after"];
  const server = await startServer(t, () => kinds[Math.floor(random() * kinds.length)]!);
  const spool = directory(t);
  let last = -1;
  for (let kills = 0; kills < 3; kills++) {
    last = await run(server.url, spool, last + 1, 40 + random() * 60);
    assert.ok(last < EVENTS - 1);
  }
  assert.equal(await run(server.url, spool, last + 1, Infinity), EVENTS - 1);
  const numbers = (server.chain as EventPayload[]).map((event) => event.resource_id);
  assert.deepEqual(
    numbers,
    Array.from({ length: EVENTS }, (_, n) => n),
  );
});

test("an event that is recorded again after a kill is in the chain once", async (t) => {
  const server = await startServer(t);
  const spool = directory(t);
  await run(server.url, spool, EVENTS - 3, Infinity);
  await run(server.url, spool, EVENTS - 1, Infinity);
  assert.equal(server.chain.length, 3);
});

test("the example application has at most thirty lines", () => {
  assert.ok(readFileSync(APPLICATION, "utf8").trimEnd().split("\n").length <= 30);
});
