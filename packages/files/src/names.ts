/**
 * Conversion of trees of tensors to flat lists with names, as files have them. A name is the keys of the path, joined
 * by dots, as `loadState` of `@graddiff/core` reads them.
 */

import { Tensor } from "@graddiff/core";
import { describe } from "@graddiff/core/extend";
import { shortened } from "@graddiff/core/internal";
import { refuse, type Source } from "./source.ts";

/** Tensors in nested objects and arrays, such as `state(model)` returns. */
export interface TensorTree {
  readonly [name: string]: Tensor | TensorTree | readonly (Tensor | TensorTree)[];
}

/** Tensors by name: a flat record. */
export type Tensors = Record<string, Tensor>;

/** The depth beyond which a tree is refused, because it may contain itself. */
const DEEPEST = 1000;

/**
 * Returns the tensors of a tree with their names, in order.
 * @throws ArgumentError for a leaf that is not a tensor, for two tensors with one name, and for a tree that is too deep.
 */
export function namedTensors(op: string, tree: unknown): [string, Tensor][] {
  if (typeof tree !== "object" || tree === null || tree instanceof Tensor) {
    refuse({ op, argument: "tree" }, "tensors in objects or arrays", describe(tree));
  }
  const found = new Map<string, Tensor>();
  const visit = (value: unknown, path: readonly string[]): void => {
    const argument = path.length === 0 ? "tree" : shortened(path.join("."));
    if (value instanceof Tensor) {
      const name = path.join(".");
      checkName({ op, argument }, name);
      if (found.has(name))
        refuse({ op, argument: "tree" }, "one entry of each name", `two of ${argument}`);
      found.set(name, value);
    } else if (isBranch(value)) {
      if (path.length > DEEPEST) {
        refuse({ op, argument: "tree" }, `a tree nested at most ${DEEPEST} deep`, "a deeper one");
      }
      for (const [key, inner] of Object.entries(value)) visit(inner, [...path, key]);
    } else refuse({ op, argument }, "a Tensor", describe(value), "Use state(model) for Variables");
  };
  visit(tree, []);
  return [...found];
}

function isBranch(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/**
 * Refuses a name with `__proto__`. Names in files become keys of records, and a copy of such a record by assignment
 * would change the prototype of the copy.
 */
export function checkName(source: Source, name: string): void {
  if (name.split(".").includes("__proto__")) {
    refuse(source, "a name other than __proto__", describe(name));
  }
  checkText(source, name);
}

/** Throws for a text with half a surrogate pair, which UTF-8 cannot represent. */
export function checkText(source: Source, text: string): void {
  if (/\p{Surrogate}/u.test(text)) refuse(source, "text in well-formed Unicode", describe(text));
}
