import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import type { EventPayload } from "../src/types.js";
import type { Fault } from "./fake_server.js";
import { directory, KEY, seeded, startServer } from "./support.js";

const APPLICATION = fileURLToPath(new URL("../../examples/app.mjs", import.meta.url));
const EVENTS = 200;

/** Runs the application, kills it after so many numbers, and returns those that it printed. */
async function run(url: string, spool: string, first: number, prints: number): Promise<number[]> {
  const child = spawn(process.execPath, [APPLICATION, spool, String(first), String(EVENTS)], {
    env: { ...process.env, INDELIBLE_API_KEY: KEY, INDELIBLE_URL: url },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  const printed: number[] = [];
  for await (const line of createInterface(child.stdout)) {
    printed.push(Number(line));
    if (printed.length === prints) child.kill("SIGKILL");
  }
  assert.deepEqual(await ended, prints === Infinity ? [0, null] : [null, "SIGKILL"]);
  return printed;
}

test("the example application is killed, comes back, and each event is in the chain once", async (t) => {
  const random = seeded(3);
  const kinds: Fault[] = ["none", "none", "cut before", "cut after"];
  const server = await startServer(t, () => kinds[Math.floor(random() * kinds.length)]!);
  const spool = directory(t);
  const recorded: number[] = [];
  let first = 1;
  for (const prints of [40, 75, 60, Infinity]) {
    recorded.push(...(await run(server.url, spool, first, prints)));
    first = recorded.at(-1)! + 2; // the number between may be recorded, though it was not printed
  }
  const chained = (server.chain as EventPayload[]).map((event) => Number(event.resource_id));
  assert.equal(new Set(chained).size, chained.length);
  assert.deepEqual(
    chained.filter((number) => recorded.includes(number)),
    recorded,
  );
  assert.ok(chained.length <= recorded.length + 3);
});

test("the example application has at most thirty lines", () => {
  assert.ok(readFileSync(APPLICATION, "utf8").trimEnd().split("\n").length <= 30);
});
