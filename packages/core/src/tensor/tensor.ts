/// <reference lib="esnext.disposable" preserve="true" />

/**
 * The Tensor: what a user holds. It has a shape, a dtype, and either its elements or an index in
 * a recording (`level`, `index`) together with its value one level down.
 *
 * A tensor never changes. Its methods are ops: `functions/methods.ts` adds them to its type, and `functions/index.ts` to its
 * prototype.
 *
 * In: elements, a symbolic constant, or a value one level down. Out: a value that has a shape and a dtype at once, and elements
 * when somebody reads them.
 *
 * Invariant: shape, dtype and elements never change; storage may move from a device to an array, or be disposed of.
 */

import { optional, optionsReader, positiveInteger, refuseSurplus } from "../arguments.ts";
import { type Copy, otherCopyOf, THIS_COPY } from "../copies.ts";
import {
  ArgumentError,
  describe,
  hintOfStatic,
  isClone,
  RecordingError,
  withArticle,
} from "../errors.ts";
import { type ArrayOf, allocate, convert, type DType, type TypedArray } from "./dtype.ts";
import { formatTensor } from "./format.ts";
import { type NestedArray, nest } from "./nested.ts";
import { allocateResult } from "./results.ts";
import { type Shape, sizeOf } from "./shape.ts";

/** The storage of elements: a scalar is a bare number, everything else a typed array. */
export type Storage = number | TypedArray;

/**
 * Elements that are in no array until they are read: they are in the memory of compiled programs, or follow from other
 * elements or from a rule.
 */
export abstract class DeviceStorage {
  /** Returns the elements in an array that stays. */
  abstract read(): TypedArray;
  /** Returns the elements in an array of the caller's. */
  abstract copy(): TypedArray;
  /** Writes the elements into an array of the caller's, of the same length. */
  abstract copyTo(target: TypedArray): void;
  /** Notes that one of the tensors with these elements was disposed of. */
  abstract release(): void;
  /** Brings the elements here, if they are elsewhere; undefined where they are not. */
  fetch(): Promise<void> | undefined {
    return undefined;
  }
  /** Returns why the elements cannot be printed, in a word or two; undefined where they can. Default: they can. */
  absence?(): string | undefined;
}

/** The storage of a tensor that was disposed of: reading it throws. */
class Disposed extends DeviceStorage {
  override read(): never {
    throw disposedError();
  }
  override copy(): never {
    throw disposedError();
  }
  override copyTo(): never {
    throw disposedError();
  }
  override release(): void {}
  override fetch(): never {
    throw disposedError();
  }
}

const DISPOSED = new Disposed();

/** @internal */
export function disposedError(): ArgumentError {
  const expected = "a tensor that still has its elements";
  const hint =
    "Nothing needs to be disposed of: call dispose() only on tensors that nobody uses again";
  return new ArgumentError("tensor", "", expected, "one after dispose()", hint);
}

/** `Symbol.dispose`, the key of the method that `using` calls, also on hosts without it. */
const DISPOSE: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");

/** The values that an op accepts as a tensor. */
export type TensorLike = Tensor | number;

/**
 * The part of a recording that its tensors use (see `graph/recording.ts`).
 * @internal
 */
export interface Level {
  /** Counts recordings; the greater, the newer. */
  readonly serial: number;
  /** False once the recorded function has returned: its tensors are then their plain values. */
  readonly open: boolean;
  /** Why values cannot be read here; undefined where they can. */
  readonly unreadable: string | undefined;
  /** The method by which elements of its tensors were read as an array, if any were. */
  arraysBy?: "toArray" | "data" | "copyTo";
  /** Gives the node at an index a name. */
  name(index: number, name: string): void;
}

/**
 * An array of numbers of one dtype. Make one with {@link tensor}, {@link zeros} and their kin.
 *
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 *
 * const x = tensor([[1, 2], [3, 4]]);
 * console.log(x.shape, x.dtype, x.mul(10).sum().item()); // [ 2, 2 ] float32 100
 * ```
 */
export class Tensor {
  /** The length of each axis; `[]` for a scalar. */
  readonly shape: Shape;
  /** The type of the elements. */
  readonly dtype: DType;
  /**
   * True for a value of plain numbers only: it takes the dtype of the other operand.
   */
  readonly weak: boolean;
  /** @internal */
  storage: Storage | DeviceStorage | undefined;
  /** @internal The recording, where this tensor represents a node of one. */
  level: Level | undefined;
  /** @internal The index in the recording. */
  index: number;
  /** @internal The value one level down. */
  value: Tensor | undefined;
  /** @internal The name given by `named`. */
  label: string | undefined;
  /**
   * @internal True if a program made this tensor for one Variable and nothing has read it since: then the next value
   *   may overwrite it.
   */
  unseen: boolean;

  /** @internal Use `tensor(…)`. */
  constructor(
    shape: Shape,
    dtype: DType,
    weak: boolean,
    storage: Storage | DeviceStorage | undefined,
    level?: Level,
    index = -1,
    value?: Tensor,
  ) {
    this.shape = shape;
    this.dtype = dtype;
    this.weak = weak;
    this.storage = storage;
    this.level = level;
    this.index = index;
    this.value = value;
    this.label = undefined;
    this.unseen = false;
  }

  /** @internal The copy of the package that it is from. */
  copyOfGraddiff(): Copy {
    return THIS_COPY;
  }

  /** The number of axes. */
  get rank(): number {
    return this.shape.length;
  }

  /** The number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /**
   * Returns the one element as a JavaScript number (1 or 0 for a bool).
   * @throws ArgumentError if there is not exactly one element.
   * @throws RecordingError where no value exists, as inside `vectorize`.
   */
  item(): number {
    refuseSurplus("item", 0, arguments);
    const storage = readStorage(this, "item");
    if (typeof storage === "number") return storage;
    const [first] = storage;
    if (storage.length !== 1 || first === undefined) {
      const expected = "a tensor of one element";
      const hint = "Use toArray() or data() to read several";
      throw new ArgumentError("item", "", expected, describe(this), hint);
    }
    return first;
  }

  /**
   * Returns the elements as nested arrays (booleans for a bool tensor); the element itself for a scalar. A program that knows
   * the rank names the type: `toArray<number[][]>()`.
   *
   * @example
   * ```ts
   * import { tensor } from "@graddiff/core";
   *
   * console.log(tensor([1, 2, 3]).greater(1).toArray()); // [ false, true, true ]
   * ```
   */
  toArray<Nested extends NestedArray = NestedArray>(): Nested {
    refuseSurplus("toArray", 0, arguments);
    noteArray(this, "toArray");
    return nest(readStorage(this, "toArray"), this.shape, this.dtype) as Nested;
  }

  /** Returns a copy of the elements, flat and row-major, in the typed array of the dtype. */
  data(): TypedArray {
    refuseSurplus("data", 0, arguments);
    noteArray(this, "data");
    const storage = findStorage(this, "data");
    if (typeof storage === "number") return arrayOf(storage, this.dtype);
    return storage instanceof DeviceStorage ? storage.copy() : storage.slice();
  }

  /**
   * Writes the elements into an array of the caller's, flat and row-major, which spares a new one in each call.
   *
   * @param target the typed array of the dtype (a Uint8Array for bool), of {@link size} elements: `cast` first for
   *   another kind.
   * @returns the same array.
   * @throws ArgumentError for an array of another kind or length; RecordingError where no value exists.
   * @example
   * ```ts
   * import { tensor } from "@graddiff/core";
   *
   * const vertices = new Float32Array(6);
   * tensor([[1, 2], [3, 4]]).copyTo(vertices.subarray(2));
   * console.log(vertices.join(" ")); // 0 0 1 2 3 4
   * ```
   */
  copyTo<Target extends TypedArray>(target: Target): Target {
    refuseSurplus("copyTo", 1, arguments);
    noteArray(this, "copyTo");
    const storage = findStorage(this, "copyTo");
    const elementArray = allocate(this.dtype, 0).constructor;
    // An object that only has the prototype of an array has no length.
    if (
      ArrayBuffer.isView(target) &&
      target instanceof elementArray &&
      target.length === this.size
    ) {
      if (storage instanceof DeviceStorage) storage.copyTo(target);
      else if (typeof storage === "number") target[0] = storage;
      else target.set(storage);
      return target;
    }
    const expected = `${withArticle(elementArray.name)} of length ${this.size}`;
    throw new ArgumentError("copyTo", "target", expected, describe(target));
  }

  /**
   * Returns the same tensor, once its elements are here. A backend of `compile` may leave results in its
   * memory, such as a GPU's. What looks at elements (`item`, `toArray`, `data`, printing, ops outside of the backend)
   * needs this first. Of other tensors the elements are here already.
   *
   * @returns a promise of this tensor, which is rejected with what the function that computed it has refused, such as
   *   an index out of range.
   * @throws RecordingError where no value exists, as `toArray` does; the promise is rejected with it.
   * @example
   * ```ts
   * import { compile, type Tensor, tensor } from "@graddiff/core";
   *
   * const double = compile((x: Tensor) => x.mul(2));
   * const result = await double(tensor([1, 2])).read();
   * console.log(result.toArray()); // [ 2, 4 ]
   * ```
   */
  async read(): Promise<this> {
    refuseSurplus("read", 0, arguments);
    const storage = findStorage(this, "read");
    if (storage instanceof DeviceStorage) await storage.fetch();
    return this;
  }

  /**
   * Gives the elements up. Never necessary: unused tensors are collected like any other object. But a
   * large result of a compiled function is in the function's memory. It has to be copied from there before the next
   * call, unless the function knows that nobody needs it. Inside `grad` and its kin it does nothing. `using` calls it
   * at the end of a block.
   *
   * Whoever reads the elements afterwards gets an ArgumentError.
   *
   * @example
   * ```ts
   * import { compile, type Tensor, uniform } from "@graddiff/core";
   *
   * const double = compile((x: Tensor) => x.mul(2));
   * const result = double(uniform([1000, 1000], { seed: 1 }));
   * console.log(result.sum().item() > 0); // true
   * result.dispose(); // the next call of double needs no new memory
   * ```
   */
  dispose(): void {
    refuseSurplus("dispose", 0, arguments);
    const { storage, level } = resolve(this);
    if (level !== undefined) return;
    if (storage instanceof DeviceStorage) storage.release();
    this.storage = DISPOSED;
  }

  /** {@link dispose}, for `using`. */
  [DISPOSE](): void {
    this.dispose();
  }

  /**
   * Prints the elements as NumPy's `str` does: with the fewest digits that distinguish them from other elements of the
   * dtype. Arrays have at most 8 digits after the point, and of more than 1000 elements those at the ends of the axes.
   *
   * @param options `digits`: to how many significant digits floats are rounded, a tie to the even digit. Default: as
   *   above.
   * @throws ArgumentError for a number of digits that is no positive integer; RecordingError where no value exists.
   * @example
   * ```ts
   * import { tensor } from "@graddiff/core";
   *
   * const x = tensor([0.0123456, 12.3456]);
   * console.log(x.toString({ digits: 3 })); // [ 0.0123 12.3   ]
   * console.log(String(x)); // [ 0.0123456 12.3456   ]
   * ```
   */
  toString(options?: { readonly digits?: number }): string {
    const { digits } = readPrinting("toString", options);
    return formatTensor(this.shape, this.dtype, readStorage(this, "toString"), "str", digits);
  }

  /** Returns the elements, so that `JSON.stringify` writes them as nested arrays. */
  toJSON(): NestedArray {
    return this.toArray();
  }

  /**
   * Prints in string contexts; everywhere else JavaScript would silently turn the tensor into a
   * number and lose its gradient, so that is an error.
   * @throws RecordingError for `x + 1`, `x > 0`, `Math.sin(x)` and the like.
   */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === "string") return this.toString();
    throw new RecordingError(
      "conversion of a Tensor to a number",
      "",
      "an op of graddiff",
      "a JavaScript operator or Math function, which would lose the gradient",
      hintOfStatic(this) ?? OPS_INSTEAD,
    );
  }

  /** Returns the text that `console.log` prints in Node: NumPy's `repr`, or why there are no elements to print. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    // Neither a number nor an array has such a method.
    const absence =
      resolve(this).level?.unreadable ??
      (findStorage(this, "console.log") as DeviceStorage).absence?.();
    if (absence !== undefined) {
      return `tensor(<${absence}>, shape=[${this.shape}], dtype=${this.dtype})`;
    }
    return formatTensor(this.shape, this.dtype, readStorage(this, "console.log"), "repr");
  }
}

const readPrinting = optionsReader({ digits: optional(positiveInteger, undefined) });

/** Returns a typed array of one element. */
function arrayOf<D extends DType>(value: number, dtype: D): ArrayOf[D] {
  const array = allocate(dtype, 1);
  array[0] = value;
  return array;
}

/**
 * Tells the recordings of a tensor that its elements are read as an array: values computed from that have no
 * derivative.
 */
function noteArray(tensor: Tensor, by: NonNullable<Level["arraysBy"]>): void {
  for (let { level, value } = resolve(tensor); level !== undefined && value !== undefined; ) {
    level.arraysBy = by;
    ({ level, value } = resolve(value));
  }
}

/** True if a tensor is a value of an open recording: it may be differentiated, or is not computed yet. */
export function isRecorded(tensor: Tensor): boolean {
  return resolve(tensor).level !== undefined;
}

/**
 * Replaces a tensor whose recording has closed by its value one level down, so that it keeps no graph alive. @returns
 * the tensor.
 */
export function resolve(tensor: Tensor): Tensor {
  while (tensor.level !== undefined && !tensor.level.open) {
    const { value, level } = tensor;
    if (value === undefined || level.unreadable !== undefined) {
      const expected = "a tensor whose recording is still running";
      const got = `one that escaped from ${level.unreadable ?? "a recording without values"}`;
      const hint = "Return it from the function instead of keeping it in an outer variable";
      throw new RecordingError("tensor", "", expected, got, hint);
    }
    tensor.storage = value.storage;
    tensor.level = value.level;
    tensor.index = value.index;
    tensor.value = value.value;
  }
  return tensor;
}

/**
 * Returns the elements themselves, however deep the recordings are. Not a copy: never write into it.
 * @throws RecordingError where a recording below has no values.
 * @internal
 */
export function readStorage(tensor: Tensor, op: string): Storage {
  const storage = findStorage(tensor, op);
  if (!(storage instanceof DeviceStorage)) return storage;
  const elements = storage.read();
  // A number that a backend has returned.
  return tensor.shape.length === 0 ? (elements[0] ?? 0) : elements;
}

/** The hint where JavaScript would make a number of a tensor. */
const OPS_INSTEAD =
  "Write x.add(1) for x + 1, x.greater(0) with where(…) for x > 0, x.sin() for Math.sin(x), or x.item() to read a plain number";

const READ_OUTSIDE = "Use where(…) in place of JavaScript control flow, or read the value outside";

/**
 * Returns the storage like {@link readStorage}, but leaves the elements where they are.
 * @internal
 */
export function findStorage(tensor: Tensor, op: string): Storage | DeviceStorage {
  let current = resolve(tensor);
  while (current.storage === undefined) {
    const { level, value } = current;
    if (value === undefined || level?.unreadable !== undefined) {
      const expected = "a tensor whose elements can be read";
      const got = `one inside ${level?.unreadable ?? "a recording"}`;
      const hint = hintOfStatic(current, `${READ_OUTSIDE}. `) ?? READ_OUTSIDE;
      throw new RecordingError(op, "", expected, got, hint);
    }
    current = resolve(value);
  }
  return current.storage;
}

/** True if the elements can be read now. */
export function isReadable(tensor: Tensor): boolean {
  let current: Tensor | undefined = resolve(tensor);
  while (current !== undefined && current.storage === undefined) {
    if (current.level?.unreadable !== undefined) return false;
    current = current.value && resolve(current.value);
  }
  return current !== undefined;
}

/** Returns the elements as a typed array, also for a scalar. Not a copy. */
export function readArray(tensor: Tensor, op: string): TypedArray {
  const storage = readStorage(tensor, op);
  return typeof storage === "number" ? arrayOf(storage, tensor.dtype) : storage;
}

/**
 * Returns the elements like {@link readArray}; undefined for a value of an open recording, which may be differentiated or is
 * not computed yet.
 */
export function elementsOf(tensor: Tensor, op: string): TypedArray | undefined {
  return isRecorded(tensor) ? undefined : readArray(tensor, op);
}

/** Returns a tensor of stored elements; of zeros where they are still to be written. */
export function stored(
  shape: Shape,
  dtype: DType,
  storage: Storage = allocateResult(dtype, sizeOf(shape)),
  weak = false,
): Tensor {
  if (typeof storage === "number" || shape.length > 0) {
    return new Tensor(shape, dtype, weak, storage);
  }
  return new Tensor(shape, dtype, weak, storage[0] ?? 0);
}

const EMPTY: Shape = Object.freeze([]);

/** Returns a plain number as a tensor: a weak float64 scalar, or a scalar of a given dtype. */
export function scalar(value: number, dtype?: DType): Tensor {
  return dtype === undefined
    ? new Tensor(EMPTY, "float64", true, value)
    : new Tensor(EMPTY, dtype, false, convert(value, dtype));
}

/**
 * True if a value is a tensor, and not only made from the prototype of one: that has no shape.
 *
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { isTensor } from "@graddiff/core/extend";
 *
 * console.log(isTensor(tensor(1)), isTensor(1)); // true false
 * ```
 */
export function isTensor(value: unknown): value is Tensor {
  return value instanceof Tensor && value.shape !== undefined;
}

/** The advice in errors of tensors that were sent as they are. @internal */
export const SEND = "Send tensors with toMessage(tree), and take them with fromMessage(event.data)";

/**
 * Returns a tensor as it is, and a number as a scalar whose dtype adapts to that of the tensor beside it. It is a reader.
 *
 * @throws ArgumentError for all else.
 *
 * @example
 * ```ts
 * import { toTensor } from "@graddiff/core/extend";
 *
 * console.log(toTensor("loss", "target", 0.5).shape); // []
 * ```
 */
export function toTensor(op: string, argument: string, value: unknown): Tensor {
  if (isTensor(value)) return value;
  if (typeof value === "number") return scalar(value);
  const expected = "a Tensor or a number";
  throw new ArgumentError(op, argument, expected, describe(value), hintOfTensor(value));
}

/** Returns the hint for a value that is no tensor; of another copy of the package nothing helps here. */
function hintOfTensor(value: unknown): string | undefined {
  if (isClone(value)) return SEND;
  if (otherCopyOf(Object(value)) !== undefined) return undefined;
  return "Make tensors of arrays with tensor([…]); read a Variable with .value";
}
