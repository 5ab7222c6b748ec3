/**
 * The op of `scan`: a loop over a step, and what differentiating and batching make of it.
 */

import { applyAll } from "../graph/apply.ts";
import type { JointBatchRule } from "../graph/joint.ts";
import type { Op, TensorType } from "../graph/op.ts";
import { firstOf, makeBody, resultsOf, untilSteady } from "../ops/bodies.ts";
import { register } from "../ops/registry.ts";
import { broadcastTo } from "../ops/view.ts";
import { allocate } from "../tensor/dtype.ts";
import { at, sizeOf } from "../tensor/shape.ts";
import { readArray, stored, type Tensor } from "../tensor/tensor.ts";
import { parts, type Scanned } from "./loop.ts";
import { scanDerivative, scanGradients, scanTangents } from "./scanDerivative.ts";

/** The carry at the end, and the results of all steps, stacked. */
function scanResults({ body, length, carries }: Scanned): TensorType[] {
  return resultsOf(body).map(({ shape, dtype, weak }, i) =>
    i < carries ? { shape, dtype, weak } : { shape: [length, ...shape], dtype, weak },
  );
}

const batchScan: JointBatchRule<Scanned> = ({ op, inputs, batched, attributes, size }, batch) => {
  const { body, carries, rows } = attributes;
  // A carry has a batch from the start if a step gives it one.
  const mask = untilSteady(batched, (now) => {
    const own = batch(body, now, size).batched;
    return now.map((is, k) => is || (k < carries && own[k] === true));
  });
  const whole = batch(body, mask, size, mask.slice(0, carries));
  const all = inputs.map((input, k) => {
    if (!mask[k]) return input;
    const shape = [size, ...input.shape];
    if (!batched[k]) return k < carries ? broadcastTo(input, shape) : input;
    // Rows are the first axis of what is scanned, and examples the second.
    return k >= carries && k < carries + rows ? exchange(input) : input;
  });
  const results = applyAll(op, all, { ...attributes, body: whole.body });
  return results.map((value, i) => {
    const is = at(whole.batched, i);
    return { value: is && i >= carries ? exchange(value) : value, batched: is };
  });
};

/** The first two axes exchanged. */
function exchange(x: Tensor): Tensor {
  return x.transpose([1, 0, ...x.shape.slice(2).map((_, axis) => axis + 2)]);
}

export const scanOp: Op<Scanned> = register<Scanned>({
  name: "scan",
  symbol: "scan",
  family: "control",
  promotion: "own",
  formula: "[carry, y] = step(carry, x) for each row x",
  results: (_inputs, attributes) => scanResults(attributes),
  infer: (_inputs, attributes) => firstOf(scanResults(attributes)),
  derivative: scanDerivative,
  joint: {
    opens: false,
    carries: ({ carries }) => carries,
    control: (attributes) => ({ kind: "repeat", ...attributes }),
    gradientPresence: scanGradients,
    tangentPresence: scanTangents,
    run: (inputs, attributes, call) => {
      const { body, length, reverse, carries } = attributes;
      const { carry, xs, captured } = parts(inputs, attributes);
      const types = resultsOf(body).slice(carries);
      const stacks = types.map(({ shape, dtype }) => allocate(dtype, length * sizeOf(shape)));
      let now: readonly Tensor[] = carry;
      for (let n = 0; n < length; n++) {
        const place = reverse ? length - 1 - n : n;
        const results = call(body, [...now, ...xs.map((x) => rowOf(x, place)), ...captured]);
        now = results.slice(0, carries);
        stacks.forEach((stack, i) => {
          const row = at(results, carries + i);
          if (typeof row.storage === "number") stack[place] = row.storage;
          else stack.set(readArray(row, "scan"), place * row.size);
        });
      }
      return [
        ...now,
        ...types.map(({ shape, dtype, weak }, i) =>
          stored([length, ...shape], dtype, at(stacks, i), weak),
        ),
      ];
    },
  },
  batch: undefined,
  batchAll: batchScan,
  examples: {
    domain: [-1, 1],
    cases: [
      { shapes: [[], [4], []], attributes: (inputs) => sampleLoop(inputs, false) },
      { shapes: [[2], [3, 2], []], attributes: (inputs) => sampleLoop(inputs, true) },
    ],
  },
});

/** h ← h · w + x for the rows x of the second input, with the sums h + x as rows. */
function sampleLoop(inputs: readonly TensorType[], reverse: boolean): Scanned {
  const [init, xs, w] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
  const row = { ...xs, shape: xs.shape.slice(1) };
  const body = makeBody([init, row, w], (given) => {
    const [h, x, factor] = [at(given, 0), at(given, 1), at(given, 2)];
    return [h.mul(factor).add(x).cast(h.dtype), h.add(x)];
  });
  return { body, length: at(xs.shape, 0), reverse, carries: 1, rows: 1 };
}

/** A row of a stored tensor, which shares its elements. */
function rowOf(x: Tensor, place: number): Tensor {
  const shape = x.shape.slice(1);
  const size = sizeOf(shape);
  const array = readArray(x, "scan");
  const storage =
    shape.length === 0 ? at(array, place) : array.subarray(place * size, (place + 1) * size);
  return stored(shape, x.dtype, storage, x.weak);
}
