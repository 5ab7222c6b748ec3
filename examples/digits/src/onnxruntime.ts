/** The exported classifier in onnxruntime. */

import { type Tensor, tensor } from "@graddiff/core";
import type { OnnxModel } from "@graddiff/onnx";
import * as ort from "onnxruntime-web";

ort.env.wasm.numThreads = 1;

/** The scores of images. */
export async function runWithOnnxruntime(model: OnnxModel, images: Tensor): Promise<Tensor> {
  const session = await ort.InferenceSession.create(model.bytes);
  const [input] = model.inputs;
  const [output] = model.outputs;
  const given = new ort.Tensor("float32", images.data() as Float32Array, images.shape);
  const results = await session.run({ [input?.name ?? ""]: given });
  const scores = results[output?.name ?? ""];
  await session.release();
  if (scores === undefined) throw new Error("the model has no output");
  return tensor(scores.data as Float32Array, { shape: scores.dims });
}
