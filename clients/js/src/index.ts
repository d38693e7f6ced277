export { ImmutableClient } from "./client.js";
export type { CallOptions, ImmutableConfig, SubmitOptions } from "./client.js";
export * from "./errors.js";
export { Immutable } from "./immutable.js";
export { PendingEvent } from "./pending_event.js";
export { openRecorder } from "./recorder.js";
export type { Recorder, RecorderOptions } from "./recorder.js";
export type { SpoolOptions } from "./spool.js";
export type * from "./types.js";
