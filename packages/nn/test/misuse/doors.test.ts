/**
 * The doors of the package's public functions against their declarations: `arguments.json`, which `scripts/arguments.mjs`
 * writes. Whoever adds a function or an option needs no line here; where no example of a kind will do, one in
 * `examples.ts`.
 */

import { testCallers, testDoors } from "../../../core/test/misuse/laws.ts";
import { doors } from "./examples.ts";

testDoors(doors, ["Optimizer"]);
testCallers(doors, ["."], []);
