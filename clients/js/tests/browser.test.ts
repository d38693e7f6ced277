import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

import { refuseBrowser } from "../src/browser.js";
import { ImmutableClient } from "../src/client.js";
import { ConfigurationError } from "../src/errors.js";
import { openRecorder } from "../src/recorder.js";
import { KEY } from "./support.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const OPTIONS = { apiKey: KEY, baseUrl: "https://audit.example.com" };

function pretend(t: TestContext, names: string[]): void {
  for (const name of names) Object.assign(globalThis, { [name]: class {} });
  t.after(() => names.forEach((name) => Reflect.deleteProperty(globalThis, name)));
}

for (const names of [["window", "document"], ["WorkerGlobalScope"]]) {
  test(`where there is ${names.join(" and ")}, the package refuses to run and says why`, async (t) => {
    new ImmutableClient(OPTIONS);
    pretend(t, names);
    const isClear = (error: Error) =>
      error instanceof ConfigurationError && /the API key is a secret/.test(error.message);
    assert.throws(() => new ImmutableClient(OPTIONS), isClear);
    await assert.rejects(openRecorder(OPTIONS), isClear);
  });
}

test("a server that has only window, as some runtimes do, is no browser", () => {
  refuseBrowser({ window: {} });
});

for (const path of ["indelible-client", "indelible-client/express", "indelible-client/fastify"]) {
  test(`a bundle of ${path} for a browser has only the refusal`, () => {
    // The package imports itself by its name, under the condition that bundlers set.
    const { stderr } = spawnSync(
      process.execPath,
      ["--conditions=browser", "--input-type=module", "--eval", `await import("${path}");`],
      { cwd: ROOT, encoding: "utf8" },
    );
    assert.match(stderr, /does not run in a browser: the API key is a secret/);
  });
}
