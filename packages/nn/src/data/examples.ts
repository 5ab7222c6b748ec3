/**
 * Examples: trees of tensors, numbers, booleans and typed arrays, which are stacked into a batch leaf by leaf. All
 * examples of a data set are alike: they have the keys of the first one, and its shapes and dtypes.
 */

import {
  ArgumentError,
  type DType,
  DTypeError,
  defaultDType,
  type GraddiffError,
  type NumberArray,
  type Shape,
  ShapeError,
  stack,
  type Tensor,
  type TypedArray,
  tensor,
} from "@graddiff/core";
import {
  describe,
  formatShape,
  isPlainObject,
  isTensor,
  isVariable,
  sameShape,
} from "@graddiff/core/extend";
import { at, scalar, sizeOf } from "../basics.ts";
import { elementsOf, fillerWith, stored } from "../inside.ts";

/** A leaf of an example. A typed array is a row, with the dtype that `tensor` gives it. */
export type ExampleLeaf = Tensor | number | boolean | NumberArray;

/** The batch of examples: their tree with a Tensor for each leaf, which has the examples along its first axis. */
export type Batched<Example> = Example extends ExampleLeaf
  ? Tensor
  : { -readonly [Key in keyof Example]: Batched<Example[Key]> };

/** The leaves of one example, in order. */
export type Leaves = readonly ExampleLeaf[];

interface LeafType {
  readonly shape: Shape;
  readonly dtype: DType;
  /** True if it is a plain number, whose dtype the first example has determined. */
  readonly isPlain: boolean;
}

/** The common form of the examples of a data set. It checks examples, and stacks them. */
export class ExampleForm {
  readonly #op: string;
  /** The tree, with a tensor for each leaf. */
  readonly #form: unknown;
  readonly #types: readonly LeafType[];
  readonly #fill: ReturnType<typeof fillerWith>;

  /**
   * @param first the example that all others must be like.
   * @throws ArgumentError for one without leaves, or with anything else than leaves at its ends.
   */
  constructor(op: string, first: unknown) {
    this.#op = op;
    const types: LeafType[] = [];
    this.#form = formOf(op, first, types, []);
    if (types.length === 0) throw noExample(op, "data[0]", describe(first));
    this.#types = types;
    let leaves = 0;
    this.#fill = fillerWith(op, this.#form, () => leaves++);
  }

  /**
   * Returns the leaves of an example.
   * @param index counts the examples of the data, for errors.
   * @throws ArgumentError for other keys than those of the first example; ShapeError or DTypeError for leaves of another
   *   type.
   */
  leavesOf(example: unknown, index: number): Leaves {
    const leaves: ExampleLeaf[] = [];
    this.#collect(this.#form, example, leaves, [String(index)]);
    return leaves;
  }

  /** Returns a batch of examples by their leaves. */
  stack(examples: readonly Leaves[]): unknown {
    return this.#fill(
      this.#types.map((type, i) =>
        stackLeaves(
          examples.map((leaves) => at(leaves, i)),
          type,
        ),
      ),
    );
  }

  // Recursion is bounded by the nesting of the first example.
  #collect(form: unknown, value: unknown, leaves: ExampleLeaf[], way: string[]): void {
    if (isTensor(form)) {
      this.#collectLeaf(value, leaves, way);
      return;
    }
    const own = Object.keys(form as object);
    const isAlike = isBranch(value) && Array.isArray(value) === Array.isArray(form);
    const keys = isAlike ? Object.keys(value) : [];
    if (!isAlike || keys.length !== own.length || !own.every((key) => Object.hasOwn(value, key))) {
      throw new ArgumentError(
        this.#op,
        nameOf(way),
        `${keysInWords(form as object)}, as data[0] has`,
        isAlike ? keysInWords(value) : describe(value),
        "Examples are alike. A row of numbers is a tensor or a typed array; columns of examples are tensors in an object, as in { x, y }",
      );
    }
    const [forms, values] = [form, value] as Readonly<Record<string, unknown>>[];
    for (const key of own) {
      way.push(key);
      this.#collect(forms?.[key], values?.[key], leaves, way);
      way.pop();
    }
  }

  #collectLeaf(value: unknown, leaves: ExampleLeaf[], way: readonly string[]): void {
    const expected = at(this.#types, leaves.length);
    if (!isExampleLeaf(value)) {
      throw noExample(this.#op, nameOf(way), describe(value));
    }
    const own = typeOfLeaf(value);
    const isSameKind = own.dtype === expected.dtype || (own.isPlain && expected.isPlain);
    if (!isSameKind || !sameShape(own.shape, expected.shape)) {
      const Kind = isSameKind ? ShapeError : DTypeError;
      throw new Kind({
        op: this.#op,
        argument: nameOf(way),
        expected: `${typeInWords(expected)}, as data[0] has`,
        got: typeInWords(own),
      });
    }
    leaves.push(value);
  }
}

/** Trees that are nested deeper would use up the stack, and some contain themselves. */
const DEEPEST = 1000;

/** Returns the tree of the first example with a tensor for each leaf, and adds the types of the leaves. */
// Recursion is bounded by the nesting of the user's data.
function formOf(op: string, value: unknown, types: LeafType[], way: readonly string[]): unknown {
  if (isExampleLeaf(value)) {
    types.push(typeOfLeaf(value));
    return scalar(0);
  }
  if (!isBranch(value)) throw noExample(op, nameOf(["0", ...way]), describe(value));
  if (way.length >= DEEPEST) {
    throw noExample(op, "data[0]", `a tree nested more than ${DEEPEST} deep`);
  }
  const inside = (key: string, inner: unknown) => formOf(op, inner, types, [...way, key]);
  if (Array.isArray(value)) {
    return Array.from(value, (inner: unknown, i) => inside(String(i), inner));
  }
  const form = Object.create(Object.getPrototypeOf(value) as object | null) as object;
  const entries = Object.entries(value).map(([key, inner]) => [key, inside(key, inner)] as const);
  return Object.assign(form, Object.fromEntries(entries));
}

/** True for arrays and objects whose content is in properties, unlike a Map, a Promise or a Date. */
function isBranch(value: unknown): value is object {
  if (typeof value !== "object" || value === null || isVariable(value)) return false;
  if (Array.isArray(value) || isPlainObject(value)) return true;
  return (
    !ArrayBuffer.isView(value) && !("copyOfGraddiff" in value) && Object.keys(value).length > 0
  );
}

function isExampleLeaf(value: unknown): value is ExampleLeaf {
  if (typeof value === "number" || typeof value === "boolean" || isTensor(value)) return true;
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

function typeOfLeaf(leaf: ExampleLeaf): LeafType {
  if (typeof leaf === "number") return { shape: [], dtype: defaultDType(), isPlain: true };
  if (typeof leaf === "boolean") return { shape: [], dtype: "bool", isPlain: false };
  if (isTensor(leaf)) {
    const { shape, dtype, weak } = leaf;
    return { shape, dtype: weak ? defaultDType() : dtype, isPlain: weak };
  }
  // `tensor` refuses an array whose buffer was transferred to another thread.
  const shape = leaf.length > 0 ? [leaf.length] : tensor(leaf).shape;
  return { shape, dtype: dtypeOfArray(leaf), isPlain: false };
}

/** Returns the dtype that `tensor` gives a typed array. */
function dtypeOfArray(array: NumberArray): DType {
  const kind = array[Symbol.toStringTag];
  if (kind === "Float64Array") return "float64";
  return kind.startsWith("Float") ? "float32" : "int32";
}

/** Returns leaves with copies of their typed arrays, since a source may write the next example into the same arrays. */
export function withOwnArrays(leaves: Leaves): Leaves {
  return leaves.map((leaf) =>
    typeof leaf === "object" && !isTensor(leaf) ? (leaf.slice() as NumberArray) : leaf,
  );
}

/**
 * Returns the leaves of one path as a tensor. They are written into one array, so that no element becomes an object.
 */
function stackLeaves(leaves: readonly ExampleLeaf[], { shape, dtype }: LeafType): Tensor {
  // Tensors of a recording are stacked by ops, since a copy of their elements would lose the gradient.
  if (leaves.some((leaf) => isTensor(leaf) && elementsOf(leaf, "batches") === undefined)) {
    return stack(leaves.map((leaf) => asTensor(leaf, dtype)));
  }
  const size = sizeOf(shape);
  const result = stored([leaves.length, ...shape], dtype);
  // The array is new, so it may be used without a copy.
  const elements = elementsOf(result, "batches") as TypedArray;
  for (let i = 0; i < leaves.length; i++) writeLeaf(at(leaves, i), elements, dtype, i * size, size);
  return result;
}

function writeLeaf(
  leaf: ExampleLeaf,
  target: TypedArray,
  dtype: DType,
  start: number,
  size: number,
): void {
  if (typeof leaf === "number" || typeof leaf === "boolean") target[start] = Number(leaf);
  else if (!isTensor(leaf)) writeArray(leaf, target, dtype, start, size);
  else if (leaf.weak) target[start] = leaf.item();
  else leaf.copyTo(target.subarray(start, start + size));
}

function writeArray(
  array: NumberArray,
  target: TypedArray,
  dtype: DType,
  start: number,
  size: number,
): void {
  // Integers of 32 bits and more may not fit.
  const fits = dtype !== "int32" || array.BYTES_PER_ELEMENT < 4 || array instanceof Int32Array;
  if (fits) target.set(array as ArrayLike<number>, start);
  else tensor(array, { dtype }).copyTo(target.subarray(start, start + size));
}

function asTensor(leaf: ExampleLeaf, dtype: DType): Tensor {
  if (isTensor(leaf)) return leaf;
  return stackLeaves([leaf], { ...typeOfLeaf(leaf), dtype }).squeeze([0]);
}

/** Returns the path of a part of an example, for errors: `data[3].image`. */
function nameOf(way: readonly string[]): string {
  return way.reduce((name, key) => name + (/^\d+$/.test(key) ? `[${key}]` : `.${key}`), "data");
}

function keysInWords(branch: object): string {
  if (Array.isArray(branch)) return `an array of length ${branch.length}`;
  return `an object of ${Object.keys(branch).slice(0, 8).join(", ") || "nothing"}`;
}

function typeInWords({ shape, dtype }: LeafType): string {
  return `${dtype} of shape ${formatShape(shape)}`;
}

function noExample(op: string, argument: string, got: string): GraddiffError {
  return new ArgumentError(
    op,
    argument,
    "tensors, numbers, booleans or typed arrays in nested arrays and objects",
    got,
    "Make numbers of texts and the like first, or leave them out",
  );
}
