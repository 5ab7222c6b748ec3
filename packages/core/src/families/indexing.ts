/**
 * The families of rows at indices: copied out of an array, or added into one.
 */

import { ArgumentError, type Complaint } from "../errors.ts";
import { type Call, type Check, registerCheck, type Split, type Splits } from "../graph/call.ts";
import type { Computation, KernelOf, PlacedOp, ScalarFunction } from "../graph/kernel.ts";
import type { Attributes } from "../graph/types.ts";
import { BYTES, type TypedArray } from "../tensor/dtype.ts";
import { at, type Shape, sizeOf } from "../tensor/shape.ts";
import { isNumber, type KernelName, SUFFIX } from "./exports.ts";

/**
 * The layout of an array and its indices: the array is groups × outer × length × inner, there are groups × count
 * indices, and the elements that are read or added are groups × outer × count × inner.
 */
export interface IndexLayout {
  readonly groups: number;
  readonly outer: number;
  readonly length: number;
  readonly count: number;
  readonly inner: number;
  /** The axis of `length`, for errors. */
  readonly axis: number;
  /** True if negative indices count from the end; else they are out of range. */
  readonly fromEnd: boolean;
}

/** The layout of an op for its shapes. */
export type LayoutOf<A> = (shapes: readonly Shape[], attributes: A) => IndexLayout;

/** True if indices may be out of range, as far as an application of an op tells. */
export function mayBeOutside({ inside }: Attributes): boolean {
  return inside !== true;
}

/** Returns the kernel of rows of the first input, copied from the indices in the second. */
/* @__NO_SIDE_EFFECTS__ */
export function gatherKernel<A extends Attributes>(layout: LayoutOf<A>): KernelOf<"calls", A> {
  return {
    kind: "calls",
    compute: (call) => copyRows(layoutIn(layout, call), call),
    // Copying is the same for all dtypes.
    calls: (placed) => {
      const bytes = BYTES[at(placed.inputs, 0).dtype];
      return [rowCall(layout, placed, "gather", { bytes, copies: true })];
    },
    throws: mayBeOutside,
    refuses: refusedBy(layout),
  };
}

/** Returns the kernel of rows of the first input, added into zeros at the indices in the second, in their order. */
/* @__NO_SIDE_EFFECTS__ */
export function scatterAddKernel<A extends Attributes>(layout: LayoutOf<A>): KernelOf<"calls", A> {
  return {
    kind: "calls",
    compute: (call) => addRows(layoutIn(layout, call), call, at(call.arrays, 0)),
    // Booleans are not added, but counted.
    calls: (placed) => {
      const { dtype } = at(placed.outputs, 0);
      if (at(placed.inputs, 0).dtype !== dtype || !isNumber(dtype)) return undefined;
      const size = { bytes: BYTES[dtype] };
      return [rowCall(layout, placed, `scatterAdd_${SUFFIX[dtype]}`, size)];
    },
    throws: mayBeOutside,
    refuses: refusedBy(layout),
  };
}

/* @__NO_SIDE_EFFECTS__ */
export function refusedBy<A extends Attributes>(
  layout: LayoutOf<A>,
): NonNullable<KernelOf<"calls", A>["refuses"]> {
  return ({ inputs, attributes }) => {
    const indices = layoutIn(layout, { types: inputs, attributes });
    return `below ${lowestIndex(indices)}, from ${indices.length} on`;
  };
}

export function layoutIn<A extends Attributes>(
  layout: LayoutOf<A>,
  { types, attributes }: Pick<Computation<A>, "types" | "attributes">,
): IndexLayout {
  return layout(
    types.map(({ shape }) => shape),
    attributes,
  );
}

/**
 * Returns a call on arrays, the second with the indices. It checks the indices: the code that it returns has the
 * position of the first index out of range.
 *
 * @param size the bytes of an element, and whether the function copies rows, whose length it counts in bytes; `puts` of copies
 *   whose order counts. Others count elements, and combine rows that may be parts of wider ones.
 */
export function rowCall<A extends Attributes>(
  layout: LayoutOf<A>,
  { op, attributes, inputs, outputs }: PlacedOp<A>,
  kernel: KernelName,
  {
    bytes,
    copies = false,
    puts = false,
  }: { readonly bytes: number; readonly copies?: boolean; readonly puts?: boolean },
): Call {
  const indices = layoutIn(layout, { types: inputs, attributes });
  const { groups, outer, length, count, inner } = indices;
  const arrays = [...inputs, at(outputs, 0)];
  const caller = callerOf(op, attributes);
  const widths = copies ? [inner * bytes] : [inner, inner];
  const numbers = [groups, outer, length, count, ...widths, lowestIndex(indices)];
  /** @param index of the number that counts the work. @param elements by array, of a unit. */
  const split = (along: string, index: number, elements: readonly number[]): Split => ({
    along,
    argument: arrays.length + index,
    steps: [
      ...elements.map((each, i) => each * (i === INDICES ? BYTES.int32 : bytes)),
      ...numbers.map(() => 0),
    ],
  });
  /** Returns the number of elements of each array for one of `parts` parts. */
  const partsOf = (parts: number) => arrays.map(({ shape }) => sizeOf(shape) / parts);
  const splitOf = (): Splits => {
    if (groups > 1) return [{ ...split("groups", 0, partsOf(groups)), codes: count }];
    if (outer > 1) return [split("outer axes", 1, partsOf(outer).with(INDICES, 0))];
    if (puts) return "rows are put in the order of their indices";
    if (copies) return [{ ...split("indices", 3, [0, 1, inner]), codes: 1 }];
    return inner > 1
      ? [split("columns", 4, arrays.map(() => 1).with(INDICES, 0))]
      : "elements are added in the order of their indices";
  };
  return {
    function: kernel,
    arguments: [...arrays.map(({ address }) => address), ...numbers],
    check: {
      kind: indicesCheck,
      ...caller,
      arguments: { argument: caller.argument, layout: indices },
    } satisfies Check<Indices>,
    splits: splitOf(),
  };
}

/** The array of indices among those of a call. */
const INDICES = 1;

/** The indices that an error names. */
interface Indices {
  readonly argument: string;
  readonly layout: IndexLayout;
}

const indicesCheck = registerCheck<Indices>(
  "indices",
  ({ op, arguments: { argument, layout }, first = 0 }, position, read) =>
    outOfRange({ op, argument }, layout, read(INDICES, position), first + position),
);

/** The public function that an op is applied for, and its argument with the indices: for errors. */
interface Caller extends Pick<Complaint, "op"> {
  readonly argument: string;
}

function callerOf({ name }: { readonly name: string }, { by, argument }: Attributes): Caller {
  return {
    op: typeof by === "string" ? by : name,
    argument: typeof argument === "string" ? argument : "indices",
  };
}

type Rows = Pick<Computation, "name" | "attributes" | "arrays" | "result">;

/** The elements from which rows are copied at once. */
const LONG_ROW = 32;

/** Returns the least index that fits. */
function lowestIndex({ length, fromEnd }: IndexLayout): number {
  return fromEnd ? -length : 0;
}

/** Returns the error for the index at a position. */
function outOfRange(
  caller: Caller,
  layout: IndexLayout,
  index: number,
  position: number,
): ArgumentError {
  const { axis, length } = layout;
  const integers =
    length === 0 ? "no indices" : `integers from ${lowestIndex(layout)} to ${length - 1}`;
  const expected = `${integers}, since axis ${axis} has length ${length}`;
  const got = `${index} at position ${position}`;
  return new ArgumentError(caller.op, caller.argument, expected, got);
}

/**
 * Returns the indices counted from the front.
 * @throws ArgumentError for one out of range, before anything is written.
 */
function elementsOf(caller: Caller, layout: IndexLayout, indices: TypedArray): Int32Array {
  const { length } = layout;
  const lowest = lowestIndex(layout);
  const elements = new Int32Array(indices.length);
  for (let i = 0; i < elements.length; i++) {
    const index = indices[i] as number;
    if (index < lowest || index >= length) throw outOfRange(caller, layout, index, i);
    elements[i] = index < 0 ? index + length : index;
  }
  return elements;
}

/** result[g, o, j, …] = x[g, o, indices[g, j], …] */
function copyRows(layout: IndexLayout, { name, attributes, arrays, result }: Rows): void {
  const x = at(arrays, 0);
  const { groups, outer, length, count, inner } = layout;
  const elements = elementsOf(callerOf({ name }, attributes), layout, at(arrays, 1));
  let to = 0;
  for (let slab = 0; slab < groups * outer; slab++) {
    const first = Math.floor(slab / outer) * count;
    if (inner === 1) {
      const row = slab * length;
      for (let j = 0; j < count; j++) {
        result[to++] = x[row + (elements[first + j] as number)] as number;
      }
      continue;
    }
    for (let j = 0; j < count; j++) {
      const from = (slab * length + (elements[first + j] as number)) * inner;
      if (inner >= LONG_ROW) result.set(x.subarray(from, from + inner), to);
      else for (let i = 0; i < inner; i++) result[to + i] = x[from + i] as number;
      to += inner;
    }
  }
}

/**
 * result[g, o, indices[g, j], …] += x[g, o, j, …] for j in order, or with another operation than +.
 */
export function addRows(
  layout: IndexLayout,
  { name, attributes, arrays, result }: Rows,
  x: TypedArray,
  combine?: ScalarFunction,
): void {
  const { groups, outer, length, count, inner } = layout;
  const elements = elementsOf(callerOf({ name }, attributes), layout, at(arrays, 1));
  let from = 0;
  for (let slab = 0; slab < groups * outer; slab++) {
    const first = Math.floor(slab / outer) * count;
    for (let j = 0; j < count; j++) {
      const to = (slab * length + (elements[first + j] as number)) * inner;
      // Storing rounds to the dtype.
      for (let i = 0; i < inner; i++) {
        const before = result[to + i] as number;
        const more = x[from + i] as number;
        result[to + i] = combine === undefined ? before + more : combine(before, more, 0);
      }
      from += inner;
    }
  }
}
