/**
 * Values that are put into a tensor at indices: the counterparts of `take`. Each gives a new tensor.
 */

import {
  integer,
  nonNegativeInteger,
  oneOf,
  optional,
  optionsReader,
  refuseSurplus,
} from "../arguments.ts";
import { formatShape, ShapeError } from "../errors.ts";
import type { LayoutOf } from "../families/indexing.ts";
import { putComposite, putKernel } from "../families/putting.ts";
import { apply, applyAll } from "../graph/apply.ts";
import {
  type BatchCall,
  type Derivative,
  type Op,
  type RuleContext,
  rule,
  withTangent,
} from "../graph/op.ts";
import type { TensorType } from "../graph/types.ts";
import { arange, full, ones, zerosLike } from "../tensor/create.ts";
import { at, broadcasts, normalizeAxis, type Shape, sizeOf } from "../tensor/shape.ts";
import type { Tensor, TensorLike } from "../tensor/tensor.ts";
import { toTensor } from "../tensor/tensor.ts";
import { maximum, minimum } from "./arithmetic.ts";
import { where } from "./comparison.ts";
import { cumulativeSum } from "./cumulative.ts";
import {
  layoutOf,
  type Scattered,
  type Taken,
  takeBackwardOp,
  takeFromRows,
  takeOp,
  wholeIndices,
} from "./indexing.ts";
import { concat } from "./joining.ts";
import { promoteInputs, refuseBooleans } from "./promote.ts";
import { register } from "./registry.ts";
import { argSort } from "./sorting.ts";
import { withMaskOf } from "./tangents.ts";
import { broadcastTo, elementsAlong, rowOrder, transpose } from "./view.ts";

type Context = RuleContext<Taken>;

/** Returns the shares of the gradient of elements that meet at an index: equal extremes share it evenly. */
function sharesOf({ inputs, output, attributes }: Omit<Context, "index">) {
  const [x, indices, values] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
  const ofX = x.equal(output).cast(x.dtype);
  const ofValues = values.equal(apply(takeOp, [output, indices], attributes)).cast(x.dtype);
  const count = ofX.add(added(ofValues, indices, attributes, x.shape));
  return { indices, ofX, ofValues, count };
}

function added(values: Tensor, indices: Tensor, attributes: Taken, shape: Shape): Tensor {
  const scattered: Scattered = { ...attributes, length: at(shape, attributes.axis) };
  return apply(takeBackwardOp, [values, indices], scattered);
}

const extremeRule: Derivative<Taken> = withTangent(
  rule(
    (cotangent, context: Context) => {
      const { ofX, count } = sharesOf(context);
      return ofX.mul(cotangent.div(count));
    },
    undefined,
    (cotangent, context: Context) => {
      const { indices, ofValues, count } = sharesOf(context);
      return ofValues.mul(apply(takeOp, [cotangent.div(count), indices], context.attributes));
    },
  ),
  ([ofX, , ofValues], context) => {
    const { inputs, attributes } = context;
    const shares = sharesOf(context);
    const kept = ofX?.mul(shares.ofX);
    const moved =
      ofValues &&
      added(ofValues.mul(shares.ofValues), shares.indices, attributes, at(inputs, 0).shape);
    const total = kept && moved ? kept.add(moved) : (kept ?? moved);
    return total?.div(shares.count);
  },
);

const layoutOfPut: LayoutOf<Taken> = ([x = [], indices = [], values = []], attributes) => {
  const { axis, shared } = attributes;
  return layoutOf(values, indices, attributes, at(x, axis), indices.length - shared);
};

/** Returns the batch rule: the batch is one more outer axis, or where indices are batched an axis that all share. */
function batchPut({ op, inputs, batched, attributes, size }: BatchCall<Taken>): readonly Tensor[] {
  const { axis, shared } = attributes;
  const isShared = shared > 0 || batched[1] === true;
  const all = inputs.map((input, i) =>
    batched[i] || (i === 1 && !isShared) ? input : broadcastTo(input, [size, ...input.shape]),
  );
  return applyAll(op, all, { ...attributes, axis: axis + 1, shared: shared + Number(isShared) });
}

const examples: Op<Taken>["examples"] = {
  domain: [[[-3, 3]], [[-3.5, 2.5]], [[-3, 3]]],
  dtypes: [undefined, "int32", undefined],
  cases: [
    { shapes: [[5], [4], [4]], attributes: { axis: 0, shared: 0, fromEnd: true } },
    {
      shapes: [
        [2, 4, 3],
        [2, 2],
        [2, 2, 2, 3],
      ],
      attributes: { axis: 1, shared: 0, fromEnd: true },
    },
    {
      shapes: [
        [2, 4],
        [2, 3],
        [2, 3],
      ],
      attributes: { axis: 1, shared: 1, fromEnd: true },
    },
  ],
};

/* @__NO_SIDE_EFFECTS__ */
function putOp(name: "putMax" | "putMin", which: string, extreme: () => Op): Op<Taken> {
  return register<Taken>({
    name,
    symbol: `put ${which}`,
    family: "indexing",
    promotion: "none",
    formula: `x with the ${which} of it and the values at [indices]`,
    results: ([x, , values]) => {
      const { shape = [], dtype = "float32", weak = false } = x ?? {};
      refuseBooleans("put", dtype);
      return [{ shape, dtype, weak: weak && !!values?.weak }];
    },
    derivative: extremeRule,
    convention: {
      text: "equal extremes share it evenly",
      points: [[[1, 2], [0], [1], [0.5, 2], [0.5]]],
      attributes: { axis: 0, shared: 0, fromEnd: true },
    },
    kernel: putKernel(name, extreme, layoutOfPut),
    batch: batchPut,
    examples,
  });
}

const putMaxOp: Op<Taken> = putOp("putMax", "max", () => maximum.op);
const putMinOp: Op<Taken> = putOp("putMin", "min", () => minimum.op);

/** The last argument of {@link put} and {@link putAlongAxis}. */
export interface PutOptions {
  /**
   * The way in which a value meets the element that is there: "set" (the default) replaces it, and of values with equal
   * indices the last one stays. "add" adds all of them to it, "multiply" multiplies all; "max" and "min" keep the
   * extreme of all, and "mean" the mean.
   */
  readonly mode?: "set" | "add" | "multiply" | "max" | "min" | "mean";
}

const readPut = optionsReader({
  mode: optional(oneOf("set", "add", "multiply", "max", "min", "mean"), "set" as const),
});
export type Mode = NonNullable<PutOptions["mode"]>;

/**
 * Returns the number of indices that name each element: int32, and an axis of 1 for each of the others that are not
 * shared.
 */
function countsAt(indices: Tensor, { shape }: Tensor, taken: Taken): Tensor {
  const each = ones(indices.shape, { dtype: "int32" });
  const length = at(shape, taken.axis);
  const counts = apply(takeBackwardOp, [each, indices], { ...taken, axis: taken.shared, length });
  return counts.reshape(alongAxis(shape, taken));
}

/** Returns a shape with lengths of 1 for all axes but the shared ones and that of the indices. */
function alongAxis(shape: Shape, { axis, shared }: Taken): number[] {
  return shape.map((size, i) => (i < shared || i === axis ? size : 1));
}

/** Values as one list along the axis, however many axes the indices have. */
function listOfValues(values: Tensor, indices: Tensor, { axis, shared }: Taken): Tensor {
  const rank = indices.rank - shared;
  const count = sizeOf(indices.shape.slice(shared));
  const { shape } = values;
  return values.reshape([...shape.slice(0, axis), count, ...shape.slice(axis + rank)]);
}

/** Returns the index of the last of the values for each element of an axis, and −1 where there is none. */
function lastAt(shape: Shape, indices: Tensor, { axis, shared, ...taken }: Taken): Tensor {
  const none = full([...shape.slice(0, shared), at(shape, axis)], -1, { dtype: "int32" });
  const order = broadcastTo(orderOf(indices, shared), indices.shape);
  return apply(putMaxOp, [none, indices, order], { ...taken, shared, axis: shared });
}

/** Returns the number of each index among those that are not shared. */
function orderOf({ shape }: Tensor, shared: number): Tensor {
  const taken = shape.slice(shared);
  return arange(0, sizeOf(taken), { dtype: "int32" }).reshape(taken);
}

/** Returns x with the last of the values for each index. */
function replaced(x: Tensor, indices: Tensor, values: Tensor, taken: Taken): Tensor {
  const { axis, shared } = taken;
  if (indices.size === 0) return x;
  const last = lastAt(x.shape, indices, taken);
  const list = listOfValues(values, indices, taken);
  const chosen = apply(takeOp, [list, maximum(last, 0)], { axis, shared, fromEnd: false });
  return where(last.greaterEqual(0).reshape(alongAxis(x.shape, taken)), chosen, x);
}

/** Returns the part of a cotangent that goes to the values: values that were replaced by later ones get none. */
function cotangentOfValues(
  cotangent: Tensor,
  indices: Tensor,
  values: TensorType,
  taken: Taken,
): Tensor {
  const { axis, shared } = taken;
  const all = apply(takeOp, [cotangent, indices], taken);
  if (sizeOf(indices.shape.slice(shared)) === 1) return all;
  const inside = { axis: shared, shared, fromEnd: taken.fromEnd, inside: true } as const;
  const last = apply(takeOp, [lastAt(cotangent.shape, indices, taken), indices], inside);
  const isLast = last.equal(orderOf(indices, shared));
  const ones = values.shape.map((size, i) =>
    i < shared || (i >= axis && i < axis + indices.rank - shared) ? size : 1,
  );
  return where(isLast.reshape(ones), all, 0);
}

/**
 * x with the last of the values for each index. Functions of the module compute it whole, and may do so in the memory of
 * x: a loop that puts a row into its carry touches this row alone. Rules read the old elements before they write.
 */
const putOneOp: Op<Taken> = register<Taken>({
  name: "put",
  symbol: "put",
  family: "indexing",
  promotion: "none",
  formula: "x with the last of the values at [indices]",
  linearTogether: [0, 2],
  results: ([x, , values]) => {
    const { shape = [], dtype = "float32", weak = false } = x ?? {};
    return [{ shape, dtype, weak: weak && !!values?.weak }];
  },
  derivative: {
    kind: "joint",
    vjp: ({ op, inputs, attributes, wanted }) => {
      const [x, indices, values] = inputs as [Tensor, Tensor, Tensor];
      const types = { shape: values.shape, dtype: values.dtype, weak: values.weak };
      return {
        results: applyAll(op, [x, indices, values], attributes),
        pull: ([incoming]) => {
          if (incoming === undefined) return [undefined, undefined, undefined];
          const { value: cotangent } = incoming;
          const ofValues = wanted[2]
            ? withMaskOf(cotangentOfValues(cotangent, indices, types, attributes), incoming)
            : undefined;
          if (!wanted[0]) return [undefined, undefined, ofValues];
          const none = full(types.shape, 0, { dtype: cotangent.dtype });
          const ofX = apply(op, [cotangent, indices, none], attributes);
          return [withMaskOf(ofX, incoming), undefined, ofValues];
        },
      };
    },
    jvp: ({ op, inputs, attributes }, [ofX, , ofValues]) => {
      const [x, indices, values] = inputs as [Tensor, Tensor, Tensor];
      const results = applyAll(op, inputs, attributes);
      if (ofX === undefined && ofValues === undefined) return { results, tangents: [undefined] };
      const moved = [ofX?.value ?? zerosLike(x), indices, ofValues?.value ?? zerosLike(values)];
      return { results, tangents: [withMaskOf(apply(op, moved, attributes), ofX, ofValues)] };
    },
  },
  convention: {
    text: "to the last of equal indices",
    points: [
      [
        [1, 2],
        [0, 0],
        [0.5, 0.7],
        [0, 2],
        [0, 1],
      ],
    ],
    attributes: { axis: 0, shared: 0, fromEnd: true },
  },
  compositeKernel: putComposite(layoutOfPut),
  body: ([x, indices, values], taken) => [
    replaced(x as Tensor, indices as Tensor, values as Tensor, taken),
  ],
  batch: batchPut,
  examples,
});

/**
 * x with each element multiplied by all of its values. Values of one index are next to each other, in the order of
 * their indices, and each is multiplied by that 1, 2, 4, … before it (Hillis and Steele, "Data parallel algorithms",
 * 1986), so that no derivative divides by what may be 0.
 */
function multiplied(x: Tensor, indices: Tensor, values: Tensor, taken: Taken): Tensor {
  const { axis, shared } = taken;
  const counts = countsAt(indices, x, taken);
  const count = sizeOf(indices.shape.slice(shared));
  const list = indices.reshape([...indices.shape.slice(0, shared), count]);
  const fromStart = where(list.less(0), list.add(at(x.shape, axis)), list);
  const order = argSort(fromStart, -1);
  const targets = takeFromRows(fromStart, order);
  const inside = { axis, shared, fromEnd: false, inside: true } as const;
  let products = apply(takeOp, [listOfValues(values, indices, taken), order], inside);
  for (let step = 1; step < count; step *= 2) {
    const rest = count - step;
    const later = elementsAlong(products, axis, step, rest);
    const earlier = elementsAlong(products, axis, 0, rest);
    const isSame = elementsAlong(targets, shared, step, rest).equal(
      elementsAlong(targets, shared, 0, rest),
    );
    const both = where(isSame.reshape(alongAxis(later.shape, taken)), later.mul(earlier), later);
    products = concat([elementsAlong(products, axis, 0, step), both], axis);
  }
  const ends = cumulativeSum(counts.reshape([...x.shape.slice(0, shared), at(x.shape, axis)]), -1);
  const product = apply(takeOp, [products, maximum(ends.sub(1), 0)], inside);
  return where(counts.greater(0), x.mul(product), x);
}

/** Returns x with values at some indices, for any public function. */
export function putRows(
  x: Tensor,
  indices: Tensor,
  values: Tensor,
  taken: Taken,
  mode: Mode,
): Tensor {
  if (mode === "max") return apply(putMaxOp, [x, indices, values], taken);
  if (mode === "min") return apply(putMinOp, [x, indices, values], taken);
  if (mode === "add") return x.add(added(values, indices, taken, x.shape));
  if (values.size === 0) return x;
  if (mode === "set") return apply(putOneOp, [x, indices, values], taken);
  if (mode === "multiply") return multiplied(x, indices, values, taken);
  const sum = x.add(added(values, indices, taken, x.shape));
  return sum.div(countsAt(indices, x, taken).add(1));
}

function readInputs(
  op: string,
  x: TensorLike,
  indices: TensorLike,
  values: TensorLike,
  mode: Mode,
) {
  const [input, list] = promoteInputs(
    op,
    [toTensor(op, "x", x), toTensor(op, "values", values)],
    mode === "mean" ? "float" : "same",
  );
  if (mode !== "set") refuseBooleans(op, input.dtype);
  return { input, list, targets: wholeIndices(op, toTensor(op, "indices", indices)) };
}

/** @throws ShapeError where values do not broadcast to a shape. */
function filled(op: string, values: Tensor, shape: Shape): Tensor {
  if (broadcasts(values.shape, shape)) return broadcastTo(values, shape);
  const expected = `a shape that broadcasts to ${formatShape(shape)}`;
  throw new ShapeError(op, "values", expected, formatShape(values.shape));
}

/**
 * x with values at indices along an axis: the counterpart of `take`, in a new tensor. The gradient goes to the elements
 * of x that are left and to the values that are there.
 *
 * In loops and compiled functions on WebAssembly, mode "set" writes into the memory of x where nothing reads x later. So a
 * loop that puts a row into its carry takes the time of the row, whatever the size of the carry.
 *
 * @param indices int32 of any shape, or an integer; negative ones count from the end.
 * @param values what broadcasts to the shape of x with the axis replaced by that of the indices.
 * @param axis default 0.
 * @param options `mode`: "set" (the default; the last of equal indices), "add", "multiply", "max" or "min", whose
 *   gradient is shared evenly by equal extremes, or "mean", of floats. The element that is there takes part.
 * @throws DTypeError for indices that are not int32; ShapeError for values that do not fit; ArgumentError for an index
 *   out of range. (A compiled function throws it when it runs.)
 * @example
 * ```ts
 * import { put, tensor, zeros } from "@graddiff/core";
 *
 * const indices = tensor([0, 2, 0], { dtype: "int32" });
 * console.log(String(put(zeros([3]), indices, tensor([1, 2, 3])))); // [3. 0. 2.]
 * console.log(String(put(zeros([3]), indices, tensor([1, 2, 3]), 0, { mode: "add" }))); // [4. 0. 2.]
 * ```
 */
export function put(
  x: TensorLike,
  indices: TensorLike,
  values: TensorLike,
  axis?: number,
  options?: PutOptions,
): Tensor {
  refuseSurplus("put", 5, arguments);
  const { mode } = readPut("put", options);
  const { input, list, targets } = readInputs("put", x, indices, values, mode);
  const along = normalizeAxis("put", readAxis("put", "axis", axis), input.rank);
  const { shape } = input;
  const rows = filled("put", list, [
    ...shape.slice(0, along),
    ...targets.shape,
    ...shape.slice(along + 1),
  ]);
  const taken: Taken = { axis: along, shared: 0, fromEnd: true, by: "put" };
  return putRows(input, targets, rows, taken, mode);
}

const readAxis = optional(integer, 0);
const readLast = optional(integer, -1);

/** Tensors with an axis after all others, indices broadcast along the others. */
function asRows(op: string, x: Tensor, indices: Tensor, axis: number | undefined) {
  const along = normalizeAxis(op, readLast(op, "axis", axis), x.rank);
  const { order, back } = rowOrder(x.rank, along);
  const shape = x.shape.map((length, i) => (i === along ? (indices.shape[i] ?? 0) : length));
  if (indices.rank !== x.rank || !broadcasts(indices.shape, shape)) {
    const expected = `the shape ${formatShape(x.shape)} but for axis ${along}`;
    throw new ShapeError(op, "indices", expected, formatShape(indices.shape));
  }
  const taken: Taken = { axis: x.rank - 1, shared: x.rank - 1, fromEnd: true, by: op };
  return {
    shape,
    taken,
    rows: transpose(x, order),
    targets: transpose(broadcastTo(indices, shape), order),
    toRows: (values: Tensor) => transpose(values, order),
    back: (result: Tensor) => transpose(result, back),
  };
}

/**
 * Takes for each position of the other axes elements at separate indices: `takeAlongAxis(x, argSort(x, axis), axis)`
 * is `sort(x, axis)`.
 *
 * @param indices int32 of the rank of x, which broadcasts to its shape but for the axis; negative ones count from the
 *   end.
 * @param axis default the last.
 * @throws DTypeError for indices that are not int32; ShapeError for indices that do not fit; ArgumentError for an index
 *   out of range. (A compiled function throws it when it runs.)
 * @example
 * ```ts
 * import { takeAlongAxis, tensor } from "@graddiff/core";
 *
 * const x = tensor([[1, 2, 3], [4, 5, 6]]);
 * const indices = tensor([[2], [0]], { dtype: "int32" });
 * console.log(takeAlongAxis(x, indices, 1).toArray()); // [ [ 3 ], [ 4 ] ]
 * ```
 */
export function takeAlongAxis(x: TensorLike, indices: TensorLike, axis?: number): Tensor {
  refuseSurplus("takeAlongAxis", 3, arguments);
  const op = "takeAlongAxis";
  const input = toTensor(op, "x", x);
  const wanted = wholeIndices(op, toTensor(op, "indices", indices));
  const { rows, targets, taken, back } = asRows(op, input, wanted, axis);
  return back(apply(takeOp, [rows, targets], taken));
}

/**
 * x with values at indices of each position of the other axes: the counterpart of {@link takeAlongAxis}; see
 * {@link put}. Mode "add" is PyTorch's scatter_add, "multiply", "max", "min" and "mean" are its scatter_reduce with the element
 * that is there.
 *
 * @param values what broadcasts to the shape of the indices.
 * @example
 * ```ts
 * import { putAlongAxis, tensor, zeros } from "@graddiff/core";
 *
 * const indices = tensor([[2], [0]], { dtype: "int32" });
 * console.log(putAlongAxis(zeros([2, 3]), indices, 1, 1).toArray()); // [ [ 0, 0, 1 ], [ 1, 0, 0 ] ]
 * ```
 */
export function putAlongAxis(
  x: TensorLike,
  indices: TensorLike,
  values: TensorLike,
  axis?: number,
  options?: PutOptions,
): Tensor {
  refuseSurplus("putAlongAxis", 5, arguments);
  const op = "putAlongAxis";
  const { mode } = readPut(op, options);
  const { input, list, targets: wanted } = readInputs(op, x, indices, values, mode);
  const { rows, targets, taken, shape, toRows, back } = asRows(op, input, wanted, axis);
  return back(putRows(rows, targets, toRows(filled(op, list, shape)), taken, mode));
}

/**
 * Returns the number of times that each number from 0 up to but without `length` occurs in x.
 *
 * @param x int32 of any shape.
 * @returns int32, [length].
 * @throws DTypeError for what is not int32; ArgumentError for a number out of range. (A compiled function throws it when
 *   it runs.)
 * @example
 * ```ts
 * import { binCount, tensor } from "@graddiff/core";
 *
 * console.log(String(binCount(tensor([0, 2, 2], { dtype: "int32" }), 4))); // [1 0 2 0]
 * ```
 */
export function binCount(x: TensorLike, length: number): Tensor {
  refuseSurplus("binCount", 2, arguments);
  const input = toTensor("binCount", "x", x);
  const elements = wholeIndices("binCount", input, "x").reshape([input.size]);
  const bins = nonNegativeInteger("binCount", "length", length);
  return apply(takeBackwardOp, [ones([input.size], { dtype: "int32" }), elements], {
    ...{ axis: 0, shared: 0, fromEnd: false, length: bins, by: "binCount", argument: "x" },
  });
}
