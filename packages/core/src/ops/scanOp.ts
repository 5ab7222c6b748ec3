/**
 * The op of `scan`: a loop over a step, and what differentiating and batching make of it.
 */

import { applyAll } from "../graph/apply.ts";
import type {
  BodyTransforms,
  JointBatchRule,
  JointDerivative,
  Op,
  TensorType,
} from "../graph/op.ts";
import { replayBody } from "../graph/replay.ts";
import type { Trace } from "../graph/trace.ts";
import { zerosLike } from "../tensor/create.ts";
import { allocate, isFloat } from "../tensor/dtype.ts";
import { at, sizeOf } from "../tensor/shape.ts";
import { readArray, stored, type Tensor } from "../tensor/tensor.ts";
import {
  filled,
  firstOf,
  gradientsReach,
  makeBody,
  present,
  resultsOf,
  spread,
  withInputs,
  withoutUnused,
} from "./body.ts";
import { register } from "./registry.ts";
import { broadcastTo } from "./view.ts";

interface Scanned extends Readonly<Record<string, unknown>> {
  /** (…carry, …a row of each xs, …captured) → (…carry, …ys) */
  readonly body: Trace;
  readonly length: number;
  /** From the last row to the first. */
  readonly reverse: boolean;
  /** How many inputs are the carry, and how many are rows of. */
  readonly carries: number;
  readonly rows: number;
}

/** The carry at the end, and the results of all steps, stacked. */
function scanResults({ body, length, carries }: Scanned): TensorType[] {
  return resultsOf(body).map(({ shape, dtype, weak }, i) =>
    i < carries ? { shape, dtype, weak } : { shape: [length, ...shape], dtype, weak },
  );
}

/** Inputs or results by their part in the loop. */
function parts<T>(list: readonly T[], { carries, rows }: Pick<Scanned, "carries" | "rows">) {
  return {
    carry: list.slice(0, carries),
    xs: list.slice(carries, carries + rows),
    captured: list.slice(carries + rows),
  };
}

const derivative: JointDerivative<Scanned> = {
  kind: "joint",
  vjp: ({ op, inputs, attributes, wanted }, { pullback }) => {
    const { body, carries } = attributes;
    // The carry before each step is kept, and the step is computed anew from it on the way back.
    const all = applyAll(op, inputs, { ...attributes, body: withInputs(body, carries) });
    const results = all.slice(0, body.outputs.length);
    const kept = all.slice(body.outputs.length);
    const way: Way = { op, inputs, attributes, wanted, kept, results };
    return { results, pull: (cotangents) => pullScan(way, cotangents, pullback) };
  },
  jvp: ({ op, inputs, attributes, wanted }, tangents, { pushforward }) => {
    const { body, carries, rows } = attributes;
    const own = parts(inputs, attributes);
    // Every float of the carry moves as soon as one thing does.
    const moving = inputs.map((input, k) =>
      k < carries ? isFloat(input.dtype) : wanted[k] === true,
    );
    const directions = inputs.map((input, k) =>
      moving[k] ? (tangents[k] ?? zerosLike(input)) : undefined,
    );
    const push = pushforward(body, moving);
    const along = parts(directions, attributes);
    const [tc, tx, tk] = [present(along.carry), present(along.xs), present(along.captured)];
    const types = parts(body.parameters, attributes);
    const movingTypes = parts(
      body.parameters.map((type, k) => (moving[k] ? type : undefined)),
      attributes,
    );
    const list = [
      ...types.carry,
      ...present(movingTypes.carry),
      ...types.xs,
      ...present(movingTypes.xs),
      ...types.captured,
      ...present(movingTypes.captured),
    ];
    const cuts = [carries, tc.length, rows, tx.length, own.captured.length, tk.length];
    const count = body.outputs.length;
    const both = makeBody(list, (given) => {
      const [c, dc, x, dx, k, dk] = cut(given, cuts);
      const out = replayBody(
        push,
        [c, x, k, dc, dx, dk].flatMap((part) => part ?? []),
      );
      const values = out.slice(0, count);
      const slopes = out.slice(count);
      return [
        ...values.slice(0, carries),
        ...slopes.slice(0, tc.length),
        ...values.slice(carries),
        ...slopes.slice(tc.length),
      ];
    });
    const all = applyScan(op, [...own.carry, ...tc, ...own.xs, ...tx, ...own.captured, ...tk], {
      ...attributes,
      body: both,
      carries: carries + tc.length,
      rows: rows + tx.length,
    });
    const ys = count - carries;
    const results = [
      ...all.slice(0, carries),
      ...all.slice(carries + tc.length, carries + tc.length + ys),
    ];
    const slopes = [
      ...all.slice(carries, carries + tc.length),
      ...all.slice(carries + tc.length + ys),
    ];
    const floats = results.map(({ dtype }) => isFloat(dtype));
    return { results, tangents: spread(slopes, floats) };
  },
};

/** Applies a scan to the rows and captured inputs that its step uses. */
function applyScan(
  op: Op<Scanned>,
  inputs: readonly Tensor[],
  attributes: Scanned,
): readonly Tensor[] {
  const { body, carries, rows } = attributes;
  const used = withoutUnused(inputs, [body], { kept: carries, offset: 0 });
  return applyAll(op, used.inputs, {
    ...attributes,
    body: at(used.bodies, 0),
    rows: used.uses.slice(carries, carries + rows).filter(Boolean).length,
  });
}

/** A list in pieces of the given lengths. */
function cut<T>(list: readonly T[], lengths: readonly number[]): T[][] {
  let start = 0;
  return lengths.map((length) => {
    start += length;
    return list.slice(start - length, start);
  });
}

/**
 * By result of a step: whether a cotangent comes to it, from outside or from a later step. Where none
 * comes there is none of zeros, which times an infinite derivative would be NaN.
 */
function reachedResults(body: Trace, carries: number, outside: readonly boolean[]): boolean[] {
  let given = [...outside];
  for (;;) {
    const reached = gradientsReach(body, given);
    const next = given.map((is, i) => is || (i < carries && reached[i] === true));
    if (next.every((is, i) => is === given[i])) return given;
    given = next;
  }
}

/** What the way back over a scan works with. */
interface Way {
  readonly op: Op<Scanned>;
  readonly inputs: readonly Tensor[];
  readonly attributes: Scanned;
  readonly wanted: readonly boolean[];
  /** The carry before each step. */
  readonly kept: readonly Tensor[];
  readonly results: readonly Tensor[];
}

/** One loop back over the steps: it carries the cotangents of the carry, and the sums for what is captured. */
function pullScan(
  { op, inputs, attributes, wanted, kept, results }: Way,
  cotangents: readonly (Tensor | undefined)[],
  pullback: BodyTransforms["pullback"],
): (Tensor | undefined)[] {
  const { body, carries, rows, reverse } = attributes;
  const come = cotangents.map((cotangent) => cotangent !== undefined);
  const given = reachedResults(body, carries, come);
  const reached = gradientsReach(body, given);
  const active = inputs.map((_, k) => reached[k] === true && (k < carries || wanted[k] === true));
  const back = pullback(body, active, given);
  const own = parts(inputs, attributes);
  const isActive = parts(active, attributes);
  const whole = filled(cotangents, results).filter((_, i) => given[i]);
  const count = given.slice(0, carries).filter(Boolean).length;
  const [seeds, ofYs] = [whole.slice(0, count), whole.slice(count)];
  const sums = own.captured.filter((_, k) => isActive.captured[k]).map((input) => zerosLike(input));
  const found = [isActive.carry, isActive.xs, isActive.captured].map(
    (list) => list.filter(Boolean).length,
  );
  const lengths = [count, sums.length, carries, rows, ofYs.length, own.captured.length];
  const step = makeBody(
    [...seeds, ...sums, ...[...kept, ...own.xs, ...ofYs].map(rowType), ...own.captured],
    (list) => {
      const [dc = [], sum = [], c = [], x = [], dy = [], k = []] = cut(list, lengths);
      const gradients = replayBody(back, [...c, ...x, ...k, ...dc, ...dy]);
      const [ofCarry = [], ofXs = [], ofCaptured = []] = cut(gradients, found);
      const handed = spread(ofCarry, isActive.carry);
      const next = handed.filter((_, i) => given[i]).map((each, i) => each ?? zerosLike(at(dc, i)));
      return [...next, ...sum.map((before, i) => before.add(at(ofCaptured, i))), ...ofXs];
    },
  );
  if (step.outputs.length === 0) return [];
  const all = applyScan(op, [...seeds, ...sums, ...kept, ...own.xs, ...ofYs, ...own.captured], {
    body: step,
    length: attributes.length,
    reverse: !reverse,
    carries: count + sums.length,
    rows: carries + rows + ofYs.length,
  });
  const [ofCarry = [], ofCaptured = [], ofXs = []] = cut(all, [count, sums.length, found[1] ?? 0]);
  const gradients = [
    ...spread(ofCarry, given.slice(0, carries)),
    ...spread(ofXs, isActive.xs),
    ...spread(ofCaptured, isActive.captured),
  ];
  return gradients.map((gradient, k) => (wanted[k] ? gradient : undefined));
}

/** The type of a row of what is scanned. */
export function rowType({ shape, dtype, weak }: TensorType): TensorType {
  return { shape: shape.slice(1), dtype, weak };
}

const batchScan: JointBatchRule<Scanned> = ({ op, inputs, batched, attributes, size }, batch) => {
  const { body, carries, rows } = attributes;
  // A carry has a batch from the start if a step gives it one.
  let mask = [...batched];
  let whole = batch(body, mask, size, mask.slice(0, carries));
  for (;;) {
    const next = mask.map((is, k) => is || (k < carries && whole.batched[k] === true));
    const settled = next.every((is, k) => is === mask[k]);
    mask = next;
    const forced = body.outputs.map((_, i) => i < carries && mask[i] === true);
    whole = batch(body, mask, size, forced);
    if (settled) break;
  }
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
  derivative,
  kernel: {
    kind: "joint",
    opens: false,
    carries: ({ carries }) => carries,
    reach: ({ body, carries }, given) => gradientsReach(body, reachedResults(body, carries, given)),
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
  examples: { domain: [-3, 3], cases: [] },
});

/** A row of a stored tensor, which shares its elements. */
function rowOf(x: Tensor, place: number): Tensor {
  const shape = x.shape.slice(1);
  const size = sizeOf(shape);
  const array = readArray(x, "scan");
  const storage =
    shape.length === 0 ? at(array, place) : array.subarray(place * size, (place + 1) * size);
  return stored(shape, x.dtype, storage, x.weak);
}
