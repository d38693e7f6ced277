/** The plain client: each call of the API as a method. */

import { randomUUID } from "node:crypto";

import { Connection } from "./connection.js";
import type { ConnectionOptions, Request } from "./connection.js";
import { ConfigurationError } from "./errors.js";
import { OUTSIDE } from "./outside.js";
import type { Outside } from "./outside.js";
import { pages } from "./pages.js";
import { PendingEvent } from "./pending_event.js";
import { queryOf } from "./query.js";
import { jsonWithRetries } from "./retries.js";
import type * as x from "./export_types.js";
import type * as t from "./types.js";
import { checkBody } from "./values.js";

export type ImmutableConfig = ConnectionOptions;

export interface CallOptions {
  signal?: AbortSignal;
}

export interface SubmitOptions extends CallOptions {
  /** The key of the request. The default is a new one, which the retries of this call share. */
  idempotencyKey?: string;
}

export class ImmutableClient {
  readonly #connection: Connection;

  constructor(config: ImmutableConfig, outside: Outside = OUTSIDE) {
    this.#connection = new Connection(config, outside);
  }

  /** Begins an event of this actor. */
  actor(actor: t.Actor): PendingEvent {
    return new PendingEvent(this, actor);
  }

  /** Submits one event. */
  async track(event: t.EventPayload, options: SubmitOptions = {}): Promise<t.EventResponse> {
    // For one event, the header would be the event's key. It cannot hold every key of an event.
    const hasKey = event.idempotency_key !== undefined && event.idempotency_key !== null;
    const key = options.idempotencyKey ?? (hasKey ? undefined : randomUUID());
    return this.#submit("/v1/events", event, options, key);
  }

  /** Submits 1 to 1,000 events. Check the status of every receipt. */
  async trackBatch(
    events: t.EventPayload[],
    options: SubmitOptions = {},
  ): Promise<t.BatchResponse> {
    const key = options.idempotencyKey ?? randomUUID();
    return this.#submit("/v1/events/batch", events, options, key);
  }

  /** One page of events. `iterateEvents` follows the pages. */
  async getEvents(filters: t.QueryFilters = {}, options: CallOptions = {}): Promise<t.QueryResult> {
    return this.#get("/v1/events", filters, options);
  }

  /** Every event that matches, page by page. */
  async *iterateEvents(
    filters: t.QueryFilters = {},
    options: CallOptions = {},
  ): AsyncGenerator<t.Event> {
    for await (const page of pages((cursor) =>
      this.getEvents({ ...filters, ...cursor }, options),
    )) {
      yield* page.data;
    }
  }

  /** One event. It can be read shortly after it was queued. */
  async getEvent(
    id: string,
    options: CallOptions & { proof?: boolean } = {},
  ): Promise<{ data: t.Event; damaged?: true }> {
    return this.#get(
      `/v1/events/${encodeURIComponent(id)}`,
      options.proof ? { proof: true } : {},
      options,
    );
  }

  /** Verifies one part of the chain. `verifyParts` follows the parts. */
  async verify(
    from?: string,
    to?: string,
    limit?: number,
    options: CallOptions & { cursor?: string } = {},
  ): Promise<t.VerifyResult> {
    return this.#get("/v1/verify", { from, to, limit, cursor: options.cursor }, options);
  }

  /** The result for each part of the chain, up to its end. */
  async *verifyParts(
    from?: string,
    to?: string,
    options: CallOptions = {},
  ): AsyncGenerator<t.VerifyResult["data"]> {
    let cursor: string | null = null;
    do {
      const { data }: t.VerifyResult = await this.verify(from, to, undefined, {
        ...options,
        ...(cursor === null ? {} : { cursor }),
      });
      yield data;
      cursor = data.next_cursor;
    } while (cursor !== null);
  }

  /** Starts an export. This call is not repeated after a lost answer, because it would start two. */
  async createExport(
    filters: x.ExportFilters = {},
    options: CallOptions = {},
  ): Promise<x.ExportResponse> {
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify(filters);
    return this.#call({
      method: "POST",
      path: "/v1/exports",
      body,
      headers,
      signal: options.signal,
    });
  }

  async getExport(id: string, options: CallOptions = {}): Promise<x.ExportStatus> {
    return this.#get(exportPath(id), {}, options);
  }

  /** One page of exports. `iterateExports` follows the pages. */
  async getExports(
    page: { limit?: number; cursor?: string } = {},
    options: CallOptions = {},
  ): Promise<x.ExportPage> {
    return this.#get("/v1/exports", page, options);
  }

  async *iterateExports(options: CallOptions = {}): AsyncGenerator<x.Export> {
    for await (const page of pages((cursor) => this.getExports(cursor, options))) yield* page.data;
  }

  async cancelExport(id: string, options: CallOptions = {}): Promise<x.ExportStatus> {
    return this.#call({ method: "DELETE", path: exportPath(id), signal: options.signal });
  }

  /** The file of a completed export, as a stream. The storage never gets the API key. */
  async downloadExport(id: string, options: CallOptions = {}): Promise<ReadableStream<Uint8Array>> {
    const { signal } = options;
    const path = `${exportPath(id)}/download`;
    const answer = await this.#call<{ location: string }>({
      method: "GET",
      path,
      redirects: true,
      signal,
    });
    return this.#connection.file(answer.location, signal);
  }

  /** A token with which a browser reads the events of a tenant or an actor for a while. */
  async createViewerToken(
    options: x.ViewerTokenOptions,
    { signal }: CallOptions = {},
  ): Promise<x.ViewerToken> {
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify(checkedToken(options));
    const path = "/v1/viewer-token";
    return this.#call({ method: "POST", path, body, headers, isRepeatable: true, signal });
  }

  /** Whether requests reach the API. */
  async health(options: CallOptions = {}): Promise<{ status: "ok" }> {
    return this.#get("/v1/health", {}, options);
  }

  #get<T>(path: string, query: object, { signal }: CallOptions): Promise<T> {
    return this.#call({ method: "GET", path: path + queryOf(query), signal });
  }

  #submit<T>(
    path: string,
    body: object,
    { signal }: CallOptions,
    key: string | undefined,
  ): Promise<T> {
    checkBody(body);
    const headers: Record<string, string> = { "content-type": "application/json" };
    if (key !== undefined) headers["idempotency-key"] = checkedKey(key);
    return this.#call({
      method: "POST",
      path,
      body: JSON.stringify(body),
      headers,
      isRepeatable: true,
      signal,
    });
  }

  async #call<T>(request: Request): Promise<T> {
    return (await jsonWithRetries(this.#connection, request)) as T;
  }
}

function checkedKey(key: string): string {
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw new ConfigurationError("idempotencyKey must have 1 to 255 characters of ASCII, no spaces.");
}

/** JSON leaves out what is undefined or a function. That would stand for every tenant. */
function checkedToken(options: x.ViewerTokenOptions): x.ViewerTokenOptions {
  for (const [name, value] of Object.entries(options) as [string, unknown][]) {
    if (value === null || value === "" || JSON.stringify(value) === undefined) {
      throw new ConfigurationError(`${name} is missing. Name whose events the token shows.`);
    }
  }
  return options;
}

function exportPath(id: string): string {
  return `/v1/exports/${encodeURIComponent(id)}`;
}
