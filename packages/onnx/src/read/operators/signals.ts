/**
 * Fourier transforms, as products with matrices of cosines and sines. Complex numbers are pairs in the last axis.
 * Sums of many terms are added up in float64.
 */

import { matmul, moveAxis, stack, type Tensor, take, tensor } from "@graddiff/core";
import type { Node } from "../node.ts";
import { rows } from "../operator.ts";
import { padded } from "./shapes.ts";

/** cos and sin of 2π i k / n, [n, bins]. */
function waves(node: Node, count: number, bins: number, dtype: Tensor["dtype"]) {
  node.table(count * bins);
  const table = (wave: (angle: number) => number) =>
    tensor(
      // i k mod n is exact, where the angle itself would not be.
      Float64Array.from({ length: count * bins }, (_, at) => {
        const [i, k] = [Math.floor(at / bins), at % bins];
        return wave((2 * Math.PI * ((i * k) % count)) / count);
      }),
      { shape: [count, bins], dtype },
    );
  return { cosines: table(Math.cos), sines: table(Math.sin) };
}

/** Returns a transform along the last axis of real and imaginary parts. */
function transformed(
  node: Node,
  real: Tensor,
  imaginary: Tensor | undefined,
  bins: number,
  isInverse: boolean,
): readonly [Tensor, Tensor] {
  const count = real.shape.at(-1) ?? 0;
  const { cosines, sines } = waves(node, count, bins, real.dtype);
  // e^(∓iφ) = cos φ ∓ i sin φ.
  const signed = isInverse ? sines : sines.neg();
  const whole = matmul(real, cosines);
  const turned = matmul(real, signed);
  if (imaginary === undefined) return [whole, turned];
  return [whole.sub(matmul(imaginary, signed)), turned.add(matmul(imaginary, cosines))];
}

function fourier(node: Node): Tensor {
  const x = node.input(0);
  const isOld = node.version < 20;
  const given = isOld ? node.int("axis", 1) : node.values[2] === undefined ? -2 : node.number(2);
  const axis = node.axis(given, x.rank);
  const isInverse = node.int("inverse", 0) !== 0;
  const isHalf = node.int("onesided", 0) !== 0;
  const length = node.values[1] === undefined ? (x.shape[axis] ?? 0) : node.number(1);
  const widths = x.shape.map((whole, i): [number, number] => [0, i === axis ? length - whole : 0]);
  const pairs = moveAxis(padded(x, widths, {}).cast("float64"), x.rank - 1, 0);
  const part = (i: number) => moveAxis(take(pairs, i, 0), axis, -1);
  const imaginary = pairs.shape[0] === 2 ? part(1) : undefined;
  const bins = isHalf ? Math.floor(length / 2) + 1 : length;
  const scale = isInverse ? 1 / length : 1;
  const parts = transformed(node, part(0), imaginary, bins, isInverse).map((each) =>
    moveAxis(scale === 1 ? each : each.mul(scale), -1, axis),
  );
  return stack(parts, -1).cast(x.dtype);
}

/** Returns the transforms of windows one behind the other. */
function shortTime(node: Node): Tensor {
  const signal = node.input(0);
  const step = node.number(1);
  const window = node.maybe(2);
  const length = node.values[3] === undefined ? (window?.size ?? 0) : node.number(3);
  const isComplex = signal.rank === 3 && signal.shape[2] === 2;
  const [batch = 1, samples = 0] = signal.shape;
  const count = Math.floor((samples - length) / step) + 1;
  node.table(count * length);
  const positions = tensor(
    Int32Array.from(
      { length: count * length },
      (_, at) => Math.floor(at / length) * step + (at % length),
    ),
    { shape: [count, length], dtype: "int32" },
  );
  const parts = moveAxis(signal.cast("float64").reshape([batch, samples, isComplex ? 2 : 1]), 2, 0);
  const framed = (i: number) => {
    const frames = take(take(parts, i, 0), positions, 1);
    return window === undefined ? frames : frames.mul(window.cast("float64"));
  };
  const bins = node.int("onesided", 1) !== 0 ? Math.floor(length / 2) + 1 : length;
  const pair = transformed(node, framed(0), isComplex ? framed(1) : undefined, bins, false);
  return stack(pair, -1).cast(signal.dtype);
}

export const signals = rows({
  DFT: { read: fourier, settings: [1, 2] },
  STFT: { read: shortTime, settings: [1, 3] },
});
