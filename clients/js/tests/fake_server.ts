/** A server that treats keys and bodies as the API does, and fails on demand, before or after effect. */

import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";

export interface Answer {
  status: number;
  text: string;
  headers?: Record<string, string>;
  /** The part of the answer that is sent before the connection breaks. */
  cut?: number;
}

export type Fault =
  | "none"
  | "cut before"
  | "cut after"
  | "half"
  | "429"
  | "503"
  | "502"
  | "401"
  | "404"
  | "failed"
  | Answer;

export interface Seen {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
  body: string;
}

export class FakeServer {
  readonly seen: Seen[] = [];
  /** Every event that has taken effect, in order. */
  readonly chain: { actor_id: string; action: string; idempotency_key?: string }[] = [];
  readonly #keys = new Set<string>();
  readonly #claims = new Map<string, { body: string; queued: Set<number> }>();
  readonly #server = createServer((request, response) => void this.#handle(request, response));
  #faults: () => Fault = () => "none";

  static async start(faults?: Fault[] | (() => Fault)): Promise<FakeServer> {
    const fake = new FakeServer();
    fake.fail(faults ?? []);
    await new Promise<void>((resolve) => fake.#server.listen(0, "127.0.0.1", resolve));
    return fake;
  }

  /** The faults of the next requests, one each. After them, requests succeed. */
  fail(faults: Fault[] | (() => Fault)): void {
    const rest = Array.isArray(faults) ? [...faults] : [];
    this.#faults = Array.isArray(faults) ? () => rest.shift() ?? "none" : faults;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get actions(): string[] {
    return this.chain.map((event) => event.action);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return; // the client has gone, as a killed process does
    }
    const bytes = Buffer.concat(chunks);
    const body = (
      request.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes
    ).toString();
    this.seen.push({ method: request.method!, path: request.url!, headers: request.headers, body });
    const fault = this.#faults();
    if (typeof fault === "object") return reply(response, fault);
    if (fault === "cut before") return void response.destroy();
    if (fault in REFUSALS) return reply(response, REFUSALS[fault]!);
    const answer = this.#submit(
      request.headers["idempotency-key"] as string,
      body,
      fault === "failed",
    );
    if (fault === "cut after") return void response.destroy();
    reply(response, fault === "half" ? { ...answer, cut: 0.5 } : answer);
  }

  #submit(key: string, body: string, fails: boolean): Answer {
    const claim = this.#claims.get(key) ?? { body, queued: new Set<number>() };
    this.#claims.set(key, claim);
    if (claim.body !== body)
      return json(422, { error: "idempotency_conflict", message: "Another body." });
    const events = body
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as FakeServer["chain"][number]);
    const receipts = events.map((event, index) => {
      const id = `${key}-${index}`;
      if (fails && index % 2)
        return { id, status: "failed", errors: [{ field: "", message: "send again" }] };
      if (claim.queued.has(index)) return { id, status: "queued" };
      claim.queued.add(index);
      const { idempotency_key } = event;
      if (idempotency_key !== undefined && this.#keys.has(idempotency_key))
        return { id, status: "duplicate" };
      if (idempotency_key !== undefined) this.#keys.add(idempotency_key);
      this.chain.push(event);
      return { id, status: "queued" };
    });
    return json(202, { events: receipts });
  }
}

const REFUSALS: Record<string, Answer> = {
  "401": json(401, { error: "unauthenticated", message: "Send a valid API key." }),
  "404": { status: 404, text: "<html>Not Found</html>" },
  "429": {
    ...json(429, { error: "rate_limited", message: "Wait." }),
    headers: { "retry-after": "1" },
  },
  "503": {
    ...json(503, { error: "unavailable", message: "Send again." }),
    headers: { "retry-after": "1" },
  },
  "502": { status: 502, text: "<html><h1>502 Bad Gateway</h1></html>" },
};

export function json(status: number, body: unknown): Answer {
  return { status, text: JSON.stringify(body) };
}

function reply(response: ServerResponse, { status, text, headers, cut }: Answer): void {
  if (cut === 0) return void response.destroy();
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    ...headers,
  });
  if (cut === undefined) response.end(text);
  else response.write(text.slice(0, text.length * cut), () => response.destroy());
}
