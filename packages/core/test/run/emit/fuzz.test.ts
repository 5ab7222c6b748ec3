import { expect, test } from "vitest";
import {
  FUSED_OPS,
  type FusedGroup,
  type FusedOp,
  type FusedStep,
  type Operand,
} from "../../../src/run/wasm/emit/group.ts";
import { at, sizeOf } from "../../../src/tensor/shape.ts";
import {
  Arrays,
  checkBits,
  constant,
  type Elements,
  input,
  randomBits,
  randomElements,
  repeated,
  step,
  stored,
} from "./support.ts";

const OPS = Object.keys(FUSED_OPS) as FusedOp[];
const AXES = [1, 1, 2, 3, 4, 5, 7, 8, 13, 21, 33];

/** A random group and data for it: all from one seed. */
function randomGroup(seed: number): { group: FusedGroup; data: Elements[] } {
  const next = randomBits(seed);
  const below = (limit: number) => next() % limit;
  const dtype = below(2) === 0 ? "float32" : "float64";
  const shape = Array.from({ length: below(5) }, () => at(AXES, below(AXES.length)));
  while (sizeOf(shape) > 3000) shape.pop();
  const data: Elements[] = [];
  const inputs = Array.from({ length: 1 + below(4) }, () => {
    const own = shape.slice(below(3) === 0 ? below(shape.length + 1) : 0);
    for (let axis = 0; axis < own.length; axis++) if (below(4) === 0) own[axis] = 1;
    const truth = below(4) === 0;
    data.push(randomElements(truth ? "truth" : dtype, sizeOf(own), next));
    return { ...repeated(own, shape), truth };
  });
  const steps: FusedStep[] = [];
  const operand = (): Operand => {
    const choice = below(8);
    if (choice === 0) return constant(below(5) === 0 ? -0 : below(7) - 3.3);
    if (choice < 4 || steps.length === 0) return input(below(inputs.length));
    return step(below(2) === 0 ? below(steps.length) : steps.length - 1);
  };
  const count = 1 + below(30);
  for (let i = 0; i < count; i++) {
    const op = at(OPS, below(OPS.length));
    steps.push({ op, inputs: FUSED_OPS[op].operands.map(operand) });
  }
  const outputs = [count - 1, ...Array.from({ length: below(4) }, () => below(count))];
  return { group: { dtype, shape, inputs, steps, outputs: stored(...outputs) }, data };
}

test("random groups of up to 30 steps give the bits of the scalar functions", () => {
  const arrays = new Arrays();
  const first = Math.floor(Math.random() * 2 ** 31);
  for (let seed = first; seed < first + 400; seed++) {
    const { group, data } = randomGroup(seed);
    try {
      checkBits(arrays, group, data, `seed ${seed}`);
    } catch (cause) {
      expect.fail(`seed ${seed}: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  }
});
