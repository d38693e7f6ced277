/** The real network, clock and random numbers. */

import { setTimeout as sleep } from "node:timers/promises";

/** What a client needs from outside, so that tests own it. */
export interface Outside {
  fetch: typeof fetch;
  /** Resolves after these milliseconds. Rejects when the signal aborts. */
  wait(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** A number from 0 to less than 1. */
  random(): number;
  /** Milliseconds since 1970. */
  now(): number;
}

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
