/**
 * The initial values of the Variables of layers: seeds for layers without one, and the initializers, which draw a value
 * again from another seed.
 */

import type { Variable } from "../graph/variable.ts";
import { seedFor } from "../ops/sequences.ts";
import type { Tensor } from "../tensor/tensor.ts";

let made = 0;

/**
 * Returns the seed of a layer: the one that it was given, or else the next of the layers without one, which is no seed
 * that a user can pass.
 *
 * @example
 * ```ts
 * import { uniform, Variable } from "@graddiff/core";
 * import { layerSeed } from "@graddiff/core/extend";
 *
 * console.log(new Variable(uniform([2], { seed: layerSeed(undefined) })).shape); // [ 2 ]
 * ```
 */
export function layerSeed(seed: number | undefined): number {
  return seed ?? seedFor("unnamed", 0, made++);
}

/** Makes the first value of a Variable of a seed. */
type Beginning = (seed: number) => Tensor;

const beginnings = new WeakMap<Variable, Beginning>();

/**
 * Returns a Variable, and notes how its first value is drawn from a seed, so that `initialize` of `@graddiff/nn` and the seed of
 * a `Sequential` draw it anew.
 *
 * @example
 * ```ts
 * import { uniform, Variable } from "@graddiff/core";
 * import { layerSeed, withInitializer } from "@graddiff/core/extend";
 *
 * const draw = (seed: number) => uniform([3, 2], { seed, low: -0.5, high: 0.5 });
 * console.log(withInitializer(new Variable(draw(layerSeed(1))), draw).shape); // [ 3, 2 ]
 * ```
 */
export function withInitializer<V extends Variable>(variable: V, beginning: Beginning): V {
  beginnings.set(variable, beginning);
  return variable;
}

/**
 * Returns the function that draws the initial value of a Variable from a seed, which {@link withInitializer} has
 * stored; undefined for a Variable without one.
 *
 * @example
 * ```ts
 * import { uniform, Variable } from "@graddiff/core";
 * import { initializerOf, withInitializer } from "@graddiff/core/extend";
 *
 * const draw = (seed: number) => uniform([2], { seed });
 * const weight = withInitializer(new Variable(draw(1)), draw);
 * console.log(String(initializerOf(weight)?.(1)) === String(weight.value)); // true
 * ```
 */
export function initializerOf(variable: Variable): Beginning | undefined {
  return beginnings.get(variable);
}
