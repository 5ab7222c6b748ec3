/**
 * A single long transform is one call for each pass, which threads divide (see `run/division`). Its bits are those of
 * the same transform in a stack, which is one call.
 */

import { expect, test } from "vitest";
import { longerOf } from "../../src/fft/radices.ts";
import { fft } from "../../src/fft/transforms.ts";
import { normal, stack, type Tensor } from "../../src/index.ts";
import { MemoryRun } from "../../src/run/wasm/memory/memory.ts";
import { type Workspace, workspace } from "../../src/run/wasm/memory/workspace.ts";
import { type Fn, programFor } from "../support/dividedPrograms.ts";
import { kindOf } from "../support/division.ts";
import { expectSameBits } from "../support/opChecks.ts";

/** Shapes and axes: lengths of every radix, alone and with columns. */
const CASES: readonly (readonly [shape: readonly number[], axis: number])[] = [
  [[16384], 0],
  [[10240], 0],
  [[9 * 7 * 11 * 13], 0],
  [[15625], 0],
  [[8192, 3], 0],
  [[120, 77], 0],
];

const space = workspace() as Workspace;

test.each(CASES)("%j along axis %i", (shape, axis) => {
  const fn: Fn = (real, imaginary) =>
    Object.values(
      fft({ real: real as Tensor, imaginary: imaginary as Tensor }, { axis: axis - shape.length }),
    );
  for (const dtype of ["float32", "float64"] as const) {
    expect(longerOf(shape[axis] as number, dtype)).toBe(0);
    const x = [1, 2].map((seed) => normal(shape, { seed, dtype }));
    const run = (inputs: readonly Tensor[]) => {
      const program = programFor(fn, inputs);
      const passes = program.calls.filter((call) => kindOf(call) === "dftPass").length;
      return [passes, new MemoryRun(program, space).run(inputs)] as const;
    };
    const [passes, alone] = run(x);
    const [none, stacked] = run(x.map((each) => stack([each, each])));
    expect(passes).toBeGreaterThan(2);
    expect(none).toBe(0);
    alone.forEach((result, i) => {
      expectSameBits(result, (stacked[i] as Tensor).slice([1], [2]).reshape(shape));
    });
  }
});
