/**
 * Trains a classifier of handwritten digits, saves it, loads it again, and has onnxruntime check its answers.
 *
 *   npm start -w @graddiff/example-digits -- [--seeds 1,2,3] [--epochs 30] [--out output]
 */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { loadState, state, type Tensor } from "@graddiff/core";
import { readSafetensors, writeSafetensors } from "@graddiff/files";
import { exportOnnx } from "@graddiff/onnx";
import { SingleBar } from "cli-progress";
import { answersOf, type Classifier, makeClassifier, scoresOf, train } from "./classifier.ts";
import { accuracyOf, confusionOf, confusionSvg, confusionText } from "./confusion.ts";
import { readDigits, splitDigits } from "./data.ts";
import { runWithOnnxruntime } from "./onnxruntime.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1" },
    epochs: { type: "string", default: "30" },
    out: { type: "string", default: "output" },
  },
});
const epochs = Number(values.epochs);
const { training, testing } = splitDigits(readDigits());
const labels = Array.from(testing.labels.data());
mkdirSync(values.out, { recursive: true });

/** A bar in a terminal, a line now and then elsewhere. */
function progress(title: string): { step: (epoch: number, loss: number) => void; end: () => void } {
  if (!process.stdout.isTTY) {
    const step = (epoch: number, loss: number) => {
      if (epoch % 10 === 0) console.log(`${title}: epoch ${epoch}, loss ${loss.toFixed(4)}`);
    };
    return { step, end: () => {} };
  }
  const bar = new SingleBar({
    format: `${title} {bar} epoch {value} of {total}, loss {loss}`,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 30,
  });
  bar.start(epochs, 0, { loss: "" });
  return {
    step: (epoch, loss) => bar.update(epoch, { loss: loss.toFixed(4) }),
    end: () => bar.stop(),
  };
}

function trained(seed: number): { network: Classifier; seconds: number } {
  const network = makeClassifier(seed);
  const { step, end } = progress(`seed ${seed}`);
  const start = performance.now();
  train(network, training, { seed, epochs, onEpoch: step });
  end();
  return { network, seconds: (performance.now() - start) / 1000 };
}

for (const text of values.seeds.split(",")) {
  const seed = Number(text);
  const { network, seconds } = trained(seed);
  const confusion = confusionOf(labels, answersOf(scoresOf(network, testing.images)));
  const percent = (100 * accuracyOf(confusion)).toFixed(1);
  console.log(
    `\n${percent} % of ${labels.length} new images are right, after ${seconds.toFixed(1)} s\n`,
  );
  console.log(`${confusionText(confusion)}\n`);
  writeFileSync(join(values.out, "confusion.svg"), confusionSvg(confusion));

  const file = join(values.out, "digits.safetensors");
  writeFileSync(file, writeSafetensors(state(network), { metadata: { seed: String(seed) } }));
  const loaded = makeClassifier(0);
  loadState(loaded, readSafetensors(readFileSync(file)).tensors);

  const predict = (images: Tensor) => scoresOf(loaded, images);
  const model = exportOnnx(predict, [testing.images], {
    dynamic: { images: 0 },
    variables: loaded,
  });
  writeFileSync(join(values.out, "digits.onnx"), model.bytes);
  const others = answersOf(await runWithOnnxruntime(model, testing.images));
  const own = answersOf(scoresOf(loaded, testing.images));
  const same = own.filter((answer, i) => answer === others[i]).length;
  console.log(
    `saved, loaded, exported: onnxruntime gives ${same} of ${own.length} answers as we do`,
  );
  if (same < own.length) process.exitCode = 1;
}
console.log(`digits.safetensors, digits.onnx and confusion.svg are in ${values.out}`);
