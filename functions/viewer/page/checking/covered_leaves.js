// The leaf hashes of an export file, folded as they are read, to compare them with its checkpoint.

import { areSame } from "./bytes.js";
import { FailedStep, Unreadable, WrongProof } from "./failures.js";
import { GrownTree } from "./grown_tree.js";
import { readProofFile } from "./proof_file.js";
import { checkMapAndLog } from "./proof_steps.js";

const STEP = "checkpoint_mismatch";

/** @typedef {import("./export_manifest.js").ExportManifest} ExportManifest */
/** @typedef {import("./proof_file.js").ProofFile} ProofFile */

/** Leaves beyond the size of the checkpoint are passed over. */
export class CoveredLeaves {
  /**
   * @param {ExportManifest} manifest
   * @param {string | Uint8Array | null} kept a checkpoint file of the reader
   */
  constructor(manifest, kept) {
    const { checkpoint } = manifest;
    this.manifest = manifest;
    /** @type {string | null} the checkpoint file */
    this.file = checkpoint !== null && "file" in checkpoint ? checkpoint.file : null;
    this.whyNot =
      checkpoint !== null && "missing" in checkpoint
        ? `${NO_CHECKPOINT} The file gives this reason: “${checkpoint.missing}”`
        : NO_CHECKPOINT;
    /** @type {ProofFile | null} */
    this.proof = null;
    this.keptSize = kept === null ? 0 : sizeOfKept(kept);
    /** @type {Uint8Array | null} the root of as many records as the kept file covers */
    this.keptRoot = null;
    /** @type {GrownTree | null} */
    this.tree = null;
    this.wanted = 0;
    /** @type {string | null} */
    this.wrong = null;
  }

  /** Read the checkpoint. What is wrong with it is said at the end, after what is before it. */
  async begin() {
    try {
      await this.readCheckpoint();
    } catch (error) {
      if (!isFailure(error)) throw error;
      this.wrong = error.message;
    }
  }

  async readCheckpoint() {
    const { checkpoint, workspaceId, first, last } = this.manifest;
    if (checkpoint === null || "missing" in checkpoint) return;
    const proof = readProofFile(checkpoint.file);
    if (proof.checkpoint.workspaceId !== workspaceId || proof.event !== null) {
      throw new WrongProof("The checkpoint is not one of this workspace.");
    }
    await checkMapAndLog(proof);
    this.proof = proof;
    const before = first - 1;
    this.wanted = Math.min(last, Number(proof.checkpoint.size)) - before;
    if (this.wanted > 0) this.tree = new GrownTree(before, checkpoint.left);
    this.noteKeptRoot();
  }

  /** @param {Uint8Array} leaf */
  add(leaf) {
    if (this.tree === null || this.wanted <= 0) return;
    this.tree.add(leaf);
    this.wanted -= 1;
    this.noteKeptRoot();
  }

  noteKeptRoot() {
    const { tree, keptSize } = this;
    if (tree !== null && tree.size === keptSize && keptSize > 0) {
      this.keptRoot = tree.rootWith(keptSize, []);
    }
  }

  /** Throw FailedStep if the records are not those that are covered. Call it last. */
  check() {
    const { tree, proof, manifest } = this;
    const { checkpoint, last } = manifest;
    if (this.wrong !== null) throw new FailedStep(STEP, last, this.wrong);
    if (tree === null || proof === null || checkpoint === null || "missing" in checkpoint) return;
    try {
      const root = tree.rootWith(Number(proof.checkpoint.size), checkpoint.right);
      if (areSame(root, proof.checkpoint.root)) return;
    } catch (error) {
      if (!isFailure(error)) throw error;
      throw new FailedStep(STEP, tree.size, error.message);
    }
    throw new FailedStep(STEP, tree.size, "The file's records are not those that are covered.");
  }
}

const NO_CHECKPOINT =
  "The file has no checkpoint. So nobody vouches for it, and anybody can make such a file.";

/**
 * @param {unknown} error
 * @returns {error is Error}
 */
function isFailure(error) {
  return error instanceof Unreadable || error instanceof WrongProof || error instanceof FailedStep;
}

/** @param {string | Uint8Array} kept */
function sizeOfKept(kept) {
  try {
    return Number(readProofFile(kept).checkpoint.size);
  } catch (error) {
    if (!isFailure(error)) throw error;
    return 0;
  }
}
