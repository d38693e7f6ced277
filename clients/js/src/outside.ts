/** The real network, clock and random numbers. */

import { setTimeout as sleep } from "node:timers/promises";

import type { Outside } from "./connection.js";

export const OUTSIDE: Outside = {
  fetch: (url, init) => fetch(url, init),
  wait: (milliseconds, signal) => sleep(milliseconds, undefined, signal ? { signal } : {}),
  random: Math.random,
  now: Date.now,
};
