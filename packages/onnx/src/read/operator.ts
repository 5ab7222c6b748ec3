/** The row of an operator in the table. */

import type { Tensor } from "@graddiff/core";
import type { Node } from "./node.ts";
import type { Value } from "./value.ts";

/** The result of an operator: a tensor, or a value if the type of its elements does not follow from the inputs. */
export type Result = Tensor | Value;

/** One result or several; undefined for one that is not requested. */
export type Results = Result | readonly (Result | undefined)[];

/** A supported operator, computed with public functions of core. */
export interface Operator {
  readonly read: (node: Node) => Results;
  /**
   * The inputs whose numbers are read while the model runs, such as a shape: a compiled function must know them when it is
   * recorded, so they are no weights.
   */
  readonly settings?: readonly number[];
  /** True if results of a narrow integer type may be beyond its range, and are truncated to its bits. */
  readonly wraps?: boolean;
}

/** An operator that is not supported, with the reason. */
export interface Refusal {
  readonly refused: string;
}

/** Returns a part of the table, by the names of its operators. */
/* @__NO_SIDE_EFFECTS__ */
export function rows<Name extends string>(
  own: Readonly<Record<Name, Operator>>,
): Readonly<Record<Name, Operator>> {
  return own;
}
