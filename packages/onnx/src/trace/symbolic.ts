/**
 * The symbolic trace: what is written into a model. Of a function that was recorded once it is the trace; of
 * one that was recorded at several batch sizes it is what all recordings have in common, with the batch size
 * in the places where they differ.
 */

import type { DType, Tensor } from "@graddiff/core";
import { type Cell, type Op, type PrimitiveName, ruleOf } from "@graddiff/core/internal";
import type { Affine, Length } from "./length.ts";

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
      : Attributes[Name];
};

/** The elements of a constant. */
export type Content =
  | { readonly kind: "elements"; readonly tensor: Tensor }
  /** All are one value. */
  | { readonly kind: "value"; readonly value: Quantity }
  /** start + i · step, computed in float64; the last is `last`, if that is given. */
  | {
      readonly kind: "range";
      readonly start: number;
      readonly step: Quantity;
      readonly last: number | undefined;
    }
  /** 1 on the main diagonal of a matrix. */
  | { readonly kind: "identity" };

/** A number that may depend on the batch size: as a length, or as 1 / a length. */
export type Quantity = Length | { readonly over: Affine };

/** One value. Its place in the trace is its id. */
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
      }
    | { readonly kind: "part"; readonly of: number; readonly index: number }
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

/** The elements of a constant that is the same for every batch size. */
export function contentOf(tensor: Tensor): Content {
  const rule = ruleOf(tensor);
  // A few elements are shorter than their rule.
  if (rule === undefined || tensor.size <= 16) return { kind: "elements", tensor };
  return rule.kind === "identity" ? { kind: "identity" } : rule;
}
