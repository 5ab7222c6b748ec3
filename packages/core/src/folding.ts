/**
 * Shows the frames of the caller alone in stacks of errors. Bundlers leave this file out, since the library has no files of
 * its own in a bundle.
 */

import { foldStacks } from "./errors.ts";
import { folded } from "./stack.ts";

foldStacks(folded);
