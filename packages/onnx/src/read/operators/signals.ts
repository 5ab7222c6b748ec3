/** Operators for Fourier transforms, whose complex numbers are pairs in the last axis. */

import { stack, type Tensor, take, tensor } from "@graddiff/core";
import { fft, inverseFft, realFft } from "@graddiff/core/fft";
import type { Node } from "../node.ts";
import { rows } from "../operator.ts";

type Parts = readonly [real: Tensor, imaginary: Tensor | undefined];

/** Returns the real and the imaginary parts of pairs in the last axis, or of real numbers. */
function partsOf(node: Node, x: Tensor, isHalf: boolean): Parts {
  const isComplex = x.shape.at(-1) === 2;
  if (isComplex && isHalf) {
    throw node.refusal("onesided", "0 for complex numbers, whose spectrum has no symmetry", "1");
  }
  return [take(x, 0, -1), isComplex ? take(x, 1, -1) : undefined];
}

/** Returns the transform along an axis as pairs. */
function transformed(
  [real, imaginary]: Parts,
  along: { readonly axis: number; readonly length: number },
  isHalf: boolean,
  isInverse: boolean,
): Tensor {
  if (isHalf) {
    // The inverse transform of real numbers is the conjugate of their transform, divided by n.
    const half = realFft(real, { ...along, norm: isInverse ? "forward" : "backward" });
    return stack([half.real, isInverse ? half.imaginary.neg() : half.imaginary], -1);
  }
  const x = imaginary === undefined ? real : { real, imaginary };
  const whole = (isInverse ? inverseFft : fft)(x, along);
  return stack([whole.real, whole.imaginary], -1);
}

function fourier(node: Node): Tensor {
  const x = node.input(0);
  const isOld = node.version < 20;
  const given = isOld ? node.int("axis", 1) : node.values[2] === undefined ? -2 : node.number(2);
  const axis = node.axis(given, x.rank);
  const isHalf = node.int("onesided", 0) !== 0;
  const length = node.values[1] === undefined ? (x.shape[axis] ?? 0) : node.number(1);
  // The tables of a transform have two numbers for each element of its length.
  node.table(2 * length);
  const parts = partsOf(node, x, isHalf);
  return transformed(parts, { axis, length }, isHalf, node.int("inverse", 0) !== 0);
}

/** Returns the short-time Fourier transform: the transforms of successive windows. */
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
  const isHalf = node.int("onesided", 1) !== 0;
  const pairs = signal.reshape([batch, samples, isComplex ? 2 : 1]);
  const framed = (part: Tensor) => {
    const frames = take(part, positions, 1);
    return window === undefined ? frames : frames.mul(window);
  };
  const [real, imaginary] = partsOf(node, pairs, isHalf);
  const parts = [framed(real), imaginary && framed(imaginary)] as const;
  return transformed(parts, { axis: 2, length }, isHalf, false);
}

export const signals = rows({
  DFT: { read: fourier, settings: [1, 2] },
  STFT: { read: shortTime, settings: [1, 3] },
});
