/**
 * The whole table of ops: that of the package, and those of its entries.
 */

import "../../src/fft.ts";
import "../../src/linalg.ts";
import "../../src/ops/clipFactor.ts";

export { registeredOps } from "../../src/index.ts";
