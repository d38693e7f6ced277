/** Waiting for the progress of a recorder, up to a time limit. */

/** The longest time of a timer, in milliseconds: 24 days. Node takes a longer one for 1. */
export const LONGEST = 2 ** 31 - 1;

/** Runs this with a signal that aborts after the milliseconds, and keeps the process alive. */
export async function within<T>(
  timeout: number,
  run: (limit: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), Math.min(timeout, LONGEST));
  try {
    return await run(limit.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** Who waits until something has happened. */
export class Waiters {
  readonly #waiting = new Set<() => void>();

  /** Resolves when the next thing happens, or when the signal aborts. */
  next(limit: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        limit.removeEventListener("abort", wake);
        resolve();
      };
      this.#waiting.add(wake);
      limit.addEventListener("abort", wake);
    });
  }

  wake(): void {
    for (const wake of this.#waiting) wake();
  }
}
