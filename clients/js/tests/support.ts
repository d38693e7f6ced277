/** What several tests share. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

import type { Outside } from "../src/outside.js";
import { openRecorder } from "../src/recorder.js";
import type { Recorder, RecorderOptions } from "../src/recorder.js";
import { FakeServer } from "./fake_server.js";
import type { Fault } from "./fake_server.js";

export const KEY = "imk_7f3c9a1e5d2b8406";
export const NOW = Date.parse("2026-03-02T09:15:30.250Z");

/** The real network; pauses end at once and are noted in seconds. */
export function outside(pauses: number[] = []): Outside {
  return {
    fetch,
    wait: async (milliseconds, signal) => {
      pauses.push(milliseconds / 1000);
      await new Promise(setImmediate);
      signal?.throwIfAborted();
    },
    random: () => 0.5,
    now: () => NOW,
  };
}

export async function startServer(
  t: TestContext,
  faults?: Fault[] | (() => Fault),
): Promise<FakeServer> {
  const server = await FakeServer.start(faults);
  t.after(() => server.stop());
  return server;
}

export async function recorderOf(
  t: TestContext,
  server: FakeServer,
  options: Partial<RecorderOptions> = {},
  pauses: number[] = [],
): Promise<Recorder> {
  const all = { apiKey: KEY, baseUrl: server.url, log: () => {}, ...options };
  const recorder = await openRecorder(all, outside(pauses));
  t.after(() => recorder.close(0));
  return recorder;
}

/** Records numbered events, and returns their actions. */
export function record(recorder: Recorder, from: number, to: number): string[] {
  const actions = Array.from({ length: to - from }, (_, n) => `number.${from + n}`);
  for (const action of actions) recorder.record({ actor_id: "user_1", action });
  return actions;
}

export function directory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "spool-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

export function cases<T>(name: string): T[] {
  return JSON.parse(
    readFileSync(new URL(`../../../cases/${name}.json`, import.meta.url), "utf8"),
  ) as T[];
}

/** Random numbers that are the same in every run. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
