/** The types of an application of an op: of its inputs and results, with its attributes. */

import type { DType } from "../tensor/dtype.ts";
import type { Shape } from "../tensor/shape.ts";

/** The type of a tensor, known without its elements. A Tensor is one itself. */
export interface TensorType {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly weak: boolean;
}

/** The settings of one application of an op, such as the axes of a sum: plain immutable data. */
export type Attributes = Readonly<Record<string, unknown>>;

/** The attributes of ops that have none. */
export const NO_ATTRIBUTES: Attributes = Object.freeze({});

/**
 * True if two sets of attributes are the same: numbers by `Object.is`, lists by their elements, and
 * functions and other objects by identity. Printed attributes would not do: JSON writes NaN and Infinity
 * alike and leaves functions out.
 */
export function sameAttributes(first: Attributes, second: Attributes): boolean {
  if (first === second) return true;
  const keys = Object.keys(first);
  return (
    keys.length === Object.keys(second).length &&
    keys.every((key) => key in second && sameAttribute(first[key], second[key]))
  );
}

function sameAttribute(first: unknown, second: unknown): boolean {
  if (!Array.isArray(first) || !Array.isArray(second)) return Object.is(first, second);
  return first.length === second.length && first.every((item, i) => sameAttribute(item, second[i]));
}

/** Returns a hash of attributes: equal attributes have the same one. */
export function hashAttributes(attributes: Attributes): number {
  let hash = 0;
  for (const key in attributes) hash = hashAttribute(hash, attributes[key]);
  return hash;
}

function hashAttribute(hash: number, value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>(hashAttribute, hash);
  const number = typeof value === "number" ? value : Number(value === true);
  return Math.imul(hash ^ (number | 0), 0x9e3779b1) ^ (hash >>> 15);
}
