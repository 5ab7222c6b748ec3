/**
 * Shows the frames of the caller alone in stacks of errors. Bundlers leave this file out, since in a bundle the library has no
 * separate files.
 */

import { foldStacks } from "./errors.ts";
import { folded } from "./stack.ts";

foldStacks(folded);
