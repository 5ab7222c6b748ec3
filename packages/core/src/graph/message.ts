/**
 * Messages: trees of tensors as plain data, with buffers that can be transferred to another thread. Symbolic constants
 * stay symbolic. A structured clone of a Tensor has its properties and not its class, so it is recognised by them and
 * refused by name wherever it is used.
 */

import { refuseSurplus } from "../arguments.ts";
import { ArgumentError, DTypeError, describe, formatShape, ShapeError } from "../errors.ts";
import { type DType, dtypeOfStorage, readDType, type TypedArray } from "../tensor/dtype.ts";
import { checkShape, type Shape, sizeOf } from "../tensor/shape.ts";
import { patterned, type Rule, unreadRule } from "../tensor/symbolicConstant.ts";
import { DeviceStorage, findStorage, stored, type Tensor } from "../tensor/tensor.ts";
import { DEEPEST, isLeaf, isOpaque, type TensorTree, walkTree } from "./tree.ts";
import { isVariable } from "./variable.ts";

/** The message that {@link toMessage} makes of a tree. */
export interface Message {
  /** The tree as plain data: what `postMessage` and `structuredClone` take. */
  readonly message: unknown;
  /** The buffers of its arrays, for the second argument of `postMessage`: they move, and nothing is copied. */
  readonly transfer: ArrayBuffer[];
}

/** The envelope of a message, by which it is recognised. */
interface Envelope {
  readonly graddiff: "message";
  readonly tree: unknown;
}

/** A tensor in a message. */
interface Packed {
  readonly graddiff: "tensor";
  readonly shape: Shape;
  readonly dtype: DType;
  readonly weak: boolean;
  /** A number for a scalar; a rule for zeros, ranges and their kin, which are no array yet. */
  readonly elements: number | TypedArray | Rule;
}

/**
 * Returns a tree of tensors, such as `state(model)`, as a message to a worker or from one. The elements are copied
 * once, so the tensors stay what they are; with `transfer` nothing is copied on the way and at its end.
 *
 * @param tree nested arrays and plain objects of tensors; numbers, strings, booleans and null stay what they are.
 * @returns `{ message, transfer }`, the two arguments of `postMessage`.
 * @throws ArgumentError for Variables and for what is neither leaf nor branch; RecordingError for a tensor that
 *   has no value yet.
 * @example
 * ```ts
 * import { fromMessage, loadState, state, toMessage } from "@graddiff/core";
 * import { Dense } from "@graddiff/nn";
 *
 * const trained = new Dense(2, 1, { seed: 1 });
 * const { message, transfer } = toMessage(state(trained));
 * // worker.postMessage(message, transfer), and there, with the data of the event:
 * const data = structuredClone(message, { transfer });
 * const model = new Dense(2, 1, { seed: 2 });
 * loadState(model, fromMessage(data));
 * console.log(String(model.weight.value) === String(trained.weight.value)); // true
 * ```
 */
export function toMessage(tree: unknown): Message {
  refuseSurplus("toMessage", 1, arguments);
  const transfer: ArrayBuffer[] = [];
  const packed = walkTree(
    "toMessage",
    tree,
    (leaf, path) => {
      if (typeof leaf === "number") return leaf;
      if (!isVariable(leaf)) return pack(leaf, transfer);
      const expected = "tensors in nested arrays and objects";
      const got = describe(leaf);
      const hint = "Send state(model), and take it with loadState(model, fromMessage(data))";
      throw new ArgumentError("toMessage", path === "" ? "tree" : path, expected, got, hint);
    },
    { plain: true },
  );
  const message: Envelope = { graddiff: "message", tree: packed };
  return { message, transfer };
}

function pack(tensor: Tensor, transfer: ArrayBuffer[]): Packed {
  const { shape, dtype, weak } = tensor;
  const storage = findStorage(tensor, "toMessage");
  const rule = unreadRule(storage);
  if (typeof storage === "number" || rule !== undefined) {
    return { graddiff: "tensor", shape, dtype, weak, elements: rule ?? (storage as number) };
  }
  const elements = storage instanceof DeviceStorage ? storage.copy() : storage.slice();
  // Both arrays own their buffers, so these may be transferred.
  transfer.push(elements.buffer as ArrayBuffer);
  return { graddiff: "tensor", shape, dtype, weak, elements };
}

/**
 * Returns the tree of tensors that {@link toMessage} has made a message of. It has the arrays of the message, not
 * copies.
 *
 * @param message what has come, such as `event.data`.
 * @throws ArgumentError, ShapeError or DTypeError for what is no such message.
 * @example
 * ```ts
 * import { fromMessage, tensor, toMessage, treeLeaves } from "@graddiff/core";
 *
 * const { message } = toMessage({ weight: tensor([1, 2]) });
 * console.log(treeLeaves(fromMessage(structuredClone(message))).map(String)); // [ '[1. 2.]' ]
 * ```
 */
export function fromMessage(message: unknown): TensorTree {
  refuseSurplus("fromMessage", 1, arguments);
  const { graddiff, tree } = Object(message) as Partial<Envelope>;
  if (graddiff !== "message") throw noMessage(describe(message));
  // Values other than tensors have the type that the sender knows.
  return unpackAll(tree, 0) as TensorTree;
}

function noMessage(got: string): ArgumentError {
  const expected = "a message that toMessage has made";
  const hint = "Send the message of toMessage(tree), and not the tree itself";
  return new ArgumentError("fromMessage", "message", expected, got, hint);
}

// Recursion is bounded by the nesting of the user's data.
function unpackAll(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth > DEEPEST) throw noMessage(`one nested more than ${DEEPEST} deep`);
  if (isLeaf(value) || isOpaque(value)) throw noMessage(describe(value));
  if (Array.isArray(value)) return value.map((each) => unpackAll(each, depth + 1));
  if ((value as Partial<Packed>).graddiff === "tensor") return unpack(value as Packed);
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, unpackAll(inner, depth + 1)]),
  );
}

/** Returns the tensor of a part of a message. The part is checked, since anybody may have made it. */
function unpack(packed: { readonly [Name in keyof Packed]: unknown }): Tensor {
  const op = "fromMessage";
  const shape = checkShape(op, "shape", packed.shape);
  const dtype = readDType(op, "dtype", packed.dtype);
  const { elements } = packed;
  const weak = packed.weak === true;
  if (typeof elements === "number") return stored(checkSize(shape, 1), dtype, elements, weak);
  if (isRule(elements)) return patterned(shape, dtype, elements, weak);
  const array = elements as TypedArray;
  if (dtypeOfStorage(array) !== dtype) {
    throw new DTypeError(op, "elements", dtype, describe(elements));
  }
  return stored(checkSize(shape, array.length), dtype, array, weak);
}

/** The numbers of each kind of rule. */
const RULES = {
  value: ["value"],
  range: ["start", "step"],
  identity: ["rows", "columns"],
} as const satisfies Readonly<Record<Rule["kind"], readonly string[]>>;

function isRule(value: unknown): value is Rule {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return false;
  const parts = value as Readonly<Record<string, unknown>>;
  const numbers = Object.hasOwn(RULES, String(parts["kind"]))
    ? RULES[parts["kind"] as Rule["kind"]]
    : undefined;
  return numbers?.every((name) => typeof parts[name] === "number") ?? false;
}

function checkSize(shape: Shape, size: number): Shape {
  if (sizeOf(shape) === size) return shape;
  const expected = `those of the shape ${formatShape(shape)}`;
  const got = size === 0 ? "none: their buffer was transferred again" : String(size);
  throw new ShapeError("fromMessage", "elements", expected, got);
}
