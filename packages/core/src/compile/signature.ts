/**
 * What tells one compilation of a function from another: the form of the arguments, the shapes and
 * dtypes of their tensors, and everything static.
 */

import { type Leaf, leafTensor, walkTree } from "../graph/tree.ts";
import { Variable } from "../graph/variable.ts";
import { sameShape } from "../tensor/shape.ts";
import { scalar, Tensor } from "../tensor/tensor.ts";

/**
 * Whether two calls with nothing but tensors and numbers are served by one program: the common
 * case, which needs no key.
 */
export function sameFlatCall(before: readonly unknown[], now: readonly unknown[]): boolean {
  if (before.length !== now.length) return false;
  for (let i = 0; i < now.length; i++) {
    const a = before[i];
    const b = now[i];
    if (typeof b === "number" && typeof a === "number") continue;
    if (!(a instanceof Tensor && b instanceof Tensor)) return false;
    if (a.dtype !== b.dtype || a.weak !== b.weak || !sameShape(a.shape, b.shape)) return false;
  }
  return true;
}

/** The arguments of one call, taken apart. */
export interface Call {
  /** Equal for calls that one program serves. */
  readonly key: string;
  /** The tensors and numbers in the arguments, in order. */
  readonly leaves: readonly Tensor[];
}

let identities = 0;
const identityOf = new WeakMap<object, number>();

/** A number for an object, the same as long as it lives. */
function identity(object: object): number {
  const known = identityOf.get(object);
  if (known !== undefined) return known;
  identityOf.set(object, ++identities);
  return identities;
}

/** The leaves of a call with nothing but tensors and numbers. */
export function flatLeaves(inputs: readonly unknown[]): Tensor[] {
  return inputs.map((input) => (input instanceof Tensor ? input : scalar(Number(input))));
}

/** Takes the arguments of a call apart. Arguments of the places in `statics` are static. */
export function readCall(inputs: readonly unknown[], statics: readonly number[]): Call {
  const parts: string[] = [];
  const leaves: Tensor[] = [];
  inputs.forEach((input, i) => {
    if (statics.includes(i)) {
      parts.push(`${i}=${staticKey(input)}`);
      return;
    }
    walkTree(
      "compile",
      input,
      (leaf, path) => {
        parts.push(`${path}:${leafKey(leaf)}`);
        if (!(leaf instanceof Variable)) leaves.push(leafTensor(leaf));
        return leaf;
      },
      { path: String(i), passing: (value, path) => parts.push(`${path}=${staticKey(value)}`) },
    );
  });
  return { key: parts.join(";"), leaves };
}

function leafKey(leaf: Leaf): string {
  if (leaf instanceof Variable) return `Variable ${identity(leaf)}`;
  if (typeof leaf === "number") return "number";
  return `${leaf.weak ? "weak " : ""}${leaf.dtype}[${leaf.shape}]`;
}

function staticKey(value: unknown): string {
  if ((typeof value === "object" && value !== null) || typeof value === "function") {
    return `#${identity(value)}`;
  }
  return typeof value === "string" ? JSON.stringify(value) : `${typeof value} ${String(value)}`;
}
