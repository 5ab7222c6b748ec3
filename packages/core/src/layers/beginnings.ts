/**
 * The first values of the Variables of layers: the seeds of layers that were given none, and what makes a first value
 * again of another seed.
 */

import type { Variable } from "../graph/variable.ts";
import { seedFor } from "../ops/sequences.ts";
import type { Tensor } from "../tensor/tensor.ts";

let made = 0;

/** Returns the seed of a layer. Layers without one have one after the other, which no number of a user's is. */
export function seedOf(seed: number | undefined): number {
  return seed ?? seedFor("unnamed", 0, made++);
}

/** Makes the first value of a Variable of a seed. */
type Beginning = (seed: number) => Tensor;

const beginnings = new WeakMap<Variable, Beginning>();

/** Notes how a Variable begins, for {@link beginningOf}. */
export function beginsWith<Own extends Variable>(variable: Own, beginning: Beginning): Own {
  beginnings.set(variable, beginning);
  return variable;
}

/** Returns what makes the first value of a Variable of a layer; undefined for one of a user's own. */
export function beginningOf(variable: Variable): Beginning | undefined {
  return beginnings.get(variable);
}
