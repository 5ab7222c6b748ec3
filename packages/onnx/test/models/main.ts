/**
 * Ten models that are written in PyTorch and in this package, with the same weights. onnxruntime runs exports of both,
 * and exports of imported models, on one thread.
 *
 *   npm run models -w @graddiff/onnx [-- FOLDER]    default: a temporary folder
 *
 * The command needs a Python with torch, onnx and onnxruntime, such as Debian's, and says so if there is none.
 * MODELS.md has the results.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Layer, type Tensor, tensor } from "@graddiff/core";
import { readTorch } from "@graddiff/files";
import { loadTorch } from "@graddiff/nn";
import { exportOnnx, importOnnx } from "../../src/index.ts";
import { computed, NETWORKS } from "./networks.ts";
import { TRAINING_BOUNDS, type TrainingDifferences, trainAll } from "./training.ts";

/** The largest ratios to PyTorch's export in time and size: for our own models, and for imported ones. */
const BOUNDS = { graddiff: 1.1, again: 1.2 } as const;
/** The largest difference of results from PyTorch's, relative to the greatest number. */
const BOUND = 1e-5;

interface Told {
  readonly dtype: "float32" | "int32";
  readonly shape: number[];
  readonly values: number[];
}

interface About {
  readonly inputs: Told[];
  readonly output: Told;
}

interface Measured {
  readonly difference: number;
  readonly milliseconds: number;
  readonly bytes: number;
  readonly nodes: number;
  readonly opset: number;
}

type Way = "torch" | "exact" | keyof typeof BOUNDS;

const given = process.argv[2];
const folder = given ?? mkdtempSync(join(tmpdir(), "graddiff-models-"));

function python(script: string, ...parameters: string[]): void {
  const path = resolve("test/models", script);
  const { status, error, stderr } = spawnSync("/usr/bin/python3", [path, folder, ...parameters], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (error || status !== 0) {
    const said = error?.message ?? stderr.slice(-2000);
    throw new Error(`${script} needs /usr/bin/python3 with torch, onnx and onnxruntime: ${said}`);
  }
}

const read = (name: string) => readFileSync(join(folder, name));
const toTensor = ({ dtype, shape, values }: Told) => tensor(values, { dtype }).reshape(shape);

/** Returns our version of a model with PyTorch's weights. */
function loaded(name: string): Layer {
  const model = NETWORKS[name]?.();
  if (model === undefined) throw new Error(`networks.ts has no ${name}`);
  const { left, missing } = loadTorch(model, readTorch(read(`${name}.pt`)));
  if (left.length + missing.length > 0) {
    throw new Error(`the weights of ${name} differ: ${JSON.stringify([...left, ...missing])}`);
  }
  return model.train(false);
}

function exportAll(name: string, { inputs }: About): void {
  const model = loaded(name);
  const example = inputs.map(toTensor);
  for (const [way, exact] of [
    ["graddiff", false],
    ["exact", true],
  ] as const) {
    const own = exportOnnx((x: Tensor) => computed(model, x), example as [Tensor], {
      variables: model,
      inputs: ["x"],
      exact,
    });
    writeFileSync(join(folder, `${name}.${way}.onnx`), own.bytes);
  }
  const imported = importOnnx(new Uint8Array(read(`${name}.onnx`)));
  const again = exportOnnx((x: Tensor) => imported.fn(x), example as [Tensor], {
    variables: imported.weights,
    inputs: ["x"],
  });
  writeFileSync(join(folder, `${name}.again.onnx`), again.bytes);
}

const ratio = (a: number, b: number) => (a / b).toFixed(2);

function rowOf(
  name: string,
  all: Readonly<Record<Way, Measured>>,
  { gradients, sgd, adam }: TrainingDifferences,
): string {
  const { torch, exact } = all;
  const isUntrue =
    gradients > TRAINING_BOUNDS.gradients || Math.max(sgd, adam) > TRAINING_BOUNDS.losses;
  const isWrong = (["graddiff", "again"] as const).some((way) => {
    const own = all[way];
    return (
      own.difference > BOUND ||
      own.milliseconds > BOUNDS[way] * torch.milliseconds ||
      own.bytes > BOUNDS[way] * torch.bytes
    );
  });
  if (isWrong || isUntrue) process.exitCode = 1;
  const cells = (way: keyof typeof BOUNDS) => {
    const own = all[way];
    return [
      String(own.nodes),
      own.difference.toExponential(1),
      ratio(own.milliseconds, torch.milliseconds),
      ratio(own.bytes, torch.bytes),
    ];
  };
  return `| ${[
    name,
    String(torch.nodes),
    torch.milliseconds.toFixed(3),
    (torch.bytes / 1e3).toFixed(0),
    ...cells("graddiff"),
    String(exact.nodes),
    ratio(exact.milliseconds, torch.milliseconds),
    ...cells("again"),
    ...[gradients, sgd, adam].map((difference) => difference.toExponential(1)),
    isWrong || isUntrue ? "above a bound" : "",
  ].join(" | ")} |`;
}

try {
  python("models.py");
  const about = JSON.parse(read("models.json").toString()) as Record<string, About>;
  for (const [name, own] of Object.entries(about)) exportAll(name, own);
  python("training.py");
  const trained = trainAll(folder, (name) => (about[name]?.inputs ?? []).map(toTensor));
  python("measure.py");
  const measured = JSON.parse(read("measured.json").toString()) as Record<
    string,
    Record<Way, Measured>
  >;
  const rows = [
    "| model | PyTorch: nodes | ms | kB | ours: nodes | difference | time | size | exact: nodes | time | imported: nodes | difference | time | size | gradients | ten steps: SGD | AdamW | |",
    "| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --- |",
    ...Object.entries(measured).map(([name, all]) =>
      rowOf(name, all, trained[name] ?? { gradients: 1, sgd: 1, adam: 1 }),
    ),
  ];
  console.log(rows.join("\n"));
  writeFileSync(
    "MODELS.md",
    `# PyTorch's models

Written by \`npm run models -w @graddiff/onnx\`: the ten models of test/models/models.py, written in PyTorch and, by the same
names and with the same weights, here. onnxruntime runs four exports of each in one process, on one thread: that of PyTorch
(\`torch.onnx.export\`), those of \`exportOnnx\` of our model without and with \`exact: true\`, and that of \`exportOnnx\` of
\`importOnnx\` of PyTorch's. Differences
are the greatest ones to what PyTorch gives, relative to its greatest number; times and sizes are ratios to those of PyTorch's
export, of which ours are to be at most ${BOUNDS.graddiff}, those of imported ones ${BOUNDS.again}. Nodes are counted without constants.

*Gradients* are those of the weights of the imported model, with PyTorch's loss, relative to the greatest number of each
weight's and at least to 0.0001, and *ten steps* the losses of its training by SGD and AdamW with weight decay, relative to those
of PyTorch's own, which are to be at most ${TRAINING_BOUNDS.losses} away. Those exports are in the form for training
(\`TrainingMode.PRESERVE\` without folding of constants), with batch norms in evaluation. The positions of \`encoder\`, which are added to
words, are trained by the option \`trainable\`; all other weights are known by their roles.

${rows.join("\n")}
`,
  );
} finally {
  if (given === undefined) rmSync(folder, { recursive: true, force: true });
}
