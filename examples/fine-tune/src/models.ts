/** Models as functions from images to digits, their accuracy, and the export of the trained one. */

import { argMax, type Tensor, zeros } from "@graddiff/core";
import { exportOnnx, importOnnx, type OnnxModel } from "@graddiff/onnx";
import { type Digits, fiveDigits } from "./data.ts";
import { FIRST, type Tuned } from "./training.ts";

/** A function that returns the digits, [count], that it reads in images. */
export type Reader = (images: Tensor) => Tensor;

/** @param first the digit of the first score. */
const readerOf =
  (scores: (images: Tensor) => Tensor, first: number): Reader =>
  (images) =>
    argMax(scores(images), 1).add(first);

/** Returns the function that reads digits in images by the model of a file. */
export function readerOfFile(file: Uint8Array, first: number): Reader {
  const { fn } = importOnnx(file);
  return readerOf((images) => fn(images)[0], first);
}

/** Returns the function that reads digits by a network in training. */
export const readerOfTuned = (tuned: Tuned): Reader =>
  readerOf((images) => tuned.forward(images), FIRST);

/** The accuracy of a model on held-out images, from 0 to 1. */
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

/** Returns the number of equal answers. */
export const agreement = (a: Tensor, b: Tensor): number => a.equal(b).sum().item();

/** Exports the trained network to ONNX, for any number of images. */
export const exported = (tuned: Tuned): OnnxModel =>
  exportOnnx((image: Tensor) => ({ logits: tuned.forward(image) }), [zeros([2, 1, 8, 8])], {
    dynamic: { image: 0 },
    // The name is given, since a minifier changes the name of the parameter.
    inputs: ["image"],
    variables: tuned,
    name: "five-to-nine",
  });
