/** The shapes of events, and of what is asked and said about them, as openapi.yaml has them. */

export type Metadata = Record<string, unknown>;
export type Id = string | number;

export interface Actor {
  id: Id;
  name?: string | undefined;
  type?: string | undefined;
}

export interface Target {
  type: string;
  id?: Id | null | undefined;
  name?: string | null | undefined;
  metadata?: Metadata | null | undefined;
}

/** An event as you send it. */
export interface EventPayload {
  actor_id: Id;
  action: string;
  actor_name?: string | null | undefined;
  actor_type?: string | null | undefined;
  action_category?: string | null | undefined;
  resource?: string | null | undefined;
  resource_id?: Id | null | undefined;
  resource_name?: string | null | undefined;
  metadata?: Metadata | null | undefined;
  targets?: Target[] | null | undefined;
  occurred_at?: string | Date | null | undefined;
  session_id?: Id | null | undefined;
  tenant_id?: Id | null | undefined;
  idempotency_key?: string | null | undefined;
  version?: number | null | undefined;
  ip_address?: string | null | undefined;
  user_agent?: string | null | undefined;
}

export interface FieldError {
  field: string;
  message: string;
}

export interface EventResponse {
  id: string;
  status: "queued" | "duplicate";
}

export interface InvalidReceipt {
  id: null;
  status: "invalid";
  errors: FieldError[];
}

export interface FailedReceipt {
  id: string | null;
  status: "failed";
  errors: FieldError[];
}

export type Receipt = EventResponse | InvalidReceipt | FailedReceipt;

/** One receipt for each event, in order. Check every status. */
export interface BatchResponse {
  events: Receipt[];
}

/** An event as it is chained. */
export interface Event {
  id: string;
  actor: { id: string; name: string | null; type: string | null };
  action: string;
  action_category: string | null;
  resource: { type: string | null; id: string | null; name: string | null };
  targets: { type: string; id: string | null; name: string | null; metadata: Metadata | null }[];
  metadata: Metadata | null;
  tenant_id: string | null;
  session_id: string | null;
  ip_address: string | null;
  user_agent: string | null;
  ip_country: string | null;
  ip_city: string | null;
  idempotency_key: string | null;
  version: number | null;
  integrity: {
    intact: boolean;
    event_hash: string | null;
    previous_event_hash: string | null;
    sequence: number;
  };
  occurred_at: string | null;
  created_at: string;
  proof?: Proof | null;
}

export interface Proof {
  record: string;
  leaf_hash: string;
  sequence: number;
  segment: {
    first_sequence: number;
    count: number;
    previous_event_hash: string | null;
    event_hash: string;
    leaf_hashes: string[];
  };
}

export interface EventFilters {
  actor_id?: Id;
  actor_type?: string;
  action?: string | string[];
  action_category?: string;
  resource?: string;
  resource_id?: Id;
  object_id?: Id;
  tenant_id?: Id;
  session_id?: Id;
  ip_address?: string;
  target_type?: string;
  target_id?: Id;
  search?: string;
  occurred_from?: string;
  occurred_to?: string;
  from?: string;
  to?: string;
  [path: `metadata.${string}`]: string | number | boolean | null;
}

export interface QueryFilters extends EventFilters {
  order?: "asc" | "desc";
  limit?: number;
  cursor?: string;
  /** Adds the proof of the page. */
  include?: "proof";
}

/** What shows that the log covers the records of a page. */
export interface PageProof {
  checkpoint: string | null;
  reason: { code: string; message: string } | null;
  records: { index: number; record: string }[];
  nodes: Record<string, string>;
}

export interface QueryResult {
  data: Event[];
  damaged?: true;
  proof?: PageProof;
  pagination: {
    has_more: boolean;
    next_cursor: string | null;
    total: number | null;
    searched_to: string | null;
  };
}

export interface VerifyResult {
  data: {
    valid: boolean;
    events_checked: number;
    breaks: {
      event_id: string | null;
      sequence: number;
      type: string;
      expected_hash: string | null;
      actual_hash: string | null;
      detail: string | null;
    }[];
    head: { sequence: number; event_hash: string } | null;
    next_cursor: string | null;
    coverage?: Coverage;
  };
}

export interface Coverage {
  covered_to: number;
  status: string;
  detail: string | null;
  covered_between: { from: string; to: string } | null;
  since: string | null;
  epoch: number;
  restarts: Restart[];
  held: Finding | null;
  log: string | null;
  run: number;
  run_time: string | null;
  cosigned_at: Record<string, string>;
  findings: Finding[];
  head_checked_at: string | null;
  records_checked_at: string | null;
}

export interface Restart {
  time: string;
  old_size: number;
  kept_size: number;
  lost: number;
  reason_sha256: string;
}

export interface Finding {
  type: string;
  sequence: number;
  since: string;
  detail: string;
}
