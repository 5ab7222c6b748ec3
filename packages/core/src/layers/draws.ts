/**
 * Seeds of draws that are others each time.
 */

import { refuseSurplus } from "../arguments.ts";
import { Variable } from "../graph/variable.ts";
import { seedFor } from "../ops/sequences.ts";
import { scalar, type Tensor } from "../tensor/tensor.ts";
import { seedNumber } from "../tensor/threefry.ts";
import { layerSeed, withInitializer } from "./beginnings.ts";

/** Returns the first draw of a seed: half of the numbers that a seed may be are left to count up. */
function firstDraw(seed: number): Tensor {
  return scalar(Math.floor(seedFor("draws", seed) / 2), "float64");
}

/**
 * A seed that counts up, as state: in a compiled function, too, each call draws anew, and a saved state continues with
 * the same draws. Dropout has one; your layer or model that draws, such as the noise of a variational autoencoder,
 * keeps one in a property.
 *
 * @example
 * ```ts
 * import { compile, Draws, normal } from "@graddiff/core";
 *
 * const draws = new Draws(1);
 * const noise = compile(() => normal([], { seed: draws.next() }));
 * console.log(noise().item() !== noise().item()); // true
 * ```
 */
export class Draws extends Variable {
  /**
   * @param seed names the draws; its first one is far from those of other seeds. Default: another seed each time.
   * @throws ArgumentError for what is no integer from 0 to 2⁵³ − 1.
   */
  constructor(seed?: number) {
    refuseSurplus("Draws", 1, arguments);
    const seedOfLayer = layerSeed(
      seed === undefined ? undefined : seedNumber("Draws", "seed", seed),
    );
    super(firstDraw(seedOfLayer), { trainable: false });
    withInitializer(this, firstDraw);
  }

  /** Returns the seed of the next draw, a scalar; the one after it is another. */
  next(): Tensor {
    refuseSurplus("Draws.next", 0, arguments);
    const seed = this.value;
    this.assign(seed.add(1));
    return seed;
  }
}
