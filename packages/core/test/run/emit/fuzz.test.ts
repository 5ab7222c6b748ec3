import { expect, test } from "vitest";
import { reducesAlongOneAxis } from "../../../src/run/program/loop/axes.ts";
import {
  checkLoop,
  type Loop,
  type LoopInput,
  type LoopOutput,
  type LoopStep,
  type Operand,
} from "../../../src/run/program/loop/loop.ts";
import { LOOP_OPS, type LoopOp } from "../../../src/run/program/loop/loopOps.ts";
import type { DType } from "../../../src/tensor/dtype.ts";
import { at, sizeOf } from "../../../src/tensor/shape.ts";
import { seedsTo, WHOLE } from "../../support/sampling.ts";
import {
  Arrays,
  backwards,
  checkBits,
  constant,
  type Elements,
  input,
  randomBits,
  randomElements,
  reductionBy,
  repeated,
  step,
  stored,
} from "./support.ts";

/** Ops that take only integers have separate tests. */
const OPS = (Object.keys(LOOP_OPS) as LoopOp[]).filter(
  (op) => LOOP_OPS[op].operands[0] !== "integer",
);
const AXES = [1, 1, 2, 3, 4, 5, 7, 8, 13, 21, 33];

/** Returns a random loop of at most `axes` axes, and data for it, both from one seed. */
function randomGroup(seed: number, axes: number): { loop: Loop; data: Elements[] } {
  const next = randomBits(seed);
  const below = (limit: number) => next() % limit;
  const dtype = below(2) === 0 ? "float32" : "float64";
  const shape = Array.from({ length: below(axes + 1) }, () => at(AXES, below(AXES.length)));
  while (sizeOf(shape) > 3000) shape.pop();
  const data: Elements[] = [];
  const dtypes: DType[] = [dtype, dtype, "float32", "float64", "int32", "bool"];
  const inputs = Array.from({ length: 1 + below(4) }, (): LoopInput => {
    const own = shape.slice(below(3) === 0 ? below(shape.length + 1) : 0);
    for (let axis = 0; axis < own.length; axis++) if (below(4) === 0) own[axis] = 1;
    const held = at(dtypes, below(dtypes.length));
    data.push(randomElements(held, sizeOf(own), next));
    const turned = shape.map(() => below(4) === 0);
    return backwards({ ...repeated(own, shape), dtype: held }, shape, turned);
  });
  const steps: LoopStep[] = [];
  const operand = (): Operand => {
    const choice = below(8);
    if (choice === 0 && below(3) === 0)
      return { kind: "constant", value: below(7) - 3, dtype: "int32" };
    if (choice === 0 && below(4) === 0) return { kind: "constant", value: below(2), dtype: "bool" };
    if (choice === 0) return constant(at([-0, 0, 1e-50, Number.NaN, 0.5, -3.3, 2], below(7)));
    if (choice < 4 || steps.length === 0) return input(below(inputs.length));
    return step(below(2) === 0 ? below(steps.length) : steps.length - 1);
  };
  const count = 1 + below(30);
  for (let i = 0; i < count; i++) {
    const op = at(OPS, below(OPS.length));
    steps.push({ op, inputs: LOOP_OPS[op].operands.map(operand) });
  }
  const outputs: LoopOutput[] = stored(
    count - 1,
    ...Array.from({ length: below(4) }, () => below(count)),
  );
  // A value that was cast to float32 or int32 may be stored in that dtype.
  steps.forEach(({ op }, i) => {
    if (dtype === "float64" && op === "toFloat32") outputs.push({ step: i, dtype: "float32" });
    if (dtype === "float64" && op === "toInt32") outputs.push({ step: i, dtype: "int32" });
  });
  // Each output of numbers may end in a reduction, if the loop's last axes can be reduced.
  const loop: Loop = { dtype, shape, inputs, steps, outputs };
  const kinds = checkLoop(loop);
  const numbers = outputs.filter(({ step: place }) => at(kinds, place).result === "number");
  const reduced = 1 + below(3);
  const reductions = numbers.map(({ step: place }): LoopOutput => {
    return {
      step: place,
      reduction: reductionBy(at(["sum", "max", "min"] as const, below(3)), reduced),
    };
  });
  const reducing: Loop = { ...loop, outputs: [...outputs, ...reductions] };
  const possible = reduced <= shape.length && reducesAlongOneAxis(reducing);
  return { loop: possible ? reducing : loop, data };
}

const LOOPS = WHOLE ? 400 : 100;

test.each([
  ["", 4],
  [" of one element", 0],
])("random loops%s of up to 30 steps give the bits of the scalar functions", (_, axes) => {
  const arrays = new Arrays();
  for (const seed of seedsTo(LOOPS)) {
    const { loop, data } = randomGroup(seed, axes);
    try {
      checkBits(arrays, loop, data, `seed ${seed}`);
    } catch (cause) {
      expect.fail(`seed ${seed}: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  }
});
