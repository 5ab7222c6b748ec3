/** Models as functions that answer, the share of their answers that is right, and the trained one as a file. */

import { argMax, type Tensor, zeros } from "@graddiff/core";
import { exportOnnx, importOnnx, type OnnxModel } from "@graddiff/onnx";
import { type Digits, fiveDigits } from "./data.ts";
import { FIRST, type Tuned } from "./training.ts";

/** Gives the digits, [count], that images show. */
export type Reader = (images: Tensor) => Tensor;

/** @param first the digit of the first score. */
const readerOf =
  (scores: (images: Tensor) => Tensor, first: number): Reader =>
  (images) =>
    argMax(scores(images), 1).add(first);

/** Returns the reader of a file: the digits that it reads in images. */
export function readerOfFile(file: Uint8Array, first: number): Reader {
  const { fn } = importOnnx(file);
  return readerOf((images) => fn(images)[0], first);
}

/** Returns the reader of a network that is being trained. */
export const readerOfTuned = (tuned: Tuned): Reader =>
  readerOf((images) => tuned.forward(images), FIRST);

/** The shares of the images that are held out, from 0 to 1, which a model reads rightly. */
export interface Shares {
  readonly zeroToFour: number;
  readonly fiveToNine: number;
}

export function sharesOf(read: Reader, digits: Digits): Shares {
  const share = (first: 0 | 5) => {
    const { images, labels } = fiveDigits(digits, first).held;
    return agreement(read(images), labels) / labels.size;
  };
  return { zeroToFour: share(0), fiveToNine: share(5) };
}

/** The number of answers that are the same. */
export const agreement = (a: Tensor, b: Tensor): number => a.equal(b).sum().item();

/** The trained network for other engines: scores of any number of images. */
export const exported = (tuned: Tuned): OnnxModel =>
  exportOnnx((image: Tensor) => ({ logits: tuned.forward(image) }), [zeros([2, 1, 8, 8])], {
    dynamic: { image: 0 },
    // A minifier changes the name of the parameter.
    inputs: ["image"],
    variables: tuned,
    name: "five-to-nine",
  });
