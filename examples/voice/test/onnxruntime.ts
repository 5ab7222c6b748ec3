/** Runs a detector's file in onnxruntime. */

import * as ort from "onnxruntime-web";
import { LENGTH } from "../src/audio/clip.ts";

ort.env.wasm.numThreads = 1;

/** Resolves to the probabilities of clips, computed as one batch. */
export async function probabilitiesOf(
  file: Uint8Array,
  clips: readonly Float32Array[],
): Promise<number[]> {
  const session = await ort.InferenceSession.create(file);
  const samples = new Float32Array(clips.length * LENGTH);
  clips.forEach((clip, i) => {
    samples.set(clip, i * LENGTH);
  });
  const audio = new ort.Tensor("float32", samples, [clips.length, LENGTH]);
  const { probability } = await session.run({ audio });
  await session.release();
  if (!(probability?.data instanceof Float32Array)) throw new Error("the model gives no float32");
  return Array.from(probability.data);
}
