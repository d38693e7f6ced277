import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

test("the package has at most 30 KB, and nothing but what runs", () => {
  const printed = execFileSync(
    "npm",
    ["pack", "--dry-run", "--json", "--silent", "--ignore-scripts"],
    { cwd: ROOT },
  );
  const [packed] = JSON.parse(printed.toString()) as { size: number; files: { path: string }[] }[];
  assert.ok(packed!.size <= 30_000, `it has ${packed!.size} bytes`);
  const paths = packed!.files.map(({ path }) => path);
  assert.ok(paths.includes("dist/index.js") && paths.includes("dist/index.d.ts"));
  const others = paths.filter((path) => !path.startsWith("dist/"));
  assert.deepEqual(others.sort(), ["README.md", "package.json"]);
});

test("the package needs nothing at run time", async () => {
  const { default: described } = (await import(`${ROOT}/package.json`, {
    with: { type: "json" },
  })) as { default: Record<string, unknown> };
  assert.equal(described["dependencies"], undefined);
});
