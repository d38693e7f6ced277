/** What the files of a spool are called, and what is in them.
 *
 * `format` has the version of the format. `open` has the events that no batch has yet, one on each
 * line. A batch is `<number>-<key>.batch`, with the same lines. What was damaged has `.damaged` after
 * its name. Locks are `lock-…`.
 *
 * Version 1 was like version 2, but had no `format`.
 */

import * as fs from "node:fs";
import { join } from "node:path";

import { SpoolError } from "./errors.js";

export const OPEN = "open";
const FORMAT = "format";
const VERSION = 2;
const SEALED = /^(\d{12})-([0-9a-f-]{36})\.batch$/;
const LF = 10;

/** Throws SpoolError if this version of the package does not know the spool's. */
export function checkVersion(directory: string): void {
  const path = join(directory, FORMAT);
  if (!fs.existsSync(path)) return;
  const text = fs.readFileSync(path, "latin1");
  if (text === `${VERSION}\n`) return;
  throw new SpoolError(
    /^\d+\n$/.test(text)
      ? `The spool ${directory} has the format ${text.trim()}. This version of indelible-client ` +
        `knows ${VERSION} and older. Use a newer version. Nothing was changed.`
      : `The file ${path} is damaged. Write ${VERSION} and a line break into it if no newer ` +
        "version of indelible-client has used the spool. Nothing was changed.",
  );
}

/** Marks a spool that is new, or of version 1. The mark is whole or missing, whatever happens. */
export function upgrade(directory: string): void {
  const path = join(directory, FORMAT);
  if (fs.existsSync(path)) return;
  const file = fs.openSync(`${path}.new`, "w", 0o600);
  fs.writeSync(file, `${VERSION}\n`);
  fs.fsyncSync(file);
  fs.closeSync(file);
  fs.renameSync(`${path}.new`, path);
}

export function batchName(number: number, key: string): string {
  return `${String(number).padStart(12, "0")}-${key}.batch`;
}

/** The number and the key in the name of a batch. */
export function parseBatchName(name: string): { number: number; key: string } | undefined {
  const [, number, key] = SEALED.exec(name) ?? [];
  return key === undefined ? undefined : { number: Number(number), key };
}

/** The length of the part that has whole lines only. JSON writes NUL as an escape, disks as bytes. */
export function soundBytes(body: Buffer): number {
  const nul = body.indexOf(0);
  return body.lastIndexOf(LF, nul < 0 ? body.length : nul) + 1;
}

export function countLines(body: Buffer): number {
  let lines = 0;
  for (let at = body.indexOf(LF); at >= 0; at = body.indexOf(LF, at + 1)) lines += 1;
  return lines;
}

export function syncDirectory(path: string): void {
  const directory = fs.openSync(path, "r");
  fs.fsyncSync(directory);
  fs.closeSync(directory);
}

/** Runs this, and makes a SpoolError of any other error. */
export function asSpoolError<T>(what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof SpoolError) throw error;
    throw new SpoolError(`${what}: ${(error as Error).message}`);
  }
}
