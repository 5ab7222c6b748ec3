/**
 * WebAssembly as the target of programs.
 */

import { callsOf, groupOf } from "../../graph/kernel.ts";
import { BYTES } from "../../tensor/dtype.ts";
import { reducesAlongOneAxis } from "../program/axes.ts";
import type { Target } from "../program/target.ts";
import { MAXIMUM_STEPS } from "./emit/emit.ts";
import { walksInTiles } from "./emit/space.ts";
import { functionOf } from "./functions.ts";
import { LANE_OPS } from "./lanes.ts";
import type { Host } from "./workspace.ts";

export function wasmTarget(host: Host): Target {
  return {
    bytes: BYTES,
    mostSteps: MAXIMUM_STEPS,
    // Transposed arrays are walked in tiles, which no reduction can follow.
    endsInReductions: (loop) => reducesAlongOneAxis(loop) && !walksInTiles(loop),
    // For exact extremes functions of the module take two thirds less time: they spare most of the instructions.
    loopPays: (combine) => LANE_OPS[combine].besideConstant === undefined,
    readsStrided: ({ kernel }, dtype) => kernel?.strided?.(dtype) === true,
    // A part of a first cache of 32 kB: programs of rows that take 40 kB need 45 % more time than whole passes, those
    // of 20 kB 18 % less.
    cache: { chunk: 2 ** 14, row: 24 * 2 ** 10, whole: 2 ** 18 },
    keepsComposites: true,
    scratchBytes: ({ kept, kernel }, types) => {
      const own = kept ?? kernel;
      if (own?.scratchBytes === undefined) return 0;
      return own.scratchBytes(types, (name) => functionOf(host, name, groupOf(own)));
    },
    calls: (placed) => {
      const own = placed.op.kept ?? placed.op.kernel;
      return own && callsOf(own, placed);
    },
  };
}
