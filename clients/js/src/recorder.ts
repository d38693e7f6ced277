/** The recorder: `record` returns at once, and each event gets into the chain exactly once. */

import type { Batch, Store } from "./batches.js";
import { Connection } from "./connection.js";
import type { ConnectionOptions } from "./connection.js";
import { deliver } from "./delivery.js";
import { BufferFullError, ClosedError, SpoolError } from "./errors.js";
import { atExit } from "./exit.js";
import { MemoryStore } from "./memory.js";
import { BACKGROUND } from "./outside.js";
import type { Outside } from "./outside.js";
import { Reports } from "./reports.js";
import type { ReportOptions } from "./reports.js";
import { pauseWhileHeld } from "./retries.js";
import { openSpool } from "./spool.js";
import type { SpoolOptions } from "./spool.js";
import type { EventPayload } from "./types.js";
import { encodeEvent } from "./validation.js";
import { Waiters, within } from "./waiting.js";

export interface RecorderOptions extends ConnectionOptions, ReportOptions {
  /** Where events are kept until they are answered. Without it, they are kept in memory. */
  spool?: SpoolOptions;
  /** The limit of the events kept in memory. The default is 32 MiB. */
  maxBytes?: number;
}

const MEMORY_BYTES = 32 * 2 ** 20;
const LINGER = 1_000;
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
  readonly #waiters = new Waiters();
  #answered = 0;
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
    this.#add(this.#encode(event));
  }

  /** Records an event as soon as there is room. Throws BufferFullError after these milliseconds. */
  async recordWhenRoom(event: EventPayload, timeout: number): Promise<void> {
    const line = this.#encode(event);
    await within(timeout, async (limit) => {
      for (;;) {
        try {
          return this.#add(line);
        } catch (error) {
          if (!(error instanceof BufferFullError) || limit.aborted) throw error;
          await this.#waiters.next(limit);
        }
      }
    });
  }

  /** Sends what is recorded by now. Resolves to whether all of it was answered in time. */
  async flush(timeout: number = CLOSE_TIMEOUT): Promise<boolean> {
    const goal = this.#answered + this.#store.held.events;
    this.#flushes += 1;
    this.#work();
    await within(timeout, async (limit) => {
      while (this.#answered < goal && !limit.aborted && !this.#stop.signal.aborted) {
        await this.#waiters.next(limit);
      }
    });
    this.#flushes -= 1;
    return this.#answered >= goal;
  }

  /** Flushes, and ends the recorder. Resolves to whether everything was answered. A spool keeps the
   * rest for the next process. */
  close(timeout: number = CLOSE_TIMEOUT): Promise<boolean> {
    this.#closing ??= this.#close(timeout);
    return this.#closing;
  }

  async #close(timeout: number): Promise<boolean> {
    await this.flush(timeout);
    this.#stop.abort();
    clearTimeout(this.#linger);
    this.#waiters.wake();
    await this.#working;
    this.#warnOfLoss();
    this.#forgetExit();
    await this.#store.close();
    return this.#store.held.events === 0;
  }

  #encode(event: EventPayload): Buffer {
    return Buffer.from(`${encodeEvent(event, this.#connection.outside.now)}\n`);
  }

  #add(line: Buffer): void {
    if (this.#closing) throw new ClosedError("The recorder is closed.");
    this.#store.add(line);
    this.#work();
  }

  /** Sends in the background what is due. One batch is under way at a time, which keeps the order. */
  #work(): void {
    if (this.#stop.signal.aborted) return;
    const { open, events } = this.#store.held;
    if (open > 0 && !this.#isDue && this.#linger === undefined) this.#startLinger();
    const mayHaveBatch = events > open || this.#isDue || this.#flushes > 0 || this.#store.isWhole;
    if (this.#working || !mayHaveBatch || events === 0) return;
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
    const { signal } = this.#stop;
    for (;;) {
      const batch = this.#nextBatch();
      if (!batch || signal.aborted) return;
      if (!(await deliver(this.#connection, batch, this.#reports, signal))) return;
      this.#store.done(batch);
      this.#answered += batch.count;
      this.#waiters.wake();
    }
  }

  /** The spool failed. The same batch goes out again later, under the same key. */
  async #pauseAfter(error: unknown): Promise<void> {
    this.#reports.held(new SpoolError(`The spool failed: ${(error as Error).message}`));
    const { wait, random } = this.#connection.outside;
    await wait(pauseWhileHeld(undefined, random()), this.#stop.signal).catch(() => {});
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

  #warnOfLoss(): void {
    const { events } = this.#store.held;
    if (events > 0) this.#reports.log(`${events} events ${this.#store.fate}.`);
  }
}
