/** Runs the exported classifier in onnxruntime. */

import { type Tensor, tensor } from "@graddiff/core";
import type { OnnxModel } from "@graddiff/onnx";
import * as ort from "onnxruntime-web";

ort.env.wasm.numThreads = 1;

/** Returns the scores of images. */
export async function runWithOnnxruntime(model: OnnxModel, images: Tensor): Promise<Tensor> {
  const session = await ort.InferenceSession.create(model.bytes);
  const pixels = new ort.Tensor("float32", Float32Array.from(images.data()), images.shape);
  const [scores] = Object.values(await session.run({ images: pixels }));
  await session.release();
  if (!(scores?.data instanceof Float32Array)) throw new Error("the model gives no float32 scores");
  return tensor(scores.data, { shape: scores.dims });
}
