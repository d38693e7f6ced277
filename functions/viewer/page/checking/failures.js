// What a check can fail with. None of them leaves the functions that index.js names, but CannotCheck.

/** Bytes that are not what they must be: another format, cut off, or spelled in a second way. */
export class Unreadable extends Error {}

/** A proof that can be read, and does not show what it is for. */
export class WrongProof extends Error {}

/** This browser lacks what the check needs. It says nothing about what was to be checked. */
export class CannotCheck extends Error {}

/** What was asked for did not come. It says nothing about what was to be shown with it. */
export class NoAnswer extends Error {}

/** The first step that failed, with its reason. `sequence` is null if it is no single record's. */
export class FailedStep extends Error {
  /**
   * @param {string} step
   * @param {number | null} sequence
   * @param {string} reason
   */
  constructor(step, sequence, reason) {
    super(reason);
    this.step = step;
    this.sequence = sequence;
  }
}

/**
 * Run a part of a check, and name the step if it fails.
 *
 * @template T
 * @param {string} step
 * @param {() => T | Promise<T>} run
 * @param {number | null} [sequence]
 * @returns {Promise<T>}
 */
export async function inStep(step, run, sequence = null) {
  try {
    return await run();
  } catch (error) {
    if (error instanceof Unreadable || error instanceof WrongProof) {
      throw new FailedStep(step, sequence, error.message);
    }
    throw error;
  }
}
