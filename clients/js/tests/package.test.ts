import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
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

test("the package is described, and needs nothing at run time", () => {
  const described = JSON.parse(readFileSync(`${ROOT}/package.json`, "utf8")) as Package;
  for (const field of ["dependencies", "peerDependencies", "optionalDependencies", "bin"]) {
    assert.equal(described[field], undefined);
  }
  assert.ok(described["description"] && described["license"] && described["version"]);
  // Nothing of it runs when it is installed.
  const scripts = Object.keys(described.scripts);
  assert.ok(!scripts.some((name) => /^(pre|post)?(install|prepare)$/.test(name)));
  // What is not exact today is another program tomorrow.
  for (const version of Object.values(described.devDependencies))
    assert.match(version, /^\d+\.\d+\.\d+$/);
  for (const files of Object.values(described.exports)) {
    for (const file of Object.values(files)) assert.ok(existsSync(`${ROOT}/${file}`), file);
  }
});

interface Package {
  scripts: Record<string, string>;
  devDependencies: Record<string, string>;
  exports: Record<string, Record<string, string>>;
  [field: string]: unknown;
}
