/** An event that is put together step by step. */

import type { ImmutableClient } from "./client.js";
import type * as t from "./types.js";

export class PendingEvent {
  readonly #client: ImmutableClient;
  readonly #fields: Partial<t.EventPayload>;
  #targets: t.Target[] = [];

  constructor(client: ImmutableClient, actor: t.Actor) {
    this.#client = client;
    this.#fields = { actor_id: actor.id, actor_name: actor.name, actor_type: actor.type };
  }

  idempotencyKey(key: string): this {
    this.#fields.idempotency_key = key;
    return this;
  }

  version(version: number): this {
    this.#fields.version = version;
    return this;
  }

  session(id: string): this {
    this.#fields.session_id = id;
    return this;
  }

  actionCategory(category: string): this {
    this.#fields.action_category = category;
    return this;
  }

  target(type: string, id?: t.Id, name?: string, metadata?: t.Metadata): this {
    this.#targets.push({ type, id, name, metadata });
    return this;
  }

  /** Replaces the targets. */
  targets(targets: t.Target[]): this {
    this.#targets = [...targets];
    return this;
  }

  async track(
    action: string,
    resource?: string | { type: string; id?: t.Id; name?: string },
    metadata?: t.Metadata,
  ): Promise<t.EventResponse> {
    const { type, id, name } = typeof resource === "string" ? { type: resource } : { ...resource };
    const event = {
      ...this.#fields,
      action,
      resource: type,
      resource_id: id,
      resource_name: name,
      metadata,
    };
    if (this.#targets.length) event.targets = this.#targets;
    return this.#client.track(event as t.EventPayload);
  }
}
