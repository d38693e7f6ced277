/** The store in memory. What it holds is lost with the process. */

import { randomUUID } from "node:crypto";

import { isFull } from "./batches.js";
import type { Batch, Store } from "./batches.js";
import { BufferFullError } from "./errors.js";

export class MemoryStore implements Store {
  readonly fate = "are lost: they were not sent in time";
  readonly held = { events: 0, bytes: 0, open: 0 };
  readonly #maxBytes: number;
  readonly #sealed: Batch[] = [];
  #open: Buffer[] = [];
  #openBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  add(line: Buffer): void {
    if (this.held.bytes + line.length > this.#maxBytes) {
      throw new BufferFullError(
        `The buffer has no room: ${this.held.events} events are not sent yet.`,
      );
    }
    if (isFull(this.#open.length, this.#openBytes, line.length)) this.#seal();
    this.#open.push(line);
    this.#openBytes += line.length;
    this.held.events += 1;
    this.held.bytes += line.length;
    this.held.open = this.#open.length;
  }

  get isWhole(): boolean {
    return isFull(this.#open.length, this.#openBytes, 1);
  }

  next(sealOpen: boolean): Batch | undefined {
    if (!this.#sealed.length && this.#open.length && (sealOpen || this.isWhole)) this.#seal();
    return this.#sealed[0];
  }

  done(batch: Batch): void {
    this.#sealed.shift();
    this.held.events -= batch.count;
    this.held.bytes -= batch.body.length;
  }

  async close(): Promise<void> {}

  #seal(): void {
    this.#sealed.push({
      key: randomUUID(),
      body: Buffer.concat(this.#open),
      count: this.#open.length,
    });
    this.#open = [];
    this.#openBytes = 0;
    this.held.open = 0;
  }
}
