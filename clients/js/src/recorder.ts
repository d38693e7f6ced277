/** The recorder: `record` returns at once, and each event gets into the chain exactly once. */

import type { Batch, Store } from "./batches.js";
import { Connection } from "./connection.js";
import type { ConnectionOptions, Outside } from "./connection.js";
import { BufferFullError, ClosedError } from "./errors.js";
import type { ImmutableError } from "./errors.js";
import { atExit } from "./exit.js";
import { MemoryStore } from "./memory.js";
import { BACKGROUND } from "./outside.js";
import { pauseBefore } from "./retries.js";
import { send } from "./sending.js";
import type { Refusals } from "./sending.js";
import { openSpool } from "./spool.js";
import type { SpoolOptions } from "./spool.js";
import type { EventPayload, FieldError } from "./types.js";
import { encodeEvent } from "./validation.js";

export interface RecorderOptions extends ConnectionOptions {
  /** Where events are kept until they are answered. Without it, they are kept in memory. */
  spool?: SpoolOptions;
  /** The limit of the events kept in memory. The default is 32 MiB. */
  maxBytes?: number;
  /** Gets each event that the server has refused for good. */
  onRefused?: (event: EventPayload, errors: FieldError[]) => void;
  /** Gets lines about what goes wrong, without content of events. The default is console.error. */
  log?: (line: string) => void;
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
  const store = options.spool
    ? await openSpool(options.spool)
    : new MemoryStore(options.maxBytes ?? MEMORY_BYTES);
  return new Recorder(connection, store, options);
}

export class Recorder {
  readonly #connection: Connection;
  readonly #store: Store;
  readonly #options: RecorderOptions;
  readonly #log: (line: string) => void;
  readonly #stop = new AbortController();
  readonly #forgetExit: () => void;
  readonly #waiting = new Set<() => void>();
  #working: Promise<void> | undefined;
  #linger: NodeJS.Timeout | undefined;
  #isDue = false;
  #flushes = 0;
  #isClosed = false;
  #problem: string | undefined;

  /** @internal Use openRecorder. */
  constructor(connection: Connection, store: Store, options: RecorderOptions) {
    this.#connection = connection;
    this.#store = store;
    this.#options = options;
    this.#log = options.log ?? ((line) => console.error(line));
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
    if (this.#isClosed) throw new ClosedError("The recorder is closed.");
    this.#store.add(Buffer.from(`${encodeEvent(event, this.#connection.outside.now)}\n`));
    this.#work();
  }

  /** Records an event as soon as there is room. Throws BufferFullError after these milliseconds. */
  async recordWhenRoom(event: EventPayload, timeout: number): Promise<void> {
    const fixed = {
      ...event,
      occurred_at: event.occurred_at ?? new Date(this.#connection.outside.now()),
    };
    const limit = AbortSignal.timeout(timeout);
    for (;;) {
      try {
        this.record(fixed);
        return;
      } catch (error) {
        if (!(error instanceof BufferFullError) || limit.aborted) throw error;
        await this.#progress(limit);
      }
    }
  }

  /** Sends what is recorded. Resolves to whether all of it was answered in time. */
  async flush(timeout: number = CLOSE_TIMEOUT): Promise<boolean> {
    const limit = AbortSignal.timeout(timeout);
    // The timer of a signal does not keep the process alive. This one does.
    const alive = setTimeout(() => {}, timeout);
    this.#flushes += 1;
    this.#work();
    while (this.#store.held.events > 0 && !limit.aborted && !this.#stop.signal.aborted) {
      await this.#progress(limit);
    }
    this.#flushes -= 1;
    clearTimeout(alive);
    return this.#store.held.events === 0;
  }

  /** Flushes, and ends the recorder. Resolves to whether everything was answered. A spool keeps the
   * rest for the next process. */
  async close(timeout: number = CLOSE_TIMEOUT): Promise<boolean> {
    if (this.#isClosed) return this.#store.held.events === 0;
    this.#isClosed = true;
    const isSent = await this.flush(timeout);
    this.#stop.abort();
    clearTimeout(this.#linger);
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
      for (const wake of this.#waiting) wake();
    }
  }

  /** The spool failed. The same batch goes out again later, under the same key. */
  async #pauseAfter(error: unknown): Promise<void> {
    this.#log(`indelible: events wait, because the spool failed: ${(error as Error).message}`);
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
          this.#note(undefined);
          this.#report(batch, verdict.refused);
          return true;
        }
        this.#note(verdict.error);
        const isBlocked = verdict.kind === "blocked";
        const after = Math.max(verdict.error.retryAfter ?? 0, isBlocked ? BLOCKED_SECONDS : 0);
        await wait(pauseBefore(failures, after, random()), signal);
      }
    } catch (error) {
      if (signal.aborted) return false;
      throw error;
    }
  }

  #report(batch: Batch, refused: Refusals): void {
    if (!refused.length) return;
    this.#log(
      `indelible: ${refused.length} of ${batch.count} events of batch ${batch.key} were refused.`,
    );
    const lines = batch.body.toString().split("\n");
    for (const { index, errors } of refused) {
      try {
        this.#options.onRefused?.(JSON.parse(lines[index]!) as EventPayload, errors);
      } catch (error) {
        this.#log(`indelible: onRefused failed: ${(error as Error).name}`);
      }
    }
  }

  /** Logs when a problem begins, changes and ends, not each time that it repeats. */
  #note(error: ImmutableError | undefined): void {
    const problem = error && (error.code ?? error.message);
    if (problem === this.#problem) return;
    this.#problem = problem;
    this.#log(
      error
        ? `indelible: events wait, because: ${error.message}`
        : "indelible: events are sent again.",
    );
  }

  #warnOfLoss(): void {
    const { events } = this.#store.held;
    if (events === 0) return;
    const fate = this.#options.spool
      ? "wait in the spool for the next process"
      : "are lost: they were not sent in time";
    this.#log(`indelible: ${events} events ${fate}.`);
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
