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

/** Runs the application, kills it after so many printed numbers, and returns what it printed. */
async function run(
  url: string,
  spool: string,
  first: number,
  count: number,
  killAfter = Infinity,
): Promise<number[]> {
  const child = spawn(process.execPath, [APPLICATION, spool, String(first), String(count)], {
    env: { ...process.env, INDELIBLE_API_KEY: KEY, INDELIBLE_URL: url },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => {
    printed += chunk.toString();
    if (printed.split("\n").length > killAfter) child.kill("SIGKILL");
  });
  const [code] = (await once(child, "close")) as [number | null];
  assert.equal(code, killAfter === Infinity ? 0 : null);
  return printed.split("\n").slice(0, -1).map(Number);
}

test("a killed application chains each event once and in order", async (t) => {
  const random = seeded(3);
  const kinds: Fault[] = ["none", "none", "cut before", "cut after"];
  const server = await startServer(t, () => kinds[Math.floor(random() * kinds.length)]!);
  const spool = directory(t);
  const printed: number[] = [];
  const unsure = new Set<number>();
  let next = 1;
  for (let kills = 0; kills < 3; kills++) {
    printed.push(...(await run(server.url, spool, next, 4_000, 40 + random() * 60)));
    unsure.add(printed.at(-1)! + 1); // it may be recorded, and not printed yet
    next = printed.at(-1)! + 2;
  }
  printed.push(...(await run(server.url, spool, next, 100)));
  const chained = (server.chain as EventPayload[]).map((event) => Number(event.resource_id));
  assert.deepEqual(
    chained.filter((number) => !unsure.has(number)),
    printed,
  );
  assert.deepEqual(
    chained,
    [...new Set(chained)].sort((a, b) => a - b),
  );
});

test("the example application has at most thirty lines", () => {
  assert.ok(readFileSync(APPLICATION, "utf8").trimEnd().split("\n").length <= 30);
});
