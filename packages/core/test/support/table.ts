/**
 * The whole table of ops: those of the package, and those of its further entry points.
 */

import "../../src/fft.ts";
import "../../src/linalg.ts";
import "../../src/ops/clipFactor.ts";

export { registeredOps } from "../../src/index.ts";
