/**
 * The symbolic trace, which is written into a model. For a function that was recorded once, it is the trace; for one
 * that was recorded at several sizes of open axes, it is the common trace of all recordings, with symbols where sizes
 * differ.
 */

import type { DType, Tensor } from "@graddiff/core";
import { type Cell, type Op, type PrimitiveName, ruleOf } from "@graddiff/core/internal";
import type { Length } from "./length.ts";
import type { Quantity } from "./quantity.ts";

/** A shape and a dtype. */
export interface SymbolicType {
  readonly shape: readonly Length[];
  readonly dtype: DType;
}

/** The settings of an op: numbers are lengths, bodies are symbolic traces. */
export type SymbolicAttributes = Readonly<Record<string, unknown>>;

/** The attributes of an op of core with lengths in the place of numbers. */
export type Symbolically<Attributes> = {
  readonly [Name in keyof Attributes]: Attributes[Name] extends number
    ? Length
    : Attributes[Name] extends readonly number[]
      ? readonly Length[]
      : Attributes[Name] extends readonly (readonly number[])[]
        ? readonly (readonly Length[])[]
        : Attributes[Name];
};

/** The elements of a constant. */
export type Content =
  | { readonly kind: "elements"; readonly tensor: Tensor }
  /** All are one value. */
  | { readonly kind: "value"; readonly value: Quantity }
  /** start + i · step, computed in float64. */
  | { readonly kind: "range"; readonly start: Quantity; readonly step: Quantity }
  /** From start to last in equal steps, computed in float64; the last is `last` itself. */
  | { readonly kind: "even"; readonly start: Quantity; readonly last: Quantity }
  /** 1 on the main diagonal of a matrix. */
  | { readonly kind: "identity" };

/** One value. Its index in the trace is its id. */
export type SymbolicNode = SymbolicType &
  (
    | { readonly kind: "argument"; readonly position: number }
    | { readonly kind: "state"; readonly cell: Cell }
    | { readonly kind: "constant"; readonly content: Content }
    | {
        readonly kind: "operation";
        readonly op: Op;
        readonly name: PrimitiveName;
        readonly inputs: readonly number[];
        readonly attributes: SymbolicAttributes;
        /** The way to the layer that has applied it, such as `attention/query`; empty outside of layers. */
        readonly place: string;
      }
    | { readonly kind: "projection"; readonly of: number; readonly index: number }
  );

/** A recorded function. */
export interface SymbolicTrace {
  /** Undefined for those that no result needs. */
  readonly nodes: readonly (SymbolicNode | undefined)[];
  readonly parameters: readonly SymbolicType[];
  readonly outputs: readonly number[];
  readonly assignments: readonly { readonly cell: Cell; readonly id: number }[];
  readonly names: ReadonlyMap<number, string>;
}

/** True if an attribute is a body. */
export function isSymbolicTrace(value: unknown): value is SymbolicTrace {
  return typeof value === "object" && value !== null && "nodes" in value && "parameters" in value;
}

/** Returns the elements of a constant that is the same for all sizes. */
export function contentOf(tensor: Tensor): Content {
  const rule = ruleOf(tensor);
  // A few elements are shorter than their rule.
  const few = rule?.kind === "value" ? 16 : 256;
  if (rule === undefined || tensor.size <= few) return { kind: "elements", tensor };
  if (rule.kind === "identity") return { kind: "identity" };
  if (rule.kind === "value") return rule;
  const { start, step, last } = rule;
  return last === undefined ? { kind: "range", start, step } : { kind: "even", start, last };
}
