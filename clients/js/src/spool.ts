/** Opens a spool: a directory that one process at a time keeps events in. */

import * as fs from "node:fs";
import { resolve } from "node:path";

import { FileStore } from "./file_store.js";
import * as format from "./spool_format.js";
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

export async function openSpool(options: SpoolOptions): Promise<FileStore> {
  const directory = resolve(options.directory); // the process may change its own later
  const what = `The spool ${directory} cannot be opened`;
  // Before the lock, so that a spool of a newer version is left as it is.
  format.asSpoolError(what, () => {
    fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
    format.checkVersion(directory);
  });
  const release = await lock(directory);
  try {
    return format.asSpoolError(what, () => {
      format.checkVersion(directory); // who had the lock may have been newer
      format.upgrade(directory);
      return new FileStore({ ...options, directory }, release);
    });
  } catch (error) {
    await release();
    throw error;
  }
}
