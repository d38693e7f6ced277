/** What can be checked of an event before it is sent. The server checks everything again. */

import { InvalidEventError } from "./errors.js";
import type { EventPayload } from "./types.js";
import { checkText, checkValue, isObject, kindOf, MAX_DEPTH } from "./values.js";

const MAX_EVENT_BYTES = 128 * 1024;
const MAX_METADATA_BYTES = 64 * 1024;
const MAX_KEY_LENGTH = 512;

const TEXTS = new Set([
  "action",
  "actor_name",
  "actor_type",
  "action_category",
  "resource",
  "resource_name",
  "idempotency_key",
  "ip_address",
  "user_agent",
]);
const IDS = new Set(["actor_id", "resource_id", "session_id", "tenant_id"]);
const REQUIRED = ["actor_id", "action"] as const;
const TARGET_FIELDS = new Set(["type", "id", "name", "metadata"]);
const TIME = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?([Zz]|[+-]\d\d(:?[0-5]\d)?)$/;

/** The event as one line of JSON. Throws InvalidEventError with the field that is wrong. */
export function encodeEvent(event: EventPayload, now: () => number): string {
  if (!isObject(event)) throw new InvalidEventError("", "must be an object");
  for (const name of REQUIRED) {
    if (event[name] === undefined || event[name] === null || event[name] === "") {
      throw new InvalidEventError(name, "is required; add a string that is not empty");
    }
  }
  for (const [name, value] of Object.entries(event)) {
    if (value !== undefined && value !== null) checkField(name, value);
  }
  const occurred_at = event.occurred_at ?? new Date(now());
  const line = JSON.stringify({ ...event, occurred_at });
  if (isLonger(line, MAX_EVENT_BYTES)) {
    throw new InvalidEventError("", `must be at most ${MAX_EVENT_BYTES} bytes as JSON; shorten it`);
  }
  return line;
}

function checkField(name: string, value: unknown): void {
  if (TEXTS.has(name)) checkText(name, value);
  else if (IDS.has(name)) checkId(name, value);
  else if (name === "metadata") checkMetadata(name, value);
  else if (name === "targets") checkTargets(value);
  else if (name === "occurred_at") checkTime(value);
  else if (name === "version") checkInteger(name, value);
  else throw new InvalidEventError(name, "is not a field of an event; put the value into metadata");
  if (name === "idempotency_key") checkKey(value as string);
}

function checkId(path: string, value: unknown): void {
  if (typeof value === "number") checkInteger(path, value);
  else checkText(path, value);
}

function checkInteger(path: string, value: unknown): void {
  if (!Number.isSafeInteger(value)) {
    throw new InvalidEventError(
      path,
      "must be an integer that a number holds exactly; send others as a string",
    );
  }
}

function checkKey(key: string): void {
  // Characters count, not the units of UTF-16.
  if (key === "" || (key.length > MAX_KEY_LENGTH && [...key].length > MAX_KEY_LENGTH)) {
    throw new InvalidEventError("idempotency_key", `must have 1 to ${MAX_KEY_LENGTH} characters`);
  }
}

function checkTime(value: unknown): void {
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime()))
      throw new InvalidEventError("occurred_at", "is an invalid Date");
  } else if (typeof value !== "string" || !TIME.test(value)) {
    throw new InvalidEventError(
      "occurred_at",
      "must be a Date, or ISO 8601 with a time zone such as Z",
    );
  }
}

function checkTargets(value: unknown): void {
  if (!Array.isArray(value))
    throw new InvalidEventError("targets", `must be an array, not ${kindOf(value)}`);
  for (const [index, target] of value.entries()) checkTarget(`targets.${index}`, target);
}

function checkTarget(path: string, target: unknown): void {
  if (!isObject(target)) throw new InvalidEventError(path, "must be an object");
  if (target["type"] === undefined || target["type"] === null || target["type"] === "") {
    throw new InvalidEventError(`${path}.type`, "is required; add a string that is not empty");
  }
  for (const [name, value] of Object.entries(target)) {
    const field = `${path}.${name}`;
    if (!TARGET_FIELDS.has(name)) throw new InvalidEventError(field, "is not a field of a target");
    if (value === undefined || value === null) continue;
    if (name === "metadata") checkMetadata(field, value);
    else if (name === "id") checkId(field, value);
    else checkText(field, value);
  }
}

function checkMetadata(path: string, value: unknown): void {
  if (!isObject(value))
    throw new InvalidEventError(path, `must be an object, not ${kindOf(value)}`);
  // The event is the first level. A target is two levels further in.
  checkValue(path, value, MAX_DEPTH - path.split(".").length);
  if (isLonger(JSON.stringify(value), MAX_METADATA_BYTES)) {
    throw new InvalidEventError(
      path,
      `must be at most ${MAX_METADATA_BYTES} bytes as JSON; shorten it`,
    );
  }
}

function isLonger(json: string, bytes: number): boolean {
  // A unit of UTF-16 has at most three bytes in UTF-8, so most events need no count.
  return json.length * 3 > bytes && Buffer.byteLength(json) > bytes;
}
