/**
 * Calls of the package's public functions with wrong arguments, generated from their declarations: `arguments.json`,
 * which `scripts/arguments.mjs` writes. A new function or option needs no line here, and an example in `examples.ts`
 * only if no general one fits.
 */

import { testCallers, testDoors } from "../../../core/test/misuse/laws.ts";
import { doors } from "./examples.ts";

testDoors(doors, ["Optimizer"]);
testCallers(doors, ["."], []);
