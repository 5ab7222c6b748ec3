/**
 * The signature, which tells one compilation of a function from another: the form of the arguments, the shapes and
 * dtypes of their tensors, and everything static.
 */

import { argumentName } from "../differentiate/inputs.ts";
import { released } from "../graph/compiled.ts";
import { hasSettings, walkTree } from "../graph/tree.ts";
import type { TensorType } from "../graph/types.ts";
import { Variable } from "../graph/variable.ts";
import { at, sameShape } from "../tensor/shape.ts";
import { scalar, Tensor } from "../tensor/tensor.ts";

/**
 * The form of an argument: its structure with the types of its tensors. Calls whose arguments have the same
 * forms are served by one program. Forms are compared and not printed as keys, since two structures may
 * print alike, and since a call mostly is like the one before.
 */
export type Form =
  | { readonly kind: "tensor"; readonly type: TensorType }
  /** A Variable, a value that passes through, or a static one. */
  | { readonly kind: "same"; readonly value: unknown }
  | { readonly kind: "array"; readonly items: readonly Form[] }
  | {
      readonly kind: "object";
      readonly prototype: unknown;
      readonly keys: readonly string[];
      readonly items: readonly Form[];
    };

/**
 * Returns the forms of the arguments of a call; those at the indices in `statics` are the values themselves.
 * @throws ArgumentError for an argument that is no tree.
 */
export function formsOf(inputs: readonly unknown[], statics: readonly number[]): Form[] {
  return inputs.map((input, i) => {
    if (statics.includes(i)) return { kind: "same", value: input };
    walkTree("compile", input, (leaf) => leaf, { path: argumentName(i) });
    return formOf(input);
  });
}

/** A plain number is recorded as a weak scalar, so a recording serves both. */
const NUMBER: TensorType = { shape: [], dtype: "float64", weak: true };

function formOf(value: unknown, resolved = false): Form {
  if (value instanceof Tensor) {
    const { shape, dtype, weak } = value;
    return { kind: "tensor", type: { shape, dtype, weak } };
  }
  if (typeof value === "number") {
    return resolved ? { kind: "same", value } : { kind: "tensor", type: NUMBER };
  }
  if (typeof value !== "object" || value === null || value instanceof Variable) {
    return { kind: "same", value: released(value) };
  }
  // A hole counts as undefined, which a list of forms could not tell.
  if (Array.isArray(value))
    return { kind: "array", items: Array.from(value, (item) => formOf(item, resolved)) };
  const prototype: unknown = Object.getPrototypeOf(value);
  const keys = Object.keys(value);
  const within = resolved || hasSettings(value);
  const items = Object.values(value).map((item) => formOf(item, within));
  return { kind: "object", prototype, keys, items };
}

/**
 * Returns the argument that differs most between compilations of a function, and in what, such as `argument 0 came with
 * 16 shapes`; undefined if none does.
 */
export function mostChanged(signatures: readonly (readonly Form[])[]): string | undefined {
  const count = Math.max(...signatures.map(({ length }) => length));
  const changes = Array.from({ length: count }, (_, i) => {
    const forms = signatures.flatMap((signature) => signature[i] ?? []);
    const kinds = new Set(forms.map(keyOf)).size;
    const ofTensors = forms.every(({ kind }) => kind === "tensor");
    const ofValues = forms.every(({ kind }) => kind === "same");
    const what = ofTensors ? "shapes or dtypes" : ofValues ? "values" : "structures or shapes";
    return { kinds, text: `${argumentName(i)} came with ${kinds} ${what}` };
  });
  const [most] = changes.sort((a, b) => b.kinds - a.kinds);
  return most !== undefined && most.kinds > 1 ? most.text : undefined;
}

/** Returns the key that distinguishes two forms: the value where they are compared by it, else a text. */
function keyOf(form: Form): unknown {
  if (form.kind === "same") return form.value;
  return JSON.stringify(form, (key, value: unknown) => {
    if (key === "prototype") return undefined;
    return typeof value === "object" ? value : String(value);
  });
}

/** Returns the leaves of arguments that have these forms; undefined if they have others. */
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
      const { shape, dtype, weak } = form.type;
      if (typeof value === "number" && weak && dtype === NUMBER.dtype && shape.length === 0) {
        leaves.push(scalar(value));
        return true;
      }
      if (!(value instanceof Tensor)) return false;
      if (value.dtype !== dtype || value.weak !== weak || !sameShape(value.shape, shape)) {
        return false;
      }
      leaves.push(value);
      return true;
    }
    case "same":
      return Object.is(released(value), form.value);
    case "array":
      return Array.isArray(value) && areLike(form.items, value, leaves);
    case "object": {
      if (!isInstance(value, form.prototype)) return false;
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

/** True if an object has a prototype: others have other methods, which the recorded function may call. */
function isInstance(
  value: unknown,
  prototype: unknown,
): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === prototype;
}
