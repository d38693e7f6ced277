// verify.html: opens a file, checks it with what the reader trusts, and shows the verdict.

import {
  CannotCheck,
  Unreadable,
  canCheck,
  checkExportFile,
  checkProofFile,
  compareWithKept,
  isGzip,
  readTrust,
} from "../../../functions/viewer/page/checking/index.js";
import { element } from "./elements.js";
import { resultElements } from "./result.js";

const MOST_RECORDS = 200;

/** @typedef {{ file: Uint8Array | null, kept: Uint8Array | null }} Opened */

/** @type {Opened} */
const opened = { file: null, kept: null };
const runs = { started: 0 };
/** The newest choice of each kind: what is read later of an older one is passed over. */
const choices = { file: 0, kept: 0 };

/** @param {string} id */
function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/** @param {string} id */
function typedIn(id) {
  return /** @type {HTMLTextAreaElement} */ (byId(id)).value;
}

/** What the reader trusts, as typed. A pasted text often lacks its last line feed. */
function typedTrust() {
  const policy = typedIn("policy").trim();
  const lines = typedIn("keys").split("\n");
  const keys = lines.map((each) => each.trim()).filter(Boolean);
  return { keys, policy: policy ? `${policy}\n` : null };
}

/** @param {readonly Node[]} content */
function show(content) {
  byId("result").replaceChildren(...content);
}

/** Check what is open. A check that was overtaken by a newer one shows nothing. */
async function checkOpened() {
  runs.started += 1;
  const run = runs.started;
  if (opened.file === null) {
    show([element("p", "Choose a file first.", "hint")]);
    return;
  }
  show([element("p", "Checking …", "hint")]);
  await new Promise((resolve) => setTimeout(resolve)); // so that a long check is seen to run
  if (run !== runs.started) return;
  const content = await checkedElements(opened.file);
  if (run === runs.started) show(content);
}

/** @param {Uint8Array} file */
async function checkedElements(file) {
  try {
    readTrust(typedTrust());
    return resultElements(await verdictOn(file));
  } catch (error) {
    if (error instanceof Unreadable) {
      return [element("p", `What you trust cannot be read: ${error.message}.`)];
    }
    if (error instanceof CannotCheck) return [element("p", error.message)];
    const text = `This page failed, which says nothing about the file: ${error}`;
    return [element("p", text)];
  }
}

/** @param {Uint8Array} file */
async function verdictOn(file) {
  const options = { ...typedTrust(), now: Math.floor(Date.now() / 1000) };
  if (file[0] === "{".charCodeAt(0) || isGzip(file)) {
    return checkExportFile(file, { ...options, kept: opened.kept, mostShown: MOST_RECORDS });
  }
  const verdict = await checkProofFile(file, options);
  const isComparable = opened.kept !== null && verdict.verdict !== "broken";
  return { ...verdict, kept: isComparable ? await compareWithKept(opened.kept ?? "", file) : null };
}

/**
 * @param {"file" | "kept"} name
 * @param {FileList | null | undefined} files
 */
async function open(name, files) {
  choices[name] += 1;
  const choice = choices[name];
  const chosen = files?.[0];
  const shownName = chosen?.name ?? "Choose a file, or drop it here";
  if (name === "file") byId("drop").querySelector("span")?.replaceChildren(shownName);
  opened[name] = null;
  runs.started += 1;
  show([element("p", "Reading …", "hint")]);
  try {
    const content = chosen ? new Uint8Array(await chosen.arrayBuffer()) : null;
    if (choice !== choices[name]) return;
    opened[name] = content;
    await checkOpened();
  } catch (error) {
    if (choice === choices[name]) cannotRead(error);
  }
}

/** @param {unknown} error */
function cannotRead(error) {
  runs.started += 1;
  show([element("p", `The file cannot be read: ${error}. Choose a file, not a folder.`)]);
}

/** @param {"file" | "kept"} name */
function openWhenChosen(name) {
  const input = /** @type {HTMLInputElement} */ (byId(name));
  input.addEventListener("change", () => open(name, input.files));
}

function begin() {
  if (!canCheck()) {
    show([element("p", "This browser cannot check here. Open the page as a file, or over HTTPS.")]);
    return;
  }
  openWhenChosen("file");
  openWhenChosen("kept");
  for (const id of ["keys", "policy"]) byId(id).addEventListener("input", checkOpened);
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    void open("file", event.dataTransfer?.files);
  });
}

begin();
