/**
 * The op of `scan`: a loop over a step, and what differentiating and batching make of it.
 *
 * In: carries, rows and captured values, and the step as a body. Out: the last carries, and rows of outputs.
 *
 * Invariant: the step is closed: it reads its inputs alone. So its derivatives, batches and lowered forms are steps of the same
 * op.
 */

import { runCached } from "../compile/loopCache.ts";
import { applyAll } from "../graph/apply.ts";
import type { BatchRule, Op } from "../graph/op.ts";
import { replayBody } from "../graph/replay.ts";
import type { TensorType } from "../graph/types.ts";
import { add } from "../ops/arithmetic.ts";
import { makeBody, resultsOf, stillTrue, untilSteady } from "../ops/bodies.ts";
import { where } from "../ops/comparison.ts";
import { register } from "../ops/registry.ts";
import { broadcastTo } from "../ops/view.ts";
import { fuseSmall } from "../run/program/fuse/fuse.ts";
import { fuseBodiesBy } from "../run/program/schedule/bodies.ts";
import { zerosLike } from "../tensor/create.ts";
import { allocate } from "../tensor/dtype.ts";
import { at, sizeOf } from "../tensor/shape.ts";
import { readArray, stored, type Tensor } from "../tensor/tensor.ts";
import { along, ofTaking } from "./examples.ts";
import { applyScan, bodyTypes, byRole, loopOf, type Scanned } from "./loop.ts";
import { scanDerivative, scanGradients, scanTangents } from "./scanDerivative.ts";

/** Returns the last carry, and the stacked results of all steps. */
function scanResults({ body, length, carries }: Scanned): TensorType[] {
  return resultsOf(body).map(({ shape, dtype, weak }, i) =>
    i < carries ? { shape, dtype, weak } : { shape: [length, ...shape], dtype, weak },
  );
}

const batchScan: BatchRule<Scanned> = (call) => {
  const { op, inputs, batched, attributes, size, batchBody } = call;
  const { body, carries, rows } = attributes;
  // A carry has a batch from the start if a step gives it one.
  const mask = untilSteady(batched, (now) => {
    const isBatched = batchBody(body, now, size).batched;
    return now.map((is, k) => is || (k < carries && isBatched[k] === true));
  });
  if (attributes.stops && mask[0]) return batchEach(call);
  const whole = batchBody(body, mask, size, mask.slice(0, carries));
  const all = inputs.map((input, k) => {
    if (!mask[k]) return input;
    const shape = [size, ...input.shape];
    if (!batched[k]) return k < carries ? broadcastTo(input, shape) : input;
    // The first axis of a scanned tensor is the rows, the second the examples.
    return k >= carries && k < carries + rows ? exchange(input) : input;
  });
  const results = applyAll(op, all, { ...attributes, body: whole.body });
  return results.map((value, i) => {
    if (!whole.batched[i]) return { same: value };
    return i >= carries ? exchange(value) : value;
  });
};

/**
 * A batch whose examples end at different steps: it goes on until all have ended. One that has ended keeps its
 * carry, and is computed with the values of one that has not, so that it neither throws nor sends NaN back. An example
 * takes part once its row index is that of the loop: in the backward pass, examples with fewer rows start later.
 */
const batchEach: BatchRule<Scanned> = (call) => {
  const { op, inputs, batched, attributes, size, batchBody } = call;
  const { body, carries, rows, reverse } = attributes;
  const all = inputs.map((input, k) => {
    const broadcast = batched[k] ? input : broadcastTo(input, [size, ...input.shape]);
    return k >= carries && k < carries + rows ? exchange(broadcast) : broadcast;
  });
  const forced = body.outputs.map(() => true);
  const each = batchBody(
    body,
    inputs.map(() => true),
    size,
    forced,
  ).body;
  const { carry, xs, captured } = byRole(all, attributes);
  const [goes, behind] = [at(carry, 0), at(carry, 1)];
  const loop = loopOf([goes.any(), behind.max(), ...carry], xs, captured);
  const step = makeBody(bodyTypes(loop), ([_goes, index = behind, ...inputs]) => {
    const [mine, other] = [at(inputs, 0), at(inputs, 1)];
    const active = mine.logicalAnd(other.equal(index));
    const next = replayBody(each, ofTaking(active, inputs)).map((value, i) =>
      i < carries
        ? where(along(active, value), value, at(inputs, i))
        : where(along(active, value), value, zerosLike(value)),
    );
    return [at(next, 0).any(), add(index, reverse ? -1 : 1), ...next];
  });
  const results = applyScan(op, loop, { ...attributes, body: step });
  return results.slice(2).map((value, i) => (i < carries ? value : exchange(value)));
};

/** Returns the first two axes exchanged. */
function exchange(x: Tensor): Tensor {
  return x.transpose([1, 0, ...x.shape.slice(2).map((_, axis) => axis + 2)]);
}

/** Returns an op of loops. */
/* @__NO_SIDE_EFFECTS__ */
function loopOp(
  fields: Pick<Op<Scanned>, "name" | "symbol" | "formula" | "examples">,
): Op<Scanned> {
  return register<Scanned>({
    ...fields,
    family: "control",
    promotion: "none",
    results: (_inputs, attributes) => scanResults(attributes),
    derivative: scanDerivative,
    bodies: {
      carries: ({ carries }) => carries,
      control: (attributes) => {
        fuseBodiesBy(fuseSmall);
        return { kind: "repeat", ...attributes };
      },
      whole: runCached,
    },
    statuses: { gradients: scanGradients, tangents: scanTangents },
    body: (inputs, attributes, call = replayBody) => {
      const { body, length, reverse, carries, stops, most = length } = attributes;
      const { carry, xs, captured } = byRole(inputs, attributes);
      const types = resultsOf(body).slice(carries);
      const stacks = types.map(({ shape, dtype }) =>
        allocate(dtype, length * sizeOf(shape), "scan"),
      );
      let now: readonly Tensor[] = carry;
      const goes = () => !stops || at(now, 0).item() !== 0;
      let next = reverse ? length : 0;
      if (stops) next = at(carry, 1).item();
      for (let n = 0; goes(); n++) {
        if (n === length) {
          if (stops) throw stillTrue(most);
          break;
        }
        const index = reverse ? --next : next++;
        const results = call(body, [...now, ...xs.map((x) => rowOf(x, index)), ...captured]);
        now = results.slice(0, carries);
        stacks.forEach((stack, i) => {
          const row = at(results, carries + i);
          if (typeof row.storage === "number") stack[index] = row.storage;
          else stack.set(readArray(row, "scan"), index * row.size);
        });
      }
      return [
        ...now,
        ...types.map(({ shape, dtype, weak }, i) =>
          stored([length, ...shape], dtype, at(stacks, i), weak),
        ),
      ];
    },
    batch: batchScan,
  });
}

export const scanOp = loopOp({
  name: "scan",
  symbol: "scan",
  formula: "[carry, y] = step(carry, x) for each row x",
  examples: {
    domain: [-1, 1],
    cases: [
      { shapes: [[], [4], []], attributes: (inputs) => sampleLoop(inputs, false) },
      { shapes: [[2], [3, 2], []], attributes: (inputs) => sampleLoop(inputs, true) },
    ],
  },
});

export const whileOp = loopOp({
  name: "while",
  symbol: "while",
  formula: "[carry, y] = step(carry, x) while the first carry is true",
  examples: {
    // The body begins with the first row.
    domain: [[[0, 1]], [[0, 0]], [[-1, 1]], [[-1, 1]], [[-1, 1]]],
    dtypes: ["bool", "int32"],
    cases: [{ shapes: [[], [], [], [4], []], attributes: sampleWhile }],
  },
});

/** h ← h · w + x for the rows x of the second input, with the sums h + x as rows. */
function sampleLoop(inputs: readonly TensorType[], reverse: boolean): Scanned {
  const [init, xs, w] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
  const row = { ...xs, shape: xs.shape.slice(1) };
  const body = makeBody([init, row, w], (inputs) => {
    const [h, x, factor] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
    return [h.mul(factor).add(x).cast(h.dtype), h.add(x)];
  });
  return { body, length: at(xs.shape, 0), reverse, carries: 1, rows: 1, stops: false };
}

/**
 * Returns the same for a loop that stops after the last row, or once h is at least 3 after the first two. Rows of
 * results that no step has made are zeros.
 */
function sampleWhile([goes, index, ...inputs]: readonly TensorType[]): Scanned {
  const { body: step, length } = sampleLoop(inputs, false);
  const [init, xs, w] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
  const row = { ...xs, shape: xs.shape.slice(1) };
  const head = [goes, index].map((type) => type ?? init);
  const body = makeBody([...head, init, row, w], ([_goes, index, ...inputs]) => {
    const next = add(index ?? 0, 1);
    const [h, sum] = replayBody(step, inputs) as [Tensor, Tensor];
    const early = next.less(2).logicalOr(h.less(3));
    return [early.logicalAnd(next.less(length)), next, h, sum];
  });
  return { body, length, reverse: false, carries: 3, rows: 1, stops: true };
}

/** Returns a row of a stored tensor, which shares its elements. */
function rowOf(x: Tensor, index: number): Tensor {
  const shape = x.shape.slice(1);
  const size = sizeOf(shape);
  const array = readArray(x, "scan");
  const storage =
    shape.length === 0 ? at(array, index) : array.subarray(index * size, (index + 1) * size);
  return stored(shape, x.dtype, storage, x.weak);
}
