/** One request to the API: the URL, the key, the time limit, and the answer as JSON or an error. */

import { inspect } from "node:util";

import {
  BY_CODE,
  ConfigurationError,
  ConnectionError,
  ImmutableError,
  NotIndelibleError,
  TimeoutError,
  textOf,
} from "./errors.js";

export interface ConnectionOptions {
  /** An API key of the workspace, `imk_…`. */
  apiKey: string;
  /** The URL of the deployment, with or without `/api` at its end. */
  baseUrl: string;
  /** Milliseconds that one try of a request may take. The default is 30,000. */
  timeout?: number;
}

/** What a request needs from outside, so that tests own it. */
export interface Outside {
  fetch: typeof fetch;
  /** Resolves after these milliseconds. Rejects when the signal aborts. */
  wait(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** A number from 0 to less than 1. */
  random(): number;
  /** Milliseconds since 1970. */
  now(): number;
}

export interface Request {
  method: "GET" | "POST" | "DELETE";
  /** The path below the URL of the API, beginning with `/v1/`. */
  path: string;
  body?: Uint8Array | string;
  headers?: Record<string, string>;
  /** Whether a POST has the effect of one, however often it is sent. */
  isRepeatable?: boolean;
  /** Whether the answer is a redirect. `json` then returns its `location`. */
  redirects?: boolean;
  signal?: AbortSignal | undefined;
}

/** API Gateway gives up after 29 seconds. Before that, the answer can still arrive. */
const TIMEOUT = 30_000;

export class Connection {
  readonly #apiKey: string;
  readonly #url: string;
  readonly #timeout: number;

  constructor(
    options: ConnectionOptions,
    readonly outside: Outside,
  ) {
    refuseBrowser(globalThis);
    if (typeof options.apiKey !== "string" || !/^[\x21-\x7e]+$/.test(options.apiKey)) {
      throw new ConfigurationError("apiKey must be an API key such as imk_…, without spaces.");
    }
    this.#apiKey = options.apiKey;
    this.#url = apiUrl(options.baseUrl);
    this.#timeout = options.timeout ?? TIMEOUT;
  }

  /** The answer's JSON. Throws an ImmutableError if there is none, or if it is an error. */
  async json(request: Request): Promise<unknown> {
    const response = await this.#send(request);
    const text = await this.#whileConnected(response.text(), request.signal);
    const body = parse(text);
    if (request.redirects) {
      const location = response.headers.get("location");
      if (response.status === 302 && location !== null) return { location };
    } else if (response.ok && typeof body === "object" && body !== null) return body;
    throw errorOf(response, body, this.outside.now());
  }

  /** A file of the storage, which never gets the key. */
  async file(url: string, signal: AbortSignal | undefined): Promise<ReadableStream<Uint8Array>> {
    const fetched = this.outside.fetch(url, signal ? { signal } : {});
    const { ok, status, body } = await this.#whileConnected(fetched, signal);
    if (ok && body !== null) return body as ReadableStream<Uint8Array>;
    throw new NotIndelibleError(`The storage answered with the status ${status}.`, status);
  }

  async #send(request: Request): Promise<Response> {
    const limit = AbortSignal.timeout(this.#timeout);
    const signal = request.signal ? AbortSignal.any([limit, request.signal]) : limit;
    const headers = {
      authorization: `Bearer ${this.#apiKey}`,
      accept: "application/json",
      ...request.headers,
    };
    const init: RequestInit = { method: request.method, headers, signal, redirect: "manual" };
    if (request.body !== undefined) init.body = request.body;
    return this.#whileConnected(this.outside.fetch(this.#url + request.path, init), request.signal);
  }

  async #whileConnected<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    try {
      return await promise;
    } catch (error) {
      signal?.throwIfAborted();
      if ((error as Error).name === "TimeoutError") {
        throw new TimeoutError(`There was no answer within ${this.#timeout} ms.`);
      }
      throw new ConnectionError(`The connection failed: ${causeOf(error)}.`);
    }
  }

  /** Keeps the key out of logs that print objects. */
  [inspect.custom](): string {
    return `Connection(${this.#url})`;
  }
}

/** Throws in a browser, because whoever opens the page could read the key there. */
export function refuseBrowser(scope: object): void {
  const { window, document, WorkerGlobalScope } = scope as Record<string, unknown>;
  if ((window !== undefined && document !== undefined) || WorkerGlobalScope !== undefined) {
    throw new ConfigurationError(
      "indelible-client does not run in a browser: the API key is a secret, and every visitor " +
        "could read it. Call it on your server.",
    );
  }
}

/** The URL that paths are appended to. */
export function apiUrl(baseUrl: string): string {
  if (!/^https?:\/\//i.test(baseUrl) || !URL.canParse(baseUrl)) {
    throw new ConfigurationError("baseUrl must be a URL such as https://audit.example.com.");
  }
  const url = new URL(baseUrl);
  if (url.username || url.password || url.search || url.hash) {
    throw new ConfigurationError(
      "baseUrl must have no user, no password, no query and no fragment.",
    );
  }
  const path = url.pathname.replace(/\/+$/, "").replace(/\/v1$/, "");
  return url.origin + (path.endsWith("/api") ? path : `${path}/api`);
}

/** The error that an answer stands for. */
function errorOf(response: Response, body: unknown, now: number): ImmutableError {
  const { status } = response;
  const code = textOf(body, "error");
  const known = status >= 400 && code !== undefined ? BY_CODE[code] : undefined;
  const after = retryAfter(response.headers.get("retry-after"), now);
  if (known) return new known(`${code}: ${textOf(body, "message")}`, status, body, after);
  // API Gateway and proxies answer errors in forms of their own.
  const place = status < 500 ? " Check baseUrl, and what is between." : "";
  const message = `The answer has the status ${status} and is none of Indelible.${place}`;
  return new NotIndelibleError(message, status, body, after);
}

/** The seconds of a Retry-After header, which has a number or a date. */
export function retryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - now) / 1000);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the caller makes an error of it
  }
}

function causeOf(error: unknown): string {
  const cause = (error as { cause?: { code?: string; message?: string } }).cause;
  return cause?.code ?? cause?.message ?? (error as Error).message;
}
