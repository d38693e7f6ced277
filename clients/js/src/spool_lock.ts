/** One process at a time per directory: a lock that ends with its process, however that ends.
 *
 * Who wants the lock listens on a socket of its own in the directory, and then asks every other
 * socket there. If any answers, it gives up. Two processes cannot both win: each listens before it
 * asks, so the one that asks last finds the other. Sockets of dead processes refuse connections.
 */

import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import type { Server } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { SpoolError } from "./errors.js";

const NAME = /^lock-[0-9a-f]{8}$/;
/** The shortest limit of the systems: that of macOS. */
const MAX_SOCKET_PATH = 103;
const PATIENCE = 5_000;

/** Takes the lock of a directory, and returns what releases it. Waits for a process that is ending. */
export async function lock(directory: string, patience = PATIENCE): Promise<() => Promise<void>> {
  if (process.platform === "win32")
    throw new SpoolError("A spool needs Unix sockets; Windows is not supported.");
  for (let waited = 0; ; ) {
    const release = await tryToLock(directory);
    if (release) return release;
    if (waited >= patience) {
      throw new SpoolError(
        `Another process uses the spool ${directory}. Give each process a directory of its own.`,
      );
    }
    // Two that ask at the same moment both give up, so their pauses must differ.
    const pause = 20 + Math.random() * 80;
    await sleep(pause);
    waited += pause;
  }
}

async function tryToLock(directory: string): Promise<(() => Promise<void>) | undefined> {
  const name = `lock-${randomBytes(4).toString("hex")}`;
  const path = join(directory, name);
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH) {
    throw new SpoolError(
      `The path of the spool is too long: ${path} must be at most ${MAX_SOCKET_PATH} bytes.`,
    );
  }
  const server = await listen(path);
  const release = () => new Promise<void>((resolve) => server.close(() => resolve()));
  const others = readdirSync(directory).filter((other) => NAME.test(other) && other !== name);
  const alive = await Promise.all(others.map((other) => answers(join(directory, other))));
  // Another process may have taken this socket for dead and removed it before it listened.
  if (alive.includes(true) || !existsSync(path)) {
    await release();
    return undefined;
  }
  for (const other of others) rmSync(join(directory, other), { force: true });
  return release;
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", (error) =>
      reject(new SpoolError(`The spool cannot be locked: ${error.message}`)),
    );
    server.listen(path, () => resolve(server.unref()));
  });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    // Any error but these leaves it open whether the process lives, and then it counts as alive.
    socket.once("error", ({ code }: NodeJS.ErrnoException) =>
      resolve(code !== "ECONNREFUSED" && code !== "ENOENT"),
    );
  });
}
