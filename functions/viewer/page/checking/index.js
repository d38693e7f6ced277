// What the page and verify.html use: checks that end in a verdict, whatever they are given.

import { checkExportFile } from "./check_export_file.js";
import { checkPage } from "./check_page.js";
import { checkProofFile } from "./check_proof_file.js";
import { canCheck } from "./ed25519.js";
import { isGzip } from "./export_pieces.js";
import { CannotCheck, NoAnswer, Unreadable } from "./failures.js";
import { compareWithKept } from "./kept_file.js";
import { readProofFile } from "./proof_file.js";
import { compareWithSeen, newSeenCheckpoints } from "./seen_checkpoints.js";
import { readTrust } from "./trust.js";

export {
  CannotCheck,
  NoAnswer,
  Unreadable,
  canCheck,
  checkExportFile,
  checkPage,
  checkProofFile,
  compareWithKept,
  compareWithSeen,
  isGzip,
  newSeenCheckpoints,
  readProofFile,
  readTrust,
};
