/**
 * Points at which an op has no unique derivative: their sides, and ops whose derivative is wrong on one side only.
 */

import { apply } from "../../src/graph/apply.ts";
import type { Op } from "../../src/graph/op.ts";
import { type Attributes, NO_ATTRIBUTES } from "../../src/graph/types.ts";
import { stopGradient, type Tensor, tensor } from "../../src/index.ts";
import { isFloat } from "../../src/tensor/dtype.ts";

/**
 * One side of a point: an input is less than, or greater than, its value there or another input that equals it there.
 */
export interface Side {
  readonly name: string;
  /** Returns 1 where the inputs are on the side, else 0. */
  readonly holds: (inputs: readonly Tensor[]) => Tensor;
}

const NAMES = ["x", "y", "z"];

/** Returns the sides of a point on which an elementwise op has values. */
export function sidesOf(op: Op, point: readonly number[], attributes: Attributes): Side[] {
  const floats = point.flatMap((_, i) =>
    isFloat(op.examples.dtypes?.[i] ?? "float64") ? [i] : [],
  );
  if (!floats.every((i) => Number.isFinite(point[i]))) return [];
  const list: [string, number, number | undefined][] = floats.map((i) => [
    String(point[i]),
    i,
    undefined,
  ]);
  for (const i of floats) {
    for (const j of floats) if (j > i && point[i] === point[j]) list.push([NAMES[j] ?? "", i, j]);
  }
  const near = neighborsOf(point, floats, (each) => hasValue(op, each, attributes));
  return list.flatMap(([name, i, j]) =>
    [-1, 1].flatMap((sign) => {
      const from = (each: readonly number[]) =>
        j === undefined ? (point[i] ?? 0) : (each[j] ?? 0);
      if (!near.some((each) => Math.sign((each[i] ?? 0) - from(each)) === sign)) return [];
      const holds = (inputs: readonly Tensor[]) => {
        const x = inputs[i] as Tensor;
        const other = j === undefined ? (point[i] ?? 0) : (inputs[j] as Tensor);
        return (sign < 0 ? x.less(other) : x.greater(other)).cast(x.dtype);
      };
      return [{ name: `${NAMES[i]} ${sign < 0 ? "<" : ">"} ${name}`, holds }];
    }),
  );
}

/** Returns inputs near a point, each with other floats than the point, at which an op has a value. */
function neighborsOf(
  point: readonly number[],
  floats: readonly number[],
  isUsable: (inputs: readonly number[]) => boolean,
): number[][] {
  let all: number[][] = [[]];
  point.forEach((at, i) => {
    const choices = floats.includes(i) ? [-0.3, -0.2, 0.2, 0.3].map((step) => at + step) : [at];
    all = all.flatMap((list) => choices.map((choice) => [...list, choice]));
  });
  return all.filter(isUsable);
}

function hasValue(op: Op, inputs: readonly number[], attributes: Attributes): boolean {
  const tensors = inputs.map((x, i) => tensor(x, { dtype: op.examples.dtypes?.[i] ?? "float64" }));
  return !Number.isNaN(apply(op, tensors, attributes).item());
}

/**
 * Returns the same op with a derivative that is too large by `error` on one side.
 */
export function withFault(op: Op, { holds }: Side, error: number): Op {
  const { kernel: _kernel, derivative: _derivative, ...rest } = op;
  return {
    ...rest,
    name: `${op.name} (test only)`,
    derivative: undefined,
    body: (inputs, attributes = NO_ATTRIBUTES) => {
      const isThere = holds(inputs);
      // The added terms are zero, but have a derivative.
      const slopes = inputs
        .filter(({ dtype }) => isFloat(dtype))
        .map((x) => x.sub(stopGradient(x)).mul(isThere).mul(error));
      return [slopes.reduce((sum, each) => sum.add(each), apply(op, inputs, attributes))];
    },
  };
}
