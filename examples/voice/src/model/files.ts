/** Detectors as ONNX files: the input is audio, and the output is the probability of the word. */

import { compile, type Tensor, tensor, zeros } from "@graddiff/core";
import { exportOnnx, type ImportedModel, importOnnx, type OnnxModel } from "@graddiff/onnx";
import { LENGTH } from "../audio/clip.ts";
import type { Detector } from "./detector.ts";
import { logMel } from "./frontEnd.ts";

/** Exports the detector with its front end to ONNX: from `audio`, [batch, 20800], to `probability`, [batch]. */
export const exported = (detector: Detector): OnnxModel =>
  exportOnnx(
    (audio: Tensor) => ({ probability: detector.forward(logMel(audio)).sigmoid() }),
    [zeros([2, LENGTH])],
    {
      dynamic: { audio: 0 },
      // The name is given, since a minifier changes the name of the parameter.
      inputs: ["audio"],
      variables: detector,
      name: "wake-word",
    },
  );

/** A function that returns the probability, from 0 to 1, that the word is in a clip. */
export type Listener = (clip: Float32Array) => number;

/**
 * Returns the listener of a file.
 *
 * @throws Error for a file that is not an ONNX model, or that has other inputs or outputs.
 */
export function listenerOf(file: Uint8Array): Listener {
  const model = imported(file);
  const [input, ...others] = model.inputs;
  if (input?.name !== "audio" || input.shape?.[1] !== LENGTH || others.length > 0) {
    const names = model.inputs
      .map(({ name, shape }) => `${name} [${shape?.join(", ")}]`)
      .join(", ");
    throw new Error(
      `a detector of this page was expected, which takes audio [batch, ${LENGTH}]; this model takes ${names}`,
    );
  }
  const probability = compile((audio: Tensor) => model.fn(audio)[0]);
  return (clip) => probability(tensor(clip, { shape: [1, LENGTH] })).data()[0] ?? Number.NaN;
}

function imported(file: Uint8Array): ImportedModel {
  try {
    return importOnnx(file);
  } catch (error) {
    throw new Error(
      `the file is no ONNX model that can be read: ${error instanceof Error ? error.message : error}`,
      { cause: error },
    );
  }
}
