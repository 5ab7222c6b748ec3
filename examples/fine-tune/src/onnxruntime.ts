/** Runs an exported model in onnxruntime. */

import { type Tensor, tensor } from "@graddiff/core";
import * as ort from "onnxruntime-web";

ort.env.wasm.numThreads = 1;

/** Returns the scores of images. */
export async function runWithOnnxruntime(model: Uint8Array, images: Tensor): Promise<Tensor> {
  const session = await ort.InferenceSession.create(model);
  const image = new ort.Tensor("float32", Float32Array.from(images.data()), images.shape);
  const { logits } = await session.run({ image });
  await session.release();
  if (!(logits?.data instanceof Float32Array)) throw new Error("the model gives no float32 scores");
  return tensor(logits.data, { shape: logits.dims });
}
