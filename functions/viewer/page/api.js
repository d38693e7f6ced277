// Requests: everything that the page asks the API, and what went wrong in the page's own words.

import { currentToken, opensTheSame } from "./credentials.js";

/**
 * What went wrong, as the page tells it apart.
 *
 * @typedef {"expired" | "refused" | "missing" | "too_new" | "limited" | "damaged" | "busy"
 *   | "failed" | "offline"} FailureKind
 */
/** @typedef {[name: string, value: string | number]} Parameter */
/** @typedef {{ method?: string, body?: unknown, signal?: AbortSignal }} RequestOptions */
/**
 * `onWait` gets the number of seconds before the next try.
 *
 * @typedef {{ signal?: AbortSignal, onWait?: (seconds: number) => void, tries?: number }} Patience
 */

/** @type {Record<number, FailureKind>} */
const KINDS = { 401: "expired", 403: "refused", 404: "missing", 409: "too_new", 429: "limited" };
const LONGEST_WAIT_SECONDS = 300;

/** An answer that is no answer: `kind` says which state the page shows. */
export class ApiFailure extends Error {
  /**
   * @param {FailureKind} kind
   * @param {string} message
   * @param {{ status?: number, code?: string, retryAfter?: number | null }} [answer] of the API
   */
  constructor(kind, message, { status = 0, code = "", retryAfter = null } = {}) {
    super(message);
    this.kind = kind;
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

/**
 * The address of a path of the API. It is beside the page: behind a stage, or at a domain.
 *
 * @param {string} path
 * @param {readonly Parameter[]} [parameters]
 */
export function apiAddress(path, parameters = []) {
  const address = new URL(`../v1/${path}`, location.origin + location.pathname);
  for (const [name, value] of parameters) address.searchParams.append(name, String(value));
  return address;
}

/**
 * A JSON answer. Raises ApiFailure.
 *
 * @template T
 * @param {string} path
 * @param {readonly Parameter[]} [parameters]
 * @param {RequestOptions} [options]
 * @returns {Promise<T>}
 */
export async function requestJson(path, parameters = [], options = {}) {
  const text = await requestText(path, parameters, options);
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiFailure("failed", "The answer is not JSON.");
  }
}

/**
 * The text of an answer. Raises ApiFailure. A request that is refused because its token has ended is
 * sent again if a fresh one came meanwhile: the page would not ask for another one so soon.
 *
 * @param {string} path
 * @param {readonly Parameter[]} [parameters]
 * @param {RequestOptions} [options]
 * @returns {Promise<string>}
 */
export async function requestText(path, parameters = [], { method = "GET", body, signal } = {}) {
  /** @type {Record<string, string>} */
  const headers = {};
  const token = currentToken();
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  let text;
  try {
    answer = await fetch(apiAddress(path, parameters), {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
      cache: "no-store",
      credentials: "omit",
      referrerPolicy: "no-referrer",
    });
    text = await answer.text();
  } catch (error) {
    if (isAborted(error)) throw error;
    throw new ApiFailure("offline", "The audit log cannot be reached.");
  }
  if (answer.ok) return text;
  const fresh = currentToken();
  if (answer.status === 401 && token && fresh && fresh !== token && opensTheSame(token, fresh))
    return requestText(path, parameters, { method, body, signal });
  throw failureOf(answer, text);
}

/**
 * Whether an error says that a request was ended by the page itself.
 *
 * @param {unknown} error
 */
export function isAborted(error) {
  return error instanceof Error && error.name === "AbortError";
}

/**
 * What to say of an error. Other errors than ApiFailure are of an answer that makes no sense.
 *
 * @param {unknown} error
 */
export function messageOf(error) {
  return error instanceof ApiFailure ? error.message : "The answer cannot be read.";
}

/**
 * The failure that an answer is, in the words of the API if it has any.
 *
 * @param {Response} answer
 * @param {string} text
 */
function failureOf(answer, text) {
  /** @type {{ error?: unknown, message?: unknown }} */
  let said = {};
  try {
    said = JSON.parse(text);
  } catch {
    // An answer of something between here and the API.
  }
  const kind =
    said.error === "chain_damaged"
      ? "damaged"
      : (KINDS[answer.status] ?? (answer.status === 503 ? "busy" : "failed"));
  return new ApiFailure(kind, String(said.message ?? `The audit log answered ${answer.status}.`), {
    status: answer.status,
    code: String(said.error ?? ""),
    retryAfter: secondsOf(answer.headers.get("Retry-After")),
  });
}

/**
 * The seconds of a Retry-After, within bounds. Null if it has none.
 *
 * @param {string | null} text
 */
function secondsOf(text) {
  const seconds = Number.parseInt(text ?? "", 10);
  return Number.isNaN(seconds) ? null : Math.min(Math.max(seconds, 1), LONGEST_WAIT_SECONDS);
}

/**
 * Wait; an abort ends it at once.
 *
 * @param {number} milliseconds
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
export function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new DOMException("Aborted", "AbortError"));
    });
  });
}

/**
 * A request that is patient: it waits as long as a busy API says, and tries again.
 *
 * @template T
 * @param {() => Promise<T>} request
 * @param {Patience} [patience]
 * @returns {Promise<T>}
 */
export async function requestPatiently(request, { signal, onWait = () => {}, tries = 6 } = {}) {
  for (let left = tries; ; left -= 1) {
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof ApiFailure) || !["limited", "busy"].includes(error.kind) || left <= 1)
        throw error;
      const seconds = error.retryAfter ?? 5;
      onWait(seconds);
      await pause(seconds * 1_000, signal);
    }
  }
}
