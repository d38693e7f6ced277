/** The recorder: `record` returns at once, and each event gets into the chain exactly once. */

import type { Batch, Store } from "./batches.js";
import { Connection } from "./connection.js";
import type { ConnectionOptions, Outside } from "./connection.js";
import { BufferFullError, ClosedError } from "./errors.js";
import { atExit } from "./exit.js";
import { MemoryStore } from "./memory.js";
import { BACKGROUND } from "./outside.js";
import { Reports } from "./reports.js";
import type { ReportOptions } from "./reports.js";
import { pauseBefore } from "./retries.js";
import { send } from "./sending.js";
import { openSpool } from "./spool.js";
import type { SpoolOptions } from "./spool.js";
import type { EventPayload } from "./types.js";
import { encodeEvent } from "./validation.js";

export interface RecorderOptions extends ConnectionOptions, ReportOptions {
  /** Where events are kept until they are answered. Without it, they are kept in memory. */
  spool?: SpoolOptions;
  /** The limit of the events kept in memory. The default is 32 MiB. */
  maxBytes?: number;
}

const MEMORY_BYTES = 32 * 2 ** 20;
const LINGER = 1_000;
const BLOCKED_SECONDS = 30;
const CLOSE_TIMEOUT = 5_000;

/** Opens a recorder. With a spool, it first sends what an earlier process has left there. */
export async function openRecorder(
  options: RecorderOptions,
  outside: Outside = BACKGROUND,
): Promise<Recorder> {
  const connection = new Connection(options, outside);
  const reports = new Reports(options);
  if (!options.spool) {
    return new Recorder(connection, new MemoryStore(options.maxBytes ?? MEMORY_BYTES), reports);
  }
  const store = await openSpool(options.spool);
  for (const path of store.damaged) reports.log(`a damaged batch was set aside: ${path}`);
  return new Recorder(connection, store, reports);
}

export class Recorder {
  readonly #connection: Connection;
  readonly #store: Store;
  readonly #reports: Reports;
  readonly #stop = new AbortController();
  readonly #forgetExit: () => void;
  readonly #waiting = new Set<() => void>();
  #working: Promise<void> | undefined;
  #linger: NodeJS.Timeout | undefined;
  #isDue = false;
  #flushes = 0;
  #closing: Promise<boolean> | undefined;

  /** @internal Use openRecorder. */
  constructor(connection: Connection, store: Store, reports: Reports) {
    this.#connection = connection;
    this.#store = store;
    this.#reports = reports;
    this.#forgetExit = atExit({
      close: () => this.close(),
      flush: () => this.flush(),
      warn: () => this.#warnOfLoss(),
    });
    this.#work();
  }

  /** How many events and bytes are recorded and not answered yet. */
  get pending(): { events: number; bytes: number } {
    const { events, bytes } = this.#store.held;
    return { events, bytes };
  }

  /** Records an event. Throws InvalidEventError, BufferFullError, SpoolError or ClosedError. */
  record(event: EventPayload): void {
    if (this.#closing) throw new ClosedError("The recorder is closed.");
    this.#store.add(Buffer.from(`${encodeEvent(event, this.#connection.outside.now)}\n`));
    this.#work();
  }

  /** Records an event as soon as there is room. Throws BufferFullError after these milliseconds. */
  async recordWhenRoom(event: EventPayload, timeout: number): Promise<void> {
    const occurred_at = event.occurred_at ?? new Date(this.#connection.outside.now());
    await within(timeout, async (limit) => {
      for (;;) {
        try {
          this.record({ ...event, occurred_at });
          return;
        } catch (error) {
          if (!(error instanceof BufferFullError) || limit.aborted) throw error;
          await this.#progress(limit);
        }
      }
    });
  }

  /** Sends what is recorded. Resolves to whether all of it was answered in time. */
  async flush(timeout: number = CLOSE_TIMEOUT): Promise<boolean> {
    this.#flushes += 1;
    this.#work();
    await within(timeout, async (limit) => {
      while (this.#store.held.events > 0 && !limit.aborted && !this.#stop.signal.aborted) {
        await this.#progress(limit);
      }
    });
    this.#flushes -= 1;
    return this.#store.held.events === 0;
  }

  /** Flushes, and ends the recorder. Resolves to whether everything was answered. A spool keeps the
   * rest for the next process. */
  close(timeout: number = CLOSE_TIMEOUT): Promise<boolean> {
    this.#closing ??= this.#close(timeout);
    return this.#closing;
  }

  async #close(timeout: number): Promise<boolean> {
    const isSent = await this.flush(timeout);
    this.#stop.abort();
    clearTimeout(this.#linger);
    this.#wake();
    await this.#working;
    if (!isSent) this.#warnOfLoss();
    this.#forgetExit();
    await this.#store.close();
    return isSent;
  }

  /** Sends in the background what is due. One batch is under way at a time, which keeps the order. */
  #work(): void {
    const { open, events } = this.#store.held;
    if (open > 0 && !this.#isDue && this.#linger === undefined) this.#startLinger();
    const mayHaveBatch = events > open || this.#isDue || this.#flushes > 0 || this.#store.isWhole;
    if (this.#working || !mayHaveBatch || events === 0 || this.#stop.signal.aborted) return;
    this.#working = this.#sendAll()
      .catch((error: unknown) => this.#pauseAfter(error))
      .finally(() => {
        this.#working = undefined;
        this.#work();
      });
  }

  #startLinger(): void {
    this.#linger = setTimeout(() => {
      this.#linger = undefined;
      this.#isDue = true;
      this.#work();
    }, LINGER).unref();
  }

  async #sendAll(): Promise<void> {
    for (;;) {
      const batch = this.#nextBatch();
      if (!batch || this.#stop.signal.aborted || !(await this.#deliver(batch))) return;
      this.#store.done(batch);
      this.#wake();
    }
  }

  /** The spool failed. The same batch goes out again later, under the same key. */
  async #pauseAfter(error: unknown): Promise<void> {
    this.#reports.log(`events wait, because the spool failed: ${(error as Error).message}`);
    await this.#connection.outside.wait(BLOCKED_SECONDS * 1000, this.#stop.signal).catch(() => {});
  }

  #nextBatch(): Batch | undefined {
    const batch = this.#store.next(this.#isDue || this.#flushes > 0);
    if (this.#store.held.open === 0) {
      this.#isDue = false;
      clearTimeout(this.#linger);
      this.#linger = undefined;
    }
    return batch;
  }

  /** Sends the batch until it is answered. False if the recorder was closed before. */
  async #deliver(batch: Batch): Promise<boolean> {
    const { signal } = this.#stop;
    const { wait, random } = this.#connection.outside;
    try {
      for (let failures = 1; ; failures++) {
        const verdict = await send(this.#connection, batch, signal);
        if (verdict.kind === "done") {
          this.#reports.note(undefined);
          this.#reports.refused(batch, verdict.refused);
          return true;
        }
        this.#reports.note(verdict.error);
        const isBlocked = verdict.kind === "blocked";
        const after = Math.max(verdict.error.retryAfter ?? 0, isBlocked ? BLOCKED_SECONDS : 0);
        await wait(pauseBefore(failures, after, random()), signal);
      }
    } catch (error) {
      if (signal.aborted) return false;
      throw error;
    }
  }

  #warnOfLoss(): void {
    const { events } = this.#store.held;
    if (events > 0) this.#reports.log(`${events} events ${this.#store.fate}.`);
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }

  /** Resolves when a batch was answered, or when the signal aborts. */
  #progress(limit: AbortSignal): Promise<void> {
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
}

/** Runs this with a signal that aborts after the milliseconds, and keeps the process alive. */
async function within(timeout: number, run: (limit: AbortSignal) => Promise<void>): Promise<void> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), timeout);
  try {
    await run(limit.signal);
  } finally {
    clearTimeout(timer);
  }
}
