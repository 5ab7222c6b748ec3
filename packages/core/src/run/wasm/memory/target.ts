/**
 * WebAssembly as the target of programs.
 */

import { callsOf, functionsOf } from "../../../graph/kernel.ts";
import type { HasKernel } from "../../../graph/lower.ts";
import { BYTES, DTYPES } from "../../../tensor/dtype.ts";
import { reducesAlongOneAxis } from "../../program/loop/axes.ts";
import type { Target } from "../../program/schedule/target.ts";
import { MAXIMUM_STEPS } from "../emit/emit.ts";
import { walksInTiles } from "../emit/space.ts";
import { LANE_OPS } from "../kernel/lanes.ts";

/** True if functions of the module compute an application of a composite. */
export const hasKernel: HasKernel = ({ compositeKernel }, types) =>
  compositeKernel?.fits(types) === true;

export const wasmTarget: Target = {
  dtypes: DTYPES,
  bytes: BYTES,
  mostSteps: MAXIMUM_STEPS,
  // Transposed arrays are walked in tiles, which no reduction can follow.
  endsInReductions: (loop) => reducesAlongOneAxis(loop) && !walksInTiles(loop),
  // True if loops pay. They do not for exact maxima and minima: kernels take two thirds less time, with fewer
  // instructions.
  loopPays: (combine) => LANE_OPS[combine].besideConstant === undefined,
  readsStrided: ({ kernel }, dtype) =>
    kernel?.kind === "calls" && kernel.strided?.(dtype) === true ? "matrices" : "none",
  // A part of a first cache of 32 kB: programs of rows that take 40 kB need 45 % more time than whole passes, those
  // of 20 kB 18 % less.
  cache: { block: 16384, row: 24576, whole: 262144 },
  sizes: {
    storedArgument: 16384,
    leftResult: 4096,
    smallArray: 16,
    largeLoop: 16384,
    rowsOfVectors: 16,
    muchScratch: 67108864,
  },
  hasKernel,
  // A function that refuses something, and the check after its call, throw.
  stopsAtErrors: true,
  scalarBuffers: false,
  scratchBytes: (op, types) => functionsOf(op)?.scratchBytes?.(types) ?? 0,
  loopScratchBytes: () => 0,
  calls: (placed) => {
    const functions = functionsOf(placed.op);
    return functions && callsOf(functions, placed);
  },
};
