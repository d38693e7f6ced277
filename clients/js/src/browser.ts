/** Refuses to run in a browser. */

import { ConfigurationError } from "./errors.js";

/** Throws in a browser, because whoever opens the page could read the key there. */
export function refuseBrowser(scope: object): void {
  const { window, document, WorkerGlobalScope } = scope as Record<string, unknown>;
  if ((window !== undefined && document !== undefined) || WorkerGlobalScope !== undefined) {
    throw refusal();
  }
}

export function refusal(): ConfigurationError {
  return new ConfigurationError(
    "indelible-client does not run in a browser: the API key is a secret, and every visitor " +
      "could read it. Call it on your server.",
  );
}
