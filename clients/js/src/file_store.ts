/** The store in files. What `add` has returned from survives the death of the process.
 *
 * Sealing renames the file of open events to that of a batch. From then on it never changes, so the
 * same bytes go out under the same key, whatever happens. An answered batch is removed. A process
 * that dies between the answer and the removal sends the batch once more, and the server knows its
 * key. Nothing else is stored. The order is that of the numbers of batches; no clock is read.
 */

import { randomUUID } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";

import { isFull } from "./batches.js";
import type { Batch, Store } from "./batches.js";
import { BufferFullError } from "./errors.js";
import type { SpoolOptions } from "./spool.js";
import * as format from "./spool_format.js";

const MAX_TOTAL = 2 ** 30;

export class FileStore implements Store {
  readonly fate = "wait in the spool for the next process";
  readonly held = { events: 0, bytes: 0, open: 0 };
  /** The files that were set aside when the spool was opened. */
  readonly damaged: string[] = [];
  readonly #options: SpoolOptions;
  readonly #release: () => Promise<void>;
  readonly #openPath: string;
  /** The names of the sealed batches that are not answered, oldest first. */
  readonly #sealed: string[] = [];
  #first: Batch | undefined;
  #lastNumber = 0;
  #file = -1;
  #openBytes = 0;
  /** Whether the file may have more than the open events, because writing has failed. */
  #isTorn = false;

  /** @internal Use openSpool, which locks the directory. */
  constructor(options: SpoolOptions, release: () => Promise<void>) {
    this.#options = options;
    this.#release = release;
    this.#openPath = join(options.directory, format.OPEN);
    this.#recover();
  }

  add(line: Buffer): void {
    if (this.held.bytes + line.length > (this.#options.maxBytes ?? MAX_TOTAL)) {
      throw new BufferFullError(
        `The spool has no room: ${this.held.events} events are not sent yet.`,
      );
    }
    format.asSpoolError("The event is not recorded", () => {
      if (isFull(this.held.open, this.#openBytes, line.length)) this.#seal();
      this.#append(line);
    });
    this.#openBytes += line.length;
    this.held.open += 1;
    this.held.events += 1;
    this.held.bytes += line.length;
  }

  get isWhole(): boolean {
    return isFull(this.held.open, this.#openBytes, 1);
  }

  next(sealOpen: boolean): Batch | undefined {
    if (!this.#sealed.length && this.held.open && (sealOpen || this.isWhole)) this.#seal();
    const [name] = this.#sealed;
    if (name === undefined) return undefined;
    this.#first ??= this.#read(name);
    return this.#first;
  }

  done(batch: Batch): void {
    fs.rmSync(join(this.#options.directory, this.#sealed[0]!), { force: true });
    this.#sealed.shift();
    this.#first = undefined;
    this.held.events -= batch.count;
    this.held.bytes -= batch.body.length;
  }

  async close(): Promise<void> {
    if (this.#file >= 0) fs.closeSync(this.#file);
    this.#file = -1;
    await this.#release();
  }

  #append(line: Buffer): void {
    if (this.#file < 0) this.#openFile();
    this.#mend();
    this.#isTorn = true;
    try {
      const written = fs.writeSync(this.#file, line);
      if (written < line.length) throw new Error("the disk is full");
      if (this.#options.fsync) fs.fsyncSync(this.#file);
      this.#isTorn = false;
    } finally {
      this.#mend();
    }
  }

  /** Removes a part of a line, or an event whose caller got an error: neither must be sent. */
  #mend(): void {
    if (!this.#isTorn) return;
    fs.ftruncateSync(this.#file, this.#openBytes);
    this.#isTorn = false;
  }

  #openFile(): void {
    this.#file = fs.openSync(this.#openPath, "a", 0o600);
    if (this.#options.fsync) format.syncDirectory(this.#options.directory);
  }

  #seal(): void {
    this.#mend();
    const name = format.batchName(this.#lastNumber + 1, randomUUID());
    fs.renameSync(this.#openPath, join(this.#options.directory, name));
    this.#sealed.push(name);
    this.#lastNumber += 1;
    this.#openBytes = 0;
    this.held.open = 0;
    const file = this.#file;
    this.#file = -1;
    if (file >= 0) fs.closeSync(file);
    if (this.#options.fsync) format.syncDirectory(this.#options.directory);
  }

  #read(name: string): Batch {
    const body = fs.readFileSync(join(this.#options.directory, name));
    return { key: format.parseBatchName(name)!.key, body, count: format.countLines(body) };
  }

  #recover(): void {
    for (const name of fs.readdirSync(this.#options.directory).sort()) {
      const number = format.parseBatchName(name)?.number;
      if (number === undefined) continue;
      this.#lastNumber = number;
      this.#recoverBatch(name);
    }
    if (!fs.existsSync(this.#openPath)) return;
    const body = fs.readFileSync(this.#openPath);
    const whole = format.soundBytes(body);
    // What follows the last line is an event for which `record` has never returned.
    if (whole < body.length) fs.truncateSync(this.#openPath, whole);
    this.#openBytes = whole;
    this.held.open = format.countLines(body.subarray(0, whole));
    this.#count(whole, this.held.open);
  }

  #recoverBatch(name: string): void {
    const { body, count } = this.#read(name);
    if (body.length > 0 && format.soundBytes(body) === body.length) {
      this.#sealed.push(name);
      this.#count(body.length, count);
    } else {
      // A power loss may leave any bytes. They would be refused for ever, and hold up the others.
      const path = join(this.#options.directory, name);
      fs.renameSync(path, `${path}.damaged`);
      this.damaged.push(`${path}.damaged`);
    }
  }

  #count(bytes: number, events: number): void {
    this.held.bytes += bytes;
    this.held.events += events;
  }
}
