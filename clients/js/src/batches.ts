/** Where batches end, and where batches wait until they are answered. */

/** Events as lines of JSON, under the key that they are sent with, now and after any failure. */
export interface Batch {
  readonly key: string;
  readonly body: Buffer;
  readonly count: number;
}

/** The events of a recorder, in order, until they are answered. */
export interface Store {
  /** Keeps a line, which ends with LF. Throws BufferFullError if there is no room. */
  add(line: Buffer): void;
  /** The first batch that is not answered. What is still open becomes one if `sealOpen` is set. */
  next(sealOpen: boolean): Batch | undefined;
  /** Forgets the first batch, because it is answered. */
  done(batch: Batch): void;
  /** How many events and bytes are not answered yet, and how many of the events have no batch. */
  readonly held: { events: number; bytes: number; open: number };
  /** What happens at the end of the process to events that are not answered, for the log. */
  readonly fate: string;
  /** Whether the open events have the size of a batch. */
  readonly isWhole: boolean;
  close(): Promise<void>;
}

export const MAX_EVENTS = 100;
export const MAX_BYTES = 1_000_000;

/** Whether a batch of this size ends before the next event. A batch has at least one event. */
export function isFull(count: number, bytes: number, nextBytes: number): boolean {
  return count > 0 && (count >= MAX_EVENTS || bytes + nextBytes > MAX_BYTES);
}
