/** The real network, clock and random numbers. */

import { setTimeout as sleep } from "node:timers/promises";

import type { Outside } from "./connection.js";

/** Waiting keeps the process alive, because somebody awaits the call. */
export const OUTSIDE = outside(true);

/** Waiting does not keep the process alive. */
export const BACKGROUND = outside(false);

function outside(ref: boolean): Outside {
  return {
    fetch: (url, init) => fetch(url, init),
    wait: (milliseconds, signal) =>
      sleep(milliseconds, undefined, signal ? { ref, signal } : { ref }),
    random: Math.random,
    now: Date.now,
  };
}
