/** A picture to change: a house on a hill under the sun, drawn with tensors. */

import { arange, type Tensor, tensor, where } from "@graddiff/core";

const [HEIGHT, WIDTH] = [48, 64];

const color = (red: number, green: number, blue: number) =>
  tensor([red, green, blue], { shape: [3, 1, 1] });

/** Returns the picture, [1, 3, height, width], with numbers from 0 to 1. */
export function scene(): Tensor {
  const [y, x] = [arange(HEIGHT).reshape([HEIGHT, 1]), arange(WIDTH)];
  const inside = (left: number, right: number, top: number, bottom: number) =>
    x
      .greaterEqual(left)
      .logicalAnd(x.less(right))
      .logicalAnd(y.greaterEqual(top))
      .logicalAnd(y.less(bottom));
  const dawn = y.div(HEIGHT);
  const sky = color(0.35, 0.6, 0.95)
    .mul(dawn.neg().add(1))
    .add(color(1, 0.85, 0.65).mul(dawn));
  const sun = x.sub(50).square().add(y.sub(11).square()).less(36);
  const hill = y.greater(x.sub(24).mul(0.12).cos().mul(-5).add(37));
  const roof = y
    .greaterEqual(14)
    .logicalAnd(y.less(24))
    .logicalAnd(x.sub(24).abs().less(y.sub(12)));
  const parts: [Tensor, Tensor][] = [
    [sun, color(1, 0.9, 0.3)],
    [hill, color(0.3, 0.6, 0.25)],
    [inside(15, 33, 24, 38), color(0.95, 0.9, 0.8)],
    [roof, color(0.75, 0.2, 0.15)],
    [inside(18, 23, 30, 38), color(0.4, 0.25, 0.15)],
    [inside(26, 31, 27, 32), color(0.45, 0.7, 0.9)],
  ];
  return parts.reduce((picture, [place, paint]) => where(place, paint, picture), sky).expandDims(0);
}
