/**
 * Arithmetic of what is known while a function is recorded: Shape → Gather → Mul → Concat → Reshape. Operators compute their
 * tensors as ever, which gives the shape of the result; here are its elements, in plain numbers, and a tensor of these takes
 * the place of the computed one.
 */

import { tensor } from "@graddiff/core";
import type { Node } from "./node.ts";
import { sliceOf } from "./operators/shapes.ts";
import { ELEMENT_TYPES, isFloatType, narrowRange } from "./types.ts";
import { MOST_KNOWN, type Value } from "./value.ts";

/** A known tensor. */
interface Known {
  readonly shape: readonly number[];
  readonly elements: readonly number[];
}

/** The elements of result `index`, of a shape. */
type Fold = (
  node: Node,
  inputs: readonly Known[],
  shape: readonly number[],
  index: number,
) => number[];

const sizeOf = (shape: readonly number[]) => shape.reduce((product, length) => product * length, 1);

/** Something for each place of a shape, in order. */
function byPlace(
  shape: readonly number[],
  element: (place: readonly number[]) => number,
): number[] {
  return Array.from({ length: sizeOf(shape) }, (_, at) => {
    let rest = at;
    const place = [...shape];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const length = shape[axis] ?? 1;
      place[axis] = rest % length;
      rest = Math.floor(rest / length);
    }
    return element(place);
  });
}

/** The element at a place; an axis of length 1, or one that is not there, is repeated. */
function at({ shape, elements }: Known, place: readonly number[]): number {
  const missing = place.length - shape.length;
  const offset = shape.reduce(
    (sum, length, axis) => sum * length + (length === 1 ? 0 : (place[axis + missing] ?? 0)),
    0,
  );
  return elements[offset] ?? Number.NaN;
}

const elementwise =
  (compute: (...numbers: number[]) => number): Fold =>
  (_node, inputs, shape) =>
    byPlace(shape, (place) => compute(...inputs.map((input) => at(input, place))));

const variadic = (compute: (a: number, b: number) => number): Fold =>
  elementwise((first = 0, ...others) => others.reduce((a, b) => compute(a, b), first));

/** The same elements in another shape. */
const same: Fold = (_node, [x]) => [...(x?.elements ?? [])];

const first = (inputs: readonly Known[]): Known => inputs[0] ?? { shape: [], elements: [] };

/** All elements brought together, whatever the axes: shapes have one. */
const whole =
  (compute: (a: number, b: number) => number, start: number): Fold =>
  (_node, inputs, shape) => {
    const { elements } = first(inputs);
    return sizeOf(shape) === 1 ? [elements.reduce((a, b) => compute(a, b), start)] : [];
  };

const isWhole = (node: Node) => !isFloatType(node.type(0));

const RULES: Readonly<Record<string, Fold>> = {
  Abs: elementwise((x) => Math.abs(x)),
  Add: elementwise((x, y) => x + y),
  And: elementwise((x, y) => Number(x !== 0 && y !== 0)),
  Cast: elementwise((x) => x),
  Ceil: elementwise((x) => Math.ceil(x)),
  Concat: (node, inputs, shape) => {
    const axis = node.axis(node.int("axis", 0), shape.length);
    return byPlace(shape, (place) => {
      let along = place[axis] ?? 0;
      for (const input of inputs) {
        const length = input.shape[axis] ?? 0;
        if (along < length) return at(input, place.with(axis, along));
        along -= length;
      }
      return Number.NaN;
    });
  },
  ConstantOfShape: (node, _inputs, shape) => {
    const value = node.tensor("value")?.tensor.data()[0] ?? 0;
    return new Array<number>(sizeOf(shape)).fill(value);
  },
  Div: (node, inputs, shape) => {
    const divide = isWhole(node)
      ? (x: number, y: number) => (y === 0 ? 0 : Math.trunc(x / y))
      : (x: number, y: number) => x / y;
    return elementwise(divide)(node, inputs, shape, 0);
  },
  Equal: elementwise((x, y) => Number(x === y)),
  Expand: (_node, inputs, shape) => byPlace(shape, (place) => at(first(inputs), place)),
  Flatten: same,
  Floor: elementwise((x) => Math.floor(x)),
  Gather: (node, inputs, shape) => {
    const [x, indices] = inputs;
    if (x === undefined || indices === undefined) return [];
    const axis = node.axis(node.int("axis", 0), x.shape.length);
    const rank = indices.shape.length;
    return byPlace(shape, (place) => {
      const index = at(indices, place.slice(axis, axis + rank));
      const own = index < 0 ? index + (x.shape[axis] ?? 0) : index;
      return at(x, [...place.slice(0, axis), own, ...place.slice(axis + rank)]);
    });
  },
  Greater: elementwise((x, y) => Number(x > y)),
  GreaterOrEqual: elementwise((x, y) => Number(x >= y)),
  Identity: same,
  Less: elementwise((x, y) => Number(x < y)),
  LessOrEqual: elementwise((x, y) => Number(x <= y)),
  Max: variadic(Math.max),
  Min: variadic(Math.min),
  Mod: (node, inputs, shape) => {
    const isCut = node.int("fmod", 0) !== 0;
    const rest = (x: number, y: number) => (isCut ? x % y : x - Math.floor(x / y) * y);
    return elementwise(rest)(node, inputs, shape, 0);
  },
  Mul: elementwise((x, y) => x * y),
  Neg: elementwise((x) => -x),
  Not: elementwise((x) => Number(x === 0)),
  Or: elementwise((x, y) => Number(x !== 0 || y !== 0)),
  Pow: elementwise((x, y) => x ** y),
  Range: (_node, inputs, shape) => {
    const [start = 0, , step = 1] = inputs.map(({ elements }) => elements[0] ?? 0);
    return Array.from({ length: sizeOf(shape) }, (_, i) => start + i * step);
  },
  ReduceMax: whole(Math.max, Number.NEGATIVE_INFINITY),
  ReduceMin: whole(Math.min, Number.POSITIVE_INFINITY),
  ReduceProd: whole((a, b) => a * b, 1),
  ReduceSum: whole((a, b) => a + b, 0),
  Reshape: same,
  Slice: (node, inputs, shape) => {
    const x = first(inputs);
    const { from, by } = sliceOf(node, x.shape);
    return byPlace(shape, (place) =>
      at(
        x,
        place.map((i, axis) => (from[axis] ?? 0) + i * (by[axis] ?? 1)),
      ),
    );
  },
  Split: (node, inputs, shape, index) => {
    const x = first(inputs);
    const axis = node.axis(node.int("axis", 0), x.shape.length);
    const given = node.version < 13 ? node.ints("split") : node.maybeNumbers(1);
    const count = node.int("num_outputs", node.outputs);
    const each = Math.ceil((x.shape[axis] ?? 0) / Math.max(1, count));
    const start = given?.slice(0, index).reduce((sum, length) => sum + length, 0) ?? index * each;
    return byPlace(shape, (place) => at(x, place.with(axis, start + (place[axis] ?? 0))));
  },
  Sqrt: elementwise((x) => Math.sqrt(x)),
  Squeeze: same,
  Sub: elementwise((x, y) => x - y),
  Sum: variadic((a, b) => a + b),
  Tile: (_node, inputs, shape) => {
    const x = first(inputs);
    return byPlace(shape, (place) =>
      at(
        x,
        place.map((i, axis) => i % (x.shape[axis] ?? 1)),
      ),
    );
  },
  Transpose: (node, inputs, shape) => {
    const x = first(inputs);
    const order = node.ints("perm") ?? x.shape.map((_, i) => x.shape.length - 1 - i);
    return byPlace(shape, (place) =>
      at(
        x,
        x.shape.map((_, axis) => place[order.indexOf(axis)] ?? 0),
      ),
    );
  },
  Unsqueeze: same,
  Where: elementwise((condition, x, y) => (condition !== 0 ? (x ?? 0) : (y ?? 0))),
  Xor: elementwise((x, y) => Number((x !== 0) !== (y !== 0))),
};

/** Operators whose result depends on the numbers of their first input, whatever the others are. */
function knownInputs(node: Node): readonly Known[] | undefined {
  const inputs: Known[] = [];
  for (const value of node.values) {
    if (value === undefined) continue;
    if (value.known === undefined) return undefined;
    inputs.push({ shape: value.tensor.shape, elements: value.known });
  }
  return inputs.length === 0 ? undefined : inputs;
}

/** Adds the elements of a result of what is known. Those of int32 and narrower types are cut to their bits. */
export function folded(node: Node, value: Value, index: number): Value {
  const rule = Object.hasOwn(RULES, node.step.operator) ? RULES[node.step.operator] : undefined;
  const { type, tensor: own } = value;
  if (rule === undefined || own.size > MOST_KNOWN) return value;
  const inputs = knownInputs(node);
  if (inputs === undefined) return value;
  const numbers = rule(node, inputs, own.shape, index);
  if (numbers.length !== own.size) return value;
  const known = numbers.map((x) => rounded(x, type));
  return { type, known, tensor: tensor(known, { shape: own.shape, dtype: own.dtype }) };
}

function rounded(x: number, type: Value["type"]): number {
  if (type === "bool") return Number(x !== 0);
  if (type === "float64") return x;
  if (isFloatType(type)) return ELEMENT_TYPES[type].dtype === "float32" ? Math.fround(x) : x;
  const whole = Math.trunc(x);
  const range = narrowRange(type);
  if (range === undefined) return whole | 0;
  const [low, high] = range;
  const bits = low === 0 ? 32 - high : 31 - high;
  return low === 0 ? (whole << bits) >>> bits : (whole << bits) >> bits;
}
