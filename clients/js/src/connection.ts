/** One request to the API: the URL, the key, the time limit, and the answer as JSON or an error. */

import { inspect } from "node:util";

import {
  BY_CODE,
  ConfigurationError,
  ConnectionError,
  ImmutableError,
  NotIndelibleError,
  TimeoutError,
  TlsError,
  textOf,
} from "./errors.js";
import { refuseBrowser } from "./browser.js";
import type { Outside } from "./outside.js";
import { LONGEST } from "./waiting.js";

export interface ConnectionOptions {
  /** An API key of the workspace, `imk_…`. */
  apiKey: string;
  /** The URL of the deployment, with or without `/api` at its end. */
  baseUrl: string;
  /** Milliseconds that one try of a request may take. The default is 30,000. */
  timeout?: number;
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

/** The codes of Node.js for a certificate that is not valid, and for a server that speaks no TLS. */
const TLS_CODES =
  /^(ERR_TLS_|ERR_SSL_|EPROTO$|CERT_|CRL_|INVALID_)|_CERT(_|$)|_SIGNATURE$|^HOSTNAME_MISMATCH$/;

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
    this.#timeout = Math.min(options.timeout ?? TIMEOUT, LONGEST);
  }

  /** The answer's JSON. Throws an ImmutableError if there is none, or if it is an error. */
  async json(request: Request): Promise<unknown> {
    const [response, text] = await this.#inTime(request.signal, async (signal) => {
      const response = await this.#send(request, signal);
      return [response, await response.text()];
    });
    if (request.redirects) {
      const location = response.headers.get("location");
      if (response.status === 302 && location !== null) return { location };
    } else if (response.ok) {
      const body = parse(text);
      if (typeof body === "object" && body !== null) return body;
    }
    // A server that is not Indelible may answer with what it got. Errors end up in logs.
    throw errorOf(response, parse(text.replaceAll(this.#apiKey, "[the API key]")));
  }

  /** A file of the storage, which never gets the key. */
  async file(url: string, signal: AbortSignal | undefined): Promise<ReadableStream<Uint8Array>> {
    const fetched = this.outside.fetch(url, signal ? { signal } : {});
    const { ok, status, body } = await fetched.catch((error) => {
      signal?.throwIfAborted();
      throw connectionError(error);
    });
    if (ok && body !== null) return body as ReadableStream<Uint8Array>;
    throw new NotIndelibleError(`The storage answered with the status ${status}.`, status);
  }

  #send({ method, path, body, headers }: Request, signal: AbortSignal): Promise<Response> {
    const init: RequestInit = {
      method,
      headers: {
        authorization: `Bearer ${this.#apiKey}`,
        accept: "application/json",
        ...headers,
      },
      signal,
      redirect: "manual",
    };
    if (body !== undefined) init.body = body;
    return this.outside.fetch(this.#url + path, init);
  }

  /** Runs this with a signal that aborts with the caller's, or after the time limit. */
  async #inTime<T>(
    signal: AbortSignal | undefined,
    run: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    // AbortSignal.any would keep a little of each request for as long as the caller's signal lives.
    const end = new AbortController();
    const abort = () => end.abort();
    const limit = setTimeout(abort, this.#timeout);
    signal?.addEventListener("abort", abort);
    try {
      return await run(end.signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (!end.signal.aborted) throw connectionError(error);
      throw new TimeoutError(`There was no answer within ${this.#timeout} ms.`);
    } finally {
      clearTimeout(limit);
      signal?.removeEventListener("abort", abort);
    }
  }

  /** Keeps the key out of logs that print objects. */
  [inspect.custom](): string {
    return `Connection(${this.#url})`;
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
function errorOf({ status, headers }: Response, body: unknown): ImmutableError {
  const code = textOf(body, "error");
  const known = status >= 400 && code !== undefined ? BY_CODE[code] : undefined;
  const after = retryAfter(headers.get("retry-after"), headers.get("date"));
  if (known) return new known(`${code}: ${textOf(body, "message")}`, status, body, after);
  // API Gateway and proxies answer errors in forms of their own.
  const place = status < 500 ? " Check baseUrl, and what is between." : "";
  const message = `The answer has the status ${status} and is none of Indelible.${place}`;
  return new NotIndelibleError(message, status, body, after);
}

/** The seconds of a Retry-After header, which has a number or a date. A date counts from the
 * answer's own, because the clock here may be wrong. */
export function retryAfter(header: string | null, date: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header);
  const seconds = (Date.parse(header) - Date.parse(date ?? "")) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the caller makes an error of it
  }
}

function connectionError(error: unknown): ConnectionError {
  const { cause } = error as { cause?: { code?: string; message?: string } };
  const reason = cause?.code ?? cause?.message ?? (error as Error).message;
  if (!TLS_CODES.test(cause?.code ?? "")) {
    return new ConnectionError(`The connection failed: ${reason}.`);
  }
  return new TlsError(`The server's certificate or its TLS was refused: ${reason}.`);
}
