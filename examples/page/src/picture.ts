/** The picture to learn: a sun that sets behind the sea. */

import { linspace, meshgrid, stack, type Tensor, tensor, where } from "@graddiff/core";

/** The width and height of the picture, in pixels. */
export const SIZE = 192;

const side = linspace(-1, 1, SIZE);
const grid = meshgrid([side, side], { indexing: "xy" });

/** The positions of all pixels, [SIZE · SIZE, 2], row by row: x to the right and y downwards, from -1 to 1. */
export const places: Tensor = stack(grid, -1).reshape([-1, 2]);

const x = places.at("...", [0, 1]);
const y = places.at("...", [1, 2]);

/** The colours of the pixels, [SIZE · SIZE, 3]: red, green and blue from 0 to 1. */
export const colours: Tensor = draw();

function draw(): Tensor {
  const night = tensor([0.16, 0.11, 0.36]);
  const dusk = tensor([0.94, 0.36, 0.38]);
  const gold = tensor([1, 0.87, 0.5]);
  const water = tensor([0.07, 0.13, 0.32]);
  const mixed = (from: Tensor, to: Tensor, share: Tensor) => from.add(to.sub(from).mul(share));
  const horizon = 0.3;
  const sky = mixed(night, dusk, y.add(1).div(horizon + 1));
  const sun = x.square().add(y.sub(0.1).square()).less(0.36);
  const disc = mixed(gold, dusk, y.add(0.5).div(1.2));
  const below = y.sub(horizon).maximum(0);
  const waves = below.add(0.2).log().mul(22).add(x.mul(9).sin()).sin();
  const glitter = waves.mul(0.5).add(0.5).mul(x.square().mul(-6).exp());
  const sea = mixed(water, disc, glitter);
  const hill = y.greater(x.mul(3).sin().mul(0.12).sub(x.mul(0.35)).add(0.28));
  return where(below.greater(0), sea, where(hill, water.mul(0.8), where(sun, disc, sky)));
}
