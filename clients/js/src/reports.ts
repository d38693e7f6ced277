/** What a recorder says: log lines without content of events, and calls of the application. */

import type { Batch } from "./batches.js";
import { ImmutableError, NotIndelibleError } from "./errors.js";
import type { SpoolError } from "./errors.js";
import type { Refusals } from "./sending.js";
import type { EventPayload, FieldError } from "./types.js";

export interface ReportOptions {
  /** Gets each event that the server has refused for good. */
  onRefused?: (event: EventPayload, errors: FieldError[]) => void;
  /** Gets why events are kept and not accepted, once for each cause, and `undefined` when they are
   * accepted again. */
  onHeld?: (error: ImmutableError | SpoolError | undefined) => void;
  /** Gets lines about what goes wrong, without content of events. The default is console.error. */
  log?: (line: string) => void;
}

export class Reports {
  readonly #options: ReportOptions;
  #cause: string | undefined;

  constructor(options: ReportOptions) {
    this.#options = options;
  }

  /** Reports when a cause begins, changes and ends, not each time that it repeats. */
  held(error: ImmutableError | SpoolError | undefined): void {
    const cause = error && causeOf(error);
    if (cause === this.#cause) return;
    this.#cause = cause;
    this.log(error ? `events wait, because: ${cause}` : "events are sent again.");
    void this.#call("onHeld", () => this.#options.onHeld?.(error));
  }

  refused(batch: Batch, refusals: Refusals): void {
    if (!refusals.length) return;
    this.log(`${refusals.length} of ${batch.count} events of batch ${batch.key} were refused.`);
    const lines = batch.body.toString().split("\n");
    for (const { index, errors } of refusals) {
      void this.#call("onRefused", () =>
        this.#options.onRefused?.(JSON.parse(lines[index]!) as EventPayload, errors),
      );
    }
  }

  log(text: string): void {
    void this.#write(`indelible: ${text}`);
  }

  async #write(line: string): Promise<void> {
    try {
      await (this.#options.log ?? console.error)(line);
    } catch {
      console.error(line); // a log that fails must not stop the recorder
    }
  }

  /** Calls the application. Neither its error nor its rejection may stop the recorder. */
  async #call(name: string, run: () => unknown): Promise<void> {
    try {
      await run();
    } catch (error) {
      // Its message could have content of the event.
      this.log(`${name} failed: ${error instanceof Error ? error.name : typeof error}`);
    }
  }
}

/** A sentence of this package. What a server says could have content of events. */
function causeOf(error: ImmutableError | SpoolError): string {
  if (!(error instanceof ImmutableError) || error instanceof NotIndelibleError || !error.code)
    return error.message;
  return `The service answered ${error.statusCode} ${error.code}.`;
}
