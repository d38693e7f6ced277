import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import fs, { appendFileSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { SpoolError } from "../src/errors.js";
import { openRecorder } from "../src/recorder.js";
import { openSpool } from "../src/spool.js";
import { lock } from "../src/spool_lock.js";
import { directory, KEY, outside, record, recorderOf, startServer } from "./support.js";

test("a spool keeps events over an outage and sends them from the next process, once", async (t) => {
  const spool = { directory: directory(t) };
  const server = await startServer(t, () => "cut after");
  const first = await recorderOf(t, server, { spool });
  const actions = record(first, 0, 250);
  assert.equal(await first.close(50), false);
  server.fail([]);
  const second = await recorderOf(t, server, { spool });
  assert.equal(second.pending.events, 250);
  actions.push(...record(second, 250, 260));
  await second.flush();
  assert.deepEqual(server.actions, actions);
  assert.deepEqual(
    readdirSync(spool.directory).filter((name) => !name.startsWith("lock-")),
    ["format"],
  );
});

test("an event that was half written by a killed process was never recorded", async (t) => {
  const spool = { directory: directory(t) };
  const server = await startServer(t, () => "cut before");
  const first = await recorderOf(t, server, { spool });
  const actions = record(first, 0, 3);
  await first.close(0);
  appendFileSync(join(spool.directory, "open"), '{"actor_id":"user_1","acti');
  server.fail([]);
  const second = await recorderOf(t, server, { spool });
  actions.push(...record(second, 3, 4));
  await second.flush();
  assert.deepEqual(server.actions, actions);
});

test("what a power loss has damaged is set aside, and the rest is sent", async (t) => {
  const spool = { directory: directory(t) };
  const server = await startServer(t, () => "cut before");
  const first = await recorderOf(t, server, { spool });
  const actions = record(first, 0, 303);
  await first.close(0);
  const [one, two] = readdirSync(spool.directory).filter((name) => name.endsWith(".batch"));
  fs.truncateSync(join(spool.directory, one!), 50);
  fs.writeFileSync(join(spool.directory, two!), Buffer.alloc(300));
  appendFileSync(join(spool.directory, "open"), Buffer.from("\0\0\n\0\n"));
  server.fail([]);
  const lines: string[] = [];
  const second = await recorderOf(t, server, { spool, log: (line) => lines.push(line) });
  assert.equal(await second.flush(), true);
  assert.deepEqual(server.actions, actions.slice(200));
  assert.equal(lines.length, 2);
  assert.match(lines[0]!, new RegExp(`set aside: .*${one}.damaged$`));
});

test("a full disk refuses the event, and the spool holds no part of it", async (t) => {
  const spool = { directory: directory(t) };
  const server = await startServer(t);
  const recorder = await recorderOf(t, server, { spool });
  record(recorder, 0, 1);
  const write = fs.writeSync;
  const disk = t.mock.method(fs, "writeSync", (file: number, line: Buffer) =>
    write(file, line.subarray(0, 20)),
  );
  syncBuiltinESMExports();
  assert.throws(() => record(recorder, 1, 2), SpoolError);
  disk.mock.mockImplementation(() => {
    throw new Error("ENOSPC: no space left on device");
  });
  assert.throws(() => record(recorder, 1, 2), /ENOSPC/);
  disk.mock.restore();
  syncBuiltinESMExports();
  record(recorder, 2, 3);
  await recorder.flush();
  assert.deepEqual(server.actions, ["number.0", "number.2"]);
});

test("a spool that fails while it sends loses nothing, and goes on", async (t) => {
  const spool = { directory: directory(t) };
  const server = await startServer(t);
  const lines: string[] = [];
  const recorder = await recorderOf(t, server, { spool, log: (line) => lines.push(line) });
  const actions = record(recorder, 0, 3);
  const remove = t.mock.method(fs, "rmSync", () => {
    remove.mock.restore();
    syncBuiltinESMExports();
    throw new Error("EACCES: permission denied");
  });
  syncBuiltinESMExports();
  assert.equal(await recorder.flush(), true);
  assert.deepEqual(server.actions, actions);
  assert.equal(server.seen.length, 2);
  assert.match(lines[0]!, /The spool failed: EACCES/);
});

test("a spool is used by one process at a time", async (t) => {
  const path = directory(t);
  const release = await lock(path);
  await assert.rejects(lock(path, 0), SpoolError);
  await release();
  const again = await lock(path, 0);
  await again();
});

test("of many that want the lock at once, never two have it", async (t) => {
  const path = directory(t);
  let holders = 0;
  let turns = 0;
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      const release = await lock(path, 60_000);
      assert.equal(++holders, 1);
      turns += 1;
      await new Promise(setImmediate);
      holders -= 1;
      await release();
    }),
  );
  assert.equal(turns, 8);
});

test("files of a spool are for its owner alone", async (t) => {
  const spool = { directory: join(directory(t), "made") };
  const server = await startServer(t, () => "503");
  const recorder = await recorderOf(t, server, { spool });
  record(recorder, 0, 1);
  assert.equal(statSync(spool.directory).mode & 0o777, 0o700);
  assert.equal(statSync(join(spool.directory, "open")).mode & 0o777, 0o600);
});

function contents(path: string): [string, string][] {
  return readdirSync(path).map((name) => [name, readFileSync(join(path, name), "latin1")]);
}

/** Made by the package when spools had no `format` yet: a batch of 100 events, and three open ones. */
const UNMARKED = fileURLToPath(new URL("../../tests/spools/unmarked", import.meta.url));

test("a spool from before there were versions is upgraded, and sent under its keys", async (t) => {
  const spool = { directory: directory(t) };
  fs.cpSync(UNMARKED, spool.directory, { recursive: true });
  const [batch] = readdirSync(UNMARKED);
  const server = await startServer(t);
  const recorder = await recorderOf(t, server, { spool });
  const actions = record(recorder, 103, 110);
  assert.equal(readFileSync(join(spool.directory, "format"), "latin1"), "2\n");
  await recorder.flush();
  assert.deepEqual(
    server.actions.slice(0, 103),
    Array.from({ length: 103 }, (_, n) => `number.${n}`),
  );
  assert.deepEqual(server.actions.slice(103), actions);
  assert.equal(`000000000001-${server.seen[0]!.headers["idempotency-key"]}.batch`, batch);
  assert.equal(server.seen[0]!.body, readFileSync(join(UNMARKED, batch!), "utf8"));
});

const strangers: [string, string, RegExp][] = [
  ["of a newer version", "3\n", /has the format 3.*Use a newer version/s],
  ["whose version cannot be read", "\0\0", /format is damaged/],
];

for (const [name, version, sentence] of strangers) {
  test(`a spool ${name} is refused, and left as it is`, async (t) => {
    const path = directory(t);
    fs.cpSync(UNMARKED, path, { recursive: true });
    writeFileSync(join(path, "format"), version);
    const before = contents(path);
    await assert.rejects(openSpool({ directory: path }), (error: Error) => {
      assert.ok(error instanceof SpoolError);
      assert.match(error.message, sentence);
      return true;
    });
    assert.deepEqual(contents(path), before);
  });
}

test("a place where no spool can be is a SpoolError", async (t) => {
  const file = join(directory(t), "file");
  writeFileSync(file, "");
  await assert.rejects(openSpool({ directory: file }), SpoolError);
  await assert.rejects(openSpool({ directory: join(file, "below") }), SpoolError);
});

test("a clock set back changes neither batches nor order, also over a restart", async (t) => {
  const spool = { directory: directory(t) };
  const server = await startServer(t, () => "cut before");
  const options = { apiKey: KEY, baseUrl: server.url, spool, log: () => {} };
  const actions: string[] = [];
  const days = ["2026-03-09", "2026-03-02", "2026-02-01"];
  for (const [run, day] of days.entries()) {
    t.mock.method(Date, "now", () => Date.parse(day));
    const recorder = await openRecorder(options, { ...outside(), now: Date.now });
    actions.push(...record(recorder, run * 150, run * 150 + 150));
    if (run === 2) server.fail([]);
    assert.equal(await recorder.close(run === 2 ? 5_000 : 50), run === 2);
  }
  assert.deepEqual(server.actions, actions);
  const times = server.chain.map((event) => (event as { occurred_at?: string }).occurred_at);
  assert.deepEqual(
    [...new Set(times)],
    days.map((day) => `${day}T00:00:00.000Z`),
  );
  const bodies = new Set(server.seen.map(({ body }) => body));
  assert.deepEqual(
    [...bodies].map((body) => body.split("\n").length - 1),
    [100, 100, 100, 100, 50],
  );
});

for (const next of ["event", "batch"]) {
  test(`what a failed write has left is not sent with the next ${next}, also if it stayed`, async (t) => {
    const spool = { directory: directory(t) };
    const server = await startServer(t);
    const recorder = await recorderOf(t, server, { spool });
    const actions = record(recorder, 0, 1);
    const write = fs.writeSync;
    const torn = t.mock.method(fs, "writeSync", (file: number, line: Buffer) =>
      write(file, line.subarray(0, 20)),
    );
    const stuck = t.mock.method(fs, "ftruncateSync", () => {
      throw new Error("EIO: i/o error");
    });
    syncBuiltinESMExports();
    assert.throws(() => record(recorder, 1, 2), SpoolError);
    torn.mock.restore();
    syncBuiltinESMExports();
    assert.throws(() => record(recorder, 2, 3), SpoolError);
    stuck.mock.restore();
    syncBuiltinESMExports();
    if (next === "event") actions.push(...record(recorder, 3, 4));
    assert.equal(await recorder.flush(), true);
    assert.deepEqual(server.actions, actions);
  });
}

const CHILD = fileURLToPath(new URL("recording_child.js", import.meta.url));

/** Runs the recording child in a shell after the commands, and returns what it printed. */
function runChild(
  commands: string,
  args: string[],
): Promise<{ recorded: string[]; stderr: string }> {
  const script = `${commands}exec "$@"`;
  return new Promise((resolve) =>
    execFile(
      "sh",
      ["-c", script, "sh", process.execPath, CHILD, ...args],
      (_error, stdout, stderr) => resolve({ recorded: stdout.split("\n").slice(0, -1), stderr }),
    ),
  );
}

test("a file that the system lets grow no more refuses events, and keeps those before", async (t) => {
  const server = await startServer(t, () => "503");
  const path = directory(t);
  const full = await runChild("ulimit -f 4; ", [server.url, path, "full", "1000"]);
  assert.match(full.stderr, /SpoolError: The event is not recorded: (the disk is full|EFBIG)/);
  assert.ok(full.recorded.length > 10 && full.recorded.length < 100);
  server.fail([]);
  const next = await runChild("", [server.url, path, "next", "1"]);
  assert.deepEqual(server.actions, [...full.recorded, ...next.recorded]);
});

test("a spool in a relative directory stays where it is when the process changes its own", async (t) => {
  const [home, elsewhere] = [directory(t), directory(t)];
  const before = process.cwd();
  t.after(() => process.chdir(before));
  process.chdir(home);
  const server = await startServer(t);
  const recorder = await recorderOf(t, server, { spool: { directory: "spool" } });
  process.chdir(elsewhere);
  const actions = record(recorder, 0, 3);
  assert.equal(await recorder.flush(), true);
  assert.equal(await recorder.close(), true);
  assert.deepEqual(server.actions, actions);
  assert.deepEqual(readdirSync(elsewhere), []);
  assert.deepEqual(readdirSync(join(home, "spool")), ["format"]);
});
