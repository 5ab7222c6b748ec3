/**
 * The initial values of a whole model, from one seed.
 */

import { ArgumentError } from "@graddiff/core";
import { describe, initializerOf, refuseSurplus, seedNumber } from "@graddiff/core/extend";
import { seedFor } from "../inside.ts";
import { namesOf } from "../model.ts";
import { INITIALIZE } from "../seeds.ts";

/**
 * Initializes a model again: each Variable of its layers gets a new initial value, by the initializer of its layer. The
 * seed of each is derived from `seed` and from its index in the model. So a seed always gives the same model, whatever
 * other layers the program has made. Variables that no layer has made keep their values.
 *
 * @param model a layer, or an object with layers in its public properties.
 * @param seed an integer from 0 to 2⁵³ − 1.
 * @returns the model itself.
 * @throws ArgumentError for a model without Variables of layers, and for a seed that is not such an integer.
 * @example
 * ```ts
 * import { Dense, initialize } from "@graddiff/nn";
 *
 * const make = () => initialize({ encoder: new Dense(2, 3), decoder: new Dense(3, 2) }, 7);
 * console.log(String(make().decoder.weight.value) === String(make().decoder.weight.value)); // true
 * ```
 */
export function initialize<Model extends object>(model: Model, seed: number): Model {
  const op = "initialize";
  refuseSurplus(op, 2, arguments);
  seedNumber(op, "seed", seed);
  let count = 0;
  for (const variable of namesOf(op, model).keys()) {
    const draw = initializerOf(variable);
    if (draw !== undefined) variable.assign(draw(seedFor(INITIALIZE, seed, count++)));
  }
  if (count > 0) return model;
  throw new ArgumentError(op, "model", "a model with layers that have Variables", describe(model));
}
