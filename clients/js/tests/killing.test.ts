import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import type { Fault } from "./fake_server.js";
import { directory, seeded, startServer } from "./support.js";

const CHILD = fileURLToPath(new URL("recording_child.js", import.meta.url));
const KILLS = Number(process.env["KILLS"] ?? 30);

/** The actions that were recorded until the process was killed, or ended by itself. */
async function runChild(args: string[], killAfter?: number): Promise<string[]> {
  const child = spawn(process.execPath, [CHILD, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  if (killAfter !== undefined) {
    await once(child.stdout, "data");
    await sleep(killAfter);
    child.kill("SIGKILL");
  }
  const [code] = (await once(child, "close")) as [number | null];
  if (killAfter === undefined) assert.equal(code, 0);
  return printed.split("\n").slice(0, -1);
}

test(`${KILLS} processes killed while they record lose nothing, double nothing and keep the order`, async (t) => {
  const random = seeded(29);
  const kinds: Fault[] = ["none", "none", "none", "cut before", "cut after", "half", "503"];
  const server = await startServer(t, () => kinds[Math.floor(random() * kinds.length)]!);
  const spool = directory(t);
  const recorded: string[] = [];
  for (let run = 0; run < KILLS; run++) {
    recorded.push(...(await runChild([server.url, spool, String(run), "1000000"], random() * 200)));
  }
  server.fail([]);
  recorded.push(...(await runChild([server.url, spool, "last", "1"])));

  const { actions } = server;
  const known = new Set(recorded);
  assert.equal(new Set(actions).size, actions.length, "no event is in the chain twice");
  assert.deepEqual(
    actions.filter((action) => known.has(action)),
    recorded,
    "none is lost, and the order is kept",
  );
  // Of each run, at most one event was recorded but not yet said to be.
  assert.ok(actions.length - recorded.length <= KILLS);
  assert.deepEqual(readdirSync(spool), ["format"]);
});
