/** The store in files. What `add` has returned from survives the death of the process.
 *
 * `open` has the events that no batch has yet, one on each line. Sealing renames it to
 * `<number>-<key>.batch`. From then on it never changes, so the same bytes go out under the same
 * key, whatever happens. An answered batch is removed. A process that dies between the answer and
 * the removal sends the batch once more, and the server knows its key. Nothing else is stored.
 */

import { randomUUID } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";

import { isFull } from "./batches.js";
import type { Batch, Store } from "./batches.js";
import { BufferFullError, SpoolError } from "./errors.js";
import { lock } from "./spool_lock.js";

export interface SpoolOptions {
  /** A directory on a local disk, for this process alone. It is made if it is missing. */
  directory: string;
  /** The limit of all events that are not answered yet. The default is 1 GiB. */
  maxBytes?: number;
  /** Whether each event is on the disk before `record` returns, so that it survives a power loss.
   * Without it, events survive the death of the process only, and `record` is far faster. */
  fsync?: boolean;
}

const MAX_TOTAL = 2 ** 30;
const SEALED = /^(\d{12})-([0-9a-f-]{36})\.batch$/;
const LF = 10;

export async function openSpool(options: SpoolOptions): Promise<FileStore> {
  fs.mkdirSync(options.directory, { recursive: true, mode: 0o700 });
  const release = await lock(options.directory);
  try {
    return new FileStore(options, release);
  } catch (error) {
    await release();
    throw error;
  }
}

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

  /** @internal Use openSpool, which locks the directory. */
  constructor(options: SpoolOptions, release: () => Promise<void>) {
    this.#options = options;
    this.#release = release;
    this.#openPath = join(options.directory, "open");
    this.#recover();
  }

  add(line: Buffer): void {
    if (this.held.bytes + line.length > (this.#options.maxBytes ?? MAX_TOTAL)) {
      throw new BufferFullError(
        `The spool has no room: ${this.held.events} events are not sent yet.`,
      );
    }
    if (isFull(this.held.open, this.#openBytes, line.length)) this.#seal();
    this.#append(line);
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
    fs.rmSync(join(this.#options.directory, this.#sealed[0]!));
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
    try {
      if (this.#file < 0) this.#openFile();
      const written = fs.writeSync(this.#file, line);
      if (written < line.length) throw new SpoolError("The disk is full.");
      if (this.#options.fsync) fs.fsyncSync(this.#file);
    } catch (error) {
      // A part of a line, or an event whose caller gets this error, must not be sent.
      if (this.#file >= 0) fs.ftruncateSync(this.#file, this.#openBytes);
      throw new SpoolError(`The event is not recorded: ${(error as Error).message}`);
    }
  }

  #openFile(): void {
    this.#file = fs.openSync(this.#openPath, "a", 0o600);
    if (this.#options.fsync) syncDirectory(this.#options.directory);
  }

  #seal(): void {
    const number = String(this.#lastNumber + 1).padStart(12, "0");
    const name = `${number}-${randomUUID()}.batch`;
    fs.renameSync(this.#openPath, join(this.#options.directory, name));
    if (this.#file >= 0) fs.closeSync(this.#file);
    if (this.#options.fsync) syncDirectory(this.#options.directory);
    this.#file = -1;
    this.#openBytes = 0;
    this.held.open = 0;
    this.#lastNumber += 1;
    this.#sealed.push(name);
  }

  #read(name: string): Batch {
    const body = fs.readFileSync(join(this.#options.directory, name));
    return { key: SEALED.exec(name)![2]!, body, count: countLines(body) };
  }

  #recover(): void {
    for (const name of fs.readdirSync(this.#options.directory).sort()) {
      if (SEALED.test(name)) this.#recoverBatch(name);
    }
    if (!fs.existsSync(this.#openPath)) return;
    const body = fs.readFileSync(this.#openPath);
    const whole = soundBytes(body);
    // What follows the last line is an event for which `record` has never returned.
    if (whole < body.length) fs.truncateSync(this.#openPath, whole);
    this.#openBytes = whole;
    this.held.open = countLines(body.subarray(0, whole));
    this.#count(whole, this.held.open);
  }

  #recoverBatch(name: string): void {
    const { body, count } = this.#read(name);
    this.#lastNumber = Number(name.slice(0, 12));
    if (body.length > 0 && soundBytes(body) === body.length) {
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

/** The length of the part that has whole lines only. JSON writes NUL as an escape, disks as bytes. */
function soundBytes(body: Buffer): number {
  const nul = body.indexOf(0);
  return body.lastIndexOf(LF, nul < 0 ? body.length : nul) + 1;
}

function countLines(body: Buffer): number {
  let lines = 0;
  for (let at = body.indexOf(LF); at >= 0; at = body.indexOf(LF, at + 1)) lines += 1;
  return lines;
}

function syncDirectory(path: string): void {
  const directory = fs.openSync(path, "r");
  fs.fsyncSync(directory);
  fs.closeSync(directory);
}
