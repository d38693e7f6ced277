/** Sends what recorders hold when the process ends by itself or gets SIGTERM. */

import { setImmediate as turn } from "node:timers/promises";

export interface Closing {
  close(): Promise<unknown>;
  flush(): Promise<unknown>;
  /** Logs what will be lost. It runs when there is no time left for more. */
  warn(): void;
}

const open = new Set<Closing>();

/** Closes this at the end of the process. Returns what forgets it. */
export function atExit(closing: Closing): () => void {
  if (open.size === 0) {
    process.on("beforeExit", closeAll);
    // First in the list: a listener that is called once is gone from the list after its call.
    process.prependListener("SIGTERM", onSigterm);
    process.on("exit", warnAll);
  }
  open.add(closing);
  return () => {
    open.delete(closing);
    if (open.size > 0) return;
    process.off("beforeExit", closeAll);
    process.off("SIGTERM", onSigterm);
    process.off("exit", warnAll);
  };
}

async function closeAll(): Promise<void> {
  await turn(); // other listeners may record
  await Promise.all([...open].map((closing) => closing.close()));
}

function warnAll(): void {
  for (const closing of open) closing.warn();
}

/** A listener keeps Node from ending at SIGTERM, so it ends here. If the application listens too, it
 * decides when to end, and may still record until then. */
function onSigterm(): void {
  if (process.listenerCount("SIGTERM") > 1) {
    for (const each of open) void each.flush();
  } else {
    void closeAll().then(() => process.kill(process.pid, "SIGTERM"));
  }
}
