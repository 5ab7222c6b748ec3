/**
 * Indices and elements that are found by value: `oneHot`, `searchSorted`, and functions whose result's size depends on
 * values.
 */

import {
  integer,
  oneOf,
  optional,
  optionsReader,
  positiveInteger,
  refuseSurplus,
} from "../arguments.ts";
import { DTypeError, formatShape, RecordingError, ShapeError } from "../errors.ts";
import { type Search, searchKernel } from "../families/order.ts";
import { apply } from "../graph/apply.ts";
import { none, type Op } from "../graph/op.ts";
import { arange, full } from "../tensor/create.ts";
import { defaultDType } from "../tensor/defaultDType.ts";
import { type DType, readDType } from "../tensor/dtype.ts";
import { at, normalizeAxis, sameShape } from "../tensor/shape.ts";
import { isReadable, stored, type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { cast } from "./cast.ts";
import { where } from "./comparison.ts";
import { stopGradient } from "./identity.ts";
import { take, takeAt, takeFromRows } from "./indexing.ts";
import { promoteInputs, refuseBooleans } from "./promote.ts";
import { register } from "./registry.ts";
import { argSort, sort } from "./sorting.ts";
import { reshape, spreadAxes } from "./view.ts";

const readHot = optionsReader({ dtype: optional(readDType, undefined) });

/**
 * Returns for each index a row of zeros with a 1 at that index.
 *
 * @param indices int32 of any shape, from 0: negative ones do not count from the end.
 * @param depth the length of a row.
 * @param options `dtype` (default float32, see {@link setDefaultDType}).
 * @returns the shape of the indices, and after it an axis of length `depth`.
 * @throws DTypeError for indices that are not int32; ArgumentError for one out of range. (A compiled function throws it
 *   when it runs.)
 * @example
 * ```ts
 * import { oneHot, tensor } from "@graddiff/core";
 *
 * console.log(oneHot(tensor([1, 0], { dtype: "int32" }), 3).toArray()); // [ [ 0, 1, 0 ], [ 1, 0, 0 ] ]
 * ```
 */
export function oneHot(
  indices: TensorLike,
  depth: number,
  options?: { readonly dtype?: DType },
): Tensor {
  refuseSurplus("oneHot", 3, arguments);
  const { dtype = defaultDType() } = readHot("oneHot", options);
  const classes = arange(0, positiveInteger("oneHot", "depth", depth), { dtype: "int32" });
  // Taking from all classes checks the indices.
  const found = takeAt(classes, indices, { axis: 0, by: "oneHot" });
  const spread = spreadAxes("oneHot", "indices", found, [...found.shape, 1]);
  return cast(spread.equal(classes), dtype);
}

const searchOp: Op<Search> = register<Search>({
  name: "searchSorted",
  symbol: "search",
  family: "order",
  promotion: "none",
  formula: "how many elements of a sorted vector are before each value",
  results: ([sorted, values]) => {
    refuseBooleans("searchSorted", sorted?.dtype ?? "float32");
    return [{ shape: values?.shape ?? [], dtype: "int32", weak: false }];
  },
  derivative: none("its result is an index"),
  kernel: searchKernel(),
  examples: {
    domain: [-3, 3],
    make: ([sorted, ...values]) => [
      ...(sorted && sorted.dtype !== "bool" ? [sort(sorted)] : sorted ? [sorted] : []),
      ...values,
    ],
    cases: [
      { shapes: [[5], [4]], attributes: { right: false } },
      { shapes: [[7], [2, 3]], attributes: { right: true } },
    ],
    exact: [
      {
        inputs: [
          [-Infinity, -0, 0, 2, NaN],
          [0, 1, NaN, -Infinity],
        ],
        attributes: { right: false },
        results: [[1, 3, 4, 0]],
      },
      {
        inputs: [
          [-Infinity, -0, 0, 2, NaN],
          [0, 1, NaN, -Infinity],
        ],
        attributes: { right: true },
        results: [[3, 3, 5, 1]],
      },
    ],
  },
});

const readSide = optionsReader({ side: optional(oneOf("left", "right"), "left" as const) });

/**
 * Returns the number of elements of its sorted row that are before each value, by halving: a step for each bit of
 * the length.
 */
function searchRows(sorted: Tensor, values: Tensor, right: boolean): Tensor {
  const axis = sorted.rank - 1;
  const length = at(sorted.shape, axis);
  // NaN is the greatest: all that is none is before it.
  const isLast = values.notEqual(values);
  let found = full(values.shape, 0, { dtype: "int32" });
  for (let step = 2 ** (31 - Math.clz32(length)); step >= 1; step /= 2) {
    const next = found.add(step);
    const element = takeFromRows(sorted, next.minimum(length).sub(1));
    const isBefore = right
      ? element.lessEqual(values).logicalOr(isLast)
      : element.less(values).logicalOr(isLast.logicalAnd(element.equal(element)));
    found = where(isBefore.logicalAnd(next.lessEqual(length)), next, found);
  }
  return found;
}

/**
 * Returns the indices at which values would be put into a sorted vector so that it stays sorted, by halving. With
 * leading axes, values of each position go into a separate row. NaN is the greatest.
 *
 * @param sorted in ascending order along the last axis, which is not checked: a vector, or rows with the leading axes of
 *   the values.
 * @param values numbers of any shape; for rows, [...leading axes, values of a row].
 * @param options `side`: "left" (the default), before equal elements, or "right", after them.
 * @returns int32 of the shape of the values, from 0 to the length of the vector.
 * @throws ShapeError for leading axes that are not those of the values; DTypeError for bools.
 * @example
 * ```ts
 * import { searchSorted, tensor } from "@graddiff/core";
 *
 * const sorted = tensor([1, 2, 2, 3]);
 * console.log(searchSorted(sorted, 2).item(), searchSorted(sorted, 2, { side: "right" }).item()); // 1 3
 * const rows = tensor([[1, 2], [10, 20]]);
 * console.log(searchSorted(rows, tensor([[2], [2]])).toArray()); // [ [ 1 ], [ 0 ] ]
 * ```
 */
export function searchSorted(
  sorted: TensorLike,
  values: TensorLike,
  options?: { readonly side?: "left" | "right" },
): Tensor {
  refuseSurplus("searchSorted", 3, arguments);
  const { side } = readSide("searchSorted", options);
  const [list, wanted] = promoteInputs(
    "searchSorted",
    [toTensor("searchSorted", "sorted", sorted), toTensor("searchSorted", "values", values)],
    "same",
  );
  const right = side === "right";
  if (list.rank === 1) return apply(searchOp, [list, wanted], { right });
  if (list.rank === 0 || !sameShape(list.shape.slice(0, -1), wanted.shape.slice(0, -1))) {
    const expected = `a vector, or rows with the leading axes of values, ${formatShape(wanted.shape)}`;
    throw new ShapeError("searchSorted", "sorted", expected, formatShape(list.shape));
  }
  refuseBooleans("searchSorted", list.dtype);
  return searchRows(stopGradient(list), stopGradient(wanted), right);
}

/** @throws RecordingError for a tensor without values, on which the size of a result would depend. */
function known(op: string, x: Tensor, hint: string, argument = "x"): Tensor {
  if (isReadable(x)) return x;
  const expected = "values that are known, since the size of the result depends on them";
  const got = "a tensor of a compiled or batched function";
  throw new RecordingError(op, argument, expected, got, hint);
}

function indexTensor(list: readonly number[]): Tensor {
  return stored([list.length], "int32", Int32Array.from(list));
}

/** True if elements are equal, as 0 and −0 are, and NaN and NaN. */
function sameElement(x: number, y: number): boolean {
  return x === y || (Number.isNaN(x) && Number.isNaN(y));
}

/**
 * Returns the different elements in ascending order. All NaN count as one.
 *
 * The size of the result depends on values, so compiled functions refuse it.
 *
 * @param x of any shape, whose elements are one sequence.
 * @returns `{ values, counts, inverse }`: how often each is in x (int32), and the index of each element of x among
 *   the values (int32 of the shape of x). The gradient of a value goes to the first element that is equal.
 * @throws RecordingError where values are not known; DTypeError for bools.
 * @example
 * ```ts
 * import { tensor, unique } from "@graddiff/core";
 *
 * const { values, counts, inverse } = unique(tensor([3, 1, 3]));
 * console.log(String(values), String(counts), String(inverse)); // [1. 3.] [1 2] [1 0 1]
 * ```
 */
export function unique(x: TensorLike): { values: Tensor; counts: Tensor; inverse: Tensor } {
  refuseSurplus("unique", 1, arguments);
  const input = known(
    "unique",
    toTensor("unique", "x", x),
    "sort(x), and where(…) between neighbours, have a fixed size",
  );
  refuseBooleans("unique", input.dtype);
  const sequence = reshape(input, [input.size]);
  const order = argSort(sequence).data();
  const data = sequence.data();
  const firsts: number[] = [];
  const counts: number[] = [];
  const inverse = new Int32Array(order.length);
  for (const index of order) {
    const isNew =
      firsts.length === 0 || !sameElement(at(data, index), at(data, at(firsts, firsts.length - 1)));
    if (isNew) {
      firsts.push(index);
      counts.push(0);
    }
    counts.push((counts.pop() ?? 0) + 1);
    inverse[index] = firsts.length - 1;
  }
  return {
    values: take(sequence, indexTensor(firsts)),
    counts: indexTensor(counts),
    inverse: stored(input.shape, "int32", inverse),
  };
}

/**
 * Returns the indices of the elements that are not 0, in row-major order.
 *
 * The size of the result depends on values, so compiled functions refuse it.
 *
 * @returns for each axis an int32 vector of indices, as in the array API. (PyTorch gives one matrix.)
 * @throws RecordingError where values are not known.
 * @example
 * ```ts
 * import { nonZero, tensor } from "@graddiff/core";
 *
 * console.log(nonZero(tensor([[0, 5], [7, 0]])).map(String)); // [ '[0 1]', '[1 0]' ]
 * ```
 */
export function nonZero(x: TensorLike): Tensor[] {
  refuseSurplus("nonZero", 1, arguments);
  const input = known(
    "nonZero",
    toTensor("nonZero", "x", x),
    "where(condition, x, y) keeps the size",
  );
  const found: number[] = [];
  input.data().forEach((value, i) => {
    if (value !== 0) found.push(i);
  });
  let inner = input.size;
  return input.shape.map((length) => {
    inner = inner / length || 1;
    const step = inner;
    return indexTensor(found.map((element) => Math.floor(element / step) % length));
  });
}

/**
 * Returns the elements of x where a mask is true.
 *
 * The size of the result depends on values, so compiled functions refuse it.
 *
 * @param mask bool: a vector of the length of the axis; or without an axis, the shape of x, and the result is a vector in
 *   row-major order.
 * @param axis default none.
 * @throws RecordingError where the values of the mask are not known; DTypeError for a mask that is not bool; ShapeError
 *   for one of another shape.
 * @example
 * ```ts
 * import { compress, tensor } from "@graddiff/core";
 *
 * const x = tensor([[1, -2], [3, 4]]);
 * console.log(String(compress(x, x.greater(0))), String(compress(x, tensor([false, true]), 0))); // [1. 3. 4.] [[3. 4.]]
 * ```
 */
export function compress(x: TensorLike, mask: TensorLike, axis?: number): Tensor {
  refuseSurplus("compress", 3, arguments);
  const input = toTensor("compress", "x", x);
  const hint = "where(mask, x, 0) keeps the size";
  const chosen = known("compress", toTensor("compress", "mask", mask), hint, "mask");
  if (chosen.dtype !== "bool") {
    const expected = "a bool tensor";
    const got = chosen.dtype;
    throw new DTypeError("compress", "mask", expected, got, "Compare first, as in x.greater(0)");
  }
  const along =
    axis === undefined
      ? 0
      : normalizeAxis("compress", integer("compress", "axis", axis), input.rank);
  const wanted = axis === undefined ? input.shape : [at(input.shape, along)];
  if (!sameShape(chosen.shape, wanted)) {
    const expected = `the shape ${formatShape(wanted)}`;
    throw new ShapeError("compress", "mask", expected, formatShape(chosen.shape));
  }
  const found: number[] = [];
  chosen.data().forEach((value, i) => {
    if (value !== 0) found.push(i);
  });
  return take(axis === undefined ? reshape(input, [input.size]) : input, indexTensor(found), along);
}
