/** The entry that the hosted product's client also has: `.actor` and `.events`. */

import { ImmutableClient } from "./client.js";
import type { ImmutableConfig } from "./client.js";
import type { ExportFilters } from "./export_types.js";
import type { PendingEvent } from "./pending_event.js";
import type * as t from "./types.js";

export class Immutable {
  readonly client: ImmutableClient;

  constructor(config: ImmutableConfig) {
    this.client = new ImmutableClient(config);
  }

  actor(actor: t.Actor): PendingEvent {
    return this.client.actor(actor);
  }

  get events() {
    const { client } = this;
    return {
      list: (filters?: t.QueryFilters) => client.getEvents(filters),
      get: (id: string) => client.getEvent(id),
      verify: (from?: string, to?: string, limit?: number) => client.verify(from, to, limit),
      createExport: (filters?: ExportFilters) => client.createExport(filters),
      getExport: (id: string) => client.getExport(id),
    };
  }
}
