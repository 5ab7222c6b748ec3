/**
 * Real networks of ONNX's own tests, compared with onnxruntime in one process and one thread: outputs, inner values and
 * times. Gradients are compared with finite differences.
 *
 *   npm run networks -w @graddiff/onnx [-- [FOLDER] [--filter TEXT]]    default: where Debian's libonnx-testdata has them
 */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { compile, dot, grad, normal, type Tensor, tensor } from "@graddiff/core";
import * as ort from "onnxruntime-web";
import { importOnnx } from "../../src/index.ts";
import { readTestData } from "../support/testData.ts";
import { withWeights } from "./weights.ts";

// The bundled program is in a separate folder without the WebAssembly files of onnxruntime, so their folder is given.
const runtime = createRequire(join(process.cwd(), "package.json")).resolve("onnxruntime-web");
ort.env.wasm.wasmPaths = `${pathToFileURL(dirname(runtime)).href}/`;
ort.env.wasm.numThreads = 1;
ort.env.logLevel = "fatal";

/** The largest allowed difference of values, relative to the greatest number of their tensor. */
const BOUND = 1e-4;
/** The largest time of this package, as a multiple of onnxruntime's. */
const SLOWEST = 1.5;
/** The number of inner values that are compared, evenly spaced over the nodes. */
const STAGES = 6;
/** Networks whose gradients are compared with finite differences: the others take minutes in float64. */
const DIFFERENTIATED = ["squeezenet", "shufflenet"];

const { folder, filter } = readTestData("light");

/** Returns the largest difference, relative to the greatest number. */
function differenceOf(own: Tensor, other: ort.Tensor): number {
  if (String(own.shape) !== String(other.dims)) return Number.POSITIVE_INFINITY;
  const [a, b] = [own.data(), other.data as Float32Array];
  let [greatest, difference] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    greatest = Math.max(greatest, Math.abs(b[i] ?? 0));
    difference = Math.max(difference, Math.abs(Number(a[i]) - (b[i] ?? 0)));
  }
  // A tensor of zeros cannot show a difference, so it is an error.
  return greatest === 0 ? Number.POSITIVE_INFINITY : difference / greatest;
}

/** Returns the median time of each function, in ms; the functions run alternately. */
async function timesOf(runs: readonly (() => unknown)[], rounds: number): Promise<number[]> {
  const times: number[][] = runs.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, run] of runs.entries()) {
      const start = performance.now();
      await run();
      times[i]?.push(performance.now() - start);
    }
  }
  return times.map((list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0);
}

/**
 * Returns the relative difference between a value's directional derivative and its finite difference, in float64.
 */
function gradientError(bytes: Uint8Array, value: string, input: Tensor): number {
  const { fn } = importOnnx(bytes, { dtype: "float64", outputs: [value] });
  const x = input.cast("float64");
  const weights = normal(fn(x)[0].shape, { seed: 5, dtype: "float64" });
  const total = compile((own: Tensor) => fn(own)[0].mul(weights).sum());
  const direction = normal(x.shape, { seed: 6, dtype: "float64" });
  // Larger steps cross kinks of relu and of pooling, and smaller ones lose digits.
  const step = 1e-7;
  const [ahead, behind] = [x.add(direction.mul(step)), x.sub(direction.mul(step))];
  const difference = total(ahead).sub(total(behind)).item() / (2 * step);
  const slope = compile(grad((own: Tensor) => fn(own)[0].mul(weights).sum()))(x);
  return Math.abs(dot(slope.flatten(), direction.flatten()).item() / difference - 1);
}

async function look(file: string): Promise<string[]> {
  const { bytes, inner } = withWeights(new Uint8Array(readFileSync(join(folder, file))), STAGES);
  const model = importOnnx(bytes);
  const [{ name = "", shape = [] } = {}] = model.inputs;
  const x = normal(
    shape.map((length) => (typeof length === "number" ? length : 1)),
    { seed: 1 },
  );
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 4 });
  const feeds = { [name]: new ort.Tensor("float32", x.data() as Float32Array, x.shape) };
  const others = await session.run(feeds);
  const fn = compile(model.fn);
  const own = fn(x);
  const differences = model.outputs.map((output, i) =>
    differenceOf(own[i] ?? tensor([]), others[output.name] as ort.Tensor),
  );
  const [ours = 0, theirs = 0] = await timesOf([() => fn(x), () => session.run(feeds)], 9);
  await session.release();
  const worst = Math.max(...differences);
  const isDifferentiated = DIFFERENTIATED.some((each) => file.includes(each));
  // The gradient is that of a late inner value: a softmax of random weights may be so peaked that its derivative is 0.
  const slope = isDifferentiated ? gradientError(bytes, inner.at(-1) ?? "", x) : 0;
  const isWrong = !(worst <= BOUND && slope <= 1e-5) || ours > SLOWEST * theirs;
  if (isWrong) process.exitCode = 1;
  const weights = Object.values(model.weights).reduce((sum, { value }) => sum + value.size, 0);
  return [
    file.replace(/^light_|\.onnx$/g, ""),
    `${(weights / 1e6).toFixed(1)} M`,
    `${inner.length} + ${model.outputs.length - inner.length}`,
    worst.toExponential(1),
    isDifferentiated ? slope.toExponential(1) : "",
    ours.toFixed(1),
    theirs.toFixed(1),
    (ours / theirs).toFixed(2),
    isWrong ? "WRONG" : "",
  ];
}

const HEADER = [
  "| network | weights | inner values and outputs | difference | gradient | ms | onnxruntime-web, ms | ratio of times | |",
  "| --- | --: | --: | --: | --: | --: | --: | --: | --- |",
];
console.log(HEADER.join("\n"));
const rows: string[] = [];
for (const file of readdirSync(folder)) {
  if (!file.endsWith(".onnx") || !file.includes(filter)) continue;
  const row = `| ${(await look(file)).join(" | ")} |`;
  console.log(row);
  rows.push(row);
}
if (filter === "") {
  writeFileSync(
    "NETWORKS.md",
    `# Real networks

Written by \`npm run networks -w @graddiff/onnx\` from the networks of ONNX's own tests, whose weights of one value are
replaced by random ones. onnxruntime-web ${ort.env.versions.web} runs the same file in the same process, both in one thread. Differences
are the greatest ones, relative to the greatest number of their tensor; gradients are compared with differences along a
direction, in float64. Times are medians of 9 runs in turn for an image, of a compiled function here; ratios are ours over
theirs.

${[...HEADER, ...rows].join("\n")}
`,
  );
}
