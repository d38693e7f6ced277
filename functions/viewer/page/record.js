// Events as the page shows them: read from a record's exact text, or from a list's answer.

import { readJson } from "./checking/exact_json.js";

/** @typedef {import("./checking/exact_json.js").JsonObject} JsonObject */
/** @typedef {import("./checking/exact_json.js").JsonValue} JsonValue */
/** @typedef {import("./checking/check_page.js").SentRecord} SentRecord */
/** @typedef {{ id: string | null, name: string | null, type: string | null }} Thing */
/**
 * An event as the page shows it.
 *
 * @typedef {object} ShownEvent
 * @property {string} id
 * @property {number} sequence
 * @property {string | null} createdAt
 * @property {string | null} occurredAt
 * @property {Thing} actor
 * @property {string} action
 * @property {string | null} category
 * @property {Thing} resource
 * @property {JsonObject[]} targets
 * @property {JsonValue} metadata
 * @property {string | null} tenantId
 * @property {string | null} sessionId
 * @property {string | null} ipAddress
 * @property {string | null} userAgent
 * @property {string | null} idempotencyKey
 * @property {JsonValue} version
 * @property {string | null} workspaceId null if there is no record
 * @property {boolean} isIntact whether the server says so of its segment
 * @property {string} text the record's exact text, or what the API sent
 */
/** @typedef {{ id?: string, name?: string, type?: string }} ListedThing */
/**
 * An event as the API has it. It may be from a server that lies.
 *
 * @typedef {object} ListedEvent
 * @property {string} id
 * @property {string} created_at
 * @property {string} [occurred_at]
 * @property {ListedThing} [actor]
 * @property {string} [action]
 * @property {string} [action_category]
 * @property {ListedThing} [resource]
 * @property {unknown[]} [targets]
 * @property {JsonValue} [metadata]
 * @property {string} [tenant_id]
 * @property {string} [session_id]
 * @property {string} [ip_address]
 * @property {string} [user_agent]
 * @property {string} [idempotency_key]
 * @property {JsonValue} [version]
 * @property {{ sequence: number, intact?: boolean }} integrity
 */
/**
 * The proof of a page. `reason` says why there is no checkpoint, or none that covers more.
 *
 * @typedef {object} PageProof
 * @property {string | null} checkpoint
 * @property {{ code: string, message: string } | null} reason
 * @property {SentRecord[]} records
 * @property {{ [place: string]: string }} nodes
 */
/**
 * A page of events as the API answers it.
 *
 * @typedef {object} ListAnswer
 * @property {ListedEvent[]} data
 * @property {{ has_more: boolean, next_cursor: string | null, total: number | null,
 *   searched_to?: string | null }} pagination
 * @property {boolean} [damaged]
 * @property {PageProof} [proof]
 */

/**
 * The event of a record's text. Null if it is not a record.
 *
 * @param {string} text
 * @returns {ShownEvent | null}
 */
export function eventOfRecord(text) {
  let record;
  try {
    record = readJson(text, "the record");
  } catch {
    return null;
  }
  if (
    !isPlainObject(record) ||
    typeof record.id !== "string" ||
    typeof record.sequence !== "number"
  )
    return null;
  return {
    id: record.id,
    sequence: record.sequence,
    createdAt: textOrNone(record.created_at),
    occurredAt: textOrNone(record.occurred_at),
    actor: {
      id: textOrNone(record.actor_id),
      name: textOrNone(record.actor_name),
      type: textOrNone(record.actor_type),
    },
    action: textOrNone(record.action) ?? "",
    category: textOrNone(record.action_category),
    resource: {
      type: textOrNone(record.resource),
      id: textOrNone(record.resource_id),
      name: textOrNone(record.resource_name),
    },
    targets: Array.isArray(record.targets) ? record.targets.filter(isPlainObject) : [],
    metadata: record.metadata ?? null,
    tenantId: textOrNone(record.tenant_id),
    sessionId: textOrNone(record.session_id),
    ipAddress: textOrNone(record.ip_address),
    userAgent: textOrNone(record.user_agent),
    idempotencyKey: textOrNone(record.idempotency_key),
    version: record.version ?? null,
    workspaceId: textOrNone(record.workspace_id),
    isIntact: true,
    text,
  };
}

/**
 * The event of a list's answer, where there is no record to show it from.
 *
 * @param {Partial<Omit<ListedEvent, "integrity">>
 * & { integrity?: Partial<ListedEvent["integrity"]> }} listed
 * @returns {ShownEvent}
 */
export function eventOfListed(listed) {
  return {
    id: String(listed.id),
    sequence: listed.integrity?.sequence ?? 0,
    createdAt: textOrNone(listed.created_at),
    occurredAt: textOrNone(listed.occurred_at),
    actor: {
      id: textOrNone(listed.actor?.id),
      name: textOrNone(listed.actor?.name),
      type: textOrNone(listed.actor?.type),
    },
    action: textOrNone(listed.action) ?? "",
    category: textOrNone(listed.action_category),
    resource: {
      type: textOrNone(listed.resource?.type),
      id: textOrNone(listed.resource?.id),
      name: textOrNone(listed.resource?.name),
    },
    targets: Array.isArray(listed.targets) ? listed.targets.filter(isPlainObject) : [],
    metadata: listed.metadata ?? null,
    tenantId: textOrNone(listed.tenant_id),
    sessionId: textOrNone(listed.session_id),
    ipAddress: textOrNone(listed.ip_address),
    userAgent: textOrNone(listed.user_agent),
    idempotencyKey: textOrNone(listed.idempotency_key),
    version: listed.version ?? null,
    workspaceId: null,
    isIntact: listed.integrity?.intact !== false,
    text: JSON.stringify(listed),
  };
}

/**
 * The events of an answer. They are read from the records, which are what is checked.
 *
 * @param {ListAnswer} answer
 * @returns {ShownEvent[]}
 */
export function eventsOfAnswer(answer) {
  const listed = Array.isArray(answer.data) ? answer.data : [];
  const records = answer.proof?.records;
  if (!Array.isArray(records)) return listed.map(eventOfListed);
  return records.map((each, position) => {
    const event = eventOfRecord(String(each?.record));
    if (event) return { ...event, isIntact: listed[position]?.integrity?.intact !== false };
    const place = { id: listed[position]?.id ?? `record ${position + 1}`, integrity: {} };
    return {
      ...eventOfListed(place),
      sequence: Number.isSafeInteger(each?.index) ? each.index + 1 : 0,
      isIntact: false,
      text: String(each?.record),
    };
  });
}

/**
 * Whether an answer lists the events of its records, each beside its own.
 *
 * @param {ListAnswer} answer
 */
export function listsItsRecords(answer) {
  const records = answer.proof?.records;
  if (!Array.isArray(records)) return true;
  const ids = records.map((each) => eventOfRecord(String(each?.record))?.id);
  return ids.length === answer.data.length && answer.data.every((each, at) => each.id === ids[at]);
}

/**
 * Whether the records of an answer are in the order of their numbers, and none is repeated.
 *
 * @param {ListAnswer} answer
 * @param {"asc" | "desc"} order
 */
export function isInOrder(answer, order) {
  const records = answer.proof?.records;
  if (!Array.isArray(records)) return true;
  const step = order === "asc" ? 1 : -1;
  return records.every((each, at) => at === 0 || (each.index - records[at - 1].index) * step > 0);
}

const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^"{}[\],:\s]+/g;

/**
 * A record's text with line breaks and indents. Between them, it stays as it is.
 *
 * @param {string} text
 */
export function indentedText(text) {
  let [indent, before, written] = ["", "", ""];
  for (const [token] of text.matchAll(TOKENS)) {
    const closes = token === "}" || token === "]";
    if (closes) indent = indent.slice(2);
    const isEmpty = closes && (before === "{" || before === "[");
    const breaks = !isEmpty && (closes || "{[,".includes(before)) && before !== "";
    written += `${breaks ? `\n${indent}` : ""}${token}${token === ":" ? " " : ""}`;
    if (token === "{" || token === "[") indent += "  ";
    before = token;
  }
  return written;
}

/**
 * Whether a value is an object, and no list.
 *
 * @param {unknown} value
 * @returns {value is JsonObject}
 */
function isPlainObject(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/**
 * A value as text; null if there is none.
 *
 * @param {unknown} value
 */
function textOrNone(value) {
  return value === null || value === undefined ? null : String(value);
}
