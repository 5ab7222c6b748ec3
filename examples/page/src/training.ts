/** The network and its training. */

import { concat, Layer, normal, relu, sigmoid, type Tensor } from "@graddiff/core";
import {
  Adam,
  batches,
  Dense,
  exponentialDecay,
  type Fit,
  type FitOptions,
  fit,
  meanSquaredError,
  Sequential,
} from "@graddiff/nn";
import { colours, places } from "./picture.ts";

/** Gives the colours of positions, [count, 3] of [count, 2], by waves of fixed random directions and lengths. */
export class Painter extends Layer {
  readonly waves = normal([2, 64], { seed: 1 }).mul(8);
  readonly layers = new Sequential(
    new Dense(128, 64, { seed: 2 }),
    relu,
    new Dense(64, 64, { seed: 3 }),
    relu,
    new Dense(64, 3, { seed: 4 }),
    sigmoid,
  );

  override compute(places: Tensor): Tensor {
    const angles = places.matmul(this.waves);
    return this.layers.forward(concat([angles.sin(), angles.cos()], 1));
  }
}

/** The options of `fit` that are the caller's. */
export type RunOptions = Pick<
  FitOptions<Painter, unknown>,
  "epochs" | "saveTo" | "signal" | "onProgress" | "backend"
>;

/** Returns a run, which goes on where the one in `saveTo` was. */
export function training(painter: Painter, options: RunOptions): Fit {
  const rate = exponentialDecay(0.01, { factor: 0.5, every: 1000 });
  return fit(painter, {
    data: batches({ places, colours }, { size: 1024, shuffle: true, seed: 5 }),
    loss: (own, batch) => meanSquaredError(own.forward(batch.places), batch.colours),
    optimizer: new Adam(painter, { learningRate: rate }),
    ...options,
  });
}
