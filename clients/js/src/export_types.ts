/** The shapes of exports and of viewer tokens, as openapi.yaml has them. */

import type { EventFilters, Id } from "./types.js";

export type ExportState = "pending" | "processing" | "completed" | "failed";

/** What to export. Filters are fields of their own, or in `filters`, but not both. */
export type ExportFilters = EventFilters & {
  format?: "csv" | "ndjson";
  bom?: boolean;
  filters?: EventFilters;
};

export interface ExportResponse {
  data: { id: string; status: ExportState };
  id: string;
  status: ExportState;
}

export interface Export {
  id: string;
  status: ExportState;
  format: "csv" | "ndjson";
  bom: boolean;
  filters: Record<string, string | string[]>;
  total_rows: number | null;
  file_size: number | null;
  download_url: string | null;
  error_message: string | null;
  created_at: string;
  expires_at: string | null;
}

export interface ExportStatus {
  data: Export;
  id: string;
  status: ExportState;
}

export interface ExportPage {
  data: Export[];
  pagination: { has_more: boolean; next_cursor: string | null };
}

/** Whose events a token shows, and for how many seconds. */
export interface ViewerTokenOptions {
  tenant_id?: Id;
  actor_id?: Id;
  ttl?: number;
}

/** `viewer_token` is the same as `token`. `expires_at` is in Unix seconds. */
export interface ViewerToken {
  token: string;
  viewer_token: string;
  expires_at: number;
}
