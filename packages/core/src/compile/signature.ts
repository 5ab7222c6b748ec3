/**
 * What tells one compilation of a function from another: the form of the arguments, the shapes and
 * dtypes of their tensors, and everything static.
 */

import { argumentName } from "../differentiate/inputs.ts";
import type { TensorType } from "../graph/op.ts";
import { isLeaf, isOpaque, type Leaf, leafTensor, walkTree } from "../graph/tree.ts";
import { Variable } from "../graph/variable.ts";
import { at, sameShape } from "../tensor/shape.ts";
import { scalar, Tensor } from "../tensor/tensor.ts";

/**
 * What an argument was like, without the elements of its tensors. Calls alike are served by one
 * program, and comparing costs a tenth of making a key: a call mostly is like the one before.
 */
export type Form =
  | { readonly kind: "tensor"; readonly type: TensorType }
  | { readonly kind: "number" }
  /** A Variable, what passes through, or what is static. */
  | { readonly kind: "same"; readonly value: unknown }
  | { readonly kind: "array"; readonly items: readonly Form[] }
  | { readonly kind: "object"; readonly keys: readonly string[]; readonly items: readonly Form[] };

/** The forms of arguments that `readCall` has accepted. */
export function formsOf(inputs: readonly unknown[], statics: readonly number[]): Form[] {
  return inputs.map((input, i) =>
    statics.includes(i) ? { kind: "same", value: input } : formOf(input),
  );
}

function formOf(value: unknown): Form {
  if (value instanceof Tensor) {
    const { shape, dtype, weak } = value;
    return { kind: "tensor", type: { shape, dtype, weak } };
  }
  if (typeof value === "number") return { kind: "number" };
  if (typeof value !== "object" || value === null || value instanceof Variable) {
    return { kind: "same", value };
  }
  if (Array.isArray(value)) return { kind: "array", items: value.map(formOf) };
  const keys = Object.keys(value);
  return { kind: "object", keys, items: Object.values(value).map(formOf) };
}

/** The leaves of arguments that have these forms; undefined if they have others. */
export function leavesLike(
  forms: readonly Form[],
  inputs: readonly unknown[],
): Tensor[] | undefined {
  const leaves: Tensor[] = [];
  return areLike(forms, inputs, leaves) ? leaves : undefined;
}

function areLike(forms: readonly Form[], values: readonly unknown[], leaves: Tensor[]): boolean {
  if (forms.length !== values.length) return false;
  for (let i = 0; i < forms.length; i++) {
    if (!isLike(at(forms, i), values[i], leaves)) return false;
  }
  return true;
}

function isLike(form: Form, value: unknown, leaves: Tensor[]): boolean {
  switch (form.kind) {
    case "tensor": {
      if (!(value instanceof Tensor)) return false;
      const { shape, dtype, weak } = form.type;
      if (value.dtype !== dtype || value.weak !== weak || !sameShape(value.shape, shape)) {
        return false;
      }
      leaves.push(value);
      return true;
    }
    case "number":
      if (typeof value !== "number") return false;
      leaves.push(scalar(value));
      return true;
    case "same":
      return Object.is(value, form.value);
    case "array":
      return Array.isArray(value) && areLike(form.items, value, leaves);
    case "object": {
      if (!isBranch(value)) return false;
      const keys = Object.keys(value);
      const { length } = form.keys;
      if (keys.length !== length) return false;
      for (let i = 0; i < length; i++) {
        const key = at(keys, i);
        if (key !== form.keys[i] || !isLike(at(form.items, i), value[key], leaves)) return false;
      }
      return true;
    }
    default:
      return form satisfies never;
  }
}

/** Whether a value is an object with leaves. */
function isBranch(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  // The usual case first.
  if (Object.getPrototypeOf(value) === Object.prototype) return true;
  return !Array.isArray(value) && !isLeaf(value) && !isOpaque(value);
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
      {
        path: argumentName(i),
        passing: (value, path) => parts.push(`${path}=${staticKey(value)}`),
      },
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
