/**
 * Trains a network, saves it, loads it again, exports it, and compares its answers with onnxruntime's: see README.md.
 */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argMax, loadState, state, type Tensor } from "@graddiff/core";
import { readSafetensors, writeSafetensors } from "@graddiff/files";
import { accuracy, confusionMatrix, type Sequential } from "@graddiff/nn";
import { exportOnnx, type OnnxModel } from "@graddiff/onnx";
import { confusionSvg, confusionText } from "./confusion.ts";
import { readDigits, splitDigits } from "./data.ts";
import { models, train } from "./models.ts";
import { runWithOnnxruntime } from "./onnxruntime.ts";
import type { Options } from "./options.ts";

/** Exports a network in evaluation mode to ONNX. */
export function exported(network: Sequential, example: Tensor): OnnxModel {
  network.train(false);
  return exportOnnx((images: Tensor) => network.forward(images), [example], {
    dynamic: { images: 0 },
    inputs: ["images"],
    variables: network,
  });
}

export async function run({ model, seeds, epochs, out }: Options): Promise<void> {
  const { training, testing } = splitDigits(readDigits());
  const { images, labels } = testing;
  mkdirSync(out, { recursive: true });
  for (const seed of seeds) {
    const network = models[model](seed);
    await train(network, training, { seed, epochs });
    const scores = network.forward(images);
    const share = (100 * accuracy(scores, labels).item()).toFixed(1);
    console.log(`${model}, seed ${seed}: ${share} % of ${labels.size} new images are right`);
    const confusion = confusionMatrix(scores, labels);
    console.log(confusionText(confusion));
    writeFileSync(join(out, "confusion.svg"), confusionSvg(confusion));

    const file = join(out, "digits.safetensors");
    writeFileSync(file, writeSafetensors(state(network), { metadata: { model } }));
    const loaded = models[model](0);
    loadState(loaded, readSafetensors(readFileSync(file)).tensors);

    const onnx = exported(loaded, images);
    writeFileSync(join(out, "digits.onnx"), onnx.bytes);
    const others = await runWithOnnxruntime(onnx, images);
    const same = argMax(others, 1).equal(argMax(scores, 1)).sum().item();
    console.log(
      `saved, loaded, exported: onnxruntime gives ${same} of ${labels.size} answers as we do`,
    );
    if (same < labels.size) process.exitCode = 1;
  }
  console.log(`digits.safetensors, digits.onnx and confusion.svg are in ${out}`);
}
