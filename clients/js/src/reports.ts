/** What a recorder says: log lines without content of events, and refused events to the callback. */

import type { Batch } from "./batches.js";
import type { ImmutableError } from "./errors.js";
import type { Refusals } from "./sending.js";
import type { EventPayload, FieldError } from "./types.js";

export interface ReportOptions {
  /** Gets each event that the server has refused for good. */
  onRefused?: (event: EventPayload, errors: FieldError[]) => void;
  /** Gets lines about what goes wrong, without content of events. The default is console.error. */
  log?: (line: string) => void;
}

export class Reports {
  readonly #options: ReportOptions;
  #problem: string | undefined;

  constructor(options: ReportOptions) {
    this.#options = options;
  }

  /** Logs when a problem begins, changes and ends, not each time that it repeats. */
  note(error: ImmutableError | undefined): void {
    const problem = error && (error.code ?? error.message);
    if (problem === this.#problem) return;
    this.#problem = problem;
    this.log(error ? `events wait, because: ${error.message}` : "events are sent again.");
  }

  refused(batch: Batch, refusals: Refusals): void {
    if (!refusals.length) return;
    this.log(`${refusals.length} of ${batch.count} events of batch ${batch.key} were refused.`);
    const lines = batch.body.toString().split("\n");
    for (const { index, errors } of refusals) {
      try {
        this.#options.onRefused?.(JSON.parse(lines[index]!) as EventPayload, errors);
      } catch (error) {
        // Its message could have content of the event.
        this.log(`onRefused failed: ${(error as Error).name}`);
      }
    }
  }

  log(text: string): void {
    const line = `indelible: ${text}`;
    try {
      (this.#options.log ?? console.error)(line);
    } catch {
      console.error(line); // a log that fails must not stop the recorder
    }
  }
}
